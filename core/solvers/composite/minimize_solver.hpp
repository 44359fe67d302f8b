// minimize_solver.hpp -- one solver of composite problems, whatever the family. Not thread-safe.
#pragma once
#include <atomic>
#include <memory>
#include <vector>

#include "base/array_view.hpp"
#include "solve/control.hpp"
#include "solvers/composite/composite_problem.hpp"
#include "solvers/composite/known_solution.hpp"
#include "solvers/composite/minimize_declared.hpp"

namespace fenchel {

inline constexpr int kTraceColumns = 6;  // iteration, seconds, objective, residual, gap, support

class MinimizeSolver {
 public:
  virtual ~MinimizeSolver() = default;
  virtual const CompositeProblem& problem() const = 0;
  // x, (n), of the problem's dtype; ndim 0 for absent: zero. NOT_FINITE for what is not.
  virtual void warm_start(const ArrayView& x) = 0;
  // Also kept. Throws CALLBACK (detail) when monitor or a callback term fails; then the state is as after a cancel.
  virtual const MinimizeResult& solve(const std::atomic<bool>* cancel, MonitorFn monitor, void* user) = 0;
  virtual bool solved() const = 0;
  virtual const MinimizeResult& result() const = 0;
  // The best iterate, (n).
  virtual void solution(const ArrayView& x) const = 0;
  // The dual point of summand i (the argument of g_i*), of the size of A_i's rows; UNSUPPORTED where the method has
  // none.
  virtual void dual(index summand, const ArrayView& u) const = 0;
  // What it keeps of the solution, for derivatives; not const: a factor may be made of a matrix kept.
  virtual KnownSolution known() { return {}; }
  // (records, kTraceColumns), the last `trace` ones.
  virtual const std::vector<double>& trace() const = 0;
};

// Makes a solver of any family; takes all the memory that solving needs. Throws UNSUPPORTED when the method lacks
// something that the problem has, naming it and the methods that would work.
std::unique_ptr<MinimizeSolver> make_minimizer(std::shared_ptr<const CompositeProblem> problem, MinimizeMethod method,
                                               const MinimizeSettings& settings);
// What "auto" picks.
MinimizeMethod choose_method(const CompositeProblem& problem);
index minimizer_bytes(const CompositeProblem& problem, MinimizeMethod method, const MinimizeSettings& settings);

}  // namespace fenchel
