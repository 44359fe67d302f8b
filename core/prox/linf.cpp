// linf.cpp -- g(x) = lam max_i |x_i|
//
// prox     Moreau: v minus its projection on the l1 ball of radius step lam, that is clip(v, -tau, tau): expected O(n)
// offers   vjp, conjugate (the l1 ball of radius lam)
// paper    Parikh and Boyd, Proximal Algorithms (2014), section 6.5.2
#include "prox/simplex_threshold.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {real_param("lam", 1.0, 0.0, 1e300, "weight of the norm")};

class Linf final : public ProxOf<Linf> {
 public:
  explicit Linf(const Params& params) : lam_(params.real("lam")) {}
  unsigned caps() const override {
    return PROX_CONVEX | PROX_HOMOGENEOUS | PROX_VJP | PROX_CONJUGATE | PROX_EVEN | PROX_FULL_DOMAIN;
  }
  index scratch_bytes(index n) const override { return simplex_threshold_bytes<double>(n); }

  template <class T>
  double prox_of(index n, const T* v, Step<T> step, T* out, Scratch scratch) const {
    const double tau = level(n, v, step.scalar, scratch);
    if (tau != tau) return all_nan(n, out);
    for (index i = 0; i < n; ++i) out[i] = static_cast<T>(std::clamp(static_cast<double>(v[i]), -tau, tau));
    return tau == kInf ? value_of(n, out, scratch) : lam_ * tau;
  }
  template <class T>
  double value_of(index n, const T* x, Scratch) const {
    double most = 0;
    for (index i = 0; i < n; ++i) {
      const double a = std::abs(static_cast<double>(x[i]));
      if (a != a) return a;
      most = std::max(most, a);
    }
    return lam_ == 0 ? 0 : lam_ * most;
  }
  // Where clipped at tau, d tau / d v_i = sign v_i / (number clipped); nothing moves when all is 0.
  template <class T>
  void vjp_of(index n, const T* v, Step<T> step, const T* cotangent, T* out, Scratch scratch) const {
    const double tau = level(n, v, step.scalar, scratch);
    if (tau != tau) return void(all_nan(n, out));
    double sum = 0;
    index count = 0;
    for (index i = 0; i < n; ++i) {
      const auto a = static_cast<double>(v[i]);
      if (!(std::abs(a) > tau)) continue;
      sum += a < 0 ? -static_cast<double>(cotangent[i]) : static_cast<double>(cotangent[i]);
      ++count;
    }
    const double mean = count > 0 && tau > 0 ? sum / static_cast<double>(count) : 0;
    for (index i = 0; i < n; ++i) {
      const auto a = static_cast<double>(v[i]);
      out[i] = std::abs(a) > tau ? static_cast<T>(a < 0 ? -mean : mean) : tau > 0 ? cotangent[i] : T(0);
    }
  }
  template <class T>
  double conjugate_of(index n, const T* u, Scratch) const {
    const double sum = lane_sum(n, u, [](double a) { return std::abs(a); });
    return sum != sum ? kNaN : inside(sum <= lam_ * (1 + kSlack<T>));
  }

 private:
  // Where the coordinates are clipped: inf with lam = 0, 0 with all of v inside the l1 ball of radius step lam.
  template <class T>
  double level(index n, const T* v, T step, Scratch scratch) const {
    const double radius = static_cast<double>(step) * lam_;
    if (radius == 0) return has_nan(n, v) ? kNaN : kInf;
    const double tau = simplex_threshold<Entries::magnitudes>(n, v, radius, scratch);
    return tau < 0 ? 0 : tau;
  }
  double lam_;
};

}  // namespace

const TermInfo& term_linf() {
  static constexpr TermInfo info{TermKind::prox, "linf", "lam max |x_i|: clipping at the level that Moreau gives",
                                 kParams, [](const Params& p) -> TermPtr { return std::make_shared<Linf>(p); }};
  return info;
}

}  // namespace fenchel
