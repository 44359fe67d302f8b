// bilevel_run.hpp -- what the methods' outer loops share: the problem, its bounds, the best point so far, the result.
#pragma once
#include "solvers/bilevel/oracles/bilevel.hpp"
#include "solvers/bilevel/oracles/hypergradient.hpp"

namespace fenchel {

// theta as the outer loop moves it: t = theta, or its logarithm, within bounds.
class OuterVariable {
 public:
  OuterVariable(const BilevelProblem& problem, const BilevelSettings& settings, const Vector& start);

  const Vector& low() const { return low_; }
  const Vector& high() const { return high_; }
  void to_theta(const Vector& t, Vector& theta) const;
  void from_theta(const Vector& theta, Vector& t) const;
  void chain(const Vector& theta, Vector& z) const;  // dF/dtheta -> dF/dt
  void project(Vector& t) const;
  // A length natural to each, of t = theta: of the start and of the width between the caller's bounds, if there are
  // two, the smaller; 0 where neither says anything. Null for logarithms.
  const Vector* units() const { return log_ ? nullptr : &units_; }
  double largest_slope(
      const Vector& theta) const;  // max |dtheta/dt|: what a bound of dF/dtheta's error is multiplied by
  // || t - project(t - z) ||: zero exactly at stationary points.
  double stationarity(const Vector& t, const Vector& z) const;

 private:
  bool log_;
  Vector low_, high_, units_;
  Vector theta_low_, theta_high_;  // the exponential of a bound's logarithm may round beyond it, or inside
};

// The best theta so far. A certified point is never given up for one that is not; of two certified ones the one whose
// proved upper bound of F is lower is kept, of two others the one with the lower value, and where these are equal to
// rounding, or to the proved error of a value if that is below 1e-6 of it, the one with the smaller residual: the one
// at a bound, not one beside it.
class Incumbent {
 public:
  // True: it is the best now. `certified`: value is proved to within value_error.
  bool offer(const Vector& theta, const Vector& x, double value, double value_error, bool certified, double residual);
  bool any() const { return any_; }
  const Vector& theta() const { return theta_; }
  const Vector& x() const { return x_; }
  double value() const { return value_; }

 private:
  Vector theta_, x_;
  double value_ = kInf, error_ = kInf, residual_ = kInf, least_ = kInf;
  bool any_ = false, certified_ = false;
};

// One solve. A method's function moves `t` and reports through note(), then returns how it ended.
struct BilevelRun {
  BilevelRun(const BilevelProblem& problem, const BilevelSettings& settings, Control& control, const Vector& theta,
             const Vector& x);

  const BilevelSettings& settings;
  Control& control;
  BilevelCalls calls;
  OuterVariable variable;
  Incumbent best;
  Vector theta, x;  // the start
  BilevelResult result;

  // The modulus and constants at theta: settings.mu before the oracle's.
  BilevelConstants constants(const double* theta);
  // After each outer iteration: counts into the result, first_value, the best point (take: the result's numbers are
  // this state's), the monitor. False: stop. merit: what points are compared by where x is not yet the lower level's
  // solution, else the value.
  bool note(const Vector& at, const HypergradientState& state, double residual) {
    return note(at, state, residual, state.value);
  }
  bool note(const Vector& at, const HypergradientState& state, double residual, double merit);
  // The part of note() without iteration and monitor: the result's numbers become this state's if it is the best.
  void take(const Vector& at, const HypergradientState& state, double residual, double merit);
  void count(const HypergradientState& state);  // adds up iterations
};

// The lower level's accuracy where the caller names none: 1e-8 of the residual at the start, or 1e-8.
double lower_accuracy(BilevelRun& run);

// result.estimate of the best point, by one more hypergradient there, from state's adjoint, whose accuracy is
// `linear` (0: the settings'); where it may be had at all.
void estimate_best(BilevelRun& run, HypergradientSolver& derivative, double linear, HypergradientState& state);

// The methods.
Termination run_implicit(BilevelRun& run);
Termination run_maid(BilevelRun& run);
Termination run_f2sa(BilevelRun& run);
Termination run_bome(BilevelRun& run);
Termination run_sl_bamm(BilevelRun& run);

}  // namespace fenchel
