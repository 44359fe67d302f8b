// second_order_cone.cpp -- the indicator of ||(x_1 ... x_{n-1})||_2 <= x_0
//
// prox     with t = v_0 and r the norm of the rest z: v if r <= t, 0 if r <= -t, else a (1, z / r), a = (t + r) / 2
// offers   projection, cone, vjp, conjugate (the cone's negative)
// paper    Parikh and Boyd, Proximal Algorithms (2014), section 6.3.2
#include "prox/vectors.hpp"

namespace fenchel {
namespace {

class SecondOrderCone final : public ProxOf<SecondOrderCone> {
 public:
  unsigned caps() const override { return PROX_CONVEX | PROX_INDICATOR | PROX_HOMOGENEOUS | PROX_VJP | PROX_CONJUGATE; }

  template <class T>
  double prox_of(index n, const T* v, Step<T>, T* out, Scratch) const {
    if (has_nan(n, v)) return all_nan(n, out);
    const double t = static_cast<double>(v[0]), r = rest(n, v);
    const double a = r <= t ? 1 : r <= -t ? 0 : 0.5 * (t + r);
    const double scale = r <= t || r <= -t ? a : a / r;
    out[0] = static_cast<T>(r <= t ? t : a);
    for (index j = 1; j < n; ++j) out[j] = static_cast<T>(scale * static_cast<double>(v[j]));
    return 0;
  }
  template <class T>
  double value_of(index n, const T* x, Scratch) const {
    const double r = rest(n, x);
    return inside(r - static_cast<double>(x[0]) <= kSlack<T> * r);
  }
  template <class T>
  double conjugate_of(index n, const T* u, Scratch) const {
    const double r = rest(n, u);
    return inside(r + static_cast<double>(u[0]) <= kSlack<T> * r);
  }
  template <class T>
  void vjp_of(index n, const T* v, Step<T>, const T* cotangent, T* out, Scratch) const {
    const double t = static_cast<double>(v[0]), r = rest(n, v), c = static_cast<double>(cotangent[0]);
    if (r <= t || r <= -t) {
      for (index j = 0; j < n; ++j) out[j] = r <= t ? cotangent[j] : T(0);
      return;
    }
    double along = 0;
    for (index j = 1; j < n; ++j) along += static_cast<double>(v[j]) / r * static_cast<double>(cotangent[j]);
    out[0] = static_cast<T>(0.5 * (c + along));
    for (index j = 1; j < n; ++j) {
      const double w = static_cast<double>(v[j]) / r;
      out[j] = static_cast<T>(0.5 * (w * c + (1 + t / r) * static_cast<double>(cotangent[j]) - t / r * along * w));
    }
  }

 private:
  template <class T>
  static double rest(index n, const T* x) {
    return norm_of(n - 1, [x](index j) { return static_cast<double>(x[j + 1]); });
  }
};

}  // namespace

const TermInfo& term_second_order_cone() {
  static constexpr TermInfo info{TermKind::prox,
                                 "second_order_cone",
                                 "the indicator of ||(x_1 ... x_{n-1})||_2 <= x_0",
                                 {},
                                 [](const Params&) -> TermPtr { return std::make_shared<SecondOrderCone>(); }};
  return info;
}

}  // namespace fenchel
