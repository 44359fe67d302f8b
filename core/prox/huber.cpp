// huber.cpp -- g(x) = lam sum_j w_j h(x_j), h(x) = x^2 / 2 up to |x| = delta, then delta |x| - delta^2 / 2
//
// prox     with t = step lam w_j: v / (1 + t) up to |v| = (1 + t) delta, then v - t delta sign(v)
// offers   separable, vector step, vjp, conjugate u^2 / (2 lam w_j) over |u_j| <= lam w_j delta
#include "prox/weighted.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {
    kLam,
    real_param("delta", 1.0, 1e-300, 1e150, "where the parabola becomes a line"),
    kSampleWeights,
};

class Huber final : public WeightedProx<Huber> {
 public:
  explicit Huber(const Params& params) : WeightedProx(params), delta_(params.real("delta")) {
    kernel_ = rule_of(kernels::SeparableRule::curved);
    kernel_.low = -delta_;
    kernel_.high = delta_;
  }
  const kernels::SeparableRule& kernel_rule() const { return kernel_; }
  unsigned caps() const override {
    return PROX_CONVEX | PROX_SEPARABLE | PROX_VECTOR_STEP | PROX_VJP | PROX_CONJUGATE | PROX_EVEN | PROX_FULL_DOMAIN;
  }

  double scalar_prox(index j, double v, double step) const {
    const double t = step * level(j);
    return std::abs(v) > (1 + t) * delta_ ? v - std::copysign(t * delta_, v) : v / (1 + t);
  }
  double scalar_slope(index j, double v, double step) const {
    const double t = step * level(j);
    return std::abs(v) > (1 + t) * delta_ ? 1 : 1 / (1 + t);
  }
  double scalar_value(index j, double x) const {
    const double a = std::abs(x);
    return level(j) * (a <= delta_ ? 0.5 * a * a : delta_ * (a - 0.5 * delta_));
  }
  double scalar_conjugate(index j, double u) const {
    if (u == 0) return 0;
    return std::abs(u) <= level(j) * delta_ ? 0.5 * u * u / level(j) : kInf;
  }
  double scalar_distance(index j, double x, double grad) const {
    return std::abs(grad + level(j) * std::clamp(x, -delta_, delta_));
  }

 private:
  double delta_;
  kernels::SeparableRule kernel_;
};

}  // namespace

const TermInfo& term_huber() {
  static constexpr TermInfo info{TermKind::prox, "huber",
                                 "lam sum_j w_j h(x_j), h = x^2 / 2 up to |x| = delta, then delta |x| - delta^2 / 2",
                                 kParams, [](const Params& p) -> TermPtr { return std::make_shared<Huber>(p); }};
  return info;
}

}  // namespace fenchel
