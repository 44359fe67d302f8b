// l1_ball.cpp -- g(x) = 0 on {|| x ||_1 <= radius}
//
// prox     v inside, otherwise soft thresholding at the tau that leaves || x ||_1 = radius: expected O(n)
// offers   vjp, conjugate radius max |u|
// paper    Duchi, Shalev-Shwartz, Singer and Chandra, Efficient projections onto the l1-ball (2008); Condat (2016)
#include "prox/simplex_threshold.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {real_param("radius", 1.0, 0.0, 1e300, "radius of the ball")};

class L1Ball final : public ProxOf<L1Ball> {
 public:
  explicit L1Ball(const Params& params) : radius_(params.real("radius")) {}
  unsigned caps() const override { return PROX_CONVEX | PROX_INDICATOR | PROX_VJP | PROX_CONJUGATE | PROX_EVEN; }
  index scratch_bytes(index n) const override { return simplex_threshold_bytes<double>(n); }

  template <class T>
  double prox_of(index n, const T* v, Step<T>, T* out, Scratch scratch) const {
    const double tau = simplex_threshold<Entries::magnitudes>(n, v, radius_, scratch);
    if (tau != tau) return all_nan(n, out);
    const double t = std::max(tau, 0.0);
    for (index i = 0; i < n; ++i) {
      const auto a = static_cast<double>(v[i]);
      out[i] = static_cast<T>(a - std::clamp(a, -t, t));
    }
    return 0;
  }
  template <class T>
  double value_of(index n, const T* x, Scratch) const {
    const double sum = lane_sum(n, x, [](double a) { return std::abs(a); });
    return sum != sum ? kNaN : inside(sum <= radius_ * (1 + kSlack<T>));
  }
  template <class T>
  void vjp_of(index n, const T* v, Step<T>, const T* cotangent, T* out, Scratch scratch) const {
    const double tau = simplex_threshold<Entries::magnitudes>(n, v, radius_, scratch);
    if (tau != tau) return void(all_nan(n, out));
    double sum = 0;  // <sign, cotangent> over the support
    index count = 0;
    for (index i = 0; i < n && tau > 0; ++i) {
      const auto a = static_cast<double>(v[i]);
      if (!(std::abs(a) > tau)) continue;
      sum += a < 0 ? -static_cast<double>(cotangent[i]) : static_cast<double>(cotangent[i]);
      ++count;
    }
    const double mean = count > 0 ? sum / static_cast<double>(count) : 0;
    for (index i = 0; i < n; ++i) {
      const auto a = static_cast<double>(v[i]);
      const double free = static_cast<double>(cotangent[i]) - (tau <= 0 ? 0 : a < 0 ? -mean : mean);
      out[i] = tau <= 0 || std::abs(a) > tau ? static_cast<T>(free) : T(0);
    }
  }
  template <class T>
  double conjugate_of(index n, const T* u, Scratch) const {
    double most = 0;
    for (index i = 0; i < n; ++i) {
      const double a = std::abs(static_cast<double>(u[i]));
      if (!(a <= most)) most = a;
      if (a != a) break;
    }
    return radius_ * most;
  }

 private:
  double radius_;
};

}  // namespace

const TermInfo& term_l1_ball() {
  static constexpr TermInfo info{TermKind::prox, "l1_ball", "0 on {||x||_1 <= radius}: projection on the l1 ball",
                                 kParams, [](const Params& p) -> TermPtr { return std::make_shared<L1Ball>(p); }};
  return info;
}

}  // namespace fenchel
