#include "solvers/bilevel/oracles/bilevel.hpp"

#include "base/clock.hpp"
#include "base/error.hpp"
#include "solvers/bilevel/oracles/bilevel_run.hpp"

namespace fenchel {
namespace {

Termination run_method(BilevelMethod method, BilevelRun& run) {
  switch (method) {
    case BilevelMethod::implicit:
      return run_implicit(run);
    case BilevelMethod::f2sa:
      return run_f2sa(run);
    case BilevelMethod::bome:
      return run_bome(run);
    case BilevelMethod::sl_bamm:
      return run_sl_bamm(run);
    case BilevelMethod::maid:
      return run_maid(run);
  }
  fail(Status::NAME, "no such method");
}

void take_counts(BilevelRun& run) {
  const BilevelCounts& counts = run.calls.counts;
  run.result.lower_gradients = counts.lower;
  run.result.lower_hvps = counts.hvps;
  run.result.cross_products = counts.cross;
  run.result.upper_gradients = counts.upper;
  run.result.finite_differences = counts.differences ? 1 : 0;
}

[[noreturn]] void outside(const OutsideDomain& what) {
  if (!what.singular.empty()) throw Error(Status::SINGULAR, what.singular);
  if (what.code == 0) fail(Status::RANGE, "% is not finite at the start; legal: finite numbers", what.oracle);
  throw Error(Status::CALLBACK,
              std::string(what.oracle) + " is outside its domain at the start: it returned " +
                  to_text(static_cast<index>(what.code)),
              what.code);
}

}  // namespace

BilevelResult hypergradient(const BilevelProblem& problem, const BilevelSettings& settings, const Vector& theta,
                            Vector& x, Vector& z) {
  const Clock clock;
  Control control;
  BilevelRun run(problem, settings, control, theta, x);
  HypergradientState state;
  state.x = x;
  state.adjoint.assign(x.size(), 0.0);
  state.z.resize(theta.size());
  try {
    const auto lower = make_lower_solver(run.calls, settings);
    make_hypergradient(run.calls, *lower, settings)->at(theta.data(), {lower_accuracy(run), 0, true}, state, control);
  } catch (const OutsideDomain& what) {
    outside(what);
  }
  run.count(state);
  run.note(theta, state, norm2(state.z));
  const bool solved = state.status != DerivativeStatus::not_converged;
  run.result.termination = static_cast<std::int32_t>(solved ? Termination::CONVERGED : Termination::MAX_ITER);
  take_counts(run);
  run.result.seconds = clock.seconds();
  x = state.x;
  z = state.z;
  return run.result;
}

BilevelResult solve_bilevel(const BilevelProblem& problem, BilevelMethod method, const BilevelSettings& settings,
                            const std::atomic<bool>* cancel, MonitorFn monitor, void* user, Vector& theta, Vector& x) {
  const Clock clock;
  Control control(cancel, monitor, user, settings.monitor_interval, settings.time_limit);
  BilevelRun run(problem, settings, control, theta, x);
  Termination end = Termination::CANCELLED;
  try {
    end = run_method(method, run);
  } catch (const OutsideDomain& what) {
    outside(what);
  } catch (const Stopped&) {  // in the middle of an evaluation: the best so far
  }
  if (control.callback_failure() != 0)
    throw Error(Status::CALLBACK, "the monitor returned " + to_text(static_cast<index>(control.callback_failure())),
                control.callback_failure());
  if (control.stopped()) end = control.reason();
  if (run.best.any()) {
    theta = run.best.theta();
    x = run.best.x();
  }
  run.result.termination = static_cast<std::int32_t>(end);
  take_counts(run);
  run.result.seconds = clock.seconds();
  return run.result;
}

}  // namespace fenchel
