// minres.cpp -- A x = b, A symmetric and perhaps indefinite: the x of least residual in the Krylov space.
//
// Paige and Saunders, Solution of sparse indefinite systems of linear equations (1975). Starts from x by solving for
// the correction.
#include <algorithm>
#include <cmath>

#include "kernels/kernels.hpp"
#include "linsolve/linear_system.hpp"

namespace fenchel {
namespace {

double dot(const double* x, const double* y, index n) { return kernels::table<double>().dot(x, y, n); }
void axpy(double a, const double* x, double* y, index n) { kernels::table<double>().axpy(a, x, y, n); }

}  // namespace

// work: v_old, v, A v, w_old, w, w_new, spare (n each).
void minres(SquareMap& A, const double* b, double* x, const LinearLimits& limits, double* work, LinearReport& report) {
  const index n = A.size();
  double *v_old = work, *v = v_old + n, *Av = v + n, *w_old = Av + n, *w = w_old + n, *w_new = w + n;
  A.apply(x, v);
  ++report.products;
  for (index i = 0; i < n; ++i) v[i] = b[i] - v[i];
  std::fill(v_old, v_old + n, 0.0);
  std::fill(w_old, w_old + 2 * n, 0.0);  // and w
  double beta = std::sqrt(dot(v, v, n));
  const double target = limits.tol * report.scale;
  double eta = beta;  // the residual of the recurrence, signed
  double c = 1, c_old = 1, s = 0, s_old = 0;
  double largest = 0;
  if (beta > target)
    for (index i = 0; i < n; ++i) v[i] /= beta;
  while (std::fabs(eta) > target && report.iterations < limits.max_iter) {
    ++report.iterations;
    A.apply(v, Av);
    ++report.products;
    const double alpha = dot(v, Av, n);
    axpy(-alpha, v, Av, n);
    axpy(-beta * (report.iterations > 1 ? 1.0 : 0.0), v_old, Av, n);
    const double next = std::sqrt(dot(Av, Av, n));
    const double previous = report.iterations > 1 ? beta : 0.0;
    const double r0 = c * alpha - c_old * s * previous;
    const double r2 = s * alpha + c_old * c * previous;
    const double r3 = s_old * previous;
    const double r1 = std::hypot(r0, next);
    largest = std::max({largest, std::fabs(alpha), next});
    if (!(r1 > 1e-14 * largest)) {  // b - A x has no part left in A's range
      report.singular = true;
      return;
    }
    c_old = c, s_old = s;
    c = r0 / r1, s = next / r1;
    for (index i = 0; i < n; ++i) w_new[i] = (v[i] - r3 * w_old[i] - r2 * w[i]) / r1;
    axpy(c * eta, w_new, x, n);
    eta *= -s;
    std::swap(w_old, w);
    std::swap(w, w_new);
    std::swap(v_old, v);
    beta = next;
    if (beta > 0)
      for (index i = 0; i < n; ++i) v[i] = Av[i] / beta;
    if (!(beta > 1e-15 * largest) && std::fabs(eta) > target) {  // an invariant subspace that does not hold b
      report.singular = true;
      return;
    }
  }
}

}  // namespace fenchel
