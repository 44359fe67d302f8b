// nesterov_momentum.hpp -- along = (t_k - 1) / t_{k+1}. Beck and Teboulle, FISTA (2009): F(x_k) - F* <= 2 L |x_0 -
// x*|^2 / (k + 1)^2 for convex f and g.
#pragma once
#include "accel/momentum_policy.hpp"

namespace fenchel {

class NesterovMomentum final : public MomentumPolicy {
 public:
  void begin() override { t_ = 1; }
  Extrapolation next(const MomentumFacts& facts) override {
    const double t = t_;
    t_ = next_t(t, facts.step_ratio);
    return {.along = (t - 1) / t_};
  }

 private:
  double t_ = 1;
};

}  // namespace fenchel
