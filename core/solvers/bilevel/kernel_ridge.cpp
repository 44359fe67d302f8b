#include "solvers/bilevel/kernel_ridge.hpp"

#include <cstring>
#include <limits>

#include "base/buffer.hpp"
#include "linsolve/cholesky.hpp"

namespace fenchel {

Kernel kernel_of(const char* name) {
  if (std::strcmp(name, "gram") == 0) return Kernel::gram;
  if (std::strcmp(name, "linear") == 0) return Kernel::linear;
  if (std::strcmp(name, "rbf") == 0) return Kernel::rbf;
  fail(Status::NAME, "kernel % is unknown; known: gram, linear, rbf", name);
}

void kernel_ridge(const ArrayView& K, const ArrayView& y, double lam, const ArrayView& alpha,
                  const KernelRidgeGradient& gradient) {
  const index n = y.shape[0];
  Buffer<double> factor(n * n), work(cholesky_workspace(n)), a(n), u(n);
  for (index i = 0; i < n; ++i) {
    a[i] = y.real(i);
    for (index j = 0; j <= i; ++j) factor[i * n + j] = K.real(i, j) + (i == j ? lam : 0.0);
  }
  if (!cholesky(n, factor.data(), n, 8 * std::numeric_limits<double>::epsilon(), work.data()))
    fail(Status::SINGULAR, "K + lam I with lam % is not positive definite in double precision", lam);
  cholesky_solve(n, factor.data(), n, a.data());
  const bool pull = gradient.cotangent.ndim != 0;
  if (pull) {
    for (index i = 0; i < n; ++i) u[i] = gradient.cotangent.real(i);
    cholesky_solve(n, factor.data(), n, u.data());
  }
  double by_lam = 0;
  for (index i = 0; i < n; ++i) {
    if (alpha.ndim != 0) alpha.set_real(a[i], i);
    if (!pull) continue;
    by_lam -= u[i] * a[i];
    if (gradient.y.ndim != 0) gradient.y.set_real(u[i], i);
    for (index j = 0; gradient.K.ndim != 0 && j < n; ++j) gradient.K.set_real(-u[i] * a[j], i, j);
  }
  if (pull && gradient.lam != nullptr) *gradient.lam = by_lam;
}

}  // namespace fenchel
