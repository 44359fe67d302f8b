// pinball.cpp -- g(x) = lam sum_j w_j max(tau x_j, (tau - 1) x_j)
//
// prox     with t = step lam w_j: v - tau t above tau t, v + (1 - tau) t below -(1 - tau) t, else 0
// offers   separable, vector step, vjp, conjugate ((tau - 1) lam w_j <= u_j <= tau lam w_j)
// paper    Koenker and Bassett, Regression quantiles (1978)
#include "prox/weighted.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {
    kLam,
    real_param("tau", 0.5, 0.0, 1.0, "the quantile"),
    kSampleWeights,
};

class Pinball final : public WeightedProx<Pinball> {
 public:
  explicit Pinball(const Params& params) : WeightedProx(params), tau_(params.real("tau")) {
    kernel_ = rule_of(kernels::SeparableRule::piecewise);
    kernel_.up = tau_;
    kernel_.down = 1 - tau_;
  }
  const kernels::SeparableRule& kernel_rule() const { return kernel_; }
  unsigned caps() const override {
    return PROX_CONVEX | PROX_SEPARABLE | PROX_HOMOGENEOUS | PROX_VECTOR_STEP | PROX_VJP | PROX_CONJUGATE |
           PROX_FULL_DOMAIN | (tau_ == 0.5 ? PROX_EVEN : 0U);
  }

  double scalar_prox(index j, double v, double step) const {
    const double t = step * level(j);
    return v > tau_ * t ? v - tau_ * t : v < (tau_ - 1) * t ? v + (1 - tau_) * t : v == v ? 0 : v;
  }
  double scalar_slope(index j, double v, double step) const {
    const double t = step * level(j);
    return v > tau_ * t || v < (tau_ - 1) * t ? 1 : 0;
  }
  double scalar_value(index j, double x) const { return level(j) * std::max(tau_ * x, (tau_ - 1) * x); }
  double scalar_conjugate(index j, double u) const {
    return u <= tau_ * level(j) && u >= (tau_ - 1) * level(j) ? 0 : kInf;
  }
  double scalar_distance(index j, double x, double grad) const {
    const double up = grad + tau_ * level(j), down = grad + (tau_ - 1) * level(j);
    return x > 0 ? std::abs(up) : x < 0 ? std::abs(down) : std::max({0.0, -up, down});
  }

 private:
  double tau_;
  kernels::SeparableRule kernel_;
};

}  // namespace

const TermInfo& term_pinball() {
  static constexpr TermInfo info{TermKind::prox, "pinball",
                                 "lam sum_j w_j max(tau x_j, (tau - 1) x_j): the loss of a quantile", kParams,
                                 [](const Params& p) -> TermPtr { return std::make_shared<Pinball>(p); }};
  return info;
}

}  // namespace fenchel
