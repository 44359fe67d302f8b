// method_needs.hpp -- what a method asks of a problem, checked in one place for all of them.
#pragma once
#include "solvers/composite/composite_problem.hpp"
#include "solvers/composite/minimize_declared.hpp"

namespace fenchel {

enum MethodNeeds : unsigned {
  NEEDS_NO_OPERATORS = 1,
  NEEDS_NO_SMOOTH = 2,
  NEEDS_SMOOTH_GRADIENT_BOUND = 4,  // a Lipschitz constant of grad f, where there is f
  NEEDS_PROXIMAL_SMOOTH = 8,        // f is absent, or offers hvp or a Lipschitz constant
  NEEDS_CONVEX = 16,
  NEEDS_PRIMAL_DUAL = 32,  // a simple term at least
};

struct MethodDemand {
  MinimizeMethod method;
  const char* name;
  unsigned needs;
  index most_terms;  // 0: any number
};

// Throws UNSUPPORTED naming the first thing that is missing and the methods of the family that would work.
void require(const CompositeProblem& problem, MinimizeMethod method, const MinimizeSettings& settings);
// The first thing missing, or null.
const char* missing(const CompositeProblem& problem, const MethodDemand& demand, const MinimizeSettings& settings);
const MethodDemand& demand_of(MinimizeMethod method);

}  // namespace fenchel
