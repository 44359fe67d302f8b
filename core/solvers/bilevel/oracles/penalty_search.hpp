// penalty_search.hpp -- the outer loop of methods that replace the lower level by a penalised one, whose hypergradient
// G(lambda) = dF + C / lambda + O(1 / lambda^2) is that of a function Phi(theta; lambda).
//
//   inner steps, more while they lag behind the outer progress
//   t <- project(t - step G),   accepted on Phi                       (first_order: no step to choose)
//   lambda by the method's schedule, and up at once where G is smaller than its bias C / lambda
//
// C is known from two penalties: 2 G(2 lambda) - G(lambda) = dF + O(1 / lambda^2), and its distance from G(2 lambda)
// estimates that one's error (Richardson), without a second derivative. It ends where the extrapolated slope and the
// estimate both are within tol of the first slope.
#pragma once
#include <functional>

#include "solvers/bilevel/oracles/first_order.hpp"

namespace fenchel {

// The penalised lower level: what a method iterates for x and its multiplier at one theta. x and aux may be set from
// outside (a warm start), then enter() is called.
class PenalizedLevel {
 public:
  PenalizedLevel(index n, index m) : x(size_of(n)), aux(size_of(n)), gradient(size_of(m)) {}
  virtual ~PenalizedLevel() = default;
  PenalizedLevel(const PenalizedLevel&) = delete;
  PenalizedLevel& operator=(const PenalizedLevel&) = delete;

  virtual void start(const double* theta, const BilevelConstants& constants, const Vector& from) = 0;
  // Another theta, another start: nothing is known of either yet.
  virtual void enter(const BilevelConstants& constants) = 0;
  // What is known now, and back to it after a trial.
  virtual void keep() = 0;
  virtual void go_back() = 0;
  // x moves, the multiplier stays.
  virtual void move_to(const Vector& to) = 0;
  // lambda, the multiplier kept; what Phi changes by.
  virtual double set_penalty(double lambda) = 0;
  // Steps, `chunk` at a time, until the residuals of x and, relatively, of its multiplier are within the accuracies, or
  // max_steps are done: false. Then all numbers below are those of (x, aux).
  virtual bool settle(const double* theta, double accuracy, double adjoint_accuracy, index chunk, index max_steps) = 0;

  virtual double starting_penalty(const BilevelConstants& constants) const = 0;  // after start()
  virtual double largest_penalty(double bias) const = 0;                         // beyond it rounding is more
  virtual double phi() const = 0;
  virtual double rounding() const = 0;        // of phi
  virtual double noise() const = 0;           // of G, by rounding
  virtual double residual() const = 0;        // of x in what it solves
  virtual double lower_residual() const = 0;  // || dh/dx(x) ||
  virtual double value_error() const = 0;     // of f(x), to first order
  // Whether f(x) + value_error() at different penalties can be compared; where not, the last step accepted is the best.
  virtual bool comparable() const { return true; }
  // The lambda that a dynamic barrier asks for where the level stands.
  virtual double barrier(double /*share*/) const { return penalty; }
  // From x and aux at lambda and, here, at 2 lambda: the solution of the lower level that f prefers, in place of x.
  virtual void extrapolate(const double* theta, const Vector& x_at_lambda, const Vector& aux_at_lambda, double accuracy,
                           index max_steps) = 0;

  index steps = 0;
  double penalty = 1, entry = 0;  // entry: residual() at the first look after enter()
  Vector x, aux;
  Vector gradient;  // G, (m)
};

struct PenaltySchedule {
  double first;                         // 0: the level's
  std::function<double(index)> growth;  // lambda_k / lambda_0, k accepted steps; or none: the level's barrier
  index chunk, most;                    // inner steps of an evaluation: at the least, at the most
  double share = 0;                     // of the barrier's slope that each step must descend
};

Termination search_penalty(BilevelRun& run, PenalizedLevel& level, const PenaltySchedule& schedule);

}  // namespace fenchel
