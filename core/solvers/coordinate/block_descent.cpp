// block_descent.cpp -- the engine as a solver: what comes in, what goes out.
#include "solvers/coordinate/block_descent.hpp"

#include <algorithm>
#include <cmath>

namespace fenchel {
namespace {

constexpr index kMostOutputs = 64;

const LinearModel& model_of(const CompositeProblem& problem) {
  if (const char* why = BlockDescent::refusal(problem)) fail(Status::UNSUPPORTED, "%", why);
  return *problem.f()->linear_model();
}

const Prox* prox_of(const CompositeProblem& problem) {
  return problem.summands().empty() ? nullptr : problem.summands()[0].g.get();
}

int threads_of(const MinimizeSettings& settings) {
  return settings.num_threads > 0 ? settings.num_threads : ThreadPool::hardware_threads();
}

}  // namespace

const char* BlockDescent::refusal(const CompositeProblem& problem) {
  const LinearModel* model = problem.f() == nullptr ? nullptr : problem.f()->linear_model();
  if (model == nullptr) return "cd needs a linear model as f (a loss of A x); methods that work: adaptive, fista, ista";
  if (problem.summands().size() > 1 || (problem.summands().size() == 1 && problem.summands()[0].A != nullptr))
    return "cd takes one simple term without a map; methods that work: condat_vu, pdhg, admm";
  if (!problem.convex() || !model->loss->convex())
    return "cd takes groups and several outputs in convex problems only; methods that work: nmapg, ista";
  if (!BlockPenalty::takes(prox_of(problem)))
    return "cd takes group norms, l1, l2 and bounds, or any sum over coordinates of a model with one output; methods "
           "that work: adaptive, fista";
  if (model->outputs() > kMostOutputs) return "cd takes losses of up to 64 outputs; methods that work: adaptive, fista";
  if (model->outputs() > 1 && !model->loss->simplex(0, nullptr, nullptr, nullptr, nullptr))
    return "cd takes no other loss of several outputs than multinomial; methods that work: adaptive, fista";
  return nullptr;
}

// What the constructor takes.
index BlockDescent::bytes(const CompositeProblem& problem, const MinimizeSettings& settings) {
  const LinearModel& model = model_of(problem);
  const StoredMatrix* stored = model.A->stored();
  const bool sparse = stored != nullptr && stored->layout != StoredMatrix::Layout::dense;
  const index K = model.outputs(), p = model.features(), size = p * K, n = model.samples();
  const BlockPenalty penalty(prox_of(problem), size, K);
  const index numbers = 7 * size + 5 * n * K + 4 * penalty.count() + 2 * penalty.largest() + 7 * K;
  return 8 * (numbers + kTraceColumns * settings.trace) + penalty.count() + 32 * 64 + BlockPenalty::bytes(size) +
         (stored == nullptr ? 0 : LiftedDesign::bytes(*stored, K)) +
         BlockModel::bytes(n, sparse, penalty, K, settings) + design_bytes(*model.A) +
         static_cast<index>(sizeof(BlockDescent));
}

BlockDescent::BlockDescent(std::shared_ptr<const CompositeProblem> problem, const MinimizeSettings& settings)
    : problem_(std::move(problem)),
      settings_(settings),
      model_(model_of(*problem_)),
      design_(make_design(*model_.A)),
      lifted_(*design_, model_.outputs()),
      penalty_(prox_of(*problem_), lifted_.size(), model_.outputs()),
      working_(lifted_, penalty_, settings),
      n_(model_.samples()),
      outputs_(model_.outputs()),
      size_(lifted_.size()),
      all_(n_ * outputs_),
      quadratic_(model_.loss->quadratic()),
      homogeneous_(penalty_.homogeneous()),
      curvature_(model_.loss->curvature()) {
  for (Buffer<double>* buffer : {&w_, &best_w_, &grad_, &v_, &packed_, &moves_}) buffer->resize(size_);
  for (Buffer<double>* buffer : {&z_, &dz_, &trial_, &u_, &h_}) buffer->resize(all_);
  for (Buffer<double>* buffer : {&score_, &norms_}) buffer->resize(penalty_.count());
  for (Buffer<double>* buffer : {&block_a_, &block_b_}) buffer->resize(penalty_.largest());
  for (Buffer<double>* buffer : {&b_, &best_b_, &sum_, &shift_, &cg_r_, &cg_p_, &cg_Ap_}) {
    buffer->resize(outputs_);
    buffer->fill(0);
  }
  for (Buffer<index>* buffer : {&alive_, &list_}) buffer->resize(penalty_.count());
  coordinates_.resize(size_);
  dead_.resize(penalty_.count());
  w_.fill(0);
  v_.fill(0);
  tol_ = settings_.tol > 0 ? settings_.tol : problem_->dtype() == Dtype::f32 ? 1e-5 : 1e-8;
  if (settings_.trace > 0) trace_.reserve(static_cast<std::size_t>(settings_.trace * kTraceColumns));
}

void BlockDescent::warm_start(const ArrayView& x) {
  if (x.ndim == 0) {
    warm_ = false;
    return;
  }
  for (index j = 0; j < problem_->size(); ++j)
    if (!std::isfinite(x.real(j))) fail(Status::NOT_FINITE, "x[%] is %; legal: finite", j, x.real(j));
  for (index j = 0; j < size_; ++j) w_[j] = x.real(j);
  for (index k = 0; k < outputs_; ++k) b_[k] = model_.intercept ? x.real(size_ + k) : 0.0;
  warm_ = true;
}

const MinimizeResult& BlockDescent::solve(const std::atomic<bool>* cancel, MonitorFn monitor, void* user) {
  Control control(cancel, monitor, user, settings_.monitor_interval, settings_.time_limit);
  ThreadPool pool(threads_of(settings_));
  control_ = &control;
  pool_ = &pool;
  solved_ = false;
  working_.epochs = working_.updates = working_.newton_steps = working_.cg_iterations = 0;
  working_.restarts = working_.backtracks = 0;
  products_ = gradients_ = values_ = outer_ = 0;
  trace_.clear();
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
void BlockDescent::finish(Termination end, const Control& control) {
  if (!complete_) {
    fresh_predictor();
    evaluate(true);
  }
  using declared::I32;
  result_.termination = static_cast<I32>(stuck_ && end == Termination::MAX_ITER ? Termination::STALLED : end);
  result_.certificate = static_cast<I32>(has_dual_ ? Certificate::GAP : Certificate::RESIDUAL);
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

Progress BlockDescent::progress() const {
  Progress progress;
  progress.iteration = working_.epochs;
  progress.passes = products_;
  return progress;
}

void BlockDescent::record() {
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

void BlockDescent::keep() {
  std::copy(w_.begin(), w_.end(), best_w_.begin());
  std::copy(b_.begin(), b_.end(), best_b_.begin());
}

void BlockDescent::restore() {
  if (complete_) return;
  std::copy(best_w_.begin(), best_w_.end(), w_.begin());
  std::copy(best_b_.begin(), best_b_.end(), b_.begin());
}

void BlockDescent::solution(const ArrayView& x) const {
  for (index j = 0; j < size_; ++j) x.set_real(w_[j], j);
  for (index k = 0; k < outputs_ && model_.intercept; ++k) x.set_real(b_[k], size_ + k);
}

void BlockDescent::dual(index, const ArrayView& u) const {
  if (!has_dual_)
    fail(Status::UNSUPPORTED, "no dual point was found: g does not grow in every direction it leaves open");
  for (index j = 0; j < size_; ++j) u.set_real(v_[j], j);
}

}  // namespace fenchel
