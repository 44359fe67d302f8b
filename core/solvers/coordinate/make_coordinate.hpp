// make_coordinate.hpp -- the doors of the coordinate family.
#pragma once
#include <memory>

#include "solvers/composite/minimize_solver.hpp"

namespace fenchel {

// `cd`. Throws UNSUPPORTED, saying what is missing, unless f is a linear model of one output with a stored operator and
// there is one simple term at most, without a map and separable.
std::unique_ptr<MinimizeSolver> make_coordinate_descent(std::shared_ptr<const CompositeProblem> problem,
                                                        const MinimizeSettings& settings);

}  // namespace fenchel
