// sum_k_largest.cpp -- g(x) = lam times the sum of the k largest coordinates
//
// prox     Moreau: x = v - p, p the projection of v on {0 <= p <= step lam, sum p = k step lam}: expected O(n)
// offers   vjp, conjugate (0 <= u <= lam, sum u = k lam). k >= n: the sum of all.
// paper    Parikh and Boyd, Proximal Algorithms (2014), section 6.5
#include <functional>

#include "prox/capped_threshold.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {
    real_param("lam", 1.0, 0.0, 1e300, "weight"),
    required(integer_param("k", 1.0, 1.0, 9e15, "how many of the largest coordinates are added")),
};

class SumKLargest final : public ProxOf<SumKLargest> {
 public:
  explicit SumKLargest(const Params& params) : lam_(params.real("lam")), k_(params.integer("k")) {}
  unsigned caps() const override {
    return PROX_CONVEX | PROX_HOMOGENEOUS | PROX_VJP | PROX_CONJUGATE | PROX_FULL_DOMAIN;
  }
  index scratch_bytes(index n) const override { return capped_threshold_bytes<double>(n); }

  template <class T>
  double prox_of(index n, const T* v, Step<T> step, T* out, Scratch scratch) const {
    const double t = static_cast<double>(step.scalar) * lam_, tau = level(n, v, t, scratch);
    if (tau != tau) return all_nan(n, out);
    for (index i = 0; i < n; ++i) {
      const auto a = static_cast<double>(v[i]);
      out[i] = static_cast<T>(a - std::clamp(a - tau, 0.0, t));
    }
    return value_of(n, out, scratch);
  }
  template <class T>
  double value_of(index n, const T* x, Scratch scratch) const {
    if (has_nan(n, x)) return kNaN;
    if (lam_ == 0) return 0;
    T* sorted = scratch.take<T>(n);
    std::copy(x, x + n, sorted);
    if (k_ < n) std::nth_element(sorted, sorted + k_, sorted + n, std::greater<T>());
    return lam_ * lane_sum(std::min(k_, n), sorted, [](double a) { return a; });
  }
  // The identity minus the projection's Jacobian: the mean over the coordinates that end at tau.
  template <class T>
  void vjp_of(index n, const T* v, Step<T> step, const T* cotangent, T* out, Scratch scratch) const {
    const double t = static_cast<double>(step.scalar) * lam_, tau = level(n, v, t, scratch);
    if (tau != tau) return void(all_nan(n, out));
    const auto at_tau = [&](index i) {
      const double p = static_cast<double>(v[i]) - tau;
      return p > 0 && p < t;
    };
    double sum = 0;
    index count = 0;
    for (index i = 0; i < n; ++i) {
      if (!at_tau(i)) continue;
      sum += static_cast<double>(cotangent[i]);
      ++count;
    }
    const double mean = count > 0 ? sum / static_cast<double>(count) : 0;
    for (index i = 0; i < n; ++i) out[i] = at_tau(i) ? static_cast<T>(mean) : cotangent[i];
  }
  template <class T>
  double conjugate_of(index n, const T* u, Scratch) const {
    double least = 0, most = 0;
    for (index i = 0; i < n; ++i) {
      least = std::min(least, static_cast<double>(u[i]));
      most = std::max(most, static_cast<double>(u[i]));
    }
    const double sum = lane_sum(n, u, [](double a) { return a; });
    const double slack = kSlack<T> * lam_, total = static_cast<double>(std::min(k_, n)) * lam_;
    if (sum != sum) return kNaN;
    return inside(least >= -slack && most <= lam_ + slack && std::abs(sum - total) <= kSlack<T> * total);
  }

 private:
  template <class T>
  double level(index n, const T* v, double t, Scratch scratch) const {
    if (has_nan(n, v)) return kNaN;
    if (t == 0) return kInf;
    if (k_ >= n) return -kInf;  // every coordinate goes down by t
    return capped_threshold(n, v, t, static_cast<double>(k_) * t, scratch);
  }
  double lam_;
  index k_;
};

}  // namespace

const TermInfo& term_sum_k_largest() {
  static constexpr TermInfo info{TermKind::prox, "sum_k_largest", "lam times the sum of the k largest coordinates",
                                 kParams, [](const Params& p) -> TermPtr { return std::make_shared<SumKLargest>(p); }};
  return info;
}

}  // namespace fenchel
