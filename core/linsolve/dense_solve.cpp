// dense_solve.cpp -- A x = b with A written out: Cholesky's factors where it is symmetric positive definite, else LU
// with partial pivoting (Golub and Van Loan, 2013, algorithms 4.2.1 and 3.4.1).
#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/kernels.hpp"
#include "linsolve/cholesky.hpp"
#include "linsolve/dense_factor.hpp"

namespace fenchel {

double dense_floor(index n) { return static_cast<double>(n) * std::numeric_limits<double>::epsilon(); }

void write_dense(SquareMap& A, double* dense, double* unit, double* column, LinearReport& report) {
  const index n = A.size();
  if (A.write_dense(dense)) return;
  for (index j = 0; j < n; ++j) unit[j] = 0;
  for (index j = 0; j < n; ++j) {
    unit[j] = 1;
    A.apply(unit, column);
    ++report.products;
    unit[j] = 0;
    for (index i = 0; i < n; ++i) dense[i * n + j] = column[i];
  }
}

bool eliminate(index n, double* a, index* swaps) {
  const auto& kernels = kernels::table<double>();
  double largest = 0;
  for (index i = 0; i < n * n; ++i) largest = std::max(largest, std::fabs(a[i]));
  for (index k = 0; k < n; ++k) {
    index pivot = k;
    for (index i = k + 1; i < n; ++i)
      if (std::fabs(a[i * n + k]) > std::fabs(a[pivot * n + k])) pivot = i;
    if (!(std::fabs(a[pivot * n + k]) > dense_floor(n) * largest)) return false;
    swaps[k] = pivot;
    if (pivot != k) std::swap_ranges(a + k * n, a + k * n + n, a + pivot * n);
    for (index i = k + 1; i < n; ++i) {
      const double factor = a[i * n + k] / a[k * n + k];
      a[i * n + k] = factor;
      if (factor != 0) kernels.axpy(-factor, a + k * n + k + 1, a + i * n + k + 1, n - k - 1);
    }
  }
  return true;
}

void eliminated_solve(index n, const double* a, const index* swaps, double* x) {
  const auto& kernels = kernels::table<double>();
  for (index k = 0; k < n; ++k) std::swap(x[k], x[swaps[k]]);
  for (index k = 0; k < n; ++k) x[k] -= kernels.dot(a + k * n, x, k);
  for (index k = n - 1; k >= 0; --k)
    x[k] = (x[k] - kernels.dot(a + k * n + k + 1, x + k + 1, n - k - 1)) / a[k * n + k];
}

// work: A, a copy of it for LU, two vectors, Cholesky's own workspace, the swaps.
void dense_solve(SquareMap& A, const double* b, double* x, double* work, LinearReport& report) {
  const index n = A.size();
  double *dense = work, *copy = dense + n * n, *unit = copy + n * n, *column = unit + n, *rest = column + n;
  write_dense(A, dense, unit, column, report);
  std::copy(dense, dense + n * n, copy);
  std::copy(b, b + n, unit);
  static_assert(sizeof(index) == sizeof(double));
  auto* const swaps = reinterpret_cast<index*>(rest + cholesky_workspace(n));
  if (A.symmetric() && cholesky(n, dense, n, dense_floor(n), rest)) {
    cholesky_solve(n, dense, n, unit);
    std::copy(unit, unit + n, x);
    return;
  }
  if (eliminate(n, copy, swaps)) {
    eliminated_solve(n, copy, swaps, unit);
    std::copy(unit, unit + n, x);
  } else {
    report.singular = true;
  }
}

}  // namespace fenchel
