#include "linsolve/symmetric_eigen.hpp"

#include <algorithm>
#include <cmath>

#include "linsolve/tridiagonal.hpp"
#include "linsolve/tridiagonal_eigen.hpp"

namespace fenchel {

index symmetric_eigen_bytes(index n) {
  return scratch_for<double>(n * n) + 2 * scratch_for<double>(n) +
         std::max({tridiagonalise_bytes(n), tridiagonal_eigen_bytes(n), reflect_rows_bytes(n, n)});
}

index symmetric_eigen(index n, double* a, double* values, double floor, Scratch scratch) {
  double size = 0;
  for (index i = 0; i < n; ++i)
    for (index j = 0; j <= i; ++j) {
      const double entry = std::abs(a[i * n + j]);
      if (!(entry < kInf)) return -1;
      size = std::max(size, entry);
    }
  // Squares of the entries must neither overflow nor vanish.
  const double unit = size > 1e140 || (size > 0 && size < 1e-140) ? size : 1;
  if (unit != 1)
    for (index i = 0; i < n; ++i)
      for (index j = 0; j <= i; ++j) a[i * n + j] /= unit;
  double *z = scratch.take<double>(n * n), *e = scratch.take<double>(n), *beta = scratch.take<double>(n);
  tridiagonalise(n, a, values, e, beta, scratch);
  const index count = tridiagonal_eigen(n, values, e, floor / unit, z, scratch);
  if (count < 0) return -1;
  reflect_rows(n, a, beta, count, z, scratch);
  std::copy(z, z + count * n, a);
  for (index i = 0; i < n && unit != 1; ++i) values[i] *= unit;
  return count;
}

}  // namespace fenchel
