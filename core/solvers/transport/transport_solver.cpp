#include "solvers/transport/transport_solver.hpp"

#include <algorithm>
#include <cmath>

#include "solvers/transport/solver_impl.hpp"

namespace fenchel {
namespace {

int thread_count(const SinkhornSettings& settings) {
  return settings.num_threads == 0 ? ThreadPool::hardware_threads() : settings.num_threads;
}

const SinkhornSettings& checked(const SinkhornSettings& settings) {
  check_settings(settings);
  return settings;
}

// A large grid has sweeps that cost far less than the visit to all entries that a Newton step begins with.
bool newton_pays(const Geometry& geometry) {
  const double entries = static_cast<double>(geometry.rows()) * static_cast<double>(geometry.cols());
  return !geometry.separable() || entries <= (1 << 24);
}

std::unique_ptr<TransportIteration> make_iteration(TransportState& state, TransportMethod method) {
  if (state.problem->spec().symmetric != 0) return make_symmetric(state);
  switch (method) {
    case TransportMethod::method_auto:
      return newton_pays(state.problem->geometry()) ? make_auto(state) : make_anderson(state, true);
    case TransportMethod::method_sinkhorn:
      return make_sweeps(state);
    case TransportMethod::method_sinkhorn_anderson:
      return make_anderson(state, false);
    case TransportMethod::method_sinkhorn_scaled:
      return make_scaled(state);
    case TransportMethod::method_sns:
      return make_sns(state);
  }
  fail(Status::INTERNAL, "method % is not known", static_cast<int>(method));
}

index iteration_bytes(const TransportProblem& problem, TransportMethod method, const SinkhornSettings& settings) {
  if (problem.spec().symmetric != 0) return 0;
  switch (method) {
    case TransportMethod::method_auto:
      return anderson_bytes(problem, settings) +
             (newton_pays(problem.geometry()) ? newton_bytes(problem, settings) : 0);
    case TransportMethod::method_sinkhorn:
      return 0;
    case TransportMethod::method_sinkhorn_anderson:
      return anderson_bytes(problem, settings);
    case TransportMethod::method_sinkhorn_scaled:
      return scaled_bytes(problem, thread_count(settings));
    case TransportMethod::method_sns:
      return sns_bytes(problem, settings);
  }
  return 0;
}

// A cancelled solve answers at once; fresh passes are made only where they are quick.
constexpr double kQuickEntries = 1 << 24;

void load_warm(const ArrayView& view, const char* name, Buffer<double>& out, bool& has) {
  if (view.ndim == 0) {
    has = false;
    return;
  }
  for (index i = 0; i < view.shape[0]; ++i) {
    const double value = view.real(i);
    if (std::isnan(value) || value == kInf)
      fail(Status::NOT_FINITE, "%[%] is %: a warm start is finite, or -inf where there is no mass", name, i, value);
  }
  for (index i = 0; i < view.shape[0]; ++i) out[i] = std::max(view.real(i), -1e300);
  has = true;
}

}  // namespace

TransportSolver::Impl::Impl(std::shared_ptr<const TransportProblem> problem, TransportMethod method_in,
                            const SinkhornSettings& settings)
    : state(std::move(problem), checked(settings), thread_count(settings)),
      method(method_in),
      iteration(make_iteration(state, method_in)) {}

TransportSolver::TransportSolver(std::shared_ptr<const TransportProblem> problem, TransportMethod method,
                                 const SinkhornSettings& settings)
    : impl_(std::make_unique<Impl>(std::move(problem), method, settings)) {}

TransportSolver::~TransportSolver() = default;

const TransportProblem& TransportSolver::problem() const { return *impl_->state.problem; }
bool TransportSolver::solved() const { return impl_->solved; }
const TransportResult& TransportSolver::result() const { return impl_->state.result; }

void TransportSolver::bind(std::shared_ptr<const TransportProblem> problem) {
  TransportState& state = impl_->state;
  if (!problem->geometry().rebind(*state.engine))
    state.engine = problem->geometry().make_engine(thread_count(state.settings));
  state.bind(std::move(problem));
  impl_->iteration->rebind();
  impl_->solved = false;
}

index TransportSolver::workspace_bytes(const TransportProblem& problem, TransportMethod method,
                                       const SinkhornSettings& settings) {
  check_settings(settings);
  const Geometry& geometry = problem.geometry();
  const index n = geometry.rows();
  const index m = geometry.cols();
  return geometry.engine_bytes(thread_count(settings)) + TransportState::bytes(n, m) +
         iteration_bytes(problem, method, settings);
}

void TransportSolver::warm_start(const ArrayView& phi, const ArrayView& psi) {
  TransportState& state = impl_->state;
  load_warm(phi, "phi", state.warm_phi, state.has_phi);
  load_warm(psi, "psi", state.warm_psi, state.has_psi);
}

const TransportResult& TransportSolver::solve(const std::atomic<bool>* cancel, MonitorSpec monitor) {
  TransportState& state = impl_->state;
  const SinkhornSettings& settings = state.settings;
  Control control(cancel, monitor.fn, monitor.user, settings.monitor_interval, settings.time_limit);
  ThreadPool pool(thread_count(settings));
  TransportResult& result = state.result;
  result = {};
  impl_->solved = false;
  state.fresh = false;
  state.engine->reset_passes();
  state.engine->attach(&pool, &control);
  state.pool = &pool;
  const double tol = effective_tol(*state.problem, settings);
  const Termination end = run(*impl_->iteration, control, {tol, settings.max_iter});
  // The certificate is not interrupted: nothing may stop it but its size.
  state.engine->attach(&pool, nullptr);
  const double entries = static_cast<double>(state.n()) * static_cast<double>(state.m());
  const bool ended_early = end == Termination::CANCELLED || end == Termination::TIME_LIMIT;
  const bool annealing = state.eps != state.problem->spec().eps;
  state.set_eps(state.problem->spec().eps);
  // Ended within the annealing: potentials of a larger eps overflow at the target; one sweep there gives a finite plan.
  if (annealing && control.callback_failure() == 0) state.sweep();
  state.gauge();
  certify(state, !ended_early || entries <= kQuickEntries);
  state.engine->detach();
  state.pool = nullptr;
  // A plan without finite mass or cost has diverged, whichever limit ended it; a stop is reported as the stop it was.
  const bool diverged = !ended_early && !(std::isfinite(result.mass) && std::isfinite(result.cost));
  result.termination = static_cast<declared::I32>(diverged ? Termination::DIVERGED : end);
  result.reg_type = state.problem->spec().reg_type;
  result.num_threads = pool.threads();
  result.passes = state.engine->passes();
  result.copied_bytes = state.problem->geometry().copied_bytes();
  result.eps = state.eps;
  result.tol = tol;
  result.seconds = control.seconds();
  impl_->solved = true;
  if (control.callback_failure() != 0)
    throw Error(Status::CALLBACK, "the monitor returned " + to_text(static_cast<index>(control.callback_failure())),
                control.callback_failure());
  return result;
}

}  // namespace fenchel
