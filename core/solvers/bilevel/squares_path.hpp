// squares_path.hpp -- solutions of SquaresNewton while one weight moves, solved as roughly as a search can bear.
//
// The next solution starts on the secant in log theta through the last two; the adjoint q = H^{-1} grad C starts from
// the last one. A rough x has grad F(x) = g != 0, and to second order  C(x*) = C(x) - <q, g>  (Becker and Rannacher, An
// optimal control approach to a posteriori error estimation, 2001, sec. 2): the value so corrected is much better than
// x, and the size of the correction says how rough x is.
#pragma once
#include "solvers/bilevel/squares_newton.hpp"

namespace fenchel {

class SquaresPath {
 public:
  explicit SquaresPath(const LinearModel& model) : newton_(model) {}
  // x, (n), at log theta = t; arguments else as SquaresNewton's. A NaN t: no secant.
  MinimizeResult solve(const double* d, double tol, double roughness, double t, const std::atomic<bool>* cancel,
                       double* x);
  // The adjoint at the last x, from the last one.
  void solve_adjoint(const double* d, const Buffer<double>& slope, double tol);
  // <q, g>, 0 before the first adjoint.
  double correction() const;

  void set_interrupt(Interrupt* interrupt) { newton_.interrupt = interrupt; }
  const SquaresNewton& newton() const { return newton_; }
  const Buffer<double>& adjoint() const { return adjoint_; }  // empty before the first

 private:
  void start_on_secant(double t, double* x);

  SquaresNewton newton_;
  Buffer<double> adjoint_, before_;  // q; the solution before the last
  double t_ = kNaN, t_before_ = kNaN;
};

}  // namespace fenchel
