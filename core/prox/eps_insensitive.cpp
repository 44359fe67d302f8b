// eps_insensitive.cpp -- g(x) = lam sum_j w_j max(|x_j| - eps, 0)
//
// prox     with t = step lam w_j: v up to |v| = eps, sign(v) eps up to eps + t, then v - t sign(v)
// offers   separable, vector step, vjp, conjugate eps |u_j| over |u_j| <= lam w_j
// paper    Vapnik, The Nature of Statistical Learning Theory (1995)
#include "prox/weighted.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {
    kLam,
    real_param("eps", 0.1, 0.0, 1e300, "error that costs nothing"),
    kSampleWeights,
};

class EpsInsensitive final : public WeightedProx<EpsInsensitive> {
 public:
  explicit EpsInsensitive(const Params& params) : WeightedProx(params), eps_(params.real("eps")) {
    kernel_ = rule_of(kernels::SeparableRule::piecewise);
    kernel_.up = kernel_.down = 1;
    kernel_.low = -eps_;
    kernel_.high = eps_;
  }
  const kernels::SeparableRule& kernel_rule() const { return kernel_; }
  unsigned caps() const override {
    return PROX_CONVEX | PROX_SEPARABLE | PROX_VECTOR_STEP | PROX_VJP | PROX_CONJUGATE | PROX_EVEN | PROX_FULL_DOMAIN |
           (eps_ == 0 ? PROX_HOMOGENEOUS : 0U);
  }

  double scalar_prox(index j, double v, double step) const {
    const double t = step * level(j), a = std::abs(v);
    return a > eps_ + t ? v - std::copysign(t, v) : a > eps_ ? std::copysign(eps_, v) : v;
  }
  double scalar_slope(index j, double v, double step) const {
    const double a = std::abs(v);
    return a > eps_ + step * level(j) || a < eps_ ? 1 : 0;
  }
  double scalar_value(index j, double x) const { return level(j) * std::max(std::abs(x) - eps_, 0.0); }
  double scalar_conjugate(index j, double u) const { return std::abs(u) <= level(j) ? eps_ * std::abs(u) : kInf; }
  double scalar_distance(index j, double x, double grad) const {
    const double a = std::abs(x), out = std::copysign(level(j), x);
    if (a > eps_) return std::abs(grad + out);
    if (a < eps_) return std::abs(grad);
    if (eps_ == 0) return std::max(0.0, std::abs(grad) - level(j));
    const double along = std::copysign(grad, x * grad);  // grad in the direction of x
    return std::max({0.0, along, -along - level(j)});
  }

 private:
  double eps_;
  kernels::SeparableRule kernel_;
};

}  // namespace

const TermInfo& term_eps_insensitive() {
  static constexpr TermInfo info{TermKind::prox, "eps_insensitive", "lam sum_j w_j max(|x_j| - eps, 0)", kParams,
                                 [](const Params& p) -> TermPtr { return std::make_shared<EpsInsensitive>(p); }};
  return info;
}

}  // namespace fenchel
