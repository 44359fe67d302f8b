// backtracking_step.hpp -- halved until the descent lemma f(z) <= f(y) + <grad, z - y> + |z - y|^2 / (2 step) holds;
// the step that held is multiplied by `regrowth` before the next search, so that one bad region does not slow the rest.
// Beck and Teboulle, A fast iterative shrinkage-thresholding algorithm (2009), section 4; regrowth as in Scheinberg,
// Goldfarb and Bai, Fast first-order methods for composite convex optimization with backtracking (2014).
#pragma once
#include "accel/step_policy.hpp"

namespace fenchel {

class BacktrackingStep final : public StepPolicy {
 public:
  explicit BacktrackingStep(double regrowth) : regrowth_(regrowth) {}
  unsigned needs() const override { return STEP_VALUES; }
  void begin(double first) override {
    step_ = first;
    fresh_ = true;
  }
  double next(const StepFacts&) override { return fresh_ ? step_ : step_ * regrowth_; }
  bool accepts(const StepTrial& trial) override {
    // Where rounding is as large as the bound itself nothing can be tested: keep the last step that was.
    if (trial.noise > 0.1 * trial.move2 / trial.step && std::isfinite(trial.f_to)) return true;
    if (!trial.descends()) return false;
    step_ = trial.step;
    fresh_ = false;
    return true;
  }

 private:
  double regrowth_, step_ = 1;
  bool fresh_ = true;
};

}  // namespace fenchel
