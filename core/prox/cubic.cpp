// cubic.cpp -- g(x) = lam sum_j w_j |x_j|^3
//
// prox     with t = step lam w_j: 2 v / (1 + sqrt(1 + 12 t |v|))
// offers   separable, vector step, vjp, conjugate 2/3 |u_j| sqrt(|u_j| / (3 lam w_j))
#include "prox/weighted.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {kLam, kSampleWeights};

class Cubic final : public WeightedProx<Cubic> {
 public:
  explicit Cubic(const Params& params) : WeightedProx(params) {}
  unsigned caps() const override {
    return PROX_CONVEX | PROX_SEPARABLE | PROX_VECTOR_STEP | PROX_VJP | PROX_CONJUGATE | PROX_EVEN | PROX_FULL_DOMAIN;
  }

  double scalar_prox(index j, double v, double step) const {
    return 2 * v / (1 + std::sqrt(1 + 12 * step * level(j) * std::abs(v)));
  }
  double scalar_slope(index j, double v, double step) const {
    return 1 / std::sqrt(1 + 12 * step * level(j) * std::abs(v));
  }
  double scalar_value(index j, double x) const { return level(j) * std::abs(x) * x * x; }
  double scalar_conjugate(index j, double u) const {
    const double a = std::abs(u);
    return a == 0 ? 0 : 2.0 / 3.0 * a * std::sqrt(a / (3 * level(j)));
  }
  double scalar_distance(index j, double x, double grad) const {
    return std::abs(grad + 3 * level(j) * x * std::abs(x));
  }
};

}  // namespace

const TermInfo& term_cubic() {
  static constexpr TermInfo info{TermKind::prox, "cubic", "lam sum_j w_j |x_j|^3", kParams,
                                 [](const Params& p) -> TermPtr { return std::make_shared<Cubic>(p); }};
  return info;
}

}  // namespace fenchel
