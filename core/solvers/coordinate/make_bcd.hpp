// make_bcd.hpp -- the method `bcd`: block coordinate descent by partition, selection and update (Nutini, Laradji and
// Schmidt, Let's Make Block Coordinate Descent Converge Faster, 2017).
#pragma once
#include "solvers/composite/minimize_solver.hpp"

namespace fenchel {

// Throws UNSUPPORTED where f is neither a linear model of a stored matrix nor a quadratic of one, where g is not one
// separable term, and where the rules do not fit (bcd_pairing.hpp).
std::unique_ptr<MinimizeSolver> make_bcd(std::shared_ptr<const CompositeProblem> problem,
                                         const MinimizeSettings& settings);
index bcd_bytes(const CompositeProblem& problem, const MinimizeSettings& settings);

}  // namespace fenchel
