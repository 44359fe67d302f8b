// conjugate_gradients.cpp -- A x = b, A symmetric positive definite, with the map's preconditioner M.
//
// The residual of the recurrence drifts from the true one: where it claims convergence the true one is computed, and
// the iteration starts again from there when the claim was false. A direction p with p'Ap <= 0 ends it: A is not
// positive definite. Hestenes and Stiefel (1952); Saad, Iterative Methods (2003), algorithm 9.1.
#include <algorithm>
#include <cmath>

#include "kernels/kernels.hpp"
#include "linsolve/linear_system.hpp"

namespace fenchel {
namespace {

double dot(const double* x, const double* y, index n) { return kernels::table<double>().dot(x, y, n); }
void axpy(double a, const double* x, double* y, index n) { kernels::table<double>().axpy(a, x, y, n); }

constexpr double kFlat = 1e-14;  // p'Ap below this share of the largest curvature seen is none

// How many eigenvalues of the tridiagonal matrix (diagonal d, off-diagonal e) lie below t (Sturm's sequence).
index count_below(const double* d, const double* e, index n, double t) {
  index count = 0;
  double q = 1;
  for (index i = 0; i < n; ++i) {
    q = d[i] - t - (i > 0 ? e[i - 1] * e[i - 1] / q : 0.0);
    if (q == 0) q = 1e-300;
    if (q < 0) ++count;
  }
  return count;
}

// The k-th smallest (k from 0) eigenvalue by bisection between 0 and `high`.
double tridiagonal_eigenvalue(const double* d, const double* e, index n, index k, double high) {
  double low = 0;
  for (int i = 0; i < 60 && high - low > 1e-3 * high; ++i) {
    const double middle = low > 0 ? std::sqrt(low * high) : 0.5 * high;
    (count_below(d, e, n, middle) > k ? high : low) = middle;
    if (low == 0 && high < 1e-300) break;
  }
  return 0.5 * (low + high);
}

// Lanczos' matrix from the steps alpha and the ratios beta of the iteration, in place, and its extreme eigenvalues.
void ritz_values(double* alphas, double* betas, index n, LinearReport& report) {
  if (n == 0) return;
  double previous_alpha = 0;
  double previous_beta = 0;
  double bound = 0;
  for (index i = 0; i < n; ++i) {
    const double alpha = alphas[i];
    alphas[i] = 1 / alpha + (i > 0 ? previous_beta / previous_alpha : 0.0);
    previous_alpha = alpha;
    previous_beta = betas[i];
    betas[i] = std::sqrt(std::max(betas[i], 0.0)) / alpha;
    bound = std::max(bound, alphas[i] + betas[i] + (i > 0 ? betas[i - 1] : 0.0));
  }
  report.ritz_high = tridiagonal_eigenvalue(alphas, betas, n, n - 1, bound);
  report.ritz_low = tridiagonal_eigenvalue(alphas, betas, n, 0, bound);
}

}  // namespace

// work: r, z, p, A p (n each), then two lists of max_iter.
void conjugate_gradients(SquareMap& A, const double* b, double* x, const LinearLimits& limits, double* work,
                         LinearReport& report) {
  const index n = A.size();
  double *r = work, *z = r + n, *p = z + n, *Ap = p + n, *alphas = Ap + n, *betas = alphas + limits.max_iter;
  const double target = limits.tol * report.scale;
  double highest = 0;  // curvature seen, p'Ap / p'p
  index first = 0;     // of the run of steps that Ritz values are taken from: the last one without a restart
  for (int restart = 0; restart < 4 && report.iterations < limits.max_iter && !report.singular; ++restart) {
    A.apply(x, r);
    ++report.products;
    for (index i = 0; i < n; ++i) r[i] = b[i] - r[i];
    if (std::sqrt(dot(r, r, n)) <= target) break;
    first = report.iterations;
    double rz = 0;
    while (report.iterations < limits.max_iter) {
      if (!A.precondition(r, z)) std::copy(r, r + n, z);
      const double next = dot(r, z, n);
      const double beta = rz > 0 ? next / rz : 0.0;
      if (report.iterations > first) betas[report.iterations - 1] = beta;
      rz = next;
      for (index i = 0; i < n; ++i) p[i] = z[i] + (beta > 0 ? beta * p[i] : 0.0);
      A.apply(p, Ap);
      ++report.products;
      const double curvature = dot(p, Ap, n);
      const double pp = dot(p, p, n);
      highest = std::max(highest, curvature / pp);
      if (!(curvature > kFlat * highest * pp)) {
        report.singular = true;
        break;
      }
      const double alpha = rz / curvature;
      axpy(alpha, p, x, n);
      axpy(-alpha, Ap, r, n);
      alphas[report.iterations] = alpha;
      betas[report.iterations++] = 0;
      if (std::sqrt(dot(r, r, n)) <= target) break;
    }
  }
  ritz_values(alphas + first, betas + first, report.iterations - first, report);
}

}  // namespace fenchel
