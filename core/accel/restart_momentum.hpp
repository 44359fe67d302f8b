// restart_momentum.hpp -- Nesterov's momentum, begun again when the objective rises, or when momentum and gradient step
// point apart: O'Donoghue and Candes, Adaptive restart for accelerated gradient schemes (2015), sections 3.1 and 3.2.
#pragma once
#include "accel/momentum_policy.hpp"

namespace fenchel {

class FunctionRestartMomentum final : public MomentumPolicy {
 public:
  bool needs_objective() const override { return true; }
  void begin() override { t_ = 1; }
  Extrapolation next(const MomentumFacts& facts) override {
    if (t_ > 1 && facts.now > facts.before + facts.noise) {
      t_ = 1;
      return {.restart = true};
    }
    const double t = t_;
    t_ = next_t(t, facts.step_ratio);
    return {.along = (t - 1) / t_};
  }

 private:
  double t_ = 1;
};

class GradientRestartMomentum final : public MomentumPolicy {
 public:
  bool needs_alignment() const override { return true; }
  void begin() override { t_ = 1; }
  Extrapolation next(const MomentumFacts& facts) override {
    if (t_ > 1 && facts.alignment > 0) {
      t_ = 1;
      return {.restart = true};
    }
    const double t = t_;
    t_ = next_t(t, facts.step_ratio);
    return {.along = (t - 1) / t_};
  }

 private:
  double t_ = 1;
};

}  // namespace fenchel
