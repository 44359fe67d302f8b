// known_solution.hpp -- what a solver keeps of its last solution, offered to whoever differentiates it: predictor and
// gradient need not be computed again, nor its matrix written out and factored.
#pragma once
#include "base/types.hpp"

namespace fenchel {

class Design;

// A Cholesky factor of  H_SS + diag(squares),  H the Hessian of f in x (a free intercept is its tail), as a solver has
// left it. It is asked for by name: S and squares. Where f is not quadratic it is that of the solver's last model, near
// the matrix at the solution, so users refine what it gives against their own matrix.
class InnerFactor {
 public:
  virtual ~InnerFactor() = default;
  // S ascending, `count` coordinates of x. True: solve() is for these. False: none is kept for them, nor a matrix that
  // a factor could be made of.
  virtual bool prepare(const index* coordinates, index count, const double* squares) = 0;
  virtual void solve(double* x) = 0;  // x (count) := M^{-1} x

  index factorisations = 0;  // made by prepare(), from a matrix that was kept
};

// Pointers into the solver, valid until its next solve.
struct KnownSolution {
  const double *predictor = nullptr, *gradient = nullptr;  // (samples, outputs), (n) of f: both, or neither
  const Design* design = nullptr;                          // the columns of f's matrix
  InnerFactor* factor = nullptr;
  const double* adjoint = nullptr;  // (n) where a vjp's adjoint may start
};

}  // namespace fenchel
