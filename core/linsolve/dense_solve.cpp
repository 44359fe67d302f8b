// dense_solve.cpp -- A x = b with A written out: Cholesky's factors where it is symmetric positive definite, else LU
// with partial pivoting (Golub and Van Loan, 2013, algorithms 4.2.1 and 3.4.1).
#include <algorithm>
#include <cmath>
#include <limits>

#include "linsolve/cholesky.hpp"
#include "linsolve/linear_system.hpp"

namespace fenchel {
namespace {

constexpr double kEps = std::numeric_limits<double>::epsilon();

void write_out(SquareMap& A, double* dense, double* unit, double* column, LinearReport& report) {
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

// Eliminates in place and applies the same steps to x; false when a pivot vanishes against the matrix's entries.
bool eliminate(index n, double* a, double* x) {
  double largest = 0;
  for (index i = 0; i < n * n; ++i) largest = std::max(largest, std::fabs(a[i]));
  for (index k = 0; k < n; ++k) {
    index pivot = k;
    for (index i = k + 1; i < n; ++i)
      if (std::fabs(a[i * n + k]) > std::fabs(a[pivot * n + k])) pivot = i;
    if (!(std::fabs(a[pivot * n + k]) > static_cast<double>(n) * kEps * largest)) return false;
    if (pivot != k) {
      std::swap_ranges(a + k * n, a + k * n + n, a + pivot * n);
      std::swap(x[k], x[pivot]);
    }
    for (index i = k + 1; i < n; ++i) {
      const double factor = a[i * n + k] / a[k * n + k];
      if (factor == 0) continue;
      for (index j = k + 1; j < n; ++j) a[i * n + j] -= factor * a[k * n + j];
      x[i] -= factor * x[k];
    }
  }
  for (index k = n - 1; k >= 0; --k) {
    for (index j = k + 1; j < n; ++j) x[k] -= a[k * n + j] * x[j];
    x[k] /= a[k * n + k];
  }
  return true;
}

}  // namespace

// work: A, a copy of it for LU, two vectors, Cholesky's own workspace.
void dense_solve(SquareMap& A, const double* b, double* x, double* work, LinearReport& report) {
  const index n = A.size();
  double *dense = work, *copy = dense + n * n, *unit = copy + n * n, *column = unit + n, *rest = column + n;
  write_out(A, dense, unit, column, report);
  std::copy(dense, dense + n * n, copy);
  std::copy(b, b + n, unit);
  if (A.symmetric() && cholesky(n, dense, n, static_cast<double>(n) * kEps, rest)) {
    cholesky_solve(n, dense, n, unit);
    std::copy(unit, unit + n, x);
  } else if (eliminate(n, copy, unit)) {
    std::copy(unit, unit + n, x);
  } else {
    report.singular = true;
  }
}

}  // namespace fenchel
