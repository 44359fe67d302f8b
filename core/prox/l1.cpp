// l1.cpp -- g(x) = lam sum_j w_j |x_j|
//
// prox     out_j = sign(v_j) max(|v_j| - step lam w_j, 0)
// offers   separable, vector step, vjp, conjugate (the box of radius lam w_j), soft box
// paper    Parikh and Boyd, Proximal Algorithms (2014), eq. 6.9
#include "prox/vectors.hpp"
#include "prox/weighted.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {kLam, kPenaltyWeights};

class L1 final : public WeightedProx<L1> {
 public:
  explicit L1(const Params& params) : WeightedProx(params) {
    rule_.l1 = lam();
    rule_.weights = weights();
  }
  unsigned caps() const override {
    return PROX_CONVEX | PROX_SEPARABLE | PROX_HOMOGENEOUS | PROX_VECTOR_STEP | PROX_VJP | PROX_CONJUGATE | PROX_EVEN |
           full_domain();
  }
  const SoftBox* soft_box() const override { return &rule_; }

  // One threshold for all coordinates: without branches, so that it runs at the speed of memory.
  template <class T>
  double prox_of(index n, const T* v, Step<T> step, T* out, Scratch scratch) const {
    if (weights() != nullptr || step.each != nullptr) return SeparableProx<L1>::prox_of(n, v, step, out, scratch);
    const T t = step.scalar * static_cast<T>(lam());
#pragma GCC ivdep
    for (index j = 0; j < n; ++j) {
      const T inner = v[j] > t ? t : v[j];
      out[j] = v[j] - (inner < -t ? -t : inner);
    }
    return total(n, out);
  }
  template <class T>
  double value_of(index n, const T* x, Scratch scratch) const {
    return weights() != nullptr ? SeparableProx<L1>::value_of(n, x, scratch) : total(n, x);
  }
  template <class T>
  T scalar_prox(index j, T v, T step) const {
    const T t = step * static_cast<T>(level(j));
    return v > t ? v - t : v < -t ? v + t : v == v ? T(0) : v;
  }
  template <class T>
  T scalar_slope(index j, T v, T step) const {
    return std::abs(v) > step * static_cast<T>(level(j)) ? T(1) : T(0);
  }
  double scalar_value(index j, double x) const { return x == 0 ? 0 : level(j) * std::abs(x); }
  double scalar_conjugate(index j, double u) const { return std::abs(u) <= level(j) ? 0.0 : kInf; }
  double scalar_distance(index j, double x, double grad) const {
    const double t = level(j);
    return x == 0 ? std::max(0.0, std::abs(grad) - t) : std::abs(grad + std::copysign(t, x));
  }

 private:
  // The same bits whether asked for alone or by prox.
  template <class T>
  double total(index n, const T* x) const {
    return lam() == 0 ? 0 : lam() * lane_sum(n, x, [](double value) { return std::abs(value); });
  }

  SoftBox rule_;
};

}  // namespace

const TermInfo& term_l1() {
  static constexpr TermInfo info{TermKind::prox, "l1", "lam sum_j w_j |x_j|: soft thresholding", kParams,
                                 [](const Params& p) -> TermPtr { return std::make_shared<L1>(p); }};
  return info;
}

}  // namespace fenchel
