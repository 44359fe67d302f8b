// implicit_method.cpp -- solve, differentiate, move: the sign of the derivative bracketed for one theta, projected
// L-BFGS for several (outer_search). Warm starts of x and of the adjoint go from one evaluation to the next.
#include "base/error.hpp"
#include "solvers/bilevel/oracles/bilevel_run.hpp"
#include "solvers/bilevel/outer_search.hpp"

namespace fenchel {

Termination run_implicit(BilevelRun& run) {
  const auto lower = make_lower_solver(run.calls, run.settings);
  const auto derivative = make_hypergradient(run.calls, *lower, run.settings);
  const HypergradientAccuracy accuracy{lower_accuracy(run), 0, false};
  HypergradientState state;
  state.x = run.x;
  state.adjoint.assign(run.x.size(), 0.0);
  state.z.resize(run.theta.size());
  Vector theta(run.theta.size()), t(run.theta.size()), good = t;
  run.variable.from_theta(run.theta, t);
  good = t;
  const auto evaluate = [&](const Vector& at, double& value, Vector& gradient) {
    run.variable.to_theta(at, theta);
    try {
      derivative->at(theta.data(), accuracy, state, run.control);
    } catch (const OutsideDomain&) {
      if (run.result.iterations == 0) throw;
      value = kInf;  // and the slope leads back
      for (std::size_t i = 0; i < at.size(); ++i) gradient[i] = at[i] - good[i];
      state.x = run.best.x();
      return run.control.poll();
    }
    run.count(state);
    value = state.value;
    gradient = state.z;
    run.variable.chain(theta, gradient);
    good = at;
    return run.note(theta, state, run.variable.stationarity(at, gradient));
  };
  OuterLimits limits{run.settings.tol, run.settings.max_iter, kInf};
  limits.low = &run.variable.low();
  limits.high = &run.variable.high();
  const OuterReport report = outer_search(evaluate, t, limits);
  if (run.result.iterations > 0) run.result.residual = report.left;
  estimate_best(run, *derivative, accuracy.linear, state);
  return report.converged ? Termination::CONVERGED : Termination::MAX_ITER;
}

}  // namespace fenchel
