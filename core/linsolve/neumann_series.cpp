// neumann_series.cpp -- x = a sum_{k < K} (I - a A)^k b: K = max_iter, a below 2 / lambda_max.
//
// An approximation of A^{-1} b: an eigencomponent of eigenvalue l has the relative error (1 - a l)^K, and K steps are
// what truncated unrolling of K gradient steps at the fixed point computes. The residual tells how good it is.
// Lorraine, Vicol and Duvenaud, Optimizing millions of hyperparameters by implicit differentiation (2020), eq. 5.
#include <algorithm>
#include <cmath>

#include "kernels/kernels.hpp"
#include "linsolve/linear_system.hpp"

namespace fenchel {
namespace {

// 1 / (1.1 * ||A||) by power iterations from b.
double estimate_step(SquareMap& A, const double* b, double* v, double* Av, LinearReport& report) {
  const index n = A.size();
  double largest = 0;
  double length = std::sqrt(kernels::table<double>().dot(b, b, n));
  for (index i = 0; i < n; ++i) v[i] = b[i] / length + (i % 2 == 0 ? 0.01 : -0.007);
  for (int round = 0; round < 20; ++round) {
    length = std::sqrt(kernels::table<double>().dot(v, v, n));
    for (index i = 0; i < n; ++i) v[i] /= length;
    A.apply(v, Av);
    ++report.products;
    length = std::sqrt(kernels::table<double>().dot(Av, Av, n));
    largest = std::max(largest, length);
    if (!(length > 0)) break;
    std::copy(Av, Av + n, v);
  }
  return largest > 0 ? 1 / (1.1 * largest) : 1.0;
}

}  // namespace

// work: term, A term, spare (n each). The start is not used: the series is a function of b alone.
void neumann_series(SquareMap& A, const double* b, double* x, const LinearLimits& limits, double* work,
                    LinearReport& report) {
  const index n = A.size();
  double *term = work, *Aterm = term + n;
  const double step = limits.step > 0 ? limits.step : estimate_step(A, b, term, Aterm, report);
  for (index i = 0; i < n; ++i) term[i] = x[i] = step * b[i];
  for (report.iterations = 1; report.iterations < limits.max_iter; ++report.iterations) {
    A.apply(term, Aterm);
    ++report.products;
    double largest = 0;
    for (index i = 0; i < n; ++i) {
      term[i] -= step * Aterm[i];
      x[i] += term[i];
      largest = std::max(largest, std::fabs(term[i]));
    }
    if (!(largest < 1e300)) return;  // the step is too long: the series diverges, and the residual says so
  }
}

}  // namespace fenchel
