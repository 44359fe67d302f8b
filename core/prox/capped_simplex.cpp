// capped_simplex.cpp -- g(x) = 0 on {0 <= x <= cap, sum x = radius}
//
// prox     x = clip(v - tau, 0, cap), sum x = radius: expected O(n) (capped_threshold.hpp)
// offers   vjp (centring on the coordinates strictly between), conjugate cap times the sum of the largest
// paper    Wang and Lu, Projection onto the capped simplex (2015)
#include <functional>

#include "prox/capped_threshold.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {
    real_param("radius", 1.0, 0.0, 1e300, "sum of the coordinates; at most n cap"),
    real_param("cap", 1.0, 1e-300, 1e300, "upper bound of each coordinate"),
};

class CappedSimplex final : public ProxOf<CappedSimplex> {
 public:
  explicit CappedSimplex(const Params& params) : radius_(params.real("radius")), cap_(params.real("cap")) {}
  unsigned caps() const override { return PROX_CONVEX | PROX_INDICATOR | PROX_VJP | PROX_CONJUGATE; }
  index scratch_bytes(index n) const override { return capped_threshold_bytes<double>(n); }

  template <class T>
  double prox_of(index n, const T* v, Step<T>, T* out, Scratch scratch) const {
    check(n);
    const double tau = capped_threshold(n, v, cap_, radius_, scratch);
    if (tau != tau) return all_nan(n, out);
    for (index i = 0; i < n; ++i) out[i] = static_cast<T>(std::clamp(static_cast<double>(v[i]) - tau, 0.0, cap_));
    return 0;
  }
  template <class T>
  double value_of(index n, const T* x, Scratch) const {
    double least = 0, most = 0;
    for (index i = 0; i < n; ++i) {
      least = std::min(least, static_cast<double>(x[i]));
      most = std::max(most, static_cast<double>(x[i]));
    }
    const double sum = lane_sum(n, x, [](double a) { return a; }), slack = kSlack<T> * std::max(radius_, cap_);
    if (sum != sum) return kNaN;
    return inside(least >= -slack && most <= cap_ + slack && std::abs(sum - radius_) <= slack);
  }
  template <class T>
  void vjp_of(index n, const T* v, Step<T>, const T* cotangent, T* out, Scratch scratch) const {
    check(n);
    const double tau = capped_threshold(n, v, cap_, radius_, scratch);
    if (tau != tau) return void(all_nan(n, out));
    const auto free = [&](index i) {
      const double x = static_cast<double>(v[i]) - tau;
      return x > 0 && x < cap_;
    };
    double sum = 0;
    index count = 0;
    for (index i = 0; i < n; ++i) {
      if (!free(i)) continue;
      sum += static_cast<double>(cotangent[i]);
      ++count;
    }
    const double mean = count > 0 ? sum / static_cast<double>(count) : 0;
    for (index i = 0; i < n; ++i) out[i] = free(i) ? static_cast<T>(static_cast<double>(cotangent[i]) - mean) : T(0);
  }
  // cap times the sum of the radius / cap largest, the last one in part.
  template <class T>
  double conjugate_of(index n, const T* u, Scratch scratch) const {
    check(n);
    if (has_nan(n, u)) return kNaN;
    const double parts = std::min(radius_ / cap_, static_cast<double>(n));
    const auto whole = static_cast<index>(parts);
    T* sorted = scratch.take<T>(n);
    std::copy(u, u + n, sorted);
    if (whole < n) std::nth_element(sorted, sorted + whole, sorted + n, std::greater<T>());
    const double sum = lane_sum(whole, sorted, [](double a) { return a; });
    const double part = parts - static_cast<double>(whole);
    return cap_ * (sum + (part > 0 && whole < n ? part * static_cast<double>(sorted[whole]) : 0));
  }

 private:
  void check(index n) const {
    if (radius_ > cap_ * static_cast<double>(n) * (1 + 1e-15))
      fail(Status::RANGE, "radius is %; legal: at most n cap = %", radius_, cap_ * static_cast<double>(n));
  }
  double radius_, cap_;
};

}  // namespace

const TermInfo& term_capped_simplex() {
  static constexpr TermInfo info{TermKind::prox, "capped_simplex",
                                 "0 on {0 <= x <= cap, sum x = radius}: projection on the capped simplex", kParams,
                                 [](const Params& p) -> TermPtr { return std::make_shared<CappedSimplex>(p); }};
  return info;
}

}  // namespace fenchel
