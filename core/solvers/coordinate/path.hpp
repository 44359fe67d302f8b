// path.hpp -- many solutions over a factor t that multiplies g:  min f(x) + t g(x).
//
// Paths are warm-started in the order given; a step from t' to t starts with the coordinates that the sequential strong
// rule keeps, |grad_j| >= (2 t - t') l1_j (Tibshirani et al., Strong rules for discarding predictors in lasso-type
// problems, 2012), and checks all of them afterwards. Every solution has its own gap.
#pragma once
#include <atomic>
#include <memory>
#include <span>
#include <vector>

#include "solvers/composite/minimize_solver.hpp"

namespace fenchel {

// The least t at which x = 0 (but for intercept and coordinates without penalty) is optimal; inf when no t does it.
double lambda_max(std::shared_ptr<const CompositeProblem> problem);

// Decreasing from top to ratio * top, geometric.
std::vector<double> path_grid(double top, double ratio, index count);

// x: (factors, n) of the problem's dtype. A stop (cancel, monitor, time limit of the whole path) leaves later results
// with termination NOT_RUN and their rows as they were. The monitor sees iteration = solutions done.
std::vector<MinimizeResult> solve_path(std::shared_ptr<const CompositeProblem> problem, std::span<const double> factors,
                                       const MinimizeSettings& settings, const std::atomic<bool>* cancel,
                                       MonitorFn monitor, void* user, const ArrayView& x);

// Mean held-out loss per unit of sample weight, losses (folds, factors): fold[i] in 0 .. folds - 1 is left out in turn
// by giving its samples weight 0; the others' weights are scaled up so that their sum stays and t means the same. Folds
// run in parallel. False when stopped; losses are then NaN where they were not computed.
bool cross_validate(std::shared_ptr<const CompositeProblem> problem, std::span<const double> factors,
                    std::span<const index> fold, const MinimizeSettings& settings, const std::atomic<bool>* cancel,
                    MonitorFn monitor, void* user, const ArrayView& losses);

}  // namespace fenchel
