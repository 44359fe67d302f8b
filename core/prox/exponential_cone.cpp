// exponential_cone.cpp -- the indicator of K, the closure of { (x, y, z): y > 0, y exp(x / y) <= z }
//
// prox     v in K: v; v in the polar cone: 0; x <= 0 and y <= 0: (x, 0, max(z, 0)); else v = a p + b q with a, b > 0,
//          p = (r, 1, e^r) on the cone and q = (e^r, (1 - r) e^r, -1) normal to it. x and y give
//          a = ((r - 1) x + y) / (r^2 - r + 1) and b = (x - r y) e^-r / (r^2 - r + 1), both positive on an interval of
//          r, on which a e^r - b increases: Newton within a bracket finds where it is z. The unknown is how far r is
//          from the end of the interval next to which a e^r or b would be lost to cancellation
// offers   projection, cone, vjp, conjugate (the polar cone). n = 3
// paper    Friberg, Projection onto the exponential cone: a univariate root-finding problem (2023)
#include "prox/vectors.hpp"

namespace fenchel {
namespace {

struct Triple {
  double x, y, z;
};

struct Ray {
  double r, a, excess, slope;  // excess = a e^r - b - z; its derivative in r
};

// Whether r is measured from the lower end 1 - y / x, where a is 0, or from the upper end x / y, where b is 0: from the
// one that is not far below 0.
bool from_below(const Triple& v) { return v.x > 0 && v.x >= v.y; }

Ray ray(const Triple& v, double d) {
  const bool above = from_below(v);
  const double r = above ? 1 - v.y / v.x + d : v.x / v.y - d, size = r * r - r + 1;
  const double up = std::exp(r), down = std::exp(-r);
  const double a = (above ? v.x * d : (r - 1) * v.x + v.y) / size;
  const double b = (above ? v.x - r * v.y : v.y * d) * down / size;
  const double da = (v.x - a * (2 * r - 1)) / size, db = -v.y * down / size - b - b * (2 * r - 1) / size;
  return {r, a, a * up - b - v.z, (a + da) * up - db};
}

// exp is finite up to here, and no side of the bracket is longer.
constexpr double kSteepest = 700;

Ray root(const Triple& v) {
  const bool above = from_below(v);
  double low = 0, high = v.x > 0 && v.y > 0 ? v.x / v.y - (1 - v.y / v.x) : 2 * kSteepest;
  high = std::min(high, kSteepest + (above ? v.y / v.x - 1 : v.x / v.y));
  double d = std::min(1.0, 0.5 * high);
  Ray at = ray(v, d);
  for (int round = 0; round < 400 && at.excess != 0; ++round) {
    ((at.excess < 0) == above ? low : high) = d;
    double next = above ? d - at.excess / at.slope : d + at.excess / at.slope;
    // Newton walks down an exponential in steps of 1: every third round cuts the bracket instead.
    if (round % 3 == 2 || !(next > low && next < high)) next = low > 0 ? std::sqrt(low) * std::sqrt(high) : high * 1e-6;
    if (next == d || next <= low || next >= high) break;
    d = next;
    at = ray(v, d);
  }
  return at;
}

Triple project(const Triple& v) {
  if (v.y > 0 ? v.y * std::exp(v.x / v.y) <= v.z : v.y == 0 && v.x <= 0 && v.z >= 0) return v;
  if (v.x > 0 ? v.x * std::exp(v.y / v.x - 1) <= -v.z : v.x == 0 && v.y <= 0 && v.z <= 0) return {0, 0, 0};
  if (v.x <= 0 && v.y <= 0) return {v.x, 0, std::max(v.z, 0.0)};
  // So steep that the rest of the ray is lost: on the face z >= 0 of x <= 0, y = 0, or straight up.
  if (v.x > 0 && 1 - v.y / v.x > kSteepest) return {0, 0, std::max(v.z, 0.0)};
  if (v.x <= 0 && v.x / v.y < -kSteepest) return {v.x, v.y, std::max(v.z, 0.0)};
  const Ray at = root(v);
  return {at.a * at.r, at.a, at.a * std::exp(at.r)};
}

class ExponentialCone final : public ProxOf<ExponentialCone> {
 public:
  unsigned caps() const override { return PROX_CONVEX | PROX_INDICATOR | PROX_HOMOGENEOUS | PROX_VJP | PROX_CONJUGATE; }
  index size() const override { return 3; }

  template <class T>
  double prox_of(index n, const T* v, Step<T>, T* out, Scratch) const {
    if (has_nan(n, v)) return all_nan(n, out);
    const Triple x = project(load(v));
    out[0] = static_cast<T>(x.x);
    out[1] = static_cast<T>(x.y);
    out[2] = static_cast<T>(x.z);
    return 0;
  }
  // By distance: how far y exp(x / y) is above z says little where y is small.
  template <class T>
  double value_of(index, const T* x, Scratch) const {
    const Triple v = load(x), p = project(v);
    return inside(apart(v, p) <= kSlack<T> * apart(v, {0, 0, 0}));
  }
  // On the curved part the result solves x - v + m n = 0 on the surface h(x) = x_1 exp(x_0 / x_1) - x_2 = 0, n its
  // gradient: J = W - W n n^T W / (n^T W n), W the inverse of 1 + m H, and H = (exp / x_1) w w^T with w = (1, -r, 0).
  template <class T>
  void vjp_of(index n, const T* v, Step<T>, const T* cotangent, T* out, Scratch) const {
    if (has_nan(n, v)) return void(all_nan(n, out));
    const Triple at = load(v), x = project(at), c = load(cotangent);
    const bool same = apart(at, x) == 0, curved = !same && x.y > 0 && x.z > 0;
    Triple d{same ? c.x : 0, same ? c.y : 0, same ? c.z : 0};
    if (!same && x.y == 0) d = {at.x < 0 && at.y < 0 ? c.x : 0, 0, at.z > 0 && at.x < 0 && at.y < 0 ? c.z : 0};
    if (curved) {
      const double r = x.x / x.y, e = x.z / x.y, m = std::max(x.z - at.z, 0.0), bend = m * e / x.y;
      const double scale = bend / (1 + bend * (1 + r * r));
      const auto solve = [&](const Triple& u) {
        const double along = scale * (u.x - r * u.y);
        return Triple{u.x - along, u.y + r * along, u.z};
      };
      const Triple normal{e, e * (1 - r), -1}, wn = solve(normal), wc = solve(c);
      const double across =
          (normal.x * wc.x + normal.y * wc.y + normal.z * wc.z) / (normal.x * wn.x + normal.y * wn.y + normal.z * wn.z);
      d = {wc.x - across * wn.x, wc.y - across * wn.y, wc.z - across * wn.z};
    }
    out[0] = static_cast<T>(d.x);
    out[1] = static_cast<T>(d.y);
    out[2] = static_cast<T>(d.z);
  }
  template <class T>
  double conjugate_of(index, const T* u, Scratch) const {
    const Triple v = load(u);
    return inside(apart(project(v), {0, 0, 0}) <= kSlack<T> * apart(v, {0, 0, 0}));
  }

 private:
  template <class T>
  static Triple load(const T* v) {
    return {static_cast<double>(v[0]), static_cast<double>(v[1]), static_cast<double>(v[2])};
  }
  static double apart(const Triple& v, const Triple& w) {
    return std::max({std::abs(v.x - w.x), std::abs(v.y - w.y), std::abs(v.z - w.z)});
  }
};

}  // namespace

const TermInfo& term_exponential_cone() {
  static constexpr TermInfo info{TermKind::prox,
                                 "exponential_cone",
                                 "the indicator of the closure of x_1 > 0, x_1 exp(x_0 / x_1) <= x_2; n = 3",
                                 {},
                                 [](const Params&) -> TermPtr { return std::make_shared<ExponentialCone>(); }};
  return info;
}

}  // namespace fenchel
