#include "solve/run.hpp"

#include <algorithm>
#include <cmath>

namespace fenchel {
namespace {

Termination loop(Iteration& iteration, Control& control, const Limits& limits, double& best) {
  iteration.start();
  // Stalled: the best residual has not fallen by 1 % over a window that grows with the run, so that slow progress is
  // not given up.
  double milestone = kInf;
  index milestone_at = 0;
  for (;;) {
    const StepReport report = iteration.step();
    if (report.comparable) {
      if (!std::isfinite(report.residual)) return Termination::DIVERGED;
      if (report.residual < 0.99 * milestone) {
        milestone = report.residual;
        milestone_at = iteration.iterations();
      }
      if (report.residual < best) {
        best = report.residual;
        iteration.keep();
      }
    }
    Progress progress = iteration.progress();
    progress.residual = report.residual;
    progress.tol = limits.tol;
    control.check(progress);
    if (report.comparable && report.residual <= limits.tol && iteration.verify() <= limits.tol)
      return Termination::CONVERGED;
    if (iteration.iterations() >= limits.max_iter) return Termination::MAX_ITER;
    const index now = iteration.iterations();
    if (report.comparable && now - milestone_at >= std::max<index>(iteration.patience(), now / 2))
      return Termination::STALLED;
  }
}

}  // namespace

Termination run(Iteration& iteration, Control& control, const Limits& limits) {
  double best = kInf;
  Termination end;
  bool by_callback = false;
  try {
    end = loop(iteration, control, limits, best);
  } catch (const Stopped&) {
    end = control.reason();
    by_callback = end == Termination::NOT_RUN;
    if (by_callback) end = Termination::CANCELLED;
  } catch (...) {
    if (best < kInf) iteration.restore();
    throw;
  }
  if (end != Termination::CONVERGED && best < kInf) iteration.restore();
  if (by_callback) return end;
  try {
    iteration.finish(end);
  } catch (const Stopped&) {
    // The numbers are then those of the step that was kept.
  }
  return end;
}

}  // namespace fenchel
