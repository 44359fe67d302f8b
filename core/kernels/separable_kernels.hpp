// separable_kernels.hpp -- the table of functions behind the terms that are sums over coordinates: their proximal maps
// and values at the speed of memory, one table per instruction set, chosen as kernels::table<T>() is.
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

template <class T>
struct SeparableTable {
  const char* target;  // as Table<T>::target
  // out = the proximal point of v.
  void (*prox)(const SeparableRule& rule, const SeparableArgs<T>& args);
  // g(v); out and the steps are not looked at. A bound rounded to float counts as the bound.
  double (*value)(const SeparableRule& rule, const SeparableArgs<T>& args);
};

// The table of the target in use.
template <class T>
const SeparableTable<T>& separable_table();

// For tests: every table this machine can run, best first; null past the end.
template <class T>
const SeparableTable<T>* separable_table_at(int i);

}  // namespace fenchel::kernels
