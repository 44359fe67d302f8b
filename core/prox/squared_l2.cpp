// squared_l2.cpp -- g(x) = lam / 2 sum_j w_j x_j^2
//
// prox     out_j = v_j / (1 + step lam w_j)
// offers   separable, vector step, vjp, conjugate sum_j u_j^2 / (2 lam w_j), soft box
#include "prox/weighted.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {kLam, kPenaltyWeights};

class SquaredL2 final : public WeightedProx<SquaredL2> {
 public:
  explicit SquaredL2(const Params& params) : WeightedProx(params) {
    rule_.l2 = lam();
    rule_.weights = weights();
    kernel_ = rule_of(kernels::SeparableRule::piecewise);
    kernel_.low = -kInf;
    kernel_.high = kInf;
    kernel_.square = 1;
  }
  const kernels::SeparableRule& kernel_rule() const { return kernel_; }
  unsigned caps() const override {
    return PROX_CONVEX | PROX_SEPARABLE | PROX_VECTOR_STEP | PROX_VJP | PROX_CONJUGATE | PROX_EVEN | PROX_QUADRATIC |
           full_domain();
  }
  const SoftBox* soft_box() const override { return &rule_; }
  double strong_convexity() const override { return least(); }

  template <class T>
  T scalar_prox(index j, T v, T step) const {
    return v / (1 + step * static_cast<T>(level(j)));
  }
  template <class T>
  T scalar_slope(index j, T, T step) const {
    return 1 / (1 + step * static_cast<T>(level(j)));
  }
  double scalar_value(index j, double x) const { return x == 0 ? 0 : 0.5 * level(j) * x * x; }
  double scalar_conjugate(index j, double u) const { return u == 0 ? 0 : 0.5 * u * u / level(j); }
  double scalar_distance(index j, double x, double grad) const {
    if (level(j) == kInf) return x == 0 ? 0 : kInf;
    return std::abs(grad + level(j) * x);
  }

 private:
  SoftBox rule_;
  kernels::SeparableRule kernel_;
};

}  // namespace

const TermInfo& term_squared_l2() {
  static constexpr TermInfo info{TermKind::prox, "squared_l2", "lam / 2 sum_j w_j x_j^2", kParams,
                                 [](const Params& p) -> TermPtr { return std::make_shared<SquaredL2>(p); }};
  return info;
}

}  // namespace fenchel
