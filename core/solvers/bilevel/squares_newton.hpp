// squares_newton.hpp -- a linear model with a penalty of squares, by Newton's method from the last solution:
//
//   min over x of  f(x) + 1/2 sum_j d_j x_j^2,   d > 0, f convex, smooth and without free intercept
//
// H s = -g by conjugate gradients with Jacobi's preconditioner, to a residual of min(0.1, sqrt(|| g || / || g_0 ||)) ||
// g || (Dembo, Eisenstat and Steihaug, Inexact Newton methods, 1982), then Armijo's backtracking, which costs no pass
// over the data: the predictor moves along its own direction.
#pragma once
#include <atomic>

#include "base/buffer.hpp"
#include "smooth/linear_model.hpp"
#include "solvers/composite/minimize_declared.hpp"
#include "solvers/coordinate/design.hpp"

namespace fenchel {

class SquaresNewton {
 public:
  // model and design outlive this.
  SquaresNewton(const LinearModel& model, const Design& design);
  // x, (n), is the start and the solution: || g ||^2 / (2 min d), a bound of F(x) - F*, is 1e-6 tol F(0).
  MinimizeResult solve(const double* d, double tol, index max_iter, const std::atomic<bool>* cancel, double* x);

  const double* predictor() const { return z_.data(); }
  const double* gradient() const { return f_gradient_.data(); }  // of f alone

 private:
  double evaluate(const double* d, const double* x);
  void direction(const double* d, double tol);
  bool step(const double* d, double value, double* x);

  const LinearModel& model_;
  const Design& design_;
  const index n_, samples_;
  Buffer<double> z_, dz_, u_, hu_, h_;                                  // (samples)
  Buffer<double> f_gradient_, g_, s_, r_, p_, product_, w_, diagonal_;  // (n)
  Buffer<std::byte> memory_;
  index cg_iterations_ = 0;
};

}  // namespace fenchel
