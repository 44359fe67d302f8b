// scad.cpp -- g(x) = sum_j w_j p(|x_j|), p' = lam up to lam, (gamma lam - a) / (gamma - 1) up to gamma lam, then 0
//
// prox     with t = step w_j and a = |v_j|:
//          t < gamma - 1    soft(v, t lam) up to a = (1 + t) lam; sign(v) ((gamma - 1) a - t gamma lam) / (gamma - 1 -
//          t)
//                           up to gamma lam; then v
//          t >= gamma - 1   the middle piece is concave: the better of soft(v, t lam) cut at lam, and of v if a is at
//                           least gamma lam
// offers   separable, vector step, vjp; not convex
// paper    Fan and Li, Variable selection via nonconcave penalized likelihood (2001)
#include "prox/weighted.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {
    kLam,
    real_param("gamma", 3.7, 1.000001, 1e300, "where it becomes flat, in units of lam"),
    array_param("weights", 0.0, kInf, "(n) factors w_j of the penalty; 0 leaves x_j free, inf fixes it at 0"),
};

class Scad final : public WeightedProx<Scad> {
 public:
  explicit Scad(const Params& params)
      : WeightedProx(params, 1.0), lam_(params.real("lam")), gamma_(params.real("gamma")) {
    kernel_ = rule_of(kernels::SeparableRule::scad);
    kernel_.up = lam_;
    kernel_.high = gamma_;
  }
  const kernels::SeparableRule& kernel_rule() const { return kernel_; }
  unsigned caps() const override { return PROX_SEPARABLE | PROX_VECTOR_STEP | PROX_VJP | PROX_EVEN | full_domain(); }
  double weak_convexity() const override { return most() / (gamma_ - 1); }

  double scalar_prox(index j, double v, double step) const {
    const double t = step * level(j), a = std::abs(v);
    if (!(t < kInf)) return v == v ? 0 : v;
    return a != a ? v : std::copysign(shrunk(a, t), v);
  }
  double scalar_slope(index j, double v, double step) const {
    const double t = step * level(j), a = std::abs(v), x = std::abs(scalar_prox(j, v, step));
    if (x == 0) return t == 0 ? 1 : 0;
    if (t < gamma_ - 1) return x <= lam_ || x >= gamma_ * lam_ ? 1 : (gamma_ - 1) / (gamma_ - 1 - t);
    return x == lam_ && a > (1 + t) * lam_ ? 0 : 1;
  }
  double scalar_value(index j, double x) const {
    const double a = std::abs(x);
    return a == 0 ? 0 : level(j) == kInf ? kInf : level(j) * penalty(a);
  }
  double scalar_distance(index j, double x, double grad) const {
    const double a = std::abs(x);
    if (level(j) == kInf) return a == 0 ? 0 : kInf;
    if (a == 0) return std::max(0.0, std::abs(grad) - level(j) * lam_);
    const double rise = std::clamp((gamma_ * lam_ - a) / (gamma_ - 1), 0.0, lam_);
    return std::abs(grad + std::copysign(level(j) * rise, x));
  }

 private:
  double penalty(double a) const {
    if (a <= lam_) return lam_ * a;
    if (a >= gamma_ * lam_) return 0.5 * lam_ * lam_ * (gamma_ + 1);
    return (gamma_ * lam_ * a - 0.5 * (a * a + lam_ * lam_)) / (gamma_ - 1);
  }
  double shrunk(double a, double t) const {
    if (t < gamma_ - 1) {
      if (a <= (1 + t) * lam_) return std::max(0.0, a - t * lam_);
      return a <= gamma_ * lam_ ? ((gamma_ - 1) * a - t * gamma_ * lam_) / (gamma_ - 1 - t) : a;
    }
    const double near = std::clamp(a - t * lam_, 0.0, lam_);
    if (a < gamma_ * lam_) return near;
    return t * penalty(a) <= 0.5 * (near - a) * (near - a) + t * lam_ * near ? a : near;
  }
  double lam_, gamma_;
  kernels::SeparableRule kernel_;
};

}  // namespace

const TermInfo& term_scad() {
  static constexpr TermInfo info{TermKind::prox, "scad",
                                 "sum_j w_j p(|x_j|), p' = lam up to lam, falling to 0 at gamma lam; smoothly clipped "
                                 "absolute deviation, not convex",
                                 kParams, [](const Params& p) -> TermPtr { return std::make_shared<Scad>(p); }};
  return info;
}

}  // namespace fenchel
