// outer_search.hpp -- minimise a function of few or many logarithms of which value and gradient are dear: no step size
// to choose, bounds, and the best point kept.
//
//   one variable    the derivative's sign is bracketed, the bracket cut by safeguarded secants. Criteria over nonsmooth
//                   solutions jump in slope: at such a kink the bracket shrinks onto it, which a test of the gradient's
//                   size would never notice. Then the best point's neighbourhood is probed for a second valley.
//   several         projected L-BFGS (Nocedal and Wright, 2006, algorithm 7.5) with Armijo backtracking.
#pragma once
#include <functional>
#include <vector>

#include "base/types.hpp"

namespace fenchel {

struct OuterLimits {
  double tol;                                                // of the estimated gain, relative to the value
  index max_iter;                                            // evaluations
  double half_width;                                         // bounds: start -+ this
  const std::vector<double>*low = nullptr, *high = nullptr;  // and these, where they are set
  bool values_alone = false;  // evaluate understands an empty gradient as a wish for the value alone
};

struct OuterReport {
  bool converged = false;
  bool stopped = false;  // evaluate answered false
  index evaluations = 0;
  double value = 0, left = 0;  // the best value; the estimated gain left there, relative
};

// evaluate(t, value, gradient) returns false to stop; t and gradient have the size of the start. A value of +inf, after
// the first, refuses t: the search steps back, and the gradient is not read.
using OuterFunction = std::function<bool(const std::vector<double>& t, double& value, std::vector<double>& gradient)>;

// t is the start and the best point found.
OuterReport outer_search(const OuterFunction& evaluate, std::vector<double>& t, const OuterLimits& limits);

}  // namespace fenchel
