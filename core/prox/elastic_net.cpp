// elastic_net.cpp -- g(x) = sum_j w_j (l1 |x_j| + l2 x_j^2 / 2)
//
// prox     out_j = soft(v_j, step w_j l1) / (1 + step w_j l2)
// offers   separable, vector step, vjp, conjugate sum_j max(|u_j| - w_j l1, 0)^2 / (2 w_j l2), soft box
// paper    Zou and Hastie, Regularization and variable selection via the elastic net (2005)
#include "prox/weighted.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {
    real_param("l1", 1.0, 0.0, 1e300, "weight of the norm"),
    real_param("l2", 1.0, 0.0, 1e300, "weight of half the squares"),
    kPenaltyWeights,
};

class ElasticNet final : public WeightedProx<ElasticNet> {
 public:
  explicit ElasticNet(const Params& params)
      : WeightedProx(params, 1.0), l1_(params.real("l1")), l2_(params.real("l2")) {
    rule_.l1 = l1_;
    rule_.l2 = l2_;
    rule_.weights = weights();
    kernel_ = rule_of(kernels::SeparableRule::piecewise);
    kernel_.up = kernel_.down = l1_;
    kernel_.square = l2_;
  }
  const kernels::SeparableRule& kernel_rule() const { return kernel_; }
  unsigned caps() const override {
    return PROX_CONVEX | PROX_SEPARABLE | PROX_VECTOR_STEP | PROX_VJP | PROX_CONJUGATE | PROX_EVEN | full_domain() |
           (l1_ == 0 ? PROX_QUADRATIC : 0U) | (l2_ == 0 ? PROX_HOMOGENEOUS : 0U);
  }
  const SoftBox* soft_box() const override { return &rule_; }
  double strong_convexity() const override { return l2_ == 0 ? 0 : l2_ * least(); }

  template <class T>
  T scalar_prox(index j, T v, T step) const {
    const T t = step * static_cast<T>(linear(j));
    const T scale = 1 + step * static_cast<T>(square(j));
    return v > t ? (v - t) / scale : v < -t ? (v + t) / scale : v == v ? T(0) : v;
  }
  template <class T>
  T scalar_slope(index j, T v, T step) const {
    if (!(std::abs(v) > step * static_cast<T>(linear(j)))) return 0;
    return 1 / (1 + step * static_cast<T>(square(j)));
  }
  double scalar_value(index j, double x) const {
    return x == 0 ? 0 : linear(j) * std::abs(x) + 0.5 * square(j) * x * x;
  }
  double scalar_conjugate(index j, double u) const {
    const double rest = std::abs(u) - linear(j);
    if (rest <= 0) return 0;
    return square(j) == 0 ? kInf : 0.5 * rest * rest / square(j);
  }
  double scalar_distance(index j, double x, double grad) const {
    const double t = linear(j);
    return x == 0 ? std::max(0.0, std::abs(grad) - t) : std::abs(grad + std::copysign(t, x) + square(j) * x);
  }

 private:
  // A fixed coordinate is held by its infinite linear part alone.
  double linear(index j) const { return level(j) == kInf ? kInf : l1_ * level(j); }
  double square(index j) const { return level(j) == kInf ? 0 : l2_ * level(j); }
  double l1_, l2_;
  SoftBox rule_;
  kernels::SeparableRule kernel_;
};

}  // namespace

const TermInfo& term_elastic_net() {
  static constexpr TermInfo info{TermKind::prox, "elastic_net",
                                 "sum_j w_j (l1 |x_j| + l2 x_j^2 / 2): soft thresholding, then shrinking", kParams,
                                 [](const Params& p) -> TermPtr { return std::make_shared<ElasticNet>(p); }};
  return info;
}

}  // namespace fenchel
