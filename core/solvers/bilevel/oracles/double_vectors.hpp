// double_vectors.hpp -- the few operations on doubles that methods over oracles need; the oracles are what costs.
#pragma once
#include <algorithm>
#include <cmath>
#include <vector>

#include "base/types.hpp"

namespace fenchel {

using Vector = std::vector<double>;

inline std::size_t size_of(index n) { return static_cast<std::size_t>(n); }
inline index length(const Vector& v) { return static_cast<index>(v.size()); }

inline double dot(const double* a, const double* b, index n) {
  double sum = 0;
  for (index i = 0; i < n; ++i) sum += a[i] * b[i];
  return sum;
}
inline double norm2(const double* a, index n) { return std::sqrt(dot(a, a, n)); }
inline void copy(const double* a, index n, double* out) { std::copy(a, a + n, out); }
inline void fill(double* out, index n, double value) { std::fill(out, out + n, value); }
// y += a x
inline void axpy(double a, const double* x, index n, double* y) {
  for (index i = 0; i < n; ++i) y[i] += a * x[i];
}

inline double dot(const Vector& a, const Vector& b) { return dot(a.data(), b.data(), length(a)); }
inline double norm2(const Vector& a) { return norm2(a.data(), length(a)); }
inline void axpy(double a, const Vector& x, Vector& y) { axpy(a, x.data(), length(x), y.data()); }

}  // namespace fenchel
