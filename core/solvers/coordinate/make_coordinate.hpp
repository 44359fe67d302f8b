// make_coordinate.hpp -- the doors of the coordinate family.
#pragma once
#include <memory>

#include "solvers/coordinate/path_solver.hpp"

namespace fenchel {

// `cd`. Throws UNSUPPORTED, saying what is missing, unless f is a linear model with a stored operator and there is one
// simple term at most, without a map: with one output a sum over coordinates or groups, with several (multinomial) l1,
// l2, bounds or groups.
std::unique_ptr<MinimizeSolver> make_coordinate_descent(std::shared_ptr<const CompositeProblem> problem,
                                                        const MinimizeSettings& settings);
std::unique_ptr<PathSolver> make_path_solver(std::shared_ptr<const CompositeProblem> problem,
                                             const MinimizeSettings& settings);

// An upper bound of what the solver and its solves on one thread take, within a few kilobytes.
index coordinate_bytes(const CompositeProblem& problem, const MinimizeSettings& settings);

// The engine for blocks takes this problem, and its (features, K, K) numbers of block Hessians are not too many.
inline constexpr index kMostBlockNumbers = 50'000'000;
bool block_descent_fits(const CompositeProblem& problem);

}  // namespace fenchel
