#include "solvers/bilevel/tune.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/clock.hpp"
#include "base/thread_pool.hpp"
#include "solvers/bilevel/outer_search.hpp"
#include "solvers/composite/minimize_solver.hpp"

namespace fenchel {
namespace {

ArrayView vector_view(double* data, index size) {
  return {.dtype = Dtype::f64, .ndim = 1, .data = data, .shape = {size}, .strides = {8}};
}

// One fold's last solution and what it contributes.
struct FoldState {
  Buffer<double> x64;
  Buffer<float> x32;
  std::vector<double> gradient;
  double value = 0;
  DerivativeResult derivative;
  MinimizeResult solved;
  bool warm = false;
};

class Tuning {
 public:
  Tuning(const TuneProblem& problem, const TuneSettings& settings, Control& control, const std::atomic<bool>* cancel)
      : p_(problem),
        settings_(settings),
        control_(control),
        cancel_(cancel),
        states_(problem.folds.size()),
        pool_(problem.serial             ? 1
              : settings.num_threads > 0 ? settings.num_threads
                                         : ThreadPool::hardware_threads()) {
    for (const TunedParameter& parameter : p_.parameters) count_ += parameter.size;
    n_ = p_.folds[0].f->size();
    for (FoldState& state : states_) {
      p_.dtype == Dtype::f32 ? state.x32.resize(n_) : state.x64.resize(n_);
      state.gradient.resize(static_cast<std::size_t>(count_));
    }
    result.unknowns = n_;
    result.bound = kInf;
    result.criterion = result.first_criterion = kNaN;
  }

  bool evaluate(const std::vector<double>& t, double& value, std::vector<double>& gradient) {
    std::vector<double> theta(t.size());
    for (std::size_t i = 0; i < t.size(); ++i) theta[i] = std::exp(t[i]);
    const std::shared_ptr<const Prox> g = p_.penalty(theta.data());
    const bool went_on = pool_.run(
        static_cast<index>(p_.folds.size()), [&](index k, int) { solve_fold(k, g); }, [&] { return control_.poll(); });
    if (!went_on || control_.stopped()) return false;
    gather(theta, value, gradient);
    Progress progress;
    progress.iteration = ++result.iterations;
    progress.passes = result.solves;
    progress.residual = value;
    progress.tol = settings_.tol;
    return control_.go_on(progress);
  }

  void write_solutions(const ArrayView& x) const {
    for (std::size_t k = 0; k < best_x.size(); ++k)
      for (index j = 0; j < n_; ++j) x.set_real(best_x[k][static_cast<std::size_t>(j)], static_cast<index>(k), j);
  }

  TuneResult result;
  std::vector<std::vector<double>> best_x;

 private:
  ArrayView iterate(FoldState& state) const {
    ArrayView view = vector_view(state.x64.data(), n_);
    if (p_.dtype == Dtype::f32) {
      view.dtype = Dtype::f32;
      view.data = state.x32.data();
      view.strides[0] = 4;
    }
    return view;
  }

  void solve_fold(index k, const std::shared_ptr<const Prox>& g) {
    FoldState& state = states_[static_cast<std::size_t>(k)];
    const TuneFold& fold = p_.folds[static_cast<std::size_t>(k)];
    const auto inner =
        std::make_shared<const CompositeProblem>(p_.dtype, n_, fold.f, std::vector<Summand>{{g, nullptr}});
    MinimizeSettings options;
    options.tol = settings_.inner_tol > 0 ? settings_.inner_tol : p_.dtype == Dtype::f32 ? 1e-5 : 1e-9;
    options.max_iter = 100000;
    const auto solver = make_minimizer(inner, MinimizeMethod::method_auto, options);
    const ArrayView x = iterate(state);
    if (state.warm) solver->warm_start(x);
    state.solved = solver->solve(cancel_, nullptr, nullptr);
    solver->solution(x);
    state.warm = true;
    if (static_cast<Termination>(state.solved.termination) == Termination::CANCELLED) return;
    differentiate(*inner, *fold.criterion, x, state);
  }

  void differentiate(const CompositeProblem& inner, const Smooth& criterion, const ArrayView& x,
                     FoldState& state) const {
    Buffer<double> at(n_), slope(n_);
    Buffer<std::byte> memory(criterion.scratch_bytes() + 64);
    for (index j = 0; j < n_; ++j) at[j] = x.real(j);
    state.value = criterion.gradient(at.data(), slope.data(), Scratch(memory));
    std::vector<ParameterArray> outputs;
    index first = 0;
    for (const TunedParameter& parameter : p_.parameters) {
      outputs.push_back({parameter.which, vector_view(state.gradient.data() + first, parameter.size)});
      first += parameter.size;
    }
    DerivativeSettings settings;
    settings.linear_solver = settings_.linear_solver;
    settings.require_certified = settings_.require_certified;
    state.derivative = solution_vjp(inner, x, vector_view(slope.data(), n_), outputs, settings);
  }

  void gather(const std::vector<double>& theta, double& value, std::vector<double>& gradient) {
    const double share = 1 / static_cast<double>(states_.size());
    value = 0;
    std::fill(gradient.begin(), gradient.end(), 0.0);
    double bound = 0;
    double largest = 0;
    for (const double v : theta) largest = std::max(largest, v);
    for (const FoldState& state : states_) {
      value += share * state.value;
      for (std::size_t i = 0; i < gradient.size(); ++i) gradient[i] += share * theta[i] * state.gradient[i];
      bound += share * largest * state.derivative.bound;
      result.derivative_status = std::max(result.derivative_status, state.derivative.derivative_status);
      result.inner_iterations += state.solved.iterations;
      result.inner_failures += static_cast<Termination>(state.solved.termination) == Termination::CONVERGED ? 0 : 1;
      ++result.solves;
    }
    if (!std::isfinite(value))
      fail(Status::RANGE, "the criterion is % at the start or after a step; legal: finite", value);
    if (std::isnan(result.first_criterion)) result.first_criterion = value;
    if (!(value >= result.criterion)) keep(value, gradient, bound);
  }
  void keep(double value, const std::vector<double>& gradient, double bound) {
    result.criterion = value;
    result.bound = bound;
    result.derivative = 0;
    for (const double g : gradient) result.derivative = std::hypot(result.derivative, g);
    best_x.resize(states_.size());
    for (std::size_t k = 0; k < states_.size(); ++k) {
      best_x[k].resize(static_cast<std::size_t>(n_));
      const ArrayView x = iterate(states_[k]);
      for (index j = 0; j < n_; ++j) best_x[k][static_cast<std::size_t>(j)] = x.real(j);
    }
  }

  const TuneProblem& p_;
  const TuneSettings& settings_;
  Control& control_;
  const std::atomic<bool>* cancel_;
  std::vector<FoldState> states_;
  ThreadPool pool_;
  index n_ = 0, count_ = 0;
};

struct Tunable {
  const char *penalty, *parameter;
  SolutionParameter which;
};
constexpr Tunable kTunable[] = {
    {"l1", "lam", SolutionParameter::g_l1},          {"l1", "weights", SolutionParameter::g_weights},
    {"positive_l1", "lam", SolutionParameter::g_l1}, {"positive_l1", "weights", SolutionParameter::g_weights},
    {"squared_l2", "lam", SolutionParameter::g_l2},  {"squared_l2", "weights", SolutionParameter::g_weights},
    {"elastic_net", "l1", SolutionParameter::g_l1},  {"elastic_net", "l2", SolutionParameter::g_l2},
    {"group_l2", "lam", SolutionParameter::g_lam},   {"group_l2", "weights", SolutionParameter::g_weights},
    {"group_l2", "l1", SolutionParameter::g_l1},
};

}  // namespace

SolutionParameter tuned_parameter(const char* penalty, const char* parameter) {
  std::string known;
  for (const Tunable& row : kTunable) {
    if (std::strcmp(row.penalty, penalty) == 0 && std::strcmp(row.parameter, parameter) == 0) return row.which;
    known += (known.empty() ? "" : ", ") + std::string(row.penalty) + "." + row.parameter;
  }
  fail(Status::UNSUPPORTED, "% of % cannot be tuned; known: %", parameter, penalty, known);
}

TuneResult tune(const TuneProblem& problem, const TuneSettings& settings, const std::atomic<bool>* cancel,
                MonitorFn monitor, void* user, std::vector<double>& theta, const ArrayView& x) {
  const Clock clock;
  Control control(cancel, monitor, user, settings.monitor_interval, settings.time_limit);
  Tuning tuning(problem, settings, control, cancel);
  std::vector<double> t(theta.size());
  for (std::size_t i = 0; i < t.size(); ++i) t[i] = std::log(theta[i]);
  const OuterLimits limits{settings.tol, settings.max_iter, std::log(settings.reach)};
  const OuterReport report =
      outer_search([&](const std::vector<double>& at, double& value,
                       std::vector<double>& gradient) { return tuning.evaluate(at, value, gradient); },
                   t, limits);
  if (control.callback_failure() != 0)
    throw Error(Status::CALLBACK, "the monitor returned " + to_text(static_cast<index>(control.callback_failure())),
                control.callback_failure());
  const bool cancelled = control.stopped();
  Termination end = report.converged ? Termination::CONVERGED : Termination::MAX_ITER;
  if (cancelled) end = control.reason();
  for (std::size_t i = 0; i < t.size(); ++i) theta[i] = std::exp(t[i]);
  tuning.result.termination = static_cast<std::int32_t>(end);
  tuning.result.residual = tuning.result.iterations > 0 ? report.left : kInf;
  if (x.ndim != 0) tuning.write_solutions(x);
  tuning.result.seconds = clock.seconds();
  return tuning.result;
}

}  // namespace fenchel
