// implicit_method.cpp -- solve, differentiate, move: the sign of the derivative bracketed for one theta, projected
// L-BFGS for several (outer_search). Warm starts of x and of the adjoint go from one evaluation to the next. Where
// theta is outside the domain, or the lower Hessian singular, after the start, the search steps back to the best point
// and goes on.
#include <optional>

#include "base/error.hpp"
#include "solvers/bilevel/oracles/bilevel_run.hpp"
#include "solvers/bilevel/outer_search.hpp"

namespace fenchel {

namespace {

class ImplicitSearch {
 public:
  explicit ImplicitSearch(BilevelRun& run)
      : run_(run),
        lower_(make_lower_solver(run.calls, run.settings)),
        derivative_(make_hypergradient(run.calls, *lower_, run.settings)),
        accuracy_{lower_accuracy(run), 0, false},
        theta_(run.theta.size()),
        good_(run.theta.size()),
        t_(run.theta.size()) {
    state_.x = run.x;
    state_.adjoint.assign(run.x.size(), 0.0);
    state_.z.resize(run.theta.size());
    run.variable.from_theta(run.theta, t_);
  }

  Termination solve() {
    OuterLimits limits{run_.settings.tol, run_.settings.max_iter, kInf};
    limits.low = &run_.variable.low();
    limits.high = &run_.variable.high();
    limits.units = run_.variable.units();
    const OuterReport report = outer_search(
        [this](const Vector& at, double& value, Vector& gradient) { return evaluate(at, value, gradient); }, t_,
        limits);
    // Nowhere but at the start, where a right-hand side in the range of H had hidden it: no search to speak of.
    if (report.walled && run_.result.iterations == 1 && singular_) throw *singular_;
    if (run_.result.iterations > 0) run_.result.residual = report.left;
    estimate_best(run_, *derivative_, accuracy_.linear, state_);
    if (report.walled) return Termination::STALLED;
    return report.converged ? Termination::CONVERGED : Termination::MAX_ITER;
  }

 private:
  bool evaluate(const Vector& at, double& value, Vector& gradient) {
    run_.variable.to_theta(at, theta_);
    try {
      derivative_->at(theta_.data(), accuracy_, state_, run_.control);
    } catch (const OutsideDomain& what) {
      if (run_.result.iterations == 0) throw;
      if (!what.singular.empty()) singular_ = what;
      return refuse(at, value, gradient);
    }
    run_.count(state_);
    value = state_.value;
    gradient = state_.z;
    run_.variable.chain(theta_, gradient);
    good_ = at;
    return run_.note(theta_, state_, run_.variable.stationarity(at, gradient));
  }

  // The search steps back: the slope leads there.
  bool refuse(const Vector& at, double& value, Vector& gradient) {
    ++run_.result.refused;
    value = kInf;
    for (std::size_t i = 0; i < at.size(); ++i) gradient[i] = at[i] - good_[i];
    state_.x = run_.best.x();
    std::fill(state_.adjoint.begin(), state_.adjoint.end(), 0.0);
    return run_.control.poll();
  }

  BilevelRun& run_;
  const std::unique_ptr<LowerSolver> lower_;
  const std::unique_ptr<HypergradientSolver> derivative_;
  const HypergradientAccuracy accuracy_;
  HypergradientState state_;
  std::optional<OutsideDomain> singular_;  // the last that was stepped back from
  Vector theta_, good_, t_;                // good_: the last that was not refused
};

}  // namespace

Termination run_implicit(BilevelRun& run) { return ImplicitSearch(run).solve(); }

}  // namespace fenchel
