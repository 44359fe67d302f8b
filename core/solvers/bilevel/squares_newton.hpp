// squares_newton.hpp -- a linear model with a penalty of squares, by Newton's method from the last solution:
//
//   min over x of  F(x) = f(x) + 1/2 sum_j d_j x_j^2,   d > 0, f convex, smooth and without free intercept
//
// H s = -g by conjugate gradients with Jacobi's preconditioner, to a residual of min(0.1, sqrt(|| g || / || g_0 ||)) ||
// g || (Dembo, Eisenstat and Steihaug, Inexact Newton methods, 1982), then Armijo's backtracking, which costs no pass
// over the data: the predictor moves along its own direction. The adjoint of a criterion is a system with the same H,
// whose products read a compact copy of a sparse matrix (compact_lines.hpp); gradients read the caller's.
#pragma once
#include <atomic>
#include <memory>
#include <optional>

#include "base/buffer.hpp"
#include "base/interrupt.hpp"
#include "smooth/linear_model.hpp"
#include "solvers/bilevel/compact_lines.hpp"
#include "solvers/composite/minimize_declared.hpp"
#include "solvers/coordinate/design.hpp"

namespace fenchel {

class SquaresNewton {
 public:
  // The model, over a stored matrix, outlives this.
  explicit SquaresNewton(const LinearModel& model);
  // x, (n), is the start and the solution: || g ||^2 / (2 min d), a bound of F(x) - F*, is 1e-6 tol F(0). roughness
  // above 0 asks for less: || g || <= roughness times its norm at the first start, less where min d has fallen.
  MinimizeResult solve(const double* d, double tol, double roughness, index max_iter, const std::atomic<bool>* cancel,
                       double* x);
  // q, (n), the start and the answer of H q = b at the last x: || b - H q || <= tol || b ||, or 1000 products.
  void adjoint(const double* d, const double* b, double tol, double* q);

  Interrupt* interrupt = nullptr;  // polled before each step: false ends the solve as cancel does

  const double* predictor() const { return z_.data(); }
  const double* gradient() const { return f_gradient_.data(); }  // of f alone
  const Buffer<double>& whole_gradient() const { return g_; }    // of F

 private:
  double evaluate(const double* d, const double* x);
  void find_hessian(const double* d, bool with_diagonal);
  void product(const double* d, const double* v, double* out);
  void conjugate_gradients(const double* d, double enough, double* x, double* predictor);
  bool step(const double* d, double value, double* x);

  const LinearModel& model_;
  const index n_, samples_;
  std::optional<CompactLines> rows_, columns_;                          // of a sparse matrix, both or neither
  std::unique_ptr<Design> design_;                                      // else
  double first_gradient_ = 0, first_mu_ = 0;                            // of the first solve, at its start
  Buffer<double> z_, dz_, u_, hu_, h_;                                  // (samples)
  Buffer<double> f_gradient_, g_, s_, r_, p_, product_, w_, diagonal_;  // (n)
  Buffer<std::byte> memory_;
  index cg_iterations_ = 0;
};

}  // namespace fenchel
