#include "solvers/coordinate/extrapolation_weights.hpp"

#include <cmath>

namespace fenchel {

bool extrapolation_weights(const double* past, index count, int memory, double* c) {
  constexpr int most = 20;
  double a[most][most], trace = 0;
  for (int k = 0; k < memory; ++k)
    for (int l = 0; l <= k; ++l) {
      const double *p = past + k * count, *q = past + l * count;
      double sum[4] = {};
      for (index i = 0; i < count; ++i) sum[i & 3] += (p[count + i] - p[i]) * (q[count + i] - q[i]);
      a[k][l] = (sum[0] + sum[1]) + (sum[2] + sum[3]);
      if (k == l) trace += a[k][k];
    }
  if (!(trace > 0) || !std::isfinite(trace)) return false;
  for (int k = 0; k < memory; ++k) {
    a[k][k] += 1e-12 * trace;
    c[k] = 1;
    for (int l = 0; l <= k; ++l) {
      for (int i = 0; i < l; ++i) a[k][l] -= a[k][i] * a[l][i];
      if (l < k)
        a[k][l] /= a[l][l];
      else if (a[k][k] > 0)
        a[k][k] = std::sqrt(a[k][k]);
      else
        return false;
    }
    for (int i = 0; i < k; ++i) c[k] -= a[k][i] * c[i];
    c[k] /= a[k][k];
  }
  double sum = 0;
  for (int k = memory - 1; k >= 0; --k) {
    for (int i = k + 1; i < memory; ++i) c[k] -= a[i][k] * c[i];
    c[k] /= a[k][k];
    sum += c[k];
  }
  if (!(std::abs(sum) > 0) || !std::isfinite(sum)) return false;
  for (int k = 0; k < memory; ++k) c[k] /= sum;
  return true;
}

}  // namespace fenchel
