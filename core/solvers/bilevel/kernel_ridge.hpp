// kernel_ridge.hpp -- kernel ridge regression, its derivatives, and its hyperparameters from a risk:
//
//   alpha = (K + lam I)^{-1} y,   prediction K_T alpha
//   with a cotangent c of alpha and u = (K + lam I)^{-1} c:  y: u,  K: - u alpha^T,  lam: - <u, alpha>
//
// Kernels: the Gram matrix itself; linear, <x, z>; rbf, exp(- gamma || x - z ||^2). Hoerl and Kennard (1970); Golub,
// Heath and Wahba, Generalized cross-validation as a method for choosing a good ridge parameter (1979).
#pragma once
#include "solvers/bilevel/tune.hpp"

namespace fenchel {

enum class Kernel : std::int32_t { gram = 0, linear, rbf };
Kernel kernel_of(const char* name);  // NAME with the names known

// All (n), K (n, n) symmetric (the lower triangle is read); outputs with ndim 0 are not wanted, lam_cotangent may be
// null. SINGULAR where K + lam I is not positive definite.
struct KernelRidgeGradient {
  ArrayView cotangent, y, K;
  double* lam = nullptr;
};
void kernel_ridge(const ArrayView& K, const ArrayView& y, double lam, const ArrayView& alpha,
                  const KernelRidgeGradient& gradient);

// theta: lam and, of rbf, gamma; > 0, the start and the best found. risk holdout: the mean squared error on held_X,
// held_y; sure, gcv and leave_one_out: as smoother_risk.hpp, without either. X is (n, d), held_X (m, d); of a Gram
// matrix (n, n) and (m, n).
struct KernelTuneProblem {
  Kernel kernel = Kernel::rbf;
  ArrayView X, y, held_X, held_y;
};
TuneResult tune_kernel(const KernelTuneProblem& problem, const TuneSettings& settings, MonitorFn monitor, void* user,
                       std::vector<double>& theta, const ArrayView& alpha);

}  // namespace fenchel
