// unrolled_step.hpp -- the iteration that the unrolled modes differentiate, and its derivatives:
//
//   T(x, theta) = prox_s(x - s dh/dx; theta),   dT/dx = M (I - s H),   dT/dtheta = P - s M J
//
// No momentum: its derivative would need two iterates a step and converges no better in the limit. s is lower_step, or
// 1 / L from the constants, or found; it is a constant of the unrolled map, whose derivative by theta is not taken.
#pragma once
#include "solvers/bilevel/oracles/lower_solver.hpp"

namespace fenchel {

class UnrolledStep {
 public:
  UnrolledStep(BilevelCalls& calls, const BilevelSettings& settings);

  double size() const { return step_; }
  // Picks s for iterations from x.
  void start(const double* theta, const BilevelConstants& constants, const double* x);
  void fix(double step) {
    step_ = step;
    given_ = true;
  }
  // out = T(x). False: s was too long and is shorter now, the iterations start again from the first x. Where s is given
  // it stays, and OutsideDomain is thrown.
  bool advance(const double* theta, const double* x, double* out);
  // The steps of one run follow each other: forget the last one before another run.
  void restart() { previous_ = false; }
  // a := (dT/dx)^T a, z += (dT/dtheta)^T a, at x.
  void back(const double* theta, const double* x, Vector& a, Vector& z);
  // The second alone; a becomes M a.
  void through_theta(const double* theta, const double* x, Vector& a, Vector& z);
  // x - s dh/dx, where a prox needs it.
  void before(const double* theta, const double* x, Vector& out);
  // || x - T(x) || / s.
  double residual(const double* theta, const double* x);

 private:
  bool descended(double value);

  BilevelCalls& calls_;
  const BilevelSettings& settings_;
  double step_ = 0, value_ = 0, promised_ = 0;
  bool given_ = false, previous_ = false;
  Vector slope_, ahead_, moved_, cross_;
};

}  // namespace fenchel
