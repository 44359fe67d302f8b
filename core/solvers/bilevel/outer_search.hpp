// outer_search.hpp -- minimise a function of few or many variables of which value and gradient are dear: no step size
// to choose, bounds, and the best point kept.
//
//   one variable    the derivative's sign is bracketed, the bracket cut where a cubic is least (outer_bracket.cpp).
//                   Criteria over nonsmooth solutions jump in slope: at such a kink the bracket shrinks onto it, which
//                   a test of the gradient's size would never notice. Then other valleys are looked for.
//   several         L-BFGS on the variables that no bound holds (Nocedal and Wright, 2006, algorithm 7.5; Bertsekas,
//                   Projected Newton methods, 1982) with Armijo backtracking (outer_descent.hpp).
//
// Logarithms move by at most 3 at once, and by 1 first: a factor of 20, of e. Other variables have each a unit of
// length instead: one unit first, then at most three, more after steps that succeed. Nothing depends on what the
// variables are measured in.
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
  // Null: the variables are logarithms. Else a length natural to each, 0 where none is known: then the one along which
  // the first gradient, all variables together, would make the value 0.
  const std::vector<double>* units = nullptr;
  index scan = 0;                   // one variable: evaluations for finding deeper valleys; then tol is a tenth
  std::function<void()> keep = {};  // what was evaluated last is the best now
};

struct OuterReport {
  bool converged = false;
  bool stopped = false;  // evaluate answered false
  bool walled = false;   // not converged: what is better lies, if at all, behind points that were refused
  index evaluations = 0;
  double value = 0, left = 0;  // the best value; the estimated gain left there, relative
};

// evaluate(t, value, gradient) returns false to stop; t and gradient have the size of the start. A value of +inf, after
// the first, refuses t: the search steps back, and the gradient is not read.
using OuterFunction = std::function<bool(const std::vector<double>& t, double& value, std::vector<double>& gradient)>;

// t is the start and the best point found. Of points whose values are equal to rounding that with the smaller gradient
// is the best, where bounds hold variables without their part. Allocates before the first evaluation, not after.
OuterReport outer_search(const OuterFunction& evaluate, std::vector<double>& t, const OuterLimits& limits);

}  // namespace fenchel
