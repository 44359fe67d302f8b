// grid_axis.hpp -- log-sums along one axis of a regular grid.
//
//   out[.., i, ..] = log2 sum_j exp2(in[.., j, ..] - k c(i, j)),   c(i, j) = (h (i - j))^2 or h |i - j|
//
// Lines are independent, so they are cut among workers. "matrix" sums every line by the stored costs, O(length) a
// point; the l1 cost has the kernel lam^|i-j|, a recursion forward and one backward, O(1) a point (Liao et al. 2022, in
// the log domain).
#pragma once
#include <algorithm>
#include <cmath>

#include "base/buffer.hpp"
#include "kernels/kernels.hpp"

namespace fenchel {

struct GridAxis {
  index length = 1, outer = 1, inner = 1;  // the grid is (outer, length, inner) here
  double spacing = 1;
  Buffer<double> cost;      // (length, length)
  Buffer<double> log_cost;  // (length, length) log2 of it, -inf on the diagonal
  index lines() const { return outer * inner; }
  index offset(index line) const { return (line / inner) * length * inner + line % inner; }
};

// Scratch of one worker: four vectors of at least the longest axis, or of kStrip lines of it.
inline constexpr index kStrip = 32;  // lines that the recursion takes side by side

struct AxisScratch {
  double* in;    // (length * kStrip)
  double* out;   // (length * kStrip)
  double* work;  // (length * kStrip)
};

// Line `line` by the matrix `cost` (row i at cost + i * length) scaled by k.
inline void axis_by_matrix(const kernels::Table<double>& simd, const GridAxis& axis, const double* cost, double k,
                           index line, const double* from, double* to, const AxisScratch& s) {
  const index base = axis.offset(line);
  const index n = axis.length;
  for (index j = 0; j < n; ++j) s.in[j] = from[base + j * axis.inner];
  const double zero = 0;
  for (index i = 0; i < n; ++i) {
    simd.arg_rows_matrix({cost + i * n, n}, {&zero, s.in, k, 1, n, s.work, n});
    const double top = simd.max_value(s.work, n);
    s.out[i] = top > -kInf && top < kInf ? top + std::log2(simd.exp2_shift(s.work, -top, s.work, n)) : top;
  }
  for (index i = 0; i < n; ++i) to[base + i * axis.inner] = s.out[i];
}

// x = log2(exp2(x) + exp2(y)) elementwise; -inf is the neutral element.
inline void log_add(const kernels::Table<double>& simd, double* x, const double* y, double* work, index n) {
  for (index t = 0; t < n; ++t) {
    const double high = std::max(x[t], y[t]);
    const double low = std::min(x[t], y[t]);
    work[t] = high > -kInf ? low - high : -kInf;
    x[t] = high;
  }
  simd.exp2(work, work, n);
  for (index t = 0; t < n; ++t) work[t] += 1.0;
  simd.log2(work, work, n);
  for (index t = 0; t < n; ++t) x[t] += work[t];
}

// Lines [first, first + count), count <= kStrip, of the l1 cost: decay is k h in exponents.
inline void axis_by_recursion(const kernels::Table<double>& simd, const GridAxis& axis, double decay, index first,
                              index count, const double* from, double* to, const AxisScratch& s) {
  const index n = axis.length;
  double carry[kStrip];
  double work[kStrip];
  for (index t = 0; t < count; ++t) {
    const index base = axis.offset(first + t);
    for (index i = 0; i < n; ++i) s.in[i * kStrip + t] = from[base + i * axis.inner];
  }
  std::fill_n(carry, count, -kInf);
  for (index i = 0; i < n; ++i) {  // sum over j <= i
    for (index t = 0; t < count; ++t) carry[t] -= decay;
    log_add(simd, carry, s.in + i * kStrip, work, count);
    std::copy_n(carry, count, s.out + i * kStrip);
  }
  std::fill_n(carry, count, -kInf);
  for (index i = n; i-- > 0;) {  // and over j > i
    log_add(simd, s.out + i * kStrip, carry, work, count);
    log_add(simd, carry, s.in + i * kStrip, work, count);
    for (index t = 0; t < count; ++t) carry[t] -= decay;
  }
  for (index t = 0; t < count; ++t) {
    const index base = axis.offset(first + t);
    for (index i = 0; i < n; ++i) to[base + i * axis.inner] = s.out[i * kStrip + t];
  }
}

}  // namespace fenchel
