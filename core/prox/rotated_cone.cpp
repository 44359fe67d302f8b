// rotated_cone.cpp -- the indicator of x_2^2 + ... + x_{n-1}^2 <= 2 x_0 x_1, x_0 >= 0, x_1 >= 0
//
// prox     a rotation in the plane of x_0 and x_1 makes it the second-order cone: ||(q, z)|| <= p with
//          p = (x_0 + x_1) / sqrt 2, q = (x_0 - x_1) / sqrt 2
// offers   projection, cone, vjp, conjugate (the cone's negative). With n = 1: x_0 >= 0
#include "prox/vectors.hpp"

namespace fenchel {
namespace {

constexpr double kHalfRoot = 0.70710678118654752440;

class RotatedCone final : public ProxOf<RotatedCone> {
 public:
  unsigned caps() const override { return PROX_CONVEX | PROX_INDICATOR | PROX_HOMOGENEOUS | PROX_VJP | PROX_CONJUGATE; }

  template <class T>
  double prox_of(index n, const T* v, Step<T>, T* out, Scratch) const {
    if (has_nan(n, v)) return all_nan(n, out);
    if (n == 1) {
      out[0] = std::max(v[0], T(0));
      return 0;
    }
    const Rotated x(n, v);
    if (x.r <= x.p || x.r <= -x.p) {
      for (index j = 0; j < n; ++j) out[j] = x.r <= x.p ? v[j] : T(0);
      return 0;
    }
    const double a = 0.5 * (x.p + x.r), scale = a / x.r;
    out[0] = static_cast<T>(kHalfRoot * (a + scale * x.q));
    out[1] = static_cast<T>(kHalfRoot * (a - scale * x.q));
    for (index j = 2; j < n; ++j) out[j] = static_cast<T>(scale * static_cast<double>(v[j]));
    return 0;
  }
  template <class T>
  double value_of(index n, const T* x, Scratch) const {
    if (n == 1) return inside(x[0] >= 0);
    const Rotated at(n, x);
    return inside(at.r - at.p <= kSlack<T> * at.r);
  }
  // As of the second-order cone, between the two rotations.
  template <class T>
  void vjp_of(index n, const T* v, Step<T>, const T* cotangent, T* out, Scratch) const {
    if (has_nan(n, v)) return void(all_nan(n, out));
    if (n == 1) {
      out[0] = v[0] > 0 ? cotangent[0] : T(0);
      return;
    }
    const Rotated x(n, v), c(n, cotangent);
    if (x.r <= x.p || x.r <= -x.p) {
      for (index j = 0; j < n; ++j) out[j] = x.r <= x.p ? cotangent[j] : T(0);
      return;
    }
    double along = x.q / x.r * c.q;
    for (index j = 2; j < n; ++j) along += static_cast<double>(v[j]) / x.r * static_cast<double>(cotangent[j]);
    const double ratio = x.p / x.r;
    const auto tangent = [&](double at, double cot) {
      const double w = at / x.r;
      return 0.5 * (w * c.p + (1 + ratio) * cot - ratio * along * w);
    };
    const double p = 0.5 * (c.p + along), q = tangent(x.q, c.q);
    for (index j = 2; j < n; ++j)
      out[j] = static_cast<T>(tangent(static_cast<double>(v[j]), static_cast<double>(cotangent[j])));
    out[0] = static_cast<T>(kHalfRoot * (p + q));
    out[1] = static_cast<T>(kHalfRoot * (p - q));
  }
  template <class T>
  double conjugate_of(index n, const T* u, Scratch) const {
    if (n == 1) return inside(u[0] <= 0);
    const Rotated at(n, u);
    return inside(at.r + at.p <= kSlack<T> * at.r);
  }

 private:
  struct Rotated {
    double p, q, r;
    template <class T>
    Rotated(index n, const T* x)
        : p(kHalfRoot * (static_cast<double>(x[0]) + static_cast<double>(x[1]))),
          q(kHalfRoot * (static_cast<double>(x[0]) - static_cast<double>(x[1]))),
          r(norm_of(n - 1, [this, x](index j) { return j == 0 ? q : static_cast<double>(x[j + 1]); })) {}
  };
};

}  // namespace

const TermInfo& term_rotated_cone() {
  static constexpr TermInfo info{TermKind::prox,
                                 "rotated_cone",
                                 "the indicator of x_2^2 + ... + x_{n-1}^2 <= 2 x_0 x_1, x_0 >= 0, x_1 >= 0",
                                 {},
                                 [](const Params&) -> TermPtr { return std::make_shared<RotatedCone>(); }};
  return info;
}

}  // namespace fenchel
