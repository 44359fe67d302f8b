// no_momentum.hpp -- plain proximal gradient steps.
#pragma once
#include "accel/momentum_policy.hpp"

namespace fenchel {

class NoMomentum final : public MomentumPolicy {
 public:
  bool still() const override { return true; }
  void begin() override {}
  Extrapolation next(const MomentumFacts&) override { return {}; }
};

}  // namespace fenchel
