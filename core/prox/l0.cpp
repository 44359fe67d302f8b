// l0.cpp -- g(x) = lam sum_j w_j [x_j != 0]
//
// prox     out_j = v_j if v_j^2 >= 2 step lam w_j, else 0: hard thresholding
// offers   separable, vector step, vjp; not convex
// paper    Blumensath and Davies, Iterative thresholding for sparse approximations (2008)
#include "prox/weighted.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {kLam, kPenaltyWeights};

class L0 final : public WeightedProx<L0> {
 public:
  explicit L0(const Params& params) : WeightedProx(params) { kernel_ = rule_of(kernels::SeparableRule::hard); }
  const kernels::SeparableRule& kernel_rule() const { return kernel_; }
  unsigned caps() const override { return PROX_SEPARABLE | PROX_VECTOR_STEP | PROX_VJP | PROX_EVEN | full_domain(); }

  double scalar_prox(index j, double v, double step) const {
    return std::abs(v) < std::sqrt(2 * step * level(j)) ? 0 : v;
  }
  double scalar_slope(index j, double v, double step) const {
    return std::abs(v) < std::sqrt(2 * step * level(j)) ? 0 : 1;
  }
  double scalar_value(index j, double x) const { return x == 0 ? 0 : level(j); }
  // The subdifferential at 0 is the whole line unless the coordinate is free.
  double scalar_distance(index j, double x, double grad) const {
    return x == 0 && level(j) > 0 ? 0 : level(j) == kInf ? kInf : std::abs(grad);
  }

 private:
  kernels::SeparableRule kernel_;
};

}  // namespace

const TermInfo& term_l0() {
  static constexpr TermInfo info{TermKind::prox, "l0", "lam sum_j w_j [x_j != 0]: hard thresholding; not convex",
                                 kParams, [](const Params& p) -> TermPtr { return std::make_shared<L0>(p); }};
  return info;
}

}  // namespace fenchel
