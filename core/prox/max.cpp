// max.cpp -- g(x) = lam max_i x_i
//
// prox     Moreau: v minus its projection on the simplex of sum step lam, that is min(v, tau): expected O(n)
// offers   vjp, conjugate (the simplex of sum lam)
// paper    Parikh and Boyd, Proximal Algorithms (2014), section 6.4.1
#include "prox/simplex_threshold.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {real_param("lam", 1.0, 0.0, 1e300, "weight")};

class Max final : public ProxOf<Max> {
 public:
  explicit Max(const Params& params) : lam_(params.real("lam")) {}
  unsigned caps() const override {
    return PROX_CONVEX | PROX_HOMOGENEOUS | PROX_VJP | PROX_CONJUGATE | PROX_FULL_DOMAIN;
  }
  index scratch_bytes(index n) const override { return simplex_threshold_bytes<double>(n); }

  template <class T>
  double prox_of(index n, const T* v, Step<T> step, T* out, Scratch scratch) const {
    const double tau = level(n, v, step.scalar, scratch);
    if (tau != tau) return all_nan(n, out);
    for (index i = 0; i < n; ++i) out[i] = static_cast<T>(std::min(static_cast<double>(v[i]), tau));
    return tau == kInf ? 0 : lam_ * tau;
  }
  template <class T>
  double value_of(index n, const T* x, Scratch) const {
    const auto most = static_cast<double>(kernels::table<T>().max_value(x, n));
    return lam_ == 0 && most == most ? 0 : lam_ * most;
  }
  template <class T>
  void vjp_of(index n, const T* v, Step<T> step, const T* cotangent, T* out, Scratch scratch) const {
    const double tau = level(n, v, step.scalar, scratch);
    if (tau != tau) return void(all_nan(n, out));
    double sum = 0;
    index count = 0;
    for (index i = 0; i < n; ++i) {
      if (!(static_cast<double>(v[i]) > tau)) continue;
      sum += static_cast<double>(cotangent[i]);
      ++count;
    }
    const double mean = count > 0 ? sum / static_cast<double>(count) : 0;
    for (index i = 0; i < n; ++i) out[i] = static_cast<double>(v[i]) > tau ? static_cast<T>(mean) : cotangent[i];
  }
  template <class T>
  double conjugate_of(index n, const T* u, Scratch) const {
    const double slack = kSlack<T> * lam_;
    double least = 0;
    for (index i = 0; i < n; ++i) least = std::min(least, static_cast<double>(u[i]));
    const double sum = lane_sum(n, u, [](double a) { return a; });
    return sum != sum ? kNaN : inside(least >= -slack && std::abs(sum - lam_) <= slack);
  }

 private:
  template <class T>
  double level(index n, const T* v, T step, Scratch scratch) const {
    const double radius = static_cast<double>(step) * lam_;
    if (radius == 0) return has_nan(n, v) ? kNaN : kInf;
    return simplex_threshold<Entries::plain>(n, v, radius, scratch);
  }
  double lam_;
};

}  // namespace

const TermInfo& term_max() {
  static constexpr TermInfo info{TermKind::prox, "max", "lam max x_i: clipping from above at the level Moreau gives",
                                 kParams, [](const Params& p) -> TermPtr { return std::make_shared<Max>(p); }};
  return info;
}

}  // namespace fenchel
