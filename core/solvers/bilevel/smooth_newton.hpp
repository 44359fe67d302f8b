// smooth_newton.hpp -- min over x of f(x), f convex and smooth with Hessian products, by Newton's method from a start:
//
//   M s = - grad f(x),  M the Hessian or what f offers in its place (newton_matrix.hpp), by conjugate gradients,
//   preconditioned by M's diagonal where it is known, to a residual of min(0.1, sqrt(|| g || / || g_0 ||)) || g ||
//   (Dembo, Eisenstat and Steihaug, 1982); then Armijo's condition.
#pragma once
#include <atomic>

#include "base/buffer.hpp"
#include "base/interrupt.hpp"
#include "smooth/smooth.hpp"
#include "solvers/composite/minimize_declared.hpp"

namespace fenchel {

class SmoothNewton {
 public:
  // For any f of n unknowns that takes no more scratch.
  SmoothNewton(index n, index scratch_bytes);
  // x, (n), is the start and the solution, and M goes on from the last solve: || grad f(x) || <= tol || grad f(0) ||.
  MinimizeResult solve(const Smooth& f, double tol, index max_iter, const std::atomic<bool>* cancel, double* x);

  Interrupt* interrupt = nullptr;  // polled before each step: false ends the solve as cancel does

 private:
  void direction(double tol);
  bool step(const Smooth& f, double& value, double* x);
  Scratch scratch() { return Scratch(memory_); }

  const index n_;
  Buffer<double> g_, ahead_, s_, r_, p_, w_, product_, diagonal_;  // (n)
  Buffer<std::byte> memory_;
  std::unique_ptr<NewtonMatrix> matrix_;
  index cg_iterations_ = 0, backtracks_ = 0;
};

}  // namespace fenchel
