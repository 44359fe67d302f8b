// fixed_step.hpp -- one step for the whole solve: the setting, or 1/L.
#pragma once
#include "accel/step_policy.hpp"

namespace fenchel {

class FixedStep final : public StepPolicy {
 public:
  unsigned needs() const override { return 0; }
  void begin(double first) override { step_ = first; }
  double next(const StepFacts&) override { return step_; }

 private:
  double step_ = 1;
};

}  // namespace fenchel
