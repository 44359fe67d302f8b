// coordinate_descent.cpp -- the engine as a solver: what comes in, what goes out.
#include "solvers/coordinate/coordinate_descent.hpp"

#include <algorithm>
#include <cmath>

namespace fenchel {
namespace {

const LinearModel& model_of(const CompositeProblem& problem) {
  const LinearModel* model = problem.f() == nullptr ? nullptr : problem.f()->linear_model();
  if (model == nullptr)
    fail(Status::UNSUPPORTED, "cd needs a linear model as f (a loss of A x); methods that work: adaptive, fista, ista");
  if (problem.summands().size() > 1 || (problem.summands().size() == 1 && problem.summands()[0].A != nullptr))
    fail(Status::UNSUPPORTED, "cd takes one simple term without a map; methods that work: condat_vu, pdhg, admm");
  return *model;
}

const Prox* prox_of(const CompositeProblem& problem) {
  return problem.summands().empty() ? nullptr : problem.summands()[0].g.get();
}

const double* data_or_null(const std::vector<double>& values) { return values.empty() ? nullptr : values.data(); }

// The weight that all samples have; 0 where there is none such.
double level_of(const std::vector<double>& weights) {
  if (weights.empty()) return 1;
  for (const double s : weights)
    if (s != weights[0]) return 0;
  return weights[0];
}

int threads_of(const MinimizeSettings& settings) {
  return settings.num_threads > 0 ? settings.num_threads : ThreadPool::hardware_threads();
}

}  // namespace

CoordinateDescent::CoordinateDescent(std::shared_ptr<const CompositeProblem> problem, const MinimizeSettings& settings)
    : problem_(std::move(problem)),
      settings_(settings),
      model_(model_of(*problem_)),
      design_(make_design(*model_.A)),
      penalty_(prox_of(*problem_), model_.features()),
      working_(*design_, penalty_, settings),
      n_(model_.samples()),
      p_(model_.features()),
      convex_(problem_->convex()),
      quadratic_(model_.loss->quadratic()),
      curvature_(model_.loss->curvature()),
      level_(level_of(model_.weights)) {
  if (model_.outputs() != 1)
    fail(Status::UNSUPPORTED, "cd takes losses of one output; this one has %", model_.outputs());
  for (Buffer<double>* buffer : {&w_, &best_w_, &grad_, &v_, &norms_, &packed_, &score_}) buffer->resize(p_);
  grad_.resize(p_ + 1);
  for (Buffer<double>* buffer : {&z_, &dz_, &trial_, &u_, &h_, &theta_}) buffer->resize(n_);
  alive_.resize(p_);
  list_.resize(p_);
  dead_.resize(p_);
  if (penalty_opens(prox_of(*problem_), p_)) {
    for (Buffer<double>* buffer : {&shift_delta_, &shift_slopes_}) buffer->resize(n_);
    for (Buffer<double>* buffer : {&shift_dots_, &shift_grad_}) buffer->resize(p_);
  }
  w_.fill(0);
  homogeneous_ = unbounded_ = penalty_.soft();
  for (index j = 0; j < p_ && homogeneous_; ++j) {
    const double lower = penalty_.lower(j), upper = penalty_.upper(j);
    homogeneous_ = penalty_.l2(j) == 0 && (lower == 0 || lower == -kInf) && (upper == 0 || upper == kInf);
    unbounded_ = unbounded_ && ((lower == -kInf && upper == kInf) || lower == upper);
  }
  if (!penalty_.soft())  // curvature of the loss along each coordinate: what fixed points are measured with
    for (index j = 0; j < p_; ++j)
      norms_[j] = curvature_ < kInf ? curvature_ * design_->square(j, data_or_null(model_.weights), nullptr) : 1.0;
  tol_ = settings_.tol > 0 ? settings_.tol : problem_->dtype() == Dtype::f32 ? 1e-5 : 1e-8;
  if (settings_.trace > 0) trace_.reserve(static_cast<std::size_t>(settings_.trace * kTraceColumns));
}

// What the constructor takes.
index CoordinateDescent::bytes(const CompositeProblem& problem, const MinimizeSettings& settings) {
  const LinearModel& model = model_of(problem);
  const StoredMatrix* stored = model.A->stored();
  const bool sparse = stored != nullptr && stored->layout != StoredMatrix::Layout::dense;
  const index n = model.samples(), p = model.features();
  const index shift = penalty_opens(prox_of(problem), p) ? 16 * (n + p) : 0;
  return 8 * (9 * p + 1 + 6 * n + kTraceColumns * settings.trace) + shift + p + 28 * 64 + 6 * (8 * p + 64) +
         design_bytes(*model.A) + WorkingModel::bytes(n, p, sparse, settings) +
         static_cast<index>(sizeof(CoordinateDescent));
}

void CoordinateDescent::warm_start(const ArrayView& x) {
  if (x.ndim == 0) {
    warm_ = false;
    return;
  }
  for (index j = 0; j < problem_->size(); ++j)
    if (!std::isfinite(x.real(j))) fail(Status::NOT_FINITE, "x[%] is %; legal: finite", j, x.real(j));
  for (index j = 0; j < p_; ++j) w_[j] = x.real(j);
  b_ = model_.intercept ? x.real(p_) : 0.0;
  warm_ = true;
}

const MinimizeResult& CoordinateDescent::solve(const std::atomic<bool>* cancel, MonitorFn monitor, void* user) {
  Control control(cancel, monitor, user, settings_.monitor_interval, settings_.time_limit);
  ThreadPool pool(threads_of(settings_));
  control_ = &control;
  pool_ = &pool;
  solved_ = false;
  working_.epochs = working_.updates = working_.newton_steps = working_.cg_iterations = 0;
  working_.restarts = working_.backtracks = 0;
  products_ = gradients_ = values_ = outer_ = 0;
  trace_.clear();
  trace_next_ = 0;
  result_ = {};
  result_.num_threads = pool.threads();
  const Termination end = run(*this, control, {tol_, settings_.max_iter});
  finish(end, control);
  warm_ = false;
  control_ = nullptr;
  pool_ = nullptr;
  if (control.callback_failure() != 0)
    throw Error(Status::CALLBACK, "the monitor returned " + to_text(static_cast<index>(control.callback_failure())),
                control.callback_failure());
  return result_;
}

// The numbers are those of the point returned, computed afresh.
void CoordinateDescent::finish(Termination end, const Control& control) {
  if (!complete_) {
    fresh_predictor();
    evaluate(true);
  }
  using declared::I32;
  result_.termination = static_cast<I32>(stuck_ && end == Termination::MAX_ITER ? Termination::STALLED : end);
  const Certificate proof = has_dual_ ? Certificate::GAP : convex_ ? Certificate::RESIDUAL : Certificate::STATIONARITY;
  result_.certificate = static_cast<I32>(proof);
  result_.method = static_cast<I32>(MinimizeMethod::method_cd);
  result_.iterations = working_.epochs;
  result_.gradients = gradients_;
  result_.values = values_;
  result_.products = products_;
  result_.coordinate_updates = working_.updates;
  result_.outer_iterations = outer_;
  result_.newton_steps = working_.newton_steps;
  result_.cg_iterations = working_.cg_iterations;
  result_.backtracks = working_.backtracks;
  result_.restarts = working_.restarts;
  result_.support = support_;
  result_.screened = screened_;
  result_.support_iteration = support_iteration_;
  result_.copied_bytes = design_->copied_bytes();
  result_.tol = tol_;
  result_.residual = residual_;
  result_.objective = objective_;
  result_.smooth = smooth_;
  result_.dual = has_dual_ ? dual_ : -kInf;
  result_.gap = has_dual_ ? std::max(objective_ - dual_, 0.0) : kInf;
  result_.scale = has_dual_ ? scale_ : kkt_scale_;
  result_.seconds = control.seconds();
  solved_ = solved_before_ = true;
}

Progress CoordinateDescent::progress() const {
  Progress progress;
  progress.iteration = working_.epochs;
  progress.passes = products_;
  return progress;
}

void CoordinateDescent::record() {
  if (settings_.trace == 0) return;
  const double row[kTraceColumns] = {
      static_cast<double>(working_.epochs),  control_->seconds(),          objective_, residual_,
      has_dual_ ? objective_ - dual_ : kInf, static_cast<double>(support_)};
  if (static_cast<index>(trace_.size()) < settings_.trace * kTraceColumns) {
    trace_.insert(trace_.end(), row, row + kTraceColumns);
  } else {
    std::move(trace_.begin() + kTraceColumns, trace_.end(), trace_.begin());
    std::copy(row, row + kTraceColumns, trace_.end() - kTraceColumns);
  }
}

void CoordinateDescent::keep() {
  std::copy(w_.begin(), w_.end(), best_w_.begin());
  best_b_ = b_;
}

void CoordinateDescent::restore() {
  if (complete_) return;
  std::copy(best_w_.begin(), best_w_.end(), w_.begin());
  b_ = best_b_;
}

void CoordinateDescent::solution(const ArrayView& x) const {
  for (index j = 0; j < p_; ++j) x.set_real(w_[j], j);
  if (model_.intercept) x.set_real(b_, p_);
}

// Of a solution in f32 only what does not depend on its rounding.
KnownSolution CoordinateDescent::known() {
  KnownSolution known{.design = design_.get(), .factor = &working_};
  if (!complete_ || problem_->dtype() == Dtype::f32) return known;
  known.predictor = z_.data();
  grad_[p_] = 0;
  for (index i = 0; model_.intercept && i < n_; ++i) grad_[p_] += u_[i];
  known.gradient = grad_.data();
  return known;
}

void CoordinateDescent::dual(index, const ArrayView& u) const {
  if (!has_dual_)
    fail(Status::UNSUPPORTED, "this problem has no dual point: its terms are not convex or not soft boxes");
  for (index j = 0; j < p_; ++j) u.set_real(v_[j], j);
}

}  // namespace fenchel
