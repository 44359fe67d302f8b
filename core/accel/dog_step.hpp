// dog_step.hpp -- distance over gradients: step_t = max_{s <= t} |x_s - x_0| / sqrt(sum_{s <= t} |v_s|^2), v_s a
// subgradient of f + g at x_s. Ivgi, Hinder and Carmon, DoG is SGD's best friend (2023). A first move of a millionth of
// the step that the start suggests stands for the distance before there is one.
#pragma once
#include <algorithm>

#include "accel/step_policy.hpp"

namespace fenchel {

class DogStep final : public StepPolicy {
 public:
  unsigned needs() const override { return STEP_PAIRS | STEP_OBJECTIVE | STEP_TRAVEL; }
  void begin(double first) override {
    first_ = first;
    sum_ = distance_ = 0;
  }
  double next(const StepFacts& facts) override {
    if (std::isfinite(facts.subgradient2)) sum_ += facts.subgradient2;
    if (distance_ == 0) distance_ = 1e-6 * first_ * std::sqrt(sum_);
    distance_ = std::max(distance_, std::sqrt(facts.travelled2));
    return sum_ > 0 ? distance_ / std::sqrt(sum_) : first_;
  }

 private:
  double first_ = 1, sum_ = 0, distance_ = 0;
};

}  // namespace fenchel
