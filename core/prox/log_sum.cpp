// log_sum.cpp -- g(x) = lam sum_j w_j log(1 + |x_j| / eps)
//
// prox     with t = step lam w_j and a = |v_j|: the better of 0 and x = (a - eps) / 2 + sqrt((a + eps)^2 / 4 - t),
// where
//          that is real and positive
// offers   separable, vector step, vjp; not convex
// paper    Candes, Wakin and Boyd, Enhancing sparsity by reweighted l1 minimization (2008)
#include "prox/weighted.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {
    kLam,
    real_param("eps", 1.0, 1e-100, 1e100, "scale below which it is linear"),
    kPenaltyWeights,
};

class LogSum final : public WeightedProx<LogSum> {
 public:
  explicit LogSum(const Params& params) : WeightedProx(params), eps_(params.real("eps")) {}
  unsigned caps() const override { return PROX_SEPARABLE | PROX_VECTOR_STEP | PROX_VJP | PROX_EVEN | full_domain(); }
  double weak_convexity() const override { return most() / (eps_ * eps_); }

  double scalar_prox(index j, double v, double step) const {
    const double t = step * level(j), a = std::abs(v);
    if (a != a || t == 0) return v;
    const double middle = 0.5 * (a + eps_), inside = 1 - t / middle / middle;
    if (!(inside >= 0)) return 0;
    const double root = middle * std::sqrt(inside), left = 0.5 * (a - eps_);
    // Where left < 0 the sum cancels: the product of the two roots, t - a eps, gives the larger one.
    const double x = left >= 0 ? left + root : (a * eps_ - t) / (root - left);
    if (!(x > 0)) return 0;
    return t * std::log1p(x / eps_) <= x * (a - 0.5 * x) ? std::copysign(x, v) : 0;
  }
  double scalar_slope(index j, double v, double step) const {
    const double t = step * level(j), x = std::abs(scalar_prox(j, v, step));
    return x == 0 ? (t == 0 ? 1 : 0) : 1 / (1 - t / ((eps_ + x) * (eps_ + x)));
  }
  double scalar_value(index j, double x) const { return x == 0 ? 0 : level(j) * std::log1p(std::abs(x) / eps_); }
  double scalar_distance(index j, double x, double grad) const {
    const double rise = level(j) / (eps_ + std::abs(x));
    return x == 0 ? std::max(0.0, std::abs(grad) - rise) : std::abs(grad + std::copysign(rise, x));
  }

 private:
  double eps_;
};

}  // namespace

const TermInfo& term_log_sum() {
  static constexpr TermInfo info{TermKind::prox, "log_sum", "lam sum_j w_j log(1 + |x_j| / eps); not convex", kParams,
                                 [](const Params& p) -> TermPtr { return std::make_shared<LogSum>(p); }};
  return info;
}

}  // namespace fenchel
