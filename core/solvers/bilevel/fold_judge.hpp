// fold_judge.hpp -- one fold of a tuning problem: its criterion at theta, and the derivative.
#pragma once
#include <atomic>
#include <memory>
#include <vector>

#include "solvers/bilevel/tune.hpp"
#include "solvers/composite/minimize_declared.hpp"

namespace fenchel {

class FoldJudge {
 public:
  virtual ~FoldJudge() = default;
  // Fills the members below, without the derivative where the value is enough. False: the solve was cancelled. A
  // singular Hessian is an error the first time, `singular` later on. roughness above 0 is a permission: relative
  // residuals of about that size will do.
  virtual bool judge(const double* theta, const std::shared_ptr<const Prox>& g, const std::atomic<bool>* cancel,
                     bool value_alone, double roughness) = 0;
  virtual ArrayView x() = 0;  // (n): the solution at the last theta

  bool rough = false;  // roughness was made use of: no derivative result, and value_error an estimate
  double value_error = 0;
  // Polled within solves; null on threads other than the caller's. False ends the solve as cancel does.
  Interrupt* interrupt = nullptr;
  bool singular = false;             // the solution has no derivative: value and gradient mean nothing
  double value = 0, degrees = kNaN;  // degrees of freedom, of a judge that knows them
  std::vector<double> gradient;      // by theta
  DerivativeResult derivative;
  MinimizeResult solved;
};

// Closed forms of a ridge: risk sure, gcv, leave_one_out. UNSUPPORTED for other terms and penalties.
std::unique_ptr<FoldJudge> make_ridge_judge(const TuneProblem& problem, index fold, const TuneSettings& settings);
// By a solver, from the last solution, and solution_vjp.
std::unique_ptr<FoldJudge> make_solving_judge(const TuneProblem& problem, index fold, const TuneSettings& settings);
// The same where problem.smooth_penalty is set.
std::unique_ptr<FoldJudge> make_smooth_judge(const TuneProblem& problem, index fold, const TuneSettings& settings);

}  // namespace fenchel
