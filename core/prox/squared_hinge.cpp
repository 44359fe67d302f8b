// squared_hinge.cpp -- g(x) = lam / 2 sum_j w_j max(1 - x_j, 0)^2
//
// prox     with t = step lam w_j: (v + t) / (1 + t) below 1, then v
// offers   separable, vector step, vjp, conjugate sum_j u_j + u_j^2 / (2 lam w_j) over u_j <= 0
#include "prox/weighted.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {kLam, kSampleWeights};

class SquaredHinge final : public WeightedProx<SquaredHinge> {
 public:
  explicit SquaredHinge(const Params& params) : WeightedProx(params) {
    kernel_ = rule_of(kernels::SeparableRule::curved);
    kernel_.centre = 1;
    kernel_.low = -kInf;
  }
  const kernels::SeparableRule& kernel_rule() const { return kernel_; }
  unsigned caps() const override {
    return PROX_CONVEX | PROX_SEPARABLE | PROX_VECTOR_STEP | PROX_VJP | PROX_CONJUGATE | PROX_FULL_DOMAIN;
  }

  double scalar_prox(index j, double v, double step) const {
    const double t = step * level(j);
    return v < 1 ? (v + t) / (1 + t) : v;
  }
  double scalar_slope(index j, double v, double step) const { return v < 1 ? 1 / (1 + step * level(j)) : 1; }
  double scalar_value(index j, double x) const { return x < 1 ? 0.5 * level(j) * (1 - x) * (1 - x) : 0; }
  double scalar_conjugate(index j, double u) const { return u == 0 ? 0 : u > 0 ? kInf : u + 0.5 * u * u / level(j); }
  double scalar_distance(index j, double x, double grad) const {
    return std::abs(grad - level(j) * std::max(1 - x, 0.0));
  }

 private:
  kernels::SeparableRule kernel_;
};

}  // namespace

const TermInfo& term_squared_hinge() {
  static constexpr TermInfo info{TermKind::prox, "squared_hinge", "lam / 2 sum_j w_j max(1 - x_j, 0)^2", kParams,
                                 [](const Params& p) -> TermPtr { return std::make_shared<SquaredHinge>(p); }};
  return info;
}

}  // namespace fenchel
