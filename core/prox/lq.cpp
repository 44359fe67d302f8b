// lq.cpp -- g(x) = lam sum_j w_j |x_j|^q, 0 < q < 1
//
// prox     with t = step lam w_j and a = |v_j|: 0 below the threshold b + q t b^(q-1), b = (2 t (1 - q))^(1/(2-q));
// above
//          it the larger root x of x + q t x^(q-1) = a, by Newton from a, which descends monotonically: the function is
//          convex and its slope at the root is at least 1 - q/2
// offers   separable, vector step, vjp; not convex
// paper    Marjanovic and Solo, On lq optimization and matrix completion (2012)
#include "prox/weighted.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {
    kLam,
    real_param("q", 0.5, 0.01, 0.99, "the power"),
    kPenaltyWeights,
};

class Lq final : public WeightedProx<Lq> {
 public:
  explicit Lq(const Params& params) : WeightedProx(params), q_(params.real("q")) {}
  unsigned caps() const override { return PROX_SEPARABLE | PROX_VECTOR_STEP | PROX_VJP | PROX_EVEN | full_domain(); }

  double scalar_prox(index j, double v, double step) const {
    const double t = step * level(j);
    if (t == 0) return v;
    if (t == kInf) return v == v ? 0 : v;
    const double a = std::abs(v), b = std::pow(2 * t * (1 - q_), 1 / (2 - q_));
    if (a < b + t * slope(b)) return 0;
    double x = a;
    for (int round = 0; round < 60; ++round) {
      const double next = x - (x + t * slope(x) - a) / (1 - t * bend(x));
      if (!(next < x)) break;
      x = next;
    }
    return std::copysign(x, v);
  }
  double scalar_slope(index j, double v, double step) const {
    const double x = std::abs(scalar_prox(j, v, step)), t = step * level(j);
    return x == 0 ? (t == 0 ? 1 : 0) : 1 / (1 - t * bend(x));
  }
  double scalar_value(index j, double x) const { return x == 0 ? 0 : level(j) * std::pow(std::abs(x), q_); }
  // The subdifferential at 0 is the whole line unless the coordinate is free.
  double scalar_distance(index j, double x, double grad) const {
    if (level(j) == 0) return std::abs(grad);
    return x == 0 ? 0 : std::abs(grad + std::copysign(level(j) * slope(std::abs(x)), x));
  }

 private:
  double slope(double x) const { return q_ * std::pow(x, q_ - 1); }
  double bend(double x) const { return q_ * (1 - q_) * std::pow(x, q_ - 2); }
  double q_;
};

}  // namespace

const TermInfo& term_lq() {
  static constexpr TermInfo info{TermKind::prox, "lq", "lam sum_j w_j |x_j|^q, 0 < q < 1; not convex", kParams,
                                 [](const Params& p) -> TermPtr { return std::make_shared<Lq>(p); }};
  return info;
}

}  // namespace fenchel
