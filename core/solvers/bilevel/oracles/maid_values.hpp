// maid_values.hpp -- what is proved, or estimated, of F(theta) at an inexact solution of the lower level:
//
//   f(x) - || df/dx || e - L_f e^2 / 2 <= F(theta) <= f(x) + || df/dx || e + L_f e^2 / 2,   e = || d(h + g) || / mu
//
// mu and L_f are the caller's; those that are missing are estimated, and nothing is proved then.
#pragma once
#include "solvers/bilevel/oracles/adjoint_map.hpp"
#include "solvers/bilevel/oracles/bilevel_run.hpp"

namespace fenchel {

struct InexactValue {
  double value = kInf, error = kInf;  // f(x), and how far F may be from it
  double x_error = kInf;
  double upper() const { return value + error; }
  double lower() const { return value - error; }
};

class MaidValues {
 public:
  explicit MaidValues(BilevelRun& run);

  // The caller's constants at theta; where they are missing, estimates at x that are renewed now and then.
  void constants(const double* theta, const Vector& x);
  double mu() const { return mu_; }
  bool bounded() const { return bounded_; }  // all that a bound of the hypergradient needs is the caller's
  InexactValue judge(const Vector& x, const double* theta, double distance);

 private:
  double estimate_mu(const double* theta, const Vector& x);
  void estimate_upper(const double* theta, const Vector& x);

  BilevelRun& run_;
  double mu_ = 0, upper_lipschitz_ = 0, guess_mu_ = 0, guess_upper_ = 0;
  bool bounded_ = false, guess_ = false;
  index asked_ = 0, next_ = 0;
  Vector slope_, last_slope_, last_x_, moved_;
  Buffer<double> memory_;
};

}  // namespace fenchel
