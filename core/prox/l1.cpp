// l1.cpp -- g(x) = lam sum_j w_j |x_j|
//
// prox     out_j = sign(v_j) max(|v_j| - step lam w_j, 0)
// offers   separable, vector step, vjp, conjugate (the box of radius lam w_j), soft box
// paper    Parikh and Boyd, Proximal Algorithms (2014), eq. 6.9
#include "prox/weighted.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {kLam, kPenaltyWeights};

class L1 final : public WeightedProx<L1> {
 public:
  explicit L1(const Params& params) : WeightedProx(params) {
    rule_.l1 = lam();
    rule_.weights = weights();
    kernel_ = rule_of(kernels::SeparableRule::piecewise);
    kernel_.up = kernel_.down = 1;
  }
  const kernels::SeparableRule& kernel_rule() const { return kernel_; }
  unsigned caps() const override {
    return PROX_CONVEX | PROX_SEPARABLE | PROX_HOMOGENEOUS | PROX_VECTOR_STEP | PROX_VJP | PROX_CONJUGATE | PROX_EVEN |
           full_domain();
  }
  const SoftBox* soft_box() const override { return &rule_; }

  template <class T>
  T scalar_prox(index j, T v, T step) const {
    const T t = step * static_cast<T>(level(j));
    return v > t ? v - t : v < -t ? v + t : v == v ? T(0) : v;
  }
  template <class T>
  T scalar_slope(index j, T v, T step) const {
    return std::abs(v) > step * static_cast<T>(level(j)) ? T(1) : T(0);
  }
  double scalar_value(index j, double x) const { return x == 0 ? 0 : level(j) * std::abs(x); }
  double scalar_conjugate(index j, double u) const { return std::abs(u) <= level(j) ? 0.0 : kInf; }
  double scalar_distance(index j, double x, double grad) const {
    const double t = level(j);
    return x == 0 ? std::max(0.0, std::abs(grad) - t) : std::abs(grad + std::copysign(t, x));
  }

 private:
  SoftBox rule_;
  kernels::SeparableRule kernel_;
};

}  // namespace

const TermInfo& term_l1() {
  static constexpr TermInfo info{TermKind::prox, "l1", "lam sum_j w_j |x_j|: soft thresholding", kParams,
                                 [](const Params& p) -> TermPtr { return std::make_shared<L1>(p); }};
  return info;
}

}  // namespace fenchel
