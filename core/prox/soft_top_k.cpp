// soft_top_k.cpp -- g(x) = temperature sum_i [x_i log x_i + (1 - x_i) log(1 - x_i)]  on  {0 <= x <= 1, sum x = k}
//
// prox     x_i + a logit x_i = v_i - tau, a = step temperature, tau such that sum x = k. For long steps
//          prox_{step g}(step u) tends to the soft top-k operator sigmoid((u_i - tau) / temperature) = grad g*(u); for
//          temperature -> 0 to the projection on the capped simplex.
// offers   vjp, conjugate, strong convexity 4 temperature
// paper    Dual-Encoders for Extreme Multi-Label Classification (2023), soft top-k; the threshold by safeguarded Newton
#include "prox/vectors.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {
    required(integer_param("k", 1.0, 1.0, 9e15, "sum of the coordinates; at most n")),
    real_param("temperature", 1.0, 1e-300, 1e300, "weight of the entropy"),
};

double softplus(double y) { return std::max(y, 0.0) + std::log1p(std::exp(-std::abs(y))); }

// A coordinate as (x, 1 - x), so that neither end loses its digits.
struct Share {
  double x, rest;
  double variance() const { return x * rest; }
};

Share sigmoid(double y) {
  const double e = std::exp(-std::abs(y)), big = 1 / (1 + e), small = e / (1 + e);
  return y >= 0 ? Share{big, small} : Share{small, big};
}

// x + a logit x = w. In y = logit x, for w <= 1/2 the root is y <= 0, where the function is convex and increasing:
// Newton descends to it after at most one step up.
Share solve_share(double w, double a) {
  const bool mirrored = w > 0.5;
  if (mirrored) w = 1 - w;
  double y = w > 0 ? std::log(w) - std::log1p(-w) : w / a;
  for (int round = 0; round < 200; ++round) {
    const Share s = sigmoid(y);
    const double next = std::min(y - (s.x + a * y - w) / (s.variance() + a), 0.0);
    const bool done = std::abs(next - y) <= 4e-16 * std::abs(y) || (round > 0 && next >= y);
    y = next;
    if (done) break;
  }
  const Share s = sigmoid(y);
  return mirrored ? Share{s.rest, s.x} : s;
}

double entropy(double x, double rest) { return (x > 0 ? x * std::log(x) : 0) + (rest > 0 ? rest * std::log(rest) : 0); }

class SoftTopK final : public ProxOf<SoftTopK> {
 public:
  explicit SoftTopK(const Params& params) : k_(params.integer("k")), temperature_(params.real("temperature")) {}
  unsigned caps() const override { return PROX_CONVEX | PROX_VJP | PROX_CONJUGATE; }
  double strong_convexity() const override { return 4 * temperature_; }

  template <class T>
  double prox_of(index n, const T* v, Step<T> step, T* out, Scratch) const {
    check(n);
    if (has_nan(n, v)) return all_nan(n, out);
    if (k_ == n) return std::fill(out, out + n, T(1)), 0.0;
    const double a = static_cast<double>(step.scalar) * temperature_, tau = threshold(n, v, a);
    double value = 0;
    for (index i = 0; i < n; ++i) {
      const Share s = solve_share(static_cast<double>(v[i]) - tau, a);
      out[i] = static_cast<T>(s.x);
      value += entropy(s.x, s.rest);
    }
    return temperature_ * value;
  }
  template <class T>
  double value_of(index n, const T* x, Scratch) const {
    const auto k = static_cast<double>(k_);
    double value = 0;
    bool legal = true;
    for (index i = 0; i < n; ++i) {
      const auto a = static_cast<double>(x[i]);
      legal = legal && a >= 0 && a <= 1;
      value += entropy(a, 1 - a);
    }
    const double sum = lane_sum(n, x, [](double a) { return a; });
    return sum != sum ? kNaN : legal && std::abs(sum - k) <= kSlack<T> * k ? temperature_ * value : kInf;
  }
  // D - d d^T / sum d, D = diag(d), d_i = x_i (1 - x_i) / (x_i (1 - x_i) + a).
  template <class T>
  void vjp_of(index n, const T* v, Step<T> step, const T* cotangent, T* out, Scratch) const {
    check(n);
    if (has_nan(n, v)) return void(all_nan(n, out));
    if (k_ == n) return std::fill(out, out + n, T(0));
    const double a = static_cast<double>(step.scalar) * temperature_, tau = threshold(n, v, a);
    const auto slope = [&](index i) {
      const double d = solve_share(static_cast<double>(v[i]) - tau, a).variance();
      return d / (d + a);
    };
    double sum = 0, along = 0;
    for (index i = 0; i < n; ++i) {
      const double d = slope(i);
      sum += d;
      along += d * static_cast<double>(cotangent[i]);
    }
    const double mean = sum > 0 ? along / sum : 0;
    for (index i = 0; i < n; ++i) out[i] = static_cast<T>(slope(i) * (static_cast<double>(cotangent[i]) - mean));
  }
  // min over tau of k tau + temperature sum_i softplus((u_i - tau) / temperature).
  template <class T>
  double conjugate_of(index n, const T* u, Scratch) const {
    check(n);
    if (has_nan(n, u)) return kNaN;
    if (k_ == n) return lane_sum(n, u, [](double a) { return a; });
    const double tau = search(n, u, temperature_ * logit_of_share(n), [&](double w, double& slope) {
      const Share s = sigmoid(w / temperature_);
      slope = s.variance() / temperature_;
      return s.x;
    });
    double sum = 0;
    for (index i = 0; i < n; ++i) sum += softplus((static_cast<double>(u[i]) - tau) / temperature_);
    return static_cast<double>(k_) * tau + temperature_ * sum;
  }

 private:
  void check(index n) const {
    if (k_ > n) fail(Status::RANGE, "k is %; legal: at most the number of coordinates, %", k_, n);
  }
  // w with x(w) = k / n for the coordinates' common map x(w): from it comes the bracket of the search.
  double logit_of_share(index n) const { return std::log(static_cast<double>(k_) / static_cast<double>(n - k_)); }

  template <class T>
  double threshold(index n, const T* v, double a) const {
    const double share = static_cast<double>(k_) / static_cast<double>(n);
    return search(n, v, share + a * logit_of_share(n), [a](double w, double& slope) {
      const Share s = solve_share(w, a);
      slope = s.variance() / (s.variance() + a);
      return s.x;
    });
  }

  // tau with sum_i x(v_i - tau) = k by Newton in a bracket that halves when Newton leaves it. x(at_share) = k / n.
  template <class T, class F>
  double search(index n, const T* v, double at_share, F&& x) const {
    double low = kInf, high = -kInf;
    for (index i = 0; i < n; ++i) {
      low = std::min(low, static_cast<double>(v[i]) - at_share);
      high = std::max(high, static_cast<double>(v[i]) - at_share);
    }
    if (!(high - low < kInf)) return kNaN;
    double tau = low + (high - low) / 2;
    for (int round = 0; round < 2000; ++round) {
      double sum = 0, slopes = 0;
      for (index i = 0; i < n; ++i) {
        double slope = 0;
        sum += x(static_cast<double>(v[i]) - tau, slope);
        slopes += slope;
      }
      const double excess = sum - static_cast<double>(k_), newton = tau + excess / slopes;
      if (excess == 0 || std::abs(newton - tau) <= 2e-16 * std::abs(tau)) return tau;
      (excess > 0 ? low : high) = tau;
      const double middle = low + (high - low) / 2;
      if (!(middle > low && middle < high)) return middle;
      tau = newton > low && newton < high ? newton : middle;
    }
    return tau;
  }

  index k_;
  double temperature_;
};

}  // namespace

const TermInfo& term_soft_top_k() {
  static constexpr TermInfo info{TermKind::prox, "soft_top_k",
                                 "temperature times the entropy of x and 1 - x on {0 <= x <= 1, sum x = k}: soft top-k",
                                 kParams, [](const Params& p) -> TermPtr { return std::make_shared<SoftTopK>(p); }};
  return info;
}

}  // namespace fenchel
