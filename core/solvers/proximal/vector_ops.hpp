// vector_ops.hpp -- the few vector operations of the methods: sums in double, whatever the dtype.
#pragma once
#include <cmath>

#include "base/types.hpp"
#include "kernels/kernels.hpp"

namespace fenchel {

template <class T>
double dot(const T* x, const T* y, index n) {
  return kernels::table<T>().dot(x, y, n);
}
template <class T>
double norm2(const T* x, index n) {
  return std::sqrt(dot(x, x, n));
}
// <x - y, x - y>
template <class T>
double distance2(const T* x, const T* y, index n) {
  double sum[4] = {0, 0, 0, 0};
  index j = 0;
  for (; j + 4 <= n; j += 4)
    for (int k = 0; k < 4; ++k) {
      const double d = static_cast<double>(x[j + k]) - static_cast<double>(y[j + k]);
      sum[k] += d * d;
    }
  for (; j < n; ++j) {
    const double d = static_cast<double>(x[j]) - static_cast<double>(y[j]);
    sum[0] += d * d;
  }
  return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}
// <g, to - from>, without the cancellation of two products.
template <class T>
double slope_between(const T* g, const T* from, const T* to, index n) {
  double sum[4] = {0, 0, 0, 0};
  index j = 0;
  for (; j + 4 <= n; j += 4)
    for (int k = 0; k < 4; ++k)
      sum[k] += static_cast<double>(g[j + k]) * (static_cast<double>(to[j + k]) - static_cast<double>(from[j + k]));
  for (; j < n; ++j) sum[0] += static_cast<double>(g[j]) * (static_cast<double>(to[j]) - static_cast<double>(from[j]));
  return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}
template <class T>
void copy_to(const T* from, T* to, index n) {
  for (index j = 0; j < n; ++j) to[j] = from[j];
}
// out = x + a y; out may be x or y.
template <class T>
void add_scaled(const T* x, double a, const T* y, T* out, index n) {
  const T factor = static_cast<T>(a);
  for (index j = 0; j < n; ++j) out[j] = x[j] + factor * y[j];
}
template <class T>
index nonzeros(const T* x, index n) {
  index count = 0;
  for (index j = 0; j < n; ++j) count += x[j] != T(0) ? 1 : 0;
  return count;
}
template <class T>
bool all_finite(const T* x, index n) {
  T sum = 0;
  for (index j = 0; j < n; ++j) sum += x[j] * T(0);
  return sum == T(0);
}

}  // namespace fenchel
