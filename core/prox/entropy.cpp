// entropy.cpp -- g(x) = lam sum_j w_j x_j log x_j over x >= 0
//
// prox     with t = step lam w_j: t W(exp(v / t - 1) / t), W the function of Lambert, computed in the log domain:
//          y = W(e^z) solves y + log y = z
// offers   separable, vector step, vjp, conjugate s exp(u_j / s - 1), s = lam w_j
// paper    Corless et al., On the Lambert W function (1996); the iteration: Fritsch, Shafer and Crowley (1973)
#include "prox/weighted.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {kLam, kSampleWeights};

// y with y + log y = z. Two rounds of fourth order from a start that is right to a tenth give full precision.
double lambert_exp(double z) {
  if (z < -40) return std::exp(z);  // y is below the rounding of 1
  double y = z > 1 ? z - std::log(z) : std::log1p(std::exp(z)) * 0.8;
  for (int round = 0; round < 4; ++round) {
    const double r = z - y - std::log(y), q = 2 * (1 + y) * (1 + y + 2.0 / 3.0 * r);
    const double next = y * (1 + r / (1 + y) * (q - r) / (q - 2 * r));
    if (next == y) break;
    y = next;
  }
  return y;
}

class Entropy final : public WeightedProx<Entropy> {
 public:
  explicit Entropy(const Params& params) : WeightedProx(params) {}
  unsigned caps() const override { return PROX_CONVEX | PROX_SEPARABLE | PROX_VECTOR_STEP | PROX_VJP | PROX_CONJUGATE; }

  double scalar_prox(index j, double v, double step) const {
    const double t = step * level(j);
    if (t == 0) return v < 0 ? 0 : v;
    return t * lambert_exp(v / t - 1 - std::log(t));
  }
  double scalar_slope(index j, double v, double step) const {
    const double t = step * level(j), x = scalar_prox(j, v, step);
    return t == 0 ? (v > 0 ? 1 : 0) : x / (x + t);
  }
  double scalar_value(index j, double x) const {
    return x < 0 ? kInf : x == 0 || level(j) == 0 ? 0 : level(j) * x * std::log(x);
  }
  double scalar_conjugate(index j, double u) const {
    const double s = level(j);
    if (s == 0) return u <= 0 ? 0 : kInf;
    return s * std::exp(u / s - 1);
  }
  // At 0 the slope is -inf unless the coordinate is free; but a 0 stands for all that is below the least double.
  double scalar_distance(index j, double x, double grad) const {
    if (x > 0) return level(j) == 0 ? std::abs(grad) : std::abs(grad + level(j) * (std::log(x) + 1));
    if (x < 0) return kInf;
    constexpr double steepest = -743.4400719213812;  // 1 + log of the least double
    return std::max(0.0, -grad - (level(j) == 0 ? 0 : level(j) * steepest));
  }
};

}  // namespace

const TermInfo& term_entropy() {
  static constexpr TermInfo info{TermKind::prox, "entropy", "lam sum_j w_j x_j log x_j over x >= 0", kParams,
                                 [](const Params& p) -> TermPtr { return std::make_shared<Entropy>(p); }};
  return info;
}

}  // namespace fenchel
