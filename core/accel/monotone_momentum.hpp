// monotone_momentum.hpp -- Nesterov's momentum that keeps the better of z and the iterate: toward = t_k / t_{k+1},
// along = (t_k - 1) / t_{k+1}. Beck and Teboulle, Fast gradient-based algorithms for constrained total variation
// (2009), MFISTA.
#pragma once
#include "accel/momentum_policy.hpp"

namespace fenchel {

class MonotoneMomentum final : public MomentumPolicy {
 public:
  bool needs_objective() const override { return true; }
  void begin() override { t_ = 1; }
  Extrapolation next(const MomentumFacts& facts) override {
    const double t = t_;
    t_ = next_t(t, facts.step_ratio);
    // A value that is not finite is worse than any; one at the start is replaced.
    const bool keep = facts.now > facts.before + facts.noise;
    return {.toward = t / t_, .along = keep ? 0.0 : (t - 1) / t_, .keep = keep};
  }

 private:
  double t_ = 1;
};

}  // namespace fenchel
