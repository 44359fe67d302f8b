// mcp.cpp -- g(x) = sum_j w_j p(|x_j|), p(a) = lam a - a^2 / (2 gamma) up to gamma lam, then lam^2 gamma / 2
//
// prox     with t = step w_j and a = |v_j|:
//          t < gamma    0 up to t lam; sign(v) (a - t lam) / (1 - t / gamma) up to gamma lam; then v
//          t >= gamma   the middle piece is concave: v if a >= lam sqrt(gamma t), else 0
// offers   separable, vector step, vjp; not convex
// paper    Zhang, Nearly unbiased variable selection under minimax concave penalty (2010)
#include "prox/weighted.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {
    kLam,
    real_param("gamma", 3.0, 1e-9, 1e300, "where it becomes flat, in units of lam"),
    array_param("weights", 0.0, kInf, "(n) factors w_j of the penalty; 0 leaves x_j free, inf fixes it at 0"),
};

class Mcp final : public WeightedProx<Mcp> {
 public:
  explicit Mcp(const Params& params)
      : WeightedProx(params, 1.0), lam_(params.real("lam")), gamma_(params.real("gamma")) {
    kernel_ = rule_of(kernels::SeparableRule::mcp);
    kernel_.up = lam_;
    kernel_.high = gamma_;
  }
  const kernels::SeparableRule& kernel_rule() const { return kernel_; }
  unsigned caps() const override { return PROX_SEPARABLE | PROX_VECTOR_STEP | PROX_VJP | PROX_EVEN | full_domain(); }
  double weak_convexity() const override { return most() / gamma_; }

  double scalar_prox(index j, double v, double step) const {
    const double t = step * level(j), a = std::abs(v);
    if (t == kInf) return v == v ? 0 : v;
    if (t >= gamma_) return a < lam_ * std::sqrt(gamma_ * t) ? 0 : v;
    if (a <= t * lam_) return 0;
    if (a <= gamma_ * lam_) return std::copysign((a - t * lam_) / (1 - t / gamma_), v);
    return v;
  }
  double scalar_slope(index j, double v, double step) const {
    const double t = step * level(j), a = std::abs(v);
    if (t >= gamma_) return t == kInf || a < lam_ * std::sqrt(gamma_ * t) ? 0 : 1;
    return a <= t * lam_ ? 0 : a <= gamma_ * lam_ ? 1 / (1 - t / gamma_) : 1;
  }
  double scalar_value(index j, double x) const {
    const double a = std::abs(x);
    if (a == 0) return 0;
    if (level(j) == kInf) return kInf;
    return level(j) * (a <= gamma_ * lam_ ? lam_ * a - 0.5 * a * a / gamma_ : 0.5 * lam_ * lam_ * gamma_);
  }
  double scalar_distance(index j, double x, double grad) const {
    const double a = std::abs(x);
    if (level(j) == kInf) return a == 0 ? 0 : kInf;
    if (a == 0) return std::max(0.0, std::abs(grad) - level(j) * lam_);
    return std::abs(grad + std::copysign(level(j) * std::max(0.0, lam_ - a / gamma_), x));
  }

 private:
  double lam_, gamma_;
  kernels::SeparableRule kernel_;
};

}  // namespace

const TermInfo& term_mcp() {
  static constexpr TermInfo info{
      TermKind::prox, "mcp",
      "sum_j w_j (lam |x_j| - x_j^2 / (2 gamma)) up to |x_j| = gamma lam, then constant; not "
      "convex",
      kParams, [](const Params& p) -> TermPtr { return std::make_shared<Mcp>(p); }};
  return info;
}

}  // namespace fenchel
