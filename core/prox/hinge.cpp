// hinge.cpp -- g(x) = lam sum_j w_j max(1 - x_j, 0)
//
// prox     with t = step lam w_j: v + t below 1 - t, 1 up to 1, then v
// offers   separable, vector step, vjp, conjugate sum_j u_j over -lam w_j <= u_j <= 0
#include "prox/weighted.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {kLam, kSampleWeights};

class Hinge final : public WeightedProx<Hinge> {
 public:
  explicit Hinge(const Params& params) : WeightedProx(params) {
    kernel_ = rule_of(kernels::SeparableRule::piecewise);
    kernel_.down = kernel_.low = 1;
    kernel_.high = kInf;
  }
  const kernels::SeparableRule& kernel_rule() const { return kernel_; }
  unsigned caps() const override {
    return PROX_CONVEX | PROX_SEPARABLE | PROX_VECTOR_STEP | PROX_VJP | PROX_CONJUGATE | PROX_FULL_DOMAIN;
  }

  double scalar_prox(index j, double v, double step) const {
    const double t = step * level(j);
    return v < 1 - t ? v + t : v < 1 ? 1 : v;
  }
  double scalar_slope(index j, double v, double step) const { return v < 1 - step * level(j) || v >= 1 ? 1 : 0; }
  double scalar_value(index j, double x) const { return level(j) * std::max(1 - x, 0.0); }
  double scalar_conjugate(index j, double u) const { return u <= 0 && u >= -level(j) ? u : kInf; }
  double scalar_distance(index j, double x, double grad) const {
    const double down = grad - level(j);
    return x < 1 ? std::abs(down) : x > 1 ? std::abs(grad) : std::max({0.0, down, -grad});
  }

 private:
  kernels::SeparableRule kernel_;
};

}  // namespace

const TermInfo& term_hinge() {
  static constexpr TermInfo info{TermKind::prox, "hinge", "lam sum_j w_j max(1 - x_j, 0)", kParams,
                                 [](const Params& p) -> TermPtr { return std::make_shared<Hinge>(p); }};
  return info;
}

}  // namespace fenchel
