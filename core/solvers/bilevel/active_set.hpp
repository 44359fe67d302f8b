// active_set.hpp -- where a separable or grouped g is smooth at x: the support, and how far it is from changing.
#pragma once
#include <vector>

#include "solvers/bilevel/active_system.hpp"

namespace fenchel {

// g near x, on the active coordinates: slope_k its derivative, square_k its separable curvature.
struct ActiveSet {
  std::vector<index> coordinates;     // S, ascending; the tail (intercepts) included
  std::vector<double> slope, square;  // (S)
  std::vector<index> group;           // (S) active group of each, or -1
  std::vector<double> level, norm;    // (groups of g): lam w_b and || x_b ||
  double optimality = 0;              // distance of 0 from grad f + the subdifferential
  // Distances from a kink: of x over active coordinates or groups, of the gradient over the others.
  std::vector<double> x_margins, gradient_margins;
};

ActiveSet find_active_set(const SolutionPoint& point);

}  // namespace fenchel
