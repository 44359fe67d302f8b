// lower_solver.hpp -- x near argmin over x of h(x, theta) + g(x, theta), to an accuracy that the caller chooses each
// time; one method a file.
//
// The residual is || dh/dx ||, with a prox || x - prox(x - s dh/dx) || / s at the step s last used, measured at the x
// returned.
#pragma once
#include <memory>

#include "solve/control.hpp"
#include "solvers/bilevel/oracles/bilevel_declared.hpp"
#include "solvers/bilevel/oracles/bilevel_oracles.hpp"
#include "solvers/bilevel/oracles/double_vectors.hpp"

namespace fenchel {

struct LowerReport {
  index iterations = 0;
  double residual = kInf;
  double step = 0;         // of the last (prox-)gradient step; 0 for methods without
  bool converged = false;  // residual <= accuracy
};

// Made once for a problem: keeps its memory, step and curvature between solves.
class LowerSolver {
 public:
  virtual ~LowerSolver() = default;
  // x, (n), is the start and the best iterate. Throws Stopped where control says so (x is the last iterate),
  // OutsideDomain where the start is.
  virtual LowerReport solve(const double* theta, const BilevelConstants& constants, double accuracy, Vector& x,
                            Control& control) = 0;
};

// What automatic stands for.
LowerMethod choose_lower(const BilevelCalls& calls, const BilevelSettings& settings);
// UNSUPPORTED where the method cannot: lbfgs, newton_cg with a prox.
std::unique_ptr<LowerSolver> make_lower_solver(BilevelCalls& calls, const BilevelSettings& settings);

// The methods.
std::unique_ptr<LowerSolver> make_lower_gradient(BilevelCalls& calls, const BilevelSettings& settings,
                                                 bool accelerated);
std::unique_ptr<LowerSolver> make_lower_lbfgs(BilevelCalls& calls, const BilevelSettings& settings);
std::unique_ptr<LowerSolver> make_lower_newton(BilevelCalls& calls, const BilevelSettings& settings);

}  // namespace fenchel
