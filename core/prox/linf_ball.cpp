// linf_ball.cpp -- g(x) = 0 on {max_j |x_j| <= radius}
//
// prox     out_j = min(max(v_j, -radius), radius)
// offers   separable, projection, vector step, vjp, conjugate radius ||u||_1, soft box
#include <algorithm>
#include <cmath>

#include "prox/separable.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {real_param("radius", 1.0, 0.0, 1e300, "radius of the ball")};

class LinfBall final : public SeparableProx<LinfBall> {
 public:
  explicit LinfBall(const Params& params) : radius_(params.real("radius")) {
    kernel_.bounded = true;
    kernel_.low = -kInf;
    kernel_.high = kInf;
    rule_.lower = kernel_.lower = -radius_;
    rule_.upper = kernel_.upper = radius_;
  }
  const kernels::SeparableRule& kernel_rule() const { return kernel_; }
  unsigned caps() const override {
    return PROX_CONVEX | PROX_SEPARABLE | PROX_INDICATOR | PROX_VECTOR_STEP | PROX_VJP | PROX_CONJUGATE | PROX_EVEN |
           (radius_ == 0 ? PROX_HOMOGENEOUS : 0U);
  }
  const SoftBox* soft_box() const override { return &rule_; }

  double scalar_prox(index, double v, double) const { return v < -radius_ ? -radius_ : v > radius_ ? radius_ : v; }
  double scalar_slope(index, double v, double) const { return std::abs(v) < radius_ ? 1 : 0; }
  double scalar_value(index, double x) const {
    const double a = std::abs(x);
    return a <= radius_ || a == static_cast<double>(static_cast<float>(radius_)) ? 0 : kInf;
  }
  double scalar_conjugate(index, double u) const { return radius_ * std::abs(u); }
  double scalar_distance(index, double x, double grad) const {
    if (scalar_value(0, x) != 0) return kInf;
    const bool low = x <= -radius_, high = x >= radius_;
    return low && high ? 0 : low ? std::max(0.0, -grad) : high ? std::max(0.0, grad) : std::abs(grad);
  }

 private:
  double radius_;
  SoftBox rule_;
  kernels::SeparableRule kernel_;
};

}  // namespace

const TermInfo& term_linf_ball() {
  static constexpr TermInfo info{TermKind::prox, "linf_ball", "0 on {max |x_j| <= radius}", kParams,
                                 [](const Params& p) -> TermPtr { return std::make_shared<LinfBall>(p); }};
  return info;
}

}  // namespace fenchel
