#include "linsolve/tridiagonal.hpp"

#include <algorithm>
#include <cmath>

#include "kernels/kernels.hpp"
#include "linsolve/gemm.hpp"

namespace fenchel {
namespace {

constexpr index kPanel = 32;    // columns that are cleared before the rest of the matrix is brought up to date
constexpr index kReflect = 64;  // reflections applied at once on the way back
constexpr index kStrip = 192;   // rows of the triangle that one product updates

const auto& table() { return kernels::table<double>(); }

// Rows of a panel: v (the reflections), w, and v again, so that (v, w) and (w, v) are both contiguous.
struct Panel {
  double* rows;
  index n, width;
  double* v(index k) const { return rows + k * n; }
  double* w(index k) const { return rows + (width + k) * n; }
  double* again(index k) const { return rows + (2 * width + k) * n; }
};

// Turns row (length i) into the vector of the reflection that leaves only its last entry; returns beta.
double reflection(double* row, index i, double& last) {
  const double squares = table().dot(row, row, i - 1);
  last = row[i - 1];
  if (!(squares > 0)) return 0;
  const double norm = std::copysign(std::sqrt(squares + last * last), last);
  row[i - 1] += norm;
  last = -norm;
  return 2 / (squares + row[i - 1] * row[i - 1]);
}

// Row i of the matrix as the k reflections of the panel so far leave it.
void update_row(double* row, index i, const Panel& panel, index k) {
  for (index j = 0; j < k; ++j) {
    table().axpy(-panel.v(j)[i], panel.w(j), row, i + 1);
    table().axpy(-panel.w(j)[i], panel.v(j), row, i + 1);
  }
}

// w = beta A v - (beta^2 / 2) (v, A v) v, A the leading i x i block less what the panel has not yet taken off.
void panel_product(const double* a, index n, index i, double beta, const Panel& panel, index k) {
  double *v = panel.v(k), *w = panel.w(k);
  table().symmetric_product(a, n, i, v, w);
  for (index j = 0; j < k; ++j) {
    const double along_w = table().dot(panel.w(j), v, i), along_v = table().dot(panel.v(j), v, i);
    table().axpy(-along_w, panel.v(j), w, i);
    table().axpy(-along_v, panel.w(j), w, i);
  }
  for (index j = 0; j < i; ++j) w[j] *= beta;
  table().axpy(-beta / 2 * table().dot(w, v, i), v, w, i);
}

// The lower triangle of the leading m x m block -= v w^T + w v^T.
void update_rest(double* a, index n, index m, const Panel& panel, double* work) {
  for (index first = 0; first < m; first += kStrip) {
    const index count = std::min(kStrip, m - first);
    gemm(Trans::yes, Trans::no, count, first + count, 2 * panel.width, -1.0, panel.rows + first, n, panel.w(0), n, 1.0,
         a + first * n, n, work);
  }
}

index panel_work(index n) { return gemm_workspace<double>(std::min(kStrip, n), n, 2 * kPanel); }

}  // namespace

index tridiagonalise_bytes(index n) { return scratch_for<double>(3 * kPanel * n) + scratch_for<double>(panel_work(n)); }

void tridiagonalise(index n, double* a, double* d, double* e, double* beta, Scratch scratch) {
  const Panel memory{scratch.take<double>(3 * kPanel * n), n, kPanel};
  double* work = scratch.take<double>(panel_work(n));
  for (index top = n; top > 1;) {
    Panel panel = memory;
    panel.width = std::min(kPanel, top - 1);
    for (index k = 0; k < panel.width; ++k) {
      const index i = top - 1 - k;
      double* row = a + i * n;
      update_row(row, i, panel, k);
      d[i] = row[i];
      beta[i] = reflection(row, i, e[i - 1]);
      double *v = panel.v(k), *w = panel.w(k);
      if (beta[i] == 0) {
        std::fill(v, v + i, 0.0);
        std::fill(w, w + i, 0.0);
      } else {
        std::copy(row, row + i, v);
        panel_product(a, n, i, beta[i], panel, k);
      }
      std::copy(v, v + i, panel.again(k));
    }
    top -= panel.width;
    update_rest(a, n, top, panel, work);
  }
  d[0] = a[0];
}

index reflect_rows_bytes(index n, index count) {
  const index work = std::max({gemm_workspace<double>(kReflect, kReflect, n),
                               gemm_workspace<double>(count, kReflect, std::max(n, kReflect)),
                               gemm_workspace<double>(count, n, kReflect)});
  return scratch_for<double>(kReflect * n) + 2 * scratch_for<double>(kReflect * kReflect) +
         2 * scratch_for<double>(kReflect * count) + scratch_for<double>(work);
}

void reflect_rows(index n, const double* a, const double* beta, index count, double* z, Scratch scratch) {
  double *y = scratch.take<double>(kReflect * n), *gram = scratch.take<double>(kReflect * kReflect),
         *s = scratch.take<double>(kReflect * kReflect), *along = scratch.take<double>(kReflect * count),
         *mixed = scratch.take<double>(kReflect * count);
  const index size = std::max({gemm_workspace<double>(kReflect, kReflect, n),
                               gemm_workspace<double>(count, kReflect, std::max(n, kReflect)),
                               gemm_workspace<double>(count, n, kReflect)});
  double* work = scratch.take<double>(size);
  for (index first = 1; first < n; first += kReflect) {
    const index width = std::min(kReflect, n - first), length = first + width - 1;
    for (index k = 0; k < width; ++k) {
      const index i = first + k;
      std::copy(a + i * n, a + i * n + i, y + k * length);
      std::fill(y + k * length + i, y + (k + 1) * length, 0.0);
    }
    // The product of the reflections is I - y^T s y, s upper triangular.
    gemm(Trans::no, Trans::yes, width, width, length, 1.0, y, length, y, length, 0.0, gram, width, work);
    std::fill(s, s + width * width, 0.0);
    for (index k = 0; k < width; ++k) {
      const double b = beta[first + k];
      for (index r = 0; r < k; ++r) {
        double sum = 0;
        for (index c = r; c < k; ++c) sum += s[r * width + c] * gram[c * width + k];
        s[r * width + k] = -b * sum;
      }
      s[k * width + k] = b;
    }
    gemm(Trans::no, Trans::yes, count, width, length, 1.0, z, n, y, length, 0.0, along, width, work);
    gemm(Trans::no, Trans::no, count, width, width, 1.0, along, width, s, width, 0.0, mixed, width, work);
    gemm(Trans::no, Trans::no, count, length, width, -1.0, mixed, width, y, length, 1.0, z, n, work);
  }
}

}  // namespace fenchel
