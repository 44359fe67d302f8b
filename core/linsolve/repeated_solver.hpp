// repeated_solver.hpp -- A x = b for one A and several right-hand sides: the direct solver factors once.
#pragma once
#include "linsolve/linear_system.hpp"

namespace fenchel {

class RepeatedSolver {
 public:
  RepeatedSolver(SquareMap& A, LinearSolver solver, const LinearLimits& limits)
      : A_(A), solver_(solver == LinearSolver::automatic ? choose_linear(A, limits) : solver), limits_(limits) {}
  // As solve_linear, with a relative residual of its own.
  LinearReport solve(const double* b, double* x, double tol);
  LinearSolver solver() const { return solver_; }

 private:
  bool refine(const double* b, double* x, double tol, LinearReport& report);
  bool factor(LinearReport& report);
  void substitute(double* x) const;

  SquareMap& A_;
  const LinearSolver solver_;
  LinearLimits limits_;
  Buffer<double> memory_;
  Buffer<double> factor_, spare_;  // (n, n), (n)
  Buffer<index> swaps_;            // LU: the row that each step took; empty: Cholesky
  bool factored_ = false, singular_ = false, refused_ = false;
};

}  // namespace fenchel
