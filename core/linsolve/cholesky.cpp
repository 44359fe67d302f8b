#include "linsolve/cholesky.hpp"

#include <algorithm>
#include <cmath>

#include "kernels/kernels.hpp"
#include "linsolve/gemm.hpp"

namespace fenchel {
namespace {

constexpr index kPanel = 64;  // columns factored at a time
constexpr index kRows = 192;  // rows of the trailing triangle updated at a time

// Column k of the factor below row k: the rows, four at a time, against row k.
void solve_column(index rows, index k, const double* lk, index ld, double* below) {
  const auto& kernels = kernels::table<double>();
  const double inverse = 1 / lk[k];
  double dots[kernels::kTileRows];
  for (index r = 0; r < rows; r += kernels::kTileRows) {
    double* row = below + r * ld;
    const index many = std::min<index>(kernels::kTileRows, rows - r);
    kernels.dot_rows(row, ld, many, k, lk, dots);
    for (index t = 0; t < many; ++t) row[t * ld + k] = (row[t * ld + k] - dots[t]) * inverse;
  }
}

bool factor_diagonal(index n, double* a, index ld, double floor) {
  for (index k = 0; k < n; ++k) {
    double* row = a + k * ld;
    const double start = row[k], pivot = start - kernels::table<double>().dot(row, row, k);
    if (!(pivot > floor * std::abs(start)) || !std::isfinite(pivot)) return false;
    row[k] = std::sqrt(pivot);
    solve_column(n - k - 1, k, row, ld, row + ld);
  }
  return true;
}

// Rows below a factored diagonal block: x L^T = row.
void solve_rows(index rows, index n, const double* l, index ld, double* below) {
  for (index r = 0; r < rows; r += kernels::kTileRows)
    for (index k = 0; k < n; ++k)
      solve_column(std::min<index>(kernels::kTileRows, rows - r), k, l + k * ld, ld, below + r * ld);
}

}  // namespace

index cholesky_workspace(index n) { return gemm_workspace<double>(std::min(n, kRows), n, kPanel); }

bool cholesky(index n, double* a, index ld, double floor, double* workspace) {
  for (index k = 0; k < n; k += kPanel) {
    const index width = std::min(kPanel, n - k), next = k + width;
    double* diagonal = a + k * ld + k;
    if (!factor_diagonal(width, diagonal, ld, floor)) return false;
    solve_rows(n - next, width, diagonal, ld, a + next * ld + k);
    for (index i = next; i < n; i += kRows) {
      const index rows = std::min(kRows, n - i);
      gemm_lower<double>(Trans::no, Trans::yes, rows, i + rows - next, width, i - next, -1.0, a + i * ld + k, ld,
                         a + next * ld + k, ld, 1.0, a + i * ld + next, ld, workspace);
    }
  }
  return true;
}

void cholesky_solve(index n, const double* l, index ld, double* x) {
  const auto& kernels = kernels::table<double>();
  for (index i = 0; i < n; ++i) x[i] = (x[i] - kernels.dot(l + i * ld, x, i)) / l[i * ld + i];
  for (index i = n - 1; i >= 0; --i) {
    x[i] /= l[i * ld + i];
    kernels.axpy(-x[i], l + i * ld, x, i);
  }
}

}  // namespace fenchel
