// block_update_search.hpp -- a step along a direction by the Armijo rule: the first shrink by quadratic interpolation,
// later ones by cubic.
#pragma once
#include <algorithm>
#include <cmath>

#include "base/types.hpp"

namespace fenchel {

inline constexpr double kArmijo = 1e-10;
inline constexpr int kMostShrinks = 40;

// A change this small of an objective of this size is rounding.
inline double search_noise(double objective) { return 1e-14 * std::abs(objective); }

// The minimiser of the cubic through phi(0) = 0, phi'(0) = slope, phi(t) and phi(last), last > t > 0; of the parabola
// where last is 0. Kept within [0.1 t, 0.5 t].
inline double interpolated_step(double slope, double t, double phi, double last, double phi_last) {
  double next = -slope * t * t / (2 * (phi - slope * t));
  if (last > 0 && std::isfinite(phi_last)) {
    const double c = 1 / ((t - last) * t * t * last * last);
    const double p = phi - slope * t, q = phi_last - slope * last;
    const double a = c * (last * last * p - t * t * q);
    const double b = c * (-last * last * last * p + t * t * t * q);
    const double root = b * b - 3 * a * slope;
    if (a != 0 && root >= 0) next = (-b + std::sqrt(root)) / (3 * a);
  }
  if (!std::isfinite(next)) next = 0.5 * t;
  return std::clamp(next, 0.1 * t, 0.5 * t);
}

// The largest tried t with change(t) <= kArmijo * t * slope (slope < 0), from 1; 0 when there is none. change(t) is
// that of the objective, whose size says what is rounding.
template <class Change>
double armijo_step(double slope, double objective, Change&& change, index* shrinks) {
  if (!(slope < 0)) return 0;
  const double noise = search_noise(objective);
  double t = 1, last = 0, phi_last = 0;
  for (int shrink = 0; shrink < kMostShrinks; ++shrink) {
    const double phi = change(t);
    if (phi <= kArmijo * t * slope) return t;
    // Below what differences of objectives resolve: the model decides.
    if (-slope * t <= noise && phi <= noise) return t;
    const double next = std::isfinite(phi) ? interpolated_step(slope, t, phi, last, phi_last) : 0.1 * t;
    last = t;
    phi_last = phi;
    t = next;
    ++*shrinks;
  }
  return 0;
}

}  // namespace fenchel
