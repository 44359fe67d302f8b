// separable_maps.hpp -- the maps and values of prox_kernels.hpp for one vector of coordinates.
//
// A comparison with NaN is false, Min and Max then give their second argument: every choice is written so that a NaN in
// v comes out, and so that what 0 times an infinite level makes is not chosen.
#pragma once
#include "kernels/separable_io.hpp"

namespace fenchel::kernels::FENCHEL_SIMD_NAMESPACE {
namespace {
// The maps: x from v, t, the step, for one vector of coordinates from k on.
template <bool kSquare>
struct SoftMap {
  Real up, down, low, high, square, lower, upper;
  explicit SoftMap(const SeparableRule& r)
      : up(Set(r.up)),
        down(Set(r.down)),
        low(Set(r.low)),
        high(Set(r.high)),
        square(Set(r.square)),
        lower(Set(r.lower)),
        upper(Set(r.upper)) {}
  FENCHEL_INLINE Real soft(Real v, Real t) const {
    const Real inner = Min(v + down * t, Clamp(v, low, high));
    const Real x = Max(v - up * t, inner);
    if (!kSquare) return x;
    return t == Set(kInfinity) ? (v == v ? Zero<double>() : v) : x / (1 + square * t);
  }
  template <class Io>
  FENCHEL_INLINE Real operator()(Real v, Real t, Real, Io, index) const {
    return Clamp(soft(v, t), lower, upper);
  }
};
// With a linear part or bounds for each coordinate.
struct LinearMap : SoftMap<false> {
  const double *slopes, *lowers, *uppers;
  static const double* from(const double* each, index first) { return each == nullptr ? nullptr : each + first; }
  LinearMap(const SeparableRule& r, index first)
      : SoftMap<false>(r),
        slopes(from(r.slopes, first)),
        lowers(from(r.lowers, first)),
        uppers(from(r.uppers, first)) {}
  template <class Io>
  FENCHEL_INLINE Real operator()(Real v, Real, Real step, Io io, index k) const {
    const Real x = slopes == nullptr ? v : v - step * io.load(slopes + k);
    return Clamp(x, lowers == nullptr ? lower : io.load(lowers + k), uppers == nullptr ? upper : io.load(uppers + k));
  }
};
struct CurvedMap {
  Real centre, low, high;
  bool flat;
  explicit CurvedMap(const SeparableRule& r)
      : centre(Set(r.centre)), low(Set(r.low)), high(Set(r.high)), flat(r.high == 0) {}
  template <class Io>
  FENCHEL_INLINE Real operator()(Real v, Real t, Real, Io, index) const {
    const Real scale = 1 + t, along = (v - centre) / scale, above = flat ? v : v - t * high;
    return along < low ? v - t * low : along > high ? above : (v + centre * t) / scale;
  }
};
template <bool kPositive>
struct HardMap {
  template <class Io>
  FENCHEL_INLINE Real operator()(Real v, Real t, Real, Io, index) const {
    const Real size = kPositive ? v : Abs<double>(v);
    return size < Sqrt(2 * t) ? Zero<double>() : v;
  }
};
struct McpMap {
  double lam, gamma;
  explicit McpMap(const SeparableRule& r) : lam(r.up), gamma(r.high) {}
  template <class Io>
  FENCHEL_INLINE Real operator()(Real v, Real t, Real, Io, index) const {
    const Real a = Abs<double>(v), zero = Zero<double>();
    const Real between = a <= t * lam ? zero : WithSign((a - t * lam) / (1 - t / gamma), v);
    const Real gentle = a <= Set(gamma * lam) ? between : v;
    const Real steep = a < lam * Sqrt(gamma * t) ? zero : v;
    const Real x = t >= Set(gamma) ? steep : gentle;
    return t == Set(kInfinity) ? (v == v ? zero : v) : x;
  }
};
struct ScadMap {
  double lam, gamma;
  explicit ScadMap(const SeparableRule& r) : lam(r.up), gamma(r.high) {}
  template <class Io>
  FENCHEL_INLINE Real operator()(Real v, Real t, Real, Io, index) const {
    const Real a = Abs<double>(v), zero = Zero<double>();
    const Real soft = Max(a - t * lam, zero);
    const Real middle = ((gamma - 1) * a - t * (gamma * lam)) / (gamma - 1 - t);
    const Real gentle = a <= (1 + t) * lam ? soft : a <= Set(gamma * lam) ? middle : a;
    const Real near = Min(soft, Set(lam));
    const double flat = 0.5 * lam * lam * (gamma + 1);
    const Real far = t * flat <= 0.5 * (near - a) * (near - a) + t * lam * near ? a : near;
    const Real steep = a < Set(gamma * lam) ? near : far;
    const Real x = WithSign(t < Set(gamma - 1) ? gentle : steep, v);
    return v == v ? (t < Set(kInfinity) ? x : zero) : v;
  }
};

// The values over their levels: g of one vector of coordinates, without bounds and linear part.
struct SoftCost {
  Real up, down, low, high, half;
  bool above, below;
  explicit SoftCost(const SeparableRule& r)
      : up(Set(r.up)),
        down(Set(r.down)),
        low(Set(r.low)),
        high(Set(r.high)),
        half(Set(r.square / 2)),
        above(r.up != 0),
        below(r.down != 0) {}
  FENCHEL_INLINE Real operator()(Real x) const {
    const Real zero = Zero<double>();
    Real sum = half * x * x;  // Max keeps a NaN in its second argument
    if (above) sum += up * Max(zero, x - high);
    if (below) sum += down * Max(zero, low - x);
    return sum;
  }
};
struct EvenCost {  // up = down, low = -high
  Real up, high;
  explicit EvenCost(const SeparableRule& r) : up(Set(r.up)), high(Set(r.high)) {}
  FENCHEL_INLINE Real operator()(Real x) const { return up * Max(Zero<double>(), Abs<double>(x) - high); }
};
struct CurvedCost {
  Real centre, low, high;
  explicit CurvedCost(const SeparableRule& r) : centre(Set(r.centre)), low(Set(r.low)), high(Set(r.high)) {}
  FENCHEL_INLINE Real operator()(Real x) const {
    const Real away = x - centre, slope = Clamp(away, low, high);
    return slope * (away - 0.5 * slope);
  }
};
struct HardCost {
  FENCHEL_INLINE Real operator()(Real x) const { return x == Zero<double>() ? x : Set(1.0); }
};
struct McpCost {
  double lam, gamma;
  explicit McpCost(const SeparableRule& r) : lam(r.up), gamma(r.high) {}
  FENCHEL_INLINE Real operator()(Real x) const {
    const Real a = Abs<double>(x);
    return a <= Set(gamma * lam) ? lam * a - (0.5 / gamma) * a * a : Set(0.5 * lam * lam * gamma);
  }
};
struct ScadCost {
  double lam, gamma;
  explicit ScadCost(const SeparableRule& r) : lam(r.up), gamma(r.high) {}
  FENCHEL_INLINE Real operator()(Real x) const {
    const Real a = Abs<double>(x), middle = (gamma * lam * a - 0.5 * (a * a + lam * lam)) / (gamma - 1);
    return a <= Set(lam) ? lam * a : a >= Set(gamma * lam) ? Set(0.5 * lam * lam * (gamma + 1)) : middle;
  }
};

}  // namespace
}  // namespace fenchel::kernels::FENCHEL_SIMD_NAMESPACE
