// neg_log.cpp -- g(x) = -lam sum_j w_j log x_j over x > 0 (x >= 0 where the weight is 0)
//
// prox     with t = step lam w_j: (v + sqrt(v^2 + 4 t)) / 2
// offers   separable, vector step, vjp, conjugate -s + s log(-s / u_j), s = lam w_j, over u_j < 0
#include "prox/positive_root.hpp"
#include "prox/weighted.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {kLam, kSampleWeights};

class NegLog final : public WeightedProx<NegLog> {
 public:
  explicit NegLog(const Params& params) : WeightedProx(params) {}
  unsigned caps() const override { return PROX_CONVEX | PROX_SEPARABLE | PROX_VECTOR_STEP | PROX_VJP | PROX_CONJUGATE; }

  double scalar_prox(index j, double v, double step) const { return positive_root(v, step * level(j)); }
  double scalar_slope(index j, double v, double step) const { return positive_root_slope(v, step * level(j)); }
  double scalar_value(index j, double x) const { return x < 0 ? kInf : level(j) == 0 ? 0 : -level(j) * std::log(x); }
  double scalar_conjugate(index j, double u) const {
    const double s = level(j);
    if (s == 0) return u <= 0 ? 0 : kInf;
    return u < 0 ? s * (std::log(-s / u) - 1) : kInf;
  }
  double scalar_distance(index j, double x, double grad) const {
    if (x > 0) return std::abs(grad - level(j) / x);
    return x == 0 && level(j) == 0 ? std::max(0.0, -grad) : kInf;
  }
};

}  // namespace

const TermInfo& term_neg_log() {
  static constexpr TermInfo info{TermKind::prox, "neg_log", "-lam sum_j w_j log x_j over x > 0", kParams,
                                 [](const Params& p) -> TermPtr { return std::make_shared<NegLog>(p); }};
  return info;
}

}  // namespace fenchel
