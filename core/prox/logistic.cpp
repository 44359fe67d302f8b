// logistic.cpp -- g(x) = lam sum_j w_j log(1 + exp(-x_j))
//
// prox     with t = step lam w_j: the root of F(x) = x - v - t / (1 + exp(x)), in [v, v + t]. F is convex below 0 and
//          concave above: Newton from the side of the root where it is monotone needs no bracket
// offers   separable, vector step, vjp, conjugate (p log p + (1 - p) log(1 - p)) lam w_j, p = -u_j / (lam w_j) in [0,
// 1]
#include "prox/weighted.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {kLam, kSampleWeights};

double xlogx(double p) { return p == 0 ? 0 : p * std::log(p); }
// 1 / (1 + exp(x)), without overflow.
double tail(double x) {
  const double e = std::exp(-std::abs(x));
  return x > 0 ? e / (1 + e) : 1 / (1 + e);
}

class Logistic final : public WeightedProx<Logistic> {
 public:
  explicit Logistic(const Params& params) : WeightedProx(params) {}
  unsigned caps() const override {
    return PROX_CONVEX | PROX_SEPARABLE | PROX_VECTOR_STEP | PROX_VJP | PROX_CONJUGATE | PROX_FULL_DOMAIN;
  }

  double scalar_prox(index j, double v, double step) const {
    const double t = step * level(j);
    if (v != v) return v;
    const bool right = v + 0.5 * t > 0;  // of the root, seen from 0
    double x = right ? std::max(v, 0.0) : std::min(v + t, 0.0);
    for (int round = 0; round < 1000; ++round) {
      const double p = tail(x), next = x - (x - v - t * p) / (1 + t * p * (1 - p));
      if (right ? !(next > x) : !(next < x)) break;
      x = next;
    }
    return x;
  }
  double scalar_slope(index j, double v, double step) const {
    const double p = tail(scalar_prox(j, v, step));
    return 1 / (1 + step * level(j) * p * (1 - p));
  }
  double scalar_value(index j, double x) const {
    return level(j) * (std::max(-x, 0.0) + std::log1p(std::exp(-std::abs(x))));
  }
  double scalar_conjugate(index j, double u) const {
    if (u == 0) return 0;
    const double p = -u / level(j);
    return p >= 0 && p <= 1 ? level(j) * (xlogx(p) + xlogx(1 - p)) : kInf;
  }
  double scalar_distance(index j, double x, double grad) const { return std::abs(grad - level(j) * tail(x)); }
};

}  // namespace

const TermInfo& term_logistic() {
  static constexpr TermInfo info{TermKind::prox, "logistic", "lam sum_j w_j log(1 + exp(-x_j))", kParams,
                                 [](const Params& p) -> TermPtr { return std::make_shared<Logistic>(p); }};
  return info;
}

}  // namespace fenchel
