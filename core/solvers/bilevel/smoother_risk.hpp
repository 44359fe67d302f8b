// smoother_risk.hpp -- what a linear smoother y -> S y of n samples would cost on new ones, without new ones:
//
//   r = y - S y,   m_i = 1 - S_ii
//   sure           ||r||^2 - n sigma^2 + 2 sigma^2 tr S      an unbiased estimate of ||S y - E y||^2
//   gcv            (||r||^2 / n) / (sum_i m_i / n)^2
//   leave_one_out  sum_i (r_i / m_i)^2 / n                  exact where leaving out a sample keeps the smoother's form
//
// Stein, Estimation of the mean of a multivariate normal distribution (1981); Golub, Heath and Wahba, Generalized
// cross-validation (1979); Allen, The relationship between variable selection and data augmentation (1974).
#pragma once
#include "base/types.hpp"
#include "solvers/bilevel/tune_declared.hpp"

namespace fenchel {

struct SmootherRisk {
  double value, degrees;  // degrees: tr S
};
// And the derivatives of the value by r and m, (n) each.
SmootherRisk smoother_risk(Risk risk, double sigma, index n, const double* r, const double* m, double* by_r,
                           double* by_m);

}  // namespace fenchel
