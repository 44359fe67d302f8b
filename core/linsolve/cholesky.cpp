#include "linsolve/cholesky.hpp"

#include <algorithm>
#include <cmath>

#include "kernels/kernels.hpp"
#include "linsolve/gemm.hpp"

namespace fenchel {
namespace {

constexpr index kPanel = 64;  // columns factored at a time
constexpr index kRows = 192;  // rows of the trailing triangle updated at a time

bool factor_diagonal(index n, double* a, index ld, double floor) {
  for (index j = 0; j < n; ++j) {
    double* row = a + j * ld;
    for (index k = 0; k < j; ++k) {
      const double* other = a + k * ld;
      double sum = row[k];
      for (index i = 0; i < k; ++i) sum -= row[i] * other[i];
      row[k] = sum / other[k];
    }
    const double start = row[j];
    double pivot = start;
    for (index i = 0; i < j; ++i) pivot -= row[i] * row[i];
    if (!(pivot > floor * std::abs(start)) || !std::isfinite(pivot)) return false;
    row[j] = std::sqrt(pivot);
  }
  return true;
}

// Rows below a factored diagonal block: x L^T = row.
void solve_rows(index rows, index n, const double* l, index ld, double* below) {
  for (index r = 0; r < rows; ++r) {
    double* row = below + r * ld;
    for (index k = 0; k < n; ++k) {
      const double* lk = l + k * ld;
      double s0 = 0, s1 = 0, s2 = 0, s3 = 0;
      index i = 0;
      for (; i + 4 <= k; i += 4) {
        s0 += row[i] * lk[i];
        s1 += row[i + 1] * lk[i + 1];
        s2 += row[i + 2] * lk[i + 2];
        s3 += row[i + 3] * lk[i + 3];
      }
      for (; i < k; ++i) s0 += row[i] * lk[i];
      row[k] = (row[k] - ((s0 + s1) + (s2 + s3))) / lk[k];
    }
  }
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
      gemm<double>(Trans::no, Trans::yes, rows, i + rows - next, width, -1.0, a + i * ld + k, ld, a + next * ld + k, ld,
                   1.0, a + i * ld + next, ld, workspace);
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
