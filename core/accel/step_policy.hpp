// step_policy.hpp -- how a gradient step finds its length. A policy sees a few numbers of the iteration, never vectors,
// so that one object serves every method and dtype.
#pragma once
#include <cmath>

#include "base/types.hpp"

namespace fenchel {

// What is known when an iteration begins. Differences are of the last two points at which the gradient was taken.
struct StepFacts {
  double dx2 = 0;              // |dx|^2; 0 at the first iteration
  double dg2 = 0;              // |dg|^2, dg the difference of the gradients
  double dxdg = 0;             // <dx, dg>
  double noise = 0;            // |dg| that rounding alone may give
  double objective = kNaN;     // f + g at the point, where the policy asks for it
  double subgradient2 = kNaN;  // |v|^2, v a subgradient of f + g at the point
  double travelled2 = 0;       // |x - x_0|^2
};

// A step that was tried from y and led to z.
struct StepTrial {
  double step;
  double f_from = kNaN, f_to = kNaN;  // f(y), f(z); the second only where the policy asks for values
  double slope = 0;                   // <gradient at y, z - y>
  double move2 = 0;                   // |z - y|^2
  double simple = 0;                  // g(z)
  double noise = 0;                   // what rounding may add to f(z) - f(y) - slope

  // f(z) against the quadratic bound of curvature 1/step. What is not finite does not descend.
  bool descends() const { return f_to <= f_from + slope + move2 / (2 * step) + noise; }
};

enum StepNeeds : unsigned {
  STEP_VALUES = 1,     // StepTrial::f_to
  STEP_PAIRS = 2,      // dx2, dg2, dxdg
  STEP_OBJECTIVE = 4,  // objective and subgradient2
  STEP_TRAVEL = 8,     // travelled2
};

class StepPolicy {
 public:
  virtual ~StepPolicy() = default;
  virtual unsigned needs() const = 0;
  virtual void begin(double first) = 0;             // a step that is about right
  virtual double next(const StepFacts& facts) = 0;  // the step to try
  virtual bool accepts(const StepTrial&) { return true; }
  virtual double shorter(const StepTrial& trial) { return trial.step / 2; }  // after a refusal
};

}  // namespace fenchel
