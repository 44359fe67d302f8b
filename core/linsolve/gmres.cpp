// gmres.cpp -- A x = b for any square A: the x of least residual in a Krylov space of at most `restart` vectors.
//
// Saad and Schultz (1986), with modified Gram-Schmidt done twice.
#include <algorithm>
#include <cmath>

#include "kernels/kernels.hpp"
#include "linsolve/linear_system.hpp"

namespace fenchel {
namespace {

double dot(const double* x, const double* y, index n) { return kernels::table<double>().dot(x, y, n); }
void axpy(double a, const double* x, double* y, index n) { kernels::table<double>().axpy(a, x, y, n); }

// The small triangular problem: columns of H turned by Givens rotations as they come.
struct Hessenberg {
  double *h, *c, *s, *g;  // (m + 1) x m by columns, rotations (m), right-hand side (m + 1)
  index m;
  double* column(index k) const { return h + k * (m + 1); }

  void rotate(index k) const {
    double* const H = column(k);
    for (index i = 0; i < k; ++i) {
      const double t = c[i] * H[i] + s[i] * H[i + 1];
      H[i + 1] = c[i] * H[i + 1] - s[i] * H[i];
      H[i] = t;
    }
    const double r = std::hypot(H[k], H[k + 1]);
    c[k] = r > 0 ? H[k] / r : 1.0;
    s[k] = r > 0 ? H[k + 1] / r : 0.0;
    H[k] = r;
    H[k + 1] = 0;
    g[k + 1] = -s[k] * g[k];
    g[k] *= c[k];
  }
  // Solves the leading count x count triangle into g; columns with a vanishing pivot are left out.
  bool solve(index count) const {
    bool regular = true;
    double largest = 0;
    for (index k = 0; k < count; ++k) largest = std::max(largest, std::fabs(column(k)[k]));
    for (index k = count - 1; k >= 0; --k) {
      const double pivot = column(k)[k];
      if (!(std::fabs(pivot) > 1e-14 * largest)) {
        regular = false;
        g[k] = 0;
        continue;
      }
      g[k] /= pivot;
      for (index i = 0; i < k; ++i) g[i] -= g[k] * column(k)[i];
    }
    return regular;
  }
};

}  // namespace

// work: restart + 1 vectors, then the small problem.
void gmres(SquareMap& A, const double* b, double* x, const LinearLimits& limits, double* work, LinearReport& report) {
  const index n = A.size();
  const index m = limits.restart;
  double* const V = work;
  double* const small = V + (m + 1) * n;
  const Hessenberg H{small, small + (m + 1) * m, small + (m + 2) * m, small + (m + 3) * m, m};
  const double target = limits.tol * report.scale;
  double last = kInf;
  while (report.iterations < limits.max_iter) {
    A.apply(x, V);
    ++report.products;
    for (index i = 0; i < n; ++i) V[i] = b[i] - V[i];
    const double beta = std::sqrt(dot(V, V, n));
    if (beta <= target) return;
    if (!(beta < 0.999999 * last)) {  // a whole cycle gained nothing
      report.singular = true;
      return;
    }
    last = beta;
    for (index i = 0; i < n; ++i) V[i] /= beta;
    H.g[0] = beta;
    index k = 0;
    for (; k < m && report.iterations < limits.max_iter; ++k) {
      double* const w = V + (k + 1) * n;
      A.apply(V + k * n, w);
      ++report.products;
      ++report.iterations;
      double* const h = H.column(k);
      std::fill(h, h + k + 1, 0.0);
      for (int pass = 0; pass < 2; ++pass)
        for (index j = 0; j <= k; ++j) {
          const double d = dot(V + j * n, w, n);
          h[j] += d;
          axpy(-d, V + j * n, w, n);
        }
      h[k + 1] = std::sqrt(dot(w, w, n));
      const bool invariant = !(h[k + 1] > 1e-15 * std::fabs(h[k]) + 1e-300);
      if (!invariant)
        for (index i = 0; i < n; ++i) w[i] /= h[k + 1];
      H.rotate(k);
      if (std::fabs(H.g[k + 1]) <= target || invariant) {
        ++k;
        break;
      }
    }
    if (!H.solve(k)) report.singular = true;
    for (index j = 0; j < k; ++j) axpy(H.g[j], V + j * n, x, n);
    if (report.singular) return;
  }
}

}  // namespace fenchel
