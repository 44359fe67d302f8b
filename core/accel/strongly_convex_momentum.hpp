// strongly_convex_momentum.hpp -- along = (1 - sqrt q) / (1 + sqrt q), q = mu step: linear rate 1 - sqrt q where f is
// mu-strongly convex. Nesterov, Lectures on Convex Optimization (2018), (2.2.22).
#pragma once
#include <algorithm>

#include "accel/momentum_policy.hpp"

namespace fenchel {

class StronglyConvexMomentum final : public MomentumPolicy {
 public:
  explicit StronglyConvexMomentum(double mu) : mu_(mu) {}
  void begin() override {}
  Extrapolation next(const MomentumFacts& facts) override {
    const double root = std::sqrt(std::min(1.0, mu_ * facts.step));
    return {.along = (1 - root) / (1 + root)};
  }

 private:
  double mu_;
};

}  // namespace fenchel
