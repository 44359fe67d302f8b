// polyak_step.hpp -- step = (F(x) - F_low) / |v|^2, v a subgradient of F = f + g at x, F_low a lower bound of F (its
// optimal value where known). A step is kept only if the model's value at its end,
//
//   f(x) + <grad f(x), z - x> + g(z) + |z - x|^2 / (2 step) >= F_low,
//
// and halved else: with a tight bound the distance to every solution then never grows, f and g convex.
// Polyak, Introduction to Optimization (1987), section 5.3; proximal form after Schaipp, Gower and Ulbrich (2023).
#pragma once
#include "accel/step_policy.hpp"

namespace fenchel {

class PolyakStep final : public StepPolicy {
 public:
  explicit PolyakStep(double lower_bound) : low_(lower_bound) {}
  unsigned needs() const override { return STEP_PAIRS | STEP_OBJECTIVE; }
  void begin(double first) override { step_ = first; }
  double next(const StepFacts& facts) override {
    const double excess = facts.objective - low_;
    if (excess > 0 && facts.subgradient2 > 0 && std::isfinite(excess)) step_ = excess / facts.subgradient2;
    return step_;
  }
  bool accepts(const StepTrial& trial) override {
    return trial.f_from + trial.slope + trial.simple + trial.move2 / (2 * trial.step) >= low_ - trial.noise;
  }

 private:
  double low_, step_ = 1;
};

}  // namespace fenchel
