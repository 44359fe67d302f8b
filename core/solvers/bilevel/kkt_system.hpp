// kkt_system.hpp -- the linear system of the active constraints B = (E; G_A) of a quadratic program:
//
//   K (u; w) = (c; d),   K = [[P, B'], [B, 0]]
//
// Rows of B are divided by their norms and P by its largest entry. Direct: with M = P + B'B and S = B M^{-1} B',
//   t = c + B'd,   S w = B M^{-1} t - d,   u = M^{-1} (t - B'w),
// two Cholesky factorisations, and refined. M is positive definite where P is on the kernel of B, S where the rows of B
// are independent: a failing pivot says which of the two makes K singular. Benzi, Golub and Liesen, Numerical solution
// of saddle point problems (2005), sec. 5 and 8.
#pragma once
#include "linsolve/linear_system.hpp"
#include "solvers/bilevel/kkt_point.hpp"

namespace fenchel {

class KktSystem final : public SquareMap {
 public:
  KktSystem(const KktPoint& point, const std::vector<index>& active);
  index size() const override { return n_ + k_; }
  bool symmetric() const override { return true; }
  void apply(const double* v, double* out) override;  // the scaled K

  // rhs and x, (n + k), without scaling; report: of K itself. SINGULAR where K is; UNSUPPORTED for cg and neumann.
  LinearReport solve(LinearSolver solver, const double* rhs, double* x, const LinearLimits& limits);
  void residual(const double* rhs, const double* x, double* r);  // rhs - K x
  // The smallest modulus of an eigenvalue of K, less the error of computing it; 0 where that is not above 0.
  double smallest_eigenvalue() const;

 private:
  void factor();
  void direct(const double* b, double* x);  // with the factors
  LinearReport refine(const double* b, double* x, const LinearLimits& limits);
  const double* row(index i) const { return B_.data() + i * n_; }

  const index n_, k_;
  double P_scale_ = 1;
  Buffer<double> P_, B_, row_scale_;  // (n, n) or empty, (k, n), (k): the norms divided out
  Buffer<double> L_, S_;              // factors: of M with B L^{-T} below it (n + k, n + k), of S (k, k)
  Buffer<double> t_, spare_, scaled_, answer_;
  bool factored_ = false;
};

}  // namespace fenchel
