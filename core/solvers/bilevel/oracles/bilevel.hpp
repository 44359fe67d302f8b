// bilevel.hpp -- bilevel problems known by oracles: one hypergradient, or the whole problem by a method's name.
//
// Data flow: BilevelOracles -> BilevelCalls (counts, freshness, differences) -> LowerSolver -> HypergradientSolver ->
// a method's outer loop -> Incumbent (the best theta so far, certified before uncertified) -> BilevelResult.
#pragma once
#include <atomic>

#include "solve/control.hpp"
#include "solvers/bilevel/oracles/bilevel_declared.hpp"
#include "solvers/bilevel/oracles/bilevel_oracles.hpp"
#include "solvers/bilevel/oracles/double_vectors.hpp"

namespace fenchel {

struct BilevelProblem {
  BilevelOracles oracles;
  Vector lower_bound, upper_bound;  // of theta, (m) or empty: none
};

// theta: where; x, (n): the start and the solution of the lower level; z, (m): the answer.
BilevelResult hypergradient(const BilevelProblem& problem, const BilevelSettings& settings, const Vector& theta,
                            Vector& x, Vector& z);

// theta, x: the start, and the best found. Throws CALLBACK, RANGE (a start outside the domain or the bounds), SINGULAR,
// UNCERTIFIED, UNSUPPORTED.
BilevelResult solve_bilevel(const BilevelProblem& problem, BilevelMethod method, const BilevelSettings& settings,
                            const std::atomic<bool>* cancel, MonitorFn monitor, void* user, Vector& theta, Vector& x);

}  // namespace fenchel
