#include "solve/run.hpp"

#include <cmath>

namespace fenchel {
namespace {

Termination loop(Iteration& iteration, Control& control, const Limits& limits, double& best) {
  iteration.start();
  int idle = 0;
  for (;;) {
    const StepReport report = iteration.step();
    if (report.comparable) {
      if (!std::isfinite(report.residual)) return Termination::DIVERGED;
      idle = report.residual < best * 0.999 ? 0 : idle + 1;
      if (report.residual < best) {
        best = report.residual;
        iteration.keep();
      }
    }
    Progress progress = iteration.progress();
    progress.residual = report.residual;
    progress.tol = limits.tol;
    control.check(progress);
    if (report.comparable && report.residual <= limits.tol && iteration.verify() <= limits.tol) return Termination::CONVERGED;
    if (iteration.iterations() >= limits.max_iter) return Termination::MAX_ITER;
    if (idle >= iteration.patience()) return Termination::STALLED;
  }
}

}  // namespace

Termination run(Iteration& iteration, Control& control, const Limits& limits) {
  double best = kInf;
  Termination end;
  try {
    end = loop(iteration, control, limits, best);
  } catch (const Stopped&) {
    end = control.reason();
  }
  if (end != Termination::CONVERGED && best < kInf) iteration.restore();
  return end;
}

}  // namespace fenchel
