#include "solvers/coordinate/make_coordinate.hpp"

#include "solvers/coordinate/coordinate_descent.hpp"

namespace fenchel {

std::unique_ptr<MinimizeSolver> make_coordinate_descent(std::shared_ptr<const CompositeProblem> problem,
                                                        const MinimizeSettings& settings) {
  return std::make_unique<CoordinateDescent>(std::move(problem), settings);
}

}  // namespace fenchel
