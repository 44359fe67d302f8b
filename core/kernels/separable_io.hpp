// separable_io.hpp -- vectors of double from values of T, and the levels and steps of a vector of coordinates.
#pragma once
#include "kernels/prox_kernels.hpp"
#include "kernels/simd.hpp"

namespace fenchel::kernels::FENCHEL_SIMD_NAMESPACE {
namespace {

using Real = Vec<double>;

// v where it is NaN.
FENCHEL_INLINE Real Clamp(Real v, Real low, Real high) { return Min(high, Max(low, v)); }
FENCHEL_INLINE Real WithSign(Real size, Real sign) {
  constexpr std::uint64_t top = std::uint64_t{1} << 63;
  return BitCast<Real>((BitCast<Bits<double>>(size) & ~top) | (BitCast<Bits<double>>(sign) & top));
}

// The lanes of one step of the loop: kLanes<double> values of T, or those that are left.
struct WholeStep {
  FENCHEL_INLINE Real load(const double* p) const { return LoadU(p); }
  FENCHEL_INLINE Real load(const float* p) const {
    Types<float>::Half v;
    __builtin_memcpy(&v, p, sizeof v);
    return PromoteTo(v);
  }
  FENCHEL_INLINE void store(Real v, double* p) const { StoreU(v, p); }
  FENCHEL_INLINE void store(Real v, float* p) const {
    const Types<float>::Half half = __builtin_convertvector(v, Types<float>::Half);
    __builtin_memcpy(p, &half, sizeof half);
  }
  FENCHEL_INLINE Real count(Real v) const { return v; }
};
struct LastStep {
  index n;
  template <class T>
  FENCHEL_INLINE Real load(const T* p) const {
    Real v = Zero<double>();
    for (index i = 0; i < n; ++i) v[i] = static_cast<double>(p[i]);
    return v;
  }
  template <class T>
  FENCHEL_INLINE void store(Real v, T* p) const {
    for (index i = 0; i < n; ++i) p[i] = static_cast<T>(v[i]);
  }
  FENCHEL_INLINE Real count(Real v) const {
    for (index i = n; i < kLanes<double>; ++i) v[i] = 0;
    return v;
  }
};

template <class Step>
FENCHEL_INLINE void for_reals(index n, Step step) {
  index j = 0;
  for (; j + kLanes<double> <= n; j += kLanes<double>) step(WholeStep{}, j);
  if (j < n) step(LastStep{n - j}, j);
}

// Levels and steps of one vector of coordinates: what is the same for all stays out of the loop.
struct OneLevel {
  Real lam;
  template <class Io>
  FENCHEL_INLINE Real operator()(Io, index) const {
    return lam;
  }
};
struct Weighted {
  Real lam;
  const double* weights;
  template <class Io>
  FENCHEL_INLINE Real operator()(Io io, index k) const {
    return lam * io.load(weights + k);
  }
};
struct Fixing {  // some weights are inf, and stay so where lam is 0
  Real lam;
  const double* weights;
  template <class Io>
  FENCHEL_INLINE Real operator()(Io io, index k) const {
    const Real weight = io.load(weights + k);
    return weight == Set(kInfinity) ? weight : lam * weight;
  }
};
template <class Use>
FENCHEL_INLINE void with_levels(const SeparableRule& rule, index first, Use use) {
  const Real lam = Set(rule.lam);
  if (rule.weights == nullptr) return use(OneLevel{lam});
  if (rule.fixed) return use(Fixing{lam, rule.weights + first});
  use(Weighted{lam, rule.weights + first});
}
template <class T>
struct EachStep {
  const T* steps;
  template <class Io>
  FENCHEL_INLINE Real operator()(Io io, index k) const {
    return io.load(steps + k);
  }
};

}  // namespace
}  // namespace fenchel::kernels::FENCHEL_SIMD_NAMESPACE
