// vectors.hpp -- small helpers of the terms that couple their coordinates.
#pragma once
#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/kernels.hpp"
#include "prox/prox.hpp"

namespace fenchel {

template <class T>
bool has_nan(index n, const T* v) {
  const T most = kernels::table<T>().max_value(v, n);
  return most != most;
}

// A term whose coordinates are coupled passes a NaN on to all of them.
template <class T>
double all_nan(index n, T* out) {
  std::fill(out, out + n, std::numeric_limits<T>::quiet_NaN());
  return kNaN;
}

// sum_i f(x_i) in double, in eight lanes and by blocks: quick, and less rounding than one running sum.
template <class T, class F>
double lane_sum(index n, const T* x, F&& f) {
  constexpr index kBlock = 512;
  double total = 0;
  for (index first = 0; first < n; first += kBlock) {
    const index end = std::min(first + kBlock, n);
    double lanes[8] = {};
    index i = first;
    for (; i + 8 <= end; i += 8)
      for (index l = 0; l < 8; ++l) lanes[l] += f(static_cast<double>(x[i + l]));
    for (; i < end; ++i) lanes[i & 7] += f(static_cast<double>(x[i]));
    total += ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])) + ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]));
  }
  return total;
}

// || (get(0) ... get(count - 1)) ||_2 without overflow or underflow of the squares.
template <class F>
double norm_of(index count, F&& get) {
  double sum = 0;
  for (index k = 0; k < count; ++k) sum += get(k) * get(k);
  if (sum > 1e-280 && sum < 1e300) return std::sqrt(sum);
  double scale = 0;
  for (index k = 0; k < count; ++k) {
    const double a = std::abs(get(k));
    if (!(a <= scale)) scale = a;
    if (a != a) return a;
  }
  if (scale == 0 || scale == kInf) return scale;
  sum = 0;
  for (index k = 0; k < count; ++k) sum += (get(k) / scale) * (get(k) / scale);
  return scale * std::sqrt(sum);
}

// What rounding may add to a constraint of size 1 before a point counts as outside.
template <class T>
inline constexpr double kSlack = 1e-10;
template <>
inline constexpr double kSlack<float> = 2e-5;

// The value of an indicator: 0 inside and inf outside.
inline double inside(bool yes) { return yes ? 0.0 : kInf; }

template <class T>
T soft(T v, T t) {
  return v > t ? v - t : v < -t ? v + t : v == v ? T(0) : v;
}

}  // namespace fenchel
