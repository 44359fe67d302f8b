// implicit_ql.hpp -- eigenvalues and eigenvectors of a small symmetric tridiagonal matrix (Martin and Wilkinson,
// Handbook for Automatic Computation II, 1971).
#pragma once
#include <cmath>

#include "base/types.hpp"

namespace fenchel {

// d (n), e (n, the last unused and overwritten). The rotations are applied to the rows of z, whose length is n: with
// the unit matrix there its rows become the eigenvectors. False where it does not converge.
inline bool implicit_ql(index n, double* d, double* e, double* z, index ld) {
  const double after = e[n - 1];
  e[n - 1] = 0;
  for (index l = 0; l < n; ++l) {
    for (int round = 0;; ++round) {
      index m = l;
      for (; m + 1 < n; ++m) {
        const double near = std::abs(d[m]) + std::abs(d[m + 1]);
        if (std::abs(e[m]) <= 1e-300 || std::abs(e[m]) <= 1.2e-16 * near) break;
      }
      if (m == l) break;
      if (round == 80) return false;
      double g = (d[l + 1] - d[l]) / (2 * e[l]);
      g = d[m] - d[l] + e[l] / (g + std::copysign(std::hypot(g, 1.0), g));
      double s = 1, c = 1, shift = 0;
      index i = m - 1;
      for (; i >= l; --i) {
        const double f = s * e[i], b = c * e[i], r = std::hypot(f, g);
        e[i + 1] = r;
        if (r == 0) {
          d[i + 1] -= shift;
          e[m] = 0;
          break;
        }
        s = f / r;
        c = g / r;
        g = d[i + 1] - shift;
        const double t = (d[i] - g) * s + 2 * c * b;
        shift = s * t;
        d[i + 1] = g + shift;
        g = c * t - b;
        double *p = z + i * ld, *q = z + (i + 1) * ld;
        for (index k = 0; k < n; ++k) {
          const double x = p[k], y = q[k];
          p[k] = c * x - s * y;
          q[k] = s * x + c * y;
        }
      }
      if (i >= l) continue;
      d[l] -= shift;
      e[l] = g;
      e[m] = 0;
    }
  }
  e[n - 1] = after;
  return true;
}

}  // namespace fenchel
