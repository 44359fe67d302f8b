// jump_relu.cpp -- g(x) = lam sum_j w_j [x_j > 0] over x >= 0
//
// prox     out_j = v_j if v_j > 0 and v_j^2 >= 2 step lam w_j, else 0: ReLU with a jump at sqrt(2 step lam w_j)
// offers   separable, vector step, vjp; not convex
// paper    AbsTopK: Rethinking Sparse Autoencoders For Bidirectional Features (2025): JumpReLU as a proximal step
#include "prox/weighted.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {kLam, kPenaltyWeights};

class JumpRelu final : public WeightedProx<JumpRelu> {
 public:
  explicit JumpRelu(const Params& params) : WeightedProx(params) {
    kernel_ = rule_of(kernels::SeparableRule::hard);
    kernel_.positive = kernel_.bounded = true;
    kernel_.lower = 0;
  }
  const kernels::SeparableRule& kernel_rule() const { return kernel_; }
  unsigned caps() const override { return PROX_SEPARABLE | PROX_VECTOR_STEP | PROX_VJP; }

  double scalar_prox(index j, double v, double step) const { return v < std::sqrt(2 * step * level(j)) ? 0 : v; }
  double scalar_slope(index j, double v, double step) const { return v < std::sqrt(2 * step * level(j)) ? 0 : 1; }
  double scalar_value(index j, double x) const { return x == 0 ? 0 : x < 0 ? kInf : level(j); }
  // The subdifferential at 0 is the whole line unless the coordinate is free.
  double scalar_distance(index j, double x, double grad) const {
    return x == 0 ? (level(j) > 0 ? 0 : std::max(0.0, -grad)) : x < 0 || level(j) == kInf ? kInf : std::abs(grad);
  }

 private:
  kernels::SeparableRule kernel_;
};

}  // namespace

const TermInfo& term_jump_relu() {
  static constexpr TermInfo info{TermKind::prox, "jump_relu",
                                 "lam sum_j w_j [x_j > 0] over x >= 0: ReLU with a jump; not convex", kParams,
                                 [](const Params& p) -> TermPtr { return std::make_shared<JumpRelu>(p); }};
  return info;
}

}  // namespace fenchel
