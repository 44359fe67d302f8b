// prox_kernels.hpp -- the table of functions behind the proximal maps: the terms that are sums over coordinates, maps
// and values at the speed of memory, and rows of grids for total variation. One table per instruction set, chosen as
// kernels::table<T>() is.
//
// All arithmetic is in double, whatever T: what is float is the rounded result. With level_j = lam w_j (inf where w_j
// is) and t = step_j level_j:
//   piecewise  g = level (up (x - high)+ + down (low - x)+ + square x^2 / 2) over lower <= x <= upper
//              x = clamp(max(v - up t, min(v + down t, clamp(v, low, high))) / (1 + square t), lower, upper); with a
//              square, low = high = 0 or up = down = 0. Or, with lowers, uppers or slopes c: g = c_j x over lower_j <=
//              x
//              <= upper_j alone
//   curved     g = level h(x - centre), h' = clamp(., low, high):  x = v - t clamp((v - centre) / (1 + t), low, high)
//   hard       g = level [x != 0]: 0 where |v| (or v, where `positive`) < sqrt(2 t)
//   mcp, scad  the penalties of prox/mcp.cpp and prox/scad.cpp: up is their lam, high their gamma
#pragma once
#include <cstdint>

namespace fenchel::kernels {

using index = std::int64_t;

struct SeparableRule {
  enum Kind : int { piecewise, curved, hard, mcp, scad } kind = piecewise;
  bool positive = false, bounded = false, fixed = false;  // bounded: lower ... uppers count; fixed: a weight is inf
  double up = 0, down = 0, low = 0, high = 0, square = 0, centre = 0;
  double lower = -__builtin_inf(), upper = __builtin_inf();
  double lam = 1;
  const double *weights = nullptr, *lowers = nullptr, *uppers = nullptr, *slopes = nullptr;  // (n) or null
};

// Coordinates first .. first + n - 1 of the rule's arrays.
template <class T>
struct SeparableArgs {
  index first, n;
  const T* v;
  double step;
  const T* steps;  // (n) or null, instead of step
  T* out;          // may be v
};

// The differences of a row of a grid to the row below and to the right neighbour, as dual variables; right[n - 1] and
// the last row's down are 0 and stay so.
template <class T>
struct GridRow {
  T *down, *right;
};

template <class T>
struct ProxTable {
  const char* target;  // as Table<T>::target
  // out = the proximal point of v.
  void (*separable_prox)(const SeparableRule& rule, const SeparableArgs<T>& args);
  // g(v); out and the steps are not looked at. A bound rounded to float counts as the bound.
  double (*separable_value)(const SeparableRule& rule, const SeparableArgs<T>& args);

  // out = v - (D^T z) on one row: z is this row, above the `down` of the row above (null: none).
  void (*grid_primal)(index n, const T* v, GridRow<const T> z, const T* above, T* out);
  // One step of fast gradient projection on one row of the isotropic dual: z <- the projection of
  // ahead + (differences of x, x_below) / 8 on discs of radius lam, next <- z + factor (z - old z); x_below null: last
  // row. next may be ahead, ahead may be z. Returns <ahead - z, z - old z>, which is positive where momentum leads
  // astray.
  T(*grid_dual)
  (index n, const T* x, const T* x_below, GridRow<const T> ahead, T lam, T factor, GridRow<T> z, GridRow<T> next);
};

// The table of the target in use.
template <class T>
const ProxTable<T>& prox_table();

// For tests: every table this machine can run, best first; null past the end.
template <class T>
const ProxTable<T>* prox_table_at(int i);

}  // namespace fenchel::kernels
