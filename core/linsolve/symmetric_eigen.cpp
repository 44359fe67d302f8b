#include "linsolve/symmetric_eigen.hpp"

#include <algorithm>
#include <cmath>

#include "kernels/kernels.hpp"
#include "linsolve/gemm.hpp"

namespace fenchel {
namespace {

const auto& table() { return kernels::table<double>(); }

// Rows p and q of a matrix: (p, q) <- (c p - s q, s p + c q).
void rotate(double* __restrict p, double* __restrict q, index n, double c, double s) {
  for (index i = 0; i < n; ++i) {
    const double a = p[i], b = q[i];
    p[i] = c * a - s * b;
    q[i] = s * a + c * b;
  }
}

// a -> tridiagonal: diagonal d, off-diagonal e (e[i] between i and i + 1). The reflections I - beta v v^T of columns
// stay in a's rows: row i holds the vector, of length i, that cleared row i; scale[i] its beta.
void tridiagonalise(index n, double* a, double* d, double* e, double* scale, double* p) {
  for (index i = n - 1; i > 0; --i) {
    double* v = a + i * n;  // the row left of the diagonal
    double size = 0;
    for (index j = 0; j < i; ++j) size = std::max(size, std::abs(v[j]));
    d[i] = v[i];
    scale[i] = 0;
    e[i - 1] = v[i - 1];
    if (i == 1 || size == 0) continue;
    for (index j = 0; j < i; ++j) v[j] /= size;
    const double squares = table().dot(v, v, i), norm = std::copysign(std::sqrt(squares), v[i - 1]);
    e[i - 1] = -size * norm;
    v[i - 1] += norm;
    const double beta = 2 / table().dot(v, v, i);
    scale[i] = beta;
    // p = beta A v with the lower triangle of the leading i x i block, then A -= v q^T + q v^T.
    std::fill(p, p + i, 0.0);
    for (index j = 0; j < i; ++j) {
      const double* row = a + j * n;
      p[j] += table().dot(row, v, j) + row[j] * v[j];
      table().axpy(v[j], row, p, j);
    }
    for (index j = 0; j < i; ++j) p[j] *= beta;
    table().axpy(-beta / 2 * table().dot(p, v, i), v, p, i);
    for (index j = 0; j < i; ++j) {
      table().axpy(-v[j], p, a + j * n, j + 1);
      table().axpy(-p[j], v, a + j * n, j + 1);
    }
  }
  d[0] = a[0];
}

// The rows of a become those of Q^T, A = Q T Q^T: the reflections, from the smallest on, times the unit matrix.
void accumulate(index n, double* a, const double* scale) {
  a[0] = 1;
  for (index i = 1; i < n; ++i) {
    double* v = a + i * n;
    if (scale[i] != 0) {
      // The leading i x i block times (I - beta v v^T) from the right, row by row.
      for (index j = 0; j < i; ++j) {
        double* row = a + j * n;
        table().axpy(-scale[i] * table().dot(row, v, i), v, row, i);
      }
    }
    std::fill(v, v + i, 0.0);
    v[i] = 1;
    for (index j = 0; j < i; ++j) a[j * n + i] = 0;
  }
}

// Implicit QL on the tridiagonal (d, e), its rotations applied to the rows of z.
bool ql(index n, double* d, double* e, double* z) {
  e[n - 1] = 0;
  for (index l = 0; l < n; ++l) {
    for (int round = 0;; ++round) {
      index m = l;
      for (; m + 1 < n; ++m) {
        const double near = std::abs(d[m]) + std::abs(d[m + 1]);
        if (std::abs(e[m]) <= 1e-300 || std::abs(e[m]) <= 1.2e-16 * near) break;
      }
      if (m == l) break;
      if (round == 80) return false;
      double g = (d[l + 1] - d[l]) / (2 * e[l]);
      g = d[m] - d[l] + e[l] / (g + std::copysign(std::hypot(g, 1.0), g));
      double s = 1, c = 1, shift = 0;
      index i = m - 1;
      for (; i >= l; --i) {
        const double f = s * e[i], b = c * e[i], r = std::hypot(f, g);
        e[i + 1] = r;
        if (r == 0) {
          d[i + 1] -= shift;
          e[m] = 0;
          break;
        }
        s = f / r;
        c = g / r;
        g = d[i + 1] - shift;
        const double t = (d[i] - g) * s + 2 * c * b;
        shift = s * t;
        d[i + 1] = g + shift;
        g = c * t - b;
        rotate(z + i * n, z + (i + 1) * n, n, c, s);
      }
      if (i >= l) continue;
      d[l] -= shift;
      e[l] = g;
      e[m] = 0;
    }
  }
  return true;
}

}  // namespace

index symmetric_eigen_bytes(index n) { return 3 * scratch_for<double>(n); }

bool symmetric_eigen(index n, double* a, double* values, Scratch scratch) {
  for (index i = 0; i < n; ++i)
    for (index j = 0; j <= i; ++j)
      if (!std::isfinite(a[i * n + j])) return false;
  double *e = scratch.take<double>(n), *scale = scratch.take<double>(n), *p = scratch.take<double>(n);
  tridiagonalise(n, a, values, e, scale, p);
  accumulate(n, a, scale);
  return ql(n, values, e, a);
}

index singular_parts_bytes(index rows, index cols) {
  const index k = std::min(rows, cols), m = std::max(rows, cols);
  const index work = std::max(
      {gemm_workspace<double>(k, k, m), gemm_workspace<double>(k, m, k), gemm_workspace<double>(rows, cols, k)});
  return 2 * scratch_for<double>(k * k) + scratch_for<double>(k * m) + scratch_for<double>(k) +
         scratch_for<double>(work) + symmetric_eigen_bytes(k);
}

bool singular_parts(index rows, index cols, const double* a, SingularParts& parts, Scratch& scratch) {
  const bool tall = rows >= cols;
  const index k = std::min(rows, cols), m = std::max(rows, cols);
  parts = {k, m, scratch.take<double>(k), scratch.take<double>(k * k), scratch.take<double>(k * m)};
  Scratch inner = scratch;
  double size = 0;
  for (index i = 0; i < rows * cols; ++i) size = std::max(size, std::abs(a[i]));
  // The Gram matrix of the shorter side, of A / size: its squares neither overflow nor vanish.
  const double unit = size > 0 ? 1 / size / size : 1;
  const auto here = tall ? Trans::yes : Trans::no, there = tall ? Trans::no : Trans::yes;
  double* work = inner.take<double>(std::max(gemm_workspace<double>(k, k, m), gemm_workspace<double>(k, m, k)));
  gemm(here, there, k, k, m, unit, a, cols, a, cols, 0.0, parts.shorter, k, work);
  if (!symmetric_eigen(k, parts.shorter, parts.values, inner)) return false;
  gemm(Trans::no, here, k, m, k, 1.0, parts.shorter, k, a, cols, 0.0, parts.longer, m, work);
  double* gram = inner.take<double>(k * k);
  for (int sweep = 0; sweep < 30; ++sweep) {
    gemm(Trans::no, Trans::yes, k, k, m, unit, parts.longer, m, parts.longer, m, 0.0, gram, k, work);
    double most = 0;
    for (index i = 0; i < k; ++i) most = std::max(most, gram[i * k + i]);
    bool turned = false;
    for (index i = 0; i < k; ++i)
      for (index j = i + 1; j < k; ++j) {
        const double small = std::min(gram[i * k + i], gram[j * k + j]);
        if (std::abs(gram[i * k + j]) <= 1e-14 * std::sqrt(gram[i * k + i] * gram[j * k + j]) || small <= 1e-28 * most)
          continue;
        double *p = parts.longer + i * m, *q = parts.longer + j * m;
        const double pp = table().dot(p, p, m), qq = table().dot(q, q, m), pq = table().dot(p, q, m);
        if (std::abs(pq) <= 1e-14 * std::sqrt(pp * qq)) continue;
        const double zeta = (qq - pp) / (2 * pq);
        const double t = std::copysign(1.0, zeta) / (std::abs(zeta) + std::hypot(zeta, 1.0));
        const double c = 1 / std::sqrt(1 + t * t);
        rotate(p, q, m, c, c * t);
        rotate(parts.shorter + i * k, parts.shorter + j * k, k, c, c * t);
        turned = true;
      }
    if (!turned) break;
  }
  for (index i = 0; i < k; ++i) {
    const double* row = parts.longer + i * m;
    double sum = 0;
    for (index j = 0; j < m && size > 0; ++j) sum += (row[j] / size) * (row[j] / size);
    parts.values[i] = size * std::sqrt(sum);
  }
  return true;
}

void compose_parts(index rows, index cols, SingularParts& parts, double* factor, double* out, Scratch scratch) {
  index kept = 0;
  for (index i = 0; i < parts.k; ++i) {
    if (factor[i] == 0) continue;
    for (index j = 0; j < parts.k; ++j) parts.shorter[kept * parts.k + j] = factor[i] * parts.shorter[i * parts.k + j];
    if (kept != i)
      std::copy(parts.longer + i * parts.m, parts.longer + (i + 1) * parts.m, parts.longer + kept * parts.m);
    ++kept;
  }
  double* work = scratch.take<double>(gemm_workspace<double>(rows, cols, std::max<index>(kept, 1)));
  if (rows >= cols)
    gemm(Trans::yes, Trans::no, rows, cols, kept, 1.0, parts.longer, parts.m, parts.shorter, parts.k, 0.0, out, cols,
         work);
  else
    gemm(Trans::yes, Trans::no, rows, cols, kept, 1.0, parts.shorter, parts.k, parts.longer, parts.m, 0.0, out, cols,
         work);
}

}  // namespace fenchel
