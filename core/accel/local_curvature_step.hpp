// local_curvature_step.hpp -- from the last two gradients, without parameter or line search. With a = step of before,
// theta the ratio of the two steps before, L = |dg| / |dx| and l = <dx, dg> / |dx|^2:
//
//   step = a min( sqrt(2/3 + theta), 1 / sqrt( [2 a^2 L^2 - a l - 1]_+ ) )
//
// Malitsky and Mishchenko, Adaptive proximal gradient method for convex optimization (2024), Algorithm 3, without the
// term - a l; with it, Latafat, Themelis and Patrinos, On the convergence of adaptive first order methods (2024), q =
// 3/2, r = 3/4: never shorter, and proved for every convex f with a locally Lipschitz gradient and convex g.
#pragma once
#include <algorithm>

#include "accel/step_policy.hpp"

namespace fenchel {

class LocalCurvatureStep final : public StepPolicy {
 public:
  unsigned needs() const override { return STEP_PAIRS; }
  void begin(double first) override {
    step_ = first;
    ratio_ = 1.0 / 3.0;
    fresh_ = true;
  }
  double next(const StepFacts& facts) override {
    if (fresh_) {
      fresh_ = false;
      return step_;
    }
    // A difference of gradients that rounding may have made says nothing about curvature.
    if (!(facts.dx2 > 0) || facts.dg2 <= facts.noise * facts.noise) return step_;
    const double a = step_;
    const double L2 = facts.dg2 / facts.dx2, l = facts.dxdg / facts.dx2;
    const double excess = 2 * a * a * L2 - a * l - 1;
    double factor = std::sqrt(2.0 / 3.0 + ratio_);
    if (excess > 0) factor = std::min(factor, 1 / std::sqrt(excess));
    step_ = a * factor;
    ratio_ = factor;
    return step_;
  }

 private:
  double step_ = 1, ratio_ = 1;
  bool fresh_ = true;
};

}  // namespace fenchel
