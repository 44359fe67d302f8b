// lsmr.cpp -- min || A x - b || by Golub-Kahan bidiagonalisation; for a regular A that is A x = b.
//
// Works with A and A^T alone and never squares the condition in its stopping test. Where A is singular it finds the
// least-squares solution nearest the start: reported as singular unless the residual vanishes. Fong and Saunders,
// LSMR: an iterative algorithm for sparse least-squares problems (2011), section 2.8.
#include <algorithm>
#include <cmath>

#include "kernels/kernels.hpp"
#include "linsolve/linear_system.hpp"

namespace fenchel {
namespace {

double norm(const double* x, index n) { return std::sqrt(kernels::table<double>().dot(x, x, n)); }

// out = product - a * out, normalised; returns its norm.
double advance(const double* product, double a, double* out, index n) {
  for (index i = 0; i < n; ++i) out[i] = product[i] - a * out[i];
  const double length = norm(out, n);
  if (length > 0)
    for (index i = 0; i < n; ++i) out[i] /= length;
  return length;
}

// Norm of the residual from the rotations alone (section 5 of the paper, without damping).
struct ResidualNorm {
  double betadd, betad = 0, rhodold = 1, tautildeold = 0, thetatilde = 0;

  double next(double c, double s, double thetabar, double rhobar, double zetaold, double zeta) {
    const double betahat = c * betadd;
    betadd = -s * betadd;
    const double thetatildeold = thetatilde;
    const double rhotildeold = std::hypot(rhodold, thetabar);
    const double ctilde = rhodold / rhotildeold, stilde = thetabar / rhotildeold;
    thetatilde = stilde * rhobar;
    rhodold = ctilde * rhobar;
    betad = -stilde * betad + ctilde * betahat;
    tautildeold = (zetaold - thetatildeold * tautildeold) / rhotildeold;
    const double taud = (zeta - thetatilde * tautildeold) / rhodold;
    return std::hypot(betad - taud, betadd);
  }
};

}  // namespace

// work: u, v, h, hbar, product (n each).
void lsmr(SquareMap& A, const double* b, double* x, const LinearLimits& limits, double* work, LinearReport& report) {
  const index n = A.size();
  double *u = work, *v = u + n, *h = v + n, *hbar = h + n, *product = hbar + n;
  A.apply(x, product);
  for (index i = 0; i < n; ++i) u[i] = 0, v[i] = 0, hbar[i] = 0, product[i] = b[i] - product[i];
  double beta = advance(product, 0, u, n);
  const double target = limits.tol * report.scale;
  ++report.products;
  if (beta <= target) return;
  A.apply_transposed(u, product);
  ++report.products;
  double alpha = advance(product, 0, v, n);
  std::copy(v, v + n, h);
  double zetabar = alpha * beta, alphabar = alpha, rho = 1, rhobar = 1, cbar = 1, sbar = 0;
  ResidualNorm estimate{beta};
  double zeta = 0;
  double frobenius = alpha * alpha;
  while (report.iterations < limits.max_iter && alpha > 0) {
    ++report.iterations;
    A.apply(v, product);
    beta = advance(product, alpha, u, n);
    A.apply_transposed(u, product);
    report.products += 2;
    alpha = advance(product, beta, v, n);
    frobenius += alpha * alpha + beta * beta;

    const double rhoold = rho;
    rho = std::hypot(alphabar, beta);
    const double c = alphabar / rho, s = beta / rho;
    const double thetanew = s * alpha;
    alphabar = c * alpha;
    const double rhobarold = rhobar, zetaold = zeta;
    const double thetabar = sbar * rho;
    const double rhotemp = cbar * rho;
    rhobar = std::hypot(rhotemp, thetanew);
    cbar = rhotemp / rhobar;
    sbar = thetanew / rhobar;
    zeta = cbar * zetabar;
    zetabar = -sbar * zetabar;
    const double back = thetabar * rho / (rhoold * rhobarold);
    const double forth = zeta / (rho * rhobar);
    for (index i = 0; i < n; ++i) {
      hbar[i] = h[i] - back * hbar[i];
      x[i] += forth * hbar[i];
      h[i] = v[i] - thetanew / rho * h[i];
    }

    const double residual = estimate.next(c, s, thetabar, rhobar, zetaold, zeta);
    if (residual <= target) return;
    // A^T r = 0 while r is not: b is outside the range.
    if (std::fabs(zetabar) <= 1e-13 * std::sqrt(frobenius) * residual) {
      report.singular = true;
      return;
    }
  }
  if (!(alpha > 0)) report.singular = true;  // A^T r = 0 exactly, and r is not
}

}  // namespace fenchel
