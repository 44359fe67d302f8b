#include "solvers/coordinate/make_coordinate.hpp"

#include "solvers/coordinate/block_descent.hpp"
#include "solvers/coordinate/coordinate_descent.hpp"

namespace fenchel {
namespace {

// Several outputs, or a simple term that is a sum over groups and not over coordinates.
bool needs_blocks(const CompositeProblem& problem) {
  const LinearModel* model = problem.f() == nullptr ? nullptr : problem.f()->linear_model();
  if (model == nullptr || problem.summands().size() > 1) return false;  // whichever engine: it will refuse
  if (model->outputs() > 1) return true;
  if (problem.summands().empty() || problem.summands()[0].A != nullptr) return false;
  const Prox& g = *problem.summands()[0].g;
  return (g.caps() & PROX_SEPARABLE) == 0 && g.soft_box() == nullptr && g.signed_groups() != nullptr;
}

}  // namespace

std::unique_ptr<PathSolver> make_path_solver(std::shared_ptr<const CompositeProblem> problem,
                                             const MinimizeSettings& settings) {
  if (needs_blocks(*problem)) return std::make_unique<BlockDescent>(std::move(problem), settings);
  return std::make_unique<CoordinateDescent>(std::move(problem), settings);
}

std::unique_ptr<MinimizeSolver> make_coordinate_descent(std::shared_ptr<const CompositeProblem> problem,
                                                        const MinimizeSettings& settings) {
  return make_path_solver(std::move(problem), settings);
}

index coordinate_bytes(const CompositeProblem& problem, const MinimizeSettings& settings) {
  return needs_blocks(problem) ? BlockDescent::bytes(problem, settings) : CoordinateDescent::bytes(problem, settings);
}

bool block_descent_fits(const CompositeProblem& problem) {
  if (!needs_blocks(problem) || BlockDescent::refusal(problem) != nullptr) return false;
  const LinearModel& model = *problem.f()->linear_model();
  const index K = model.outputs();
  return K == 1 || model.features() <= kMostBlockNumbers / (K * K);
}

}  // namespace fenchel
