// positive_l1.cpp -- g(x) = lam sum_j w_j x_j over x >= 0
//
// prox     out_j = max(v_j - step lam w_j, 0), the shifted ReLU
// offers   separable, vector step, vjp, conjugate (u_j <= lam w_j), soft box
// paper    AbsTopK: Rethinking Sparse Autoencoders For Bidirectional Features (2025): ReLU as a proximal step
#include "prox/weighted.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {kLam, kPenaltyWeights};

class PositiveL1 final : public WeightedProx<PositiveL1> {
 public:
  explicit PositiveL1(const Params& params) : WeightedProx(params) {
    rule_.l1 = lam();
    rule_.lower = 0;
    rule_.weights = weights();
    kernel_ = rule_of(kernels::SeparableRule::piecewise);
    kernel_.up = kernel_.down = 1;
    kernel_.bounded = true;
    kernel_.lower = 0;
  }
  const kernels::SeparableRule& kernel_rule() const { return kernel_; }
  unsigned caps() const override {
    return PROX_CONVEX | PROX_SEPARABLE | PROX_HOMOGENEOUS | PROX_VECTOR_STEP | PROX_VJP | PROX_CONJUGATE;
  }
  const SoftBox* soft_box() const override { return &rule_; }

  template <class T>
  T scalar_prox(index j, T v, T step) const {
    const T t = step * static_cast<T>(level(j));
    return v > t ? v - t : v == v ? T(0) : v;
  }
  template <class T>
  T scalar_slope(index j, T v, T step) const {
    return v > step * static_cast<T>(level(j)) ? T(1) : T(0);
  }
  double scalar_value(index j, double x) const { return x == 0 ? 0 : x < 0 ? kInf : level(j) * x; }
  double scalar_conjugate(index j, double u) const { return u <= level(j) ? 0.0 : kInf; }
  double scalar_distance(index j, double x, double grad) const {
    if (x < 0) return kInf;
    return x == 0 ? std::max(0.0, -grad - level(j)) : std::abs(grad + level(j));
  }

 private:
  SoftBox rule_;
  kernels::SeparableRule kernel_;
};

}  // namespace

const TermInfo& term_positive_l1() {
  static constexpr TermInfo info{TermKind::prox, "positive_l1", "lam sum_j w_j x_j over x >= 0: the shifted ReLU",
                                 kParams, [](const Params& p) -> TermPtr { return std::make_shared<PositiveL1>(p); }};
  return info;
}

}  // namespace fenchel
