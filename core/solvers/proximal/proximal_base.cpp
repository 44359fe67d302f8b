#include "solvers/proximal/proximal_base.hpp"

#include <algorithm>
#include <cmath>

namespace fenchel {

template <class T>
ProximalBase<T>::ProximalBase(ProblemPtr problem, MinimizeMethod method, const MinimizeSettings& settings)
    : problem_(std::move(problem)), method_(method), settings_(settings), terms_(*problem_, result_) {
  for (Buffer<T>* buffer : {&x_, &answer_, &warm_}) buffer->resize(n());
  ring_.resize(static_cast<index>(settings.trace) * kTraceColumns);
  trace_.reserve(static_cast<std::size_t>(ring_.size()));
}

template <class T>
void ProximalBase<T>::warm_start(const ArrayView& x) {
  if (x.ndim == 0) {
    has_warm_ = false;
    return;
  }
  if (x.ndim != 1 || x.shape[0] != n())
    fail(Status::SHAPE, "x has % entries; legal: %, the size of the problem", x.shape[0], n());
  for (index j = 0; j < n(); ++j)
    if (!std::isfinite(x.real(j))) fail(Status::NOT_FINITE, "x[%] is %: a warm start is finite", j, x.real(j));
  for (index j = 0; j < n(); ++j) warm_[j] = static_cast<T>(x.real(j));
  has_warm_ = true;
}

template <class T>
const MinimizeResult& ProximalBase<T>::solve(const std::atomic<bool>* cancel, MonitorFn monitor, void* user) {
  Control control(cancel, monitor, user, settings_.monitor_interval, settings_.time_limit);
  control_ = &control;
  const double tol = settings_.tol > 0 ? settings_.tol : kDtypeOf<T> == Dtype::f32 ? 1e-5 : 1e-8;
  result_ = {};
  result_.method = static_cast<declared::I32>(method_);
  result_.num_threads = 1;
  result_.tol = tol;
  result_.support_iteration = -1;
  for (const Summand& summand : problem_->summands())
    if (summand.A != nullptr) result_.copied_bytes += summand.A->copied_bytes();
  solved_ = true;
  // Fills the result also when a callback's failure passes through: the state is then as after a cancel.
  struct Filling {
    ProximalBase& self;
    const Control& control;
    Termination end = Termination::CANCELLED;
    ~Filling() {
      self.fill_result(end);
      self.result_.seconds = control.seconds();
      self.control_ = nullptr;
    }
  };
  Filling filling{*this, control};
  filling.end = run(*this, control, {tol, settings_.max_iter});
  if (control.callback_failure() != 0)
    throw Error(Status::CALLBACK, "the monitor returned " + to_text(static_cast<index>(control.callback_failure())),
                control.callback_failure());
  return result_;
}

template <class T>
void ProximalBase<T>::start() {
  for (index j = 0; j < n(); ++j) x_[j] = has_warm_ ? warm_[j] : T(0);
  copy_to(x_.data(), answer_.data(), n());
  verified_ = false;
  last_ = kept_ = {};
  recorded_ = 0;
  pattern_ = 0;
  pattern_since_ = 0;
  trace_.clear();
  step_ = 0;
  scale_ = 1;
  begin();
}

template <class T>
StepReport ProximalBase<T>::step() {
  last_ = advance();
  ++result_.iterations;
  watch_support();
  if (traced()) record(last_);
  return {last_.residual, true};
}

// A hash tells one set of zeros from another: what is kept is a number, not the set.
template <class T>
void ProximalBase<T>::watch_support() {
  std::uint64_t pattern = 0;
  const index m = terms_.inner();
  for (index j = 0; j < m; ++j) {
    std::uint64_t mixed = (static_cast<std::uint64_t>(j) + 1) * 0x9E3779B97F4A7C15ULL;
    mixed = (mixed ^ (mixed >> 29)) * 0xBF58476D1CE4E5B9ULL;
    if (x_[j] != T(0)) pattern += mixed ^ (mixed >> 32);
  }
  if (pattern == pattern_) return;
  pattern_ = pattern;
  pattern_since_ = result_.iterations;
}

template <class T>
void ProximalBase<T>::keep() {
  copy_to(x_.data(), answer_.data(), n());
  kept_ = last_;
  keep_more();
}

template <class T>
void ProximalBase<T>::restore() {
  copy_to(answer_.data(), x_.data(), n());
  restore_more();
}

template <class T>
double ProximalBase<T>::verify() {
  const Standing standing = fresh();
  if (standing.residual <= result_.tol) {
    last_ = standing;
    keep();
    verified_ = true;
  }
  return standing.residual;
}

template <class T>
void ProximalBase<T>::finish(Termination) {
  if (verified_) return;
  if (std::isnan(kept_.residual)) restore();  // nothing was kept: the start
  const Standing standing = fresh();
  // What a callback or an overflow spoils leaves the numbers of the step that was kept.
  if (std::isfinite(standing.residual) && !std::isnan(standing.objective)) kept_ = standing;
}

template <class T>
void ProximalBase<T>::fill_result(Termination end) {
  result_.termination = static_cast<declared::I32>(end);
  result_.residual = std::isnan(kept_.residual) ? kInf : kept_.residual;
  result_.objective = kept_.objective;
  result_.smooth = kept_.smooth;
  result_.dual = kept_.dual;
  result_.gap = kept_.dual > -kInf ? std::max(0.0, kept_.objective - kept_.dual) : kInf;
  result_.scale = scale_;
  result_.step = step_;
  result_.support = nonzeros(answer_.data(), terms_.inner());
  // Without zeros there is nothing to find; a run that never moved found nothing.
  const bool sparse = result_.support < terms_.inner() && terms_.count() > 0 && result_.iterations > 0;
  result_.support_iteration = sparse ? pattern_since_ : -1;
  Certificate certificate = Certificate::RESIDUAL;
  if (std::isnan(kept_.residual))
    certificate = Certificate::NONE;
  else if (!problem_->convex())
    certificate = Certificate::STATIONARITY;
  else if (std::isfinite(result_.gap))
    certificate = Certificate::GAP;
  if (certificate != Certificate::GAP) {
    result_.dual = -kInf;
    result_.gap = kInf;
  }
  result_.certificate = static_cast<declared::I32>(certificate);
  // The ring, oldest first; memory was reserved.
  const index room = settings_.trace, held = std::min<index>(recorded_, room);
  for (index k = recorded_ - held; k < recorded_; ++k) {
    const double* row = ring_.data() + (k % room) * kTraceColumns;
    trace_.insert(trace_.end(), row, row + kTraceColumns);
  }
}

template <class T>
void ProximalBase<T>::record(const Standing& standing) {
  double* row = ring_.data() + (recorded_++ % settings_.trace) * kTraceColumns;
  row[0] = static_cast<double>(result_.iterations);
  row[1] = control_->seconds();
  row[2] = standing.objective;
  row[3] = standing.residual;
  row[4] = standing.dual > -kInf ? standing.objective - standing.dual : kInf;
  row[5] = static_cast<double>(nonzeros(x_.data(), terms_.inner()));
}

template <class T>
Progress ProximalBase<T>::progress() const {
  Progress progress;
  progress.iteration = result_.iterations;
  progress.passes = result_.gradients;
  return progress;
}

template <class T>
void ProximalBase<T>::solution(const ArrayView& x) const {
  for (index j = 0; j < n(); ++j) x.set_real(static_cast<double>(answer_[j]), j);
}

template <class T>
void ProximalBase<T>::dual(index summand, const ArrayView& u) const {
  if (summand < 0 || summand >= terms_.count())
    fail(Status::RANGE, "summand is %; legal: 0 to %", summand, terms_.count() - 1);
  const T* point = dual_point(summand);
  if (point == nullptr) fail(Status::UNSUPPORTED, "this method has no dual point; davis_yin, pdhg, condat_vu have");
  for (index j = 0; j < terms_.rows(summand); ++j) u.set_real(static_cast<double>(point[j]), j);
}

template class ProximalBase<float>;
template class ProximalBase<double>;

}  // namespace fenchel
