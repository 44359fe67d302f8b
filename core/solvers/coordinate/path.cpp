#include "solvers/coordinate/path.hpp"

#include <algorithm>
#include <cmath>

#include "base/thread_pool.hpp"
#include "smooth/model_term.hpp"
#include "solvers/coordinate/make_coordinate.hpp"

namespace fenchel {
namespace {

void check_factors(std::span<const double> factors) {
  if (factors.empty()) fail(Status::EMPTY, "factors is empty; legal: at least one");
  for (std::size_t k = 0; k < factors.size(); ++k)
    if (!(factors[k] >= 0) || std::isinf(factors[k]))
      fail(Status::RANGE, "factors[%] is %; legal: finite and >= 0", static_cast<index>(k), factors[k]);
}

// The problem on the samples outside one fold.
std::shared_ptr<const CompositeProblem> without(const CompositeProblem& problem, std::span<const index> fold,
                                                index held) {
  LinearModel model = *problem.f()->linear_model();
  if (model.weights.empty()) model.weights.assign(model.y.size(), 1.0);
  double all = 0, kept = 0;
  for (std::size_t i = 0; i < fold.size(); ++i) {
    all += model.weights[i];
    if (fold[i] != held) kept += model.weights[i];
  }
  if (!(kept > 0)) fail(Status::RANGE, "fold % holds all the weight; legal: some in at least two folds", held);
  for (std::size_t i = 0; i < fold.size(); ++i) model.weights[i] *= fold[i] == held ? 0.0 : all / kept;
  return std::make_shared<CompositeProblem>(problem.dtype(), 0, std::make_shared<ModelTerm>(std::move(model)),
                                            problem.summands());
}

// Mean loss on a fold of the solver's present coefficients.
double held_out(const LinearModel& model, std::span<const index> fold, index held, const PathSolver& solver,
                std::vector<double>& weights) {
  double mass = 0;
  for (std::size_t i = 0; i < fold.size(); ++i) {
    weights[i] = fold[i] != held ? 0.0 : model.weights.empty() ? 1.0 : model.weights[i];
    mass += weights[i];
  }
  const double sum = model.loss->value(model.samples(), solver.predictor(), model.y.data(), weights.data());
  return mass > 0 ? sum / mass : kNaN;
}

}  // namespace

double lambda_max(std::shared_ptr<const CompositeProblem> problem) {
  return make_path_solver(std::move(problem), MinimizeSettings{})->largest_factor();
}

std::vector<double> path_grid(double top, double ratio, index count) {
  std::vector<double> grid(static_cast<std::size_t>(count), top);
  for (index k = 1; k < count; ++k)
    grid[static_cast<std::size_t>(k)] = top * std::pow(ratio, static_cast<double>(k) / static_cast<double>(count - 1));
  return grid;
}

std::vector<MinimizeResult> solve_path(std::shared_ptr<const CompositeProblem> problem, std::span<const double> factors,
                                       const MinimizeSettings& settings, const std::atomic<bool>* cancel,
                                       MonitorFn monitor, void* user, const ArrayView& x) {
  check_factors(factors);
  Control control(cancel, monitor, user, settings.monitor_interval, settings.time_limit);
  std::vector<MinimizeResult> results(factors.size());
  const std::unique_ptr<PathSolver> engine = make_path_solver(std::move(problem), settings);
  PathSolver& solver = *engine;
  for (std::size_t k = 0; k < factors.size(); ++k) {
    Progress progress;
    progress.iteration = static_cast<index>(k);
    progress.tol = settings.tol;
    if (!control.go_on(progress)) break;
    if (settings.time_limit > 0) solver.limit_time(std::max(settings.time_limit - control.seconds(), 1e-9));
    solver.set_factor(factors[k]);
    if (k > 0) solver.start_from_present();
    results[k] = solver.solve(cancel, nullptr, nullptr);
    solver.solution(x[static_cast<index>(k)]);
  }
  if (control.callback_failure() != 0)
    throw Error(Status::CALLBACK, "the monitor returned " + to_text(static_cast<index>(control.callback_failure())),
                control.callback_failure());
  return results;
}

bool cross_validate(std::shared_ptr<const CompositeProblem> problem, std::span<const double> factors,
                    std::span<const index> fold, const MinimizeSettings& settings, const std::atomic<bool>* cancel,
                    MonitorFn monitor, void* user, const ArrayView& losses) {
  check_factors(factors);
  const LinearModel* model = problem->f() == nullptr ? nullptr : problem->f()->linear_model();
  if (model == nullptr) fail(Status::UNSUPPORTED, "cross-validation needs a linear model as f");
  if (static_cast<index>(fold.size()) != model->samples())
    fail(Status::SHAPE, "folds has % elements; legal: one a sample, %", static_cast<index>(fold.size()),
         model->samples());
  const index folds = losses.shape[0];
  for (std::size_t i = 0; i < fold.size(); ++i)
    if (fold[i] < 0 || fold[i] >= folds)
      fail(Status::RANGE, "folds[%] is %; legal: 0 .. %", static_cast<index>(i), fold[i], folds - 1);
  Control control(cancel, monitor, user, settings.monitor_interval, settings.time_limit);
  std::atomic<bool> stop{false};
  std::atomic<index> done{0};
  MinimizeSettings one = settings;
  one.num_threads = 1;
  ThreadPool pool(settings.num_threads > 0 ? settings.num_threads : ThreadPool::hardware_threads());
  for (index held = 0; held < folds; ++held)
    for (std::size_t k = 0; k < factors.size(); ++k) losses.set_real(kNaN, held, static_cast<index>(k));
  const auto go_on = [&] {
    Progress progress;
    progress.iteration = done.load();
    progress.tol = settings.tol;
    const bool on = control.go_on(progress);
    if (!on) stop.store(true);
    return on;
  };
  const auto body = [&](index held, int worker) {
    const std::unique_ptr<PathSolver> engine = make_path_solver(without(*problem, fold, held), one);
    PathSolver& solver = *engine;
    std::vector<double> weights(fold.size());
    for (std::size_t k = 0; k < factors.size(); ++k) {
      if (worker == 0 && !go_on()) return;
      solver.set_factor(factors[k]);
      if (k > 0) solver.start_from_present();
      if (settings.time_limit > 0) solver.limit_time(std::max(settings.time_limit - control.seconds(), 1e-9));
      solver.solve(&stop, nullptr, nullptr);
      if (stop.load()) return;
      losses.set_real(held_out(*model, fold, held, solver, weights), held, static_cast<index>(k));
      done.fetch_add(1);
    }
  };
  pool.run(folds, body, go_on);
  if (control.callback_failure() != 0)
    throw Error(Status::CALLBACK, "the monitor returned " + to_text(static_cast<index>(control.callback_failure())),
                control.callback_failure());
  return !stop.load();
}

}  // namespace fenchel
