#include "solvers/coordinate/bcd_iteration.hpp"

#include <cmath>

#include "solvers/composite/minimize_solver.hpp"

namespace fenchel {
namespace {

constexpr index kNewtonLimit = 1500;
constexpr index kLeastWait = 10;

double norm(const double* v, index n) {
  double sum = 0;
  for (index j = 0; j < n; ++j) sum += v[j] * v[j];
  return std::sqrt(sum);
}

}  // namespace

BcdIteration::BcdIteration(const CompositeProblem& problem, const MinimizeSettings& settings)
    : problem_(problem), state_(problem, settings), rules_(choose_bcd_rules(state_)), projection_(state_) {
  const index n = state_.n();
  partition_ = rules_.partition->make({*state_.model, state_.block_size});
  const bool factors = (rules_.update->needs & NEEDS_SMOOTH) != 0 || rules_.selection->code == Selection::gsq;
  state_.prepare(*partition_, factors && !state_.simple.kinks());
  update_ = rules_.update->make(state_);
  selection_ = rules_.selection->make({state_, *partition_, *update_});
  const index blocks = partition_->count() > 0 ? partition_->count() : (n + state_.block_size - 1) / state_.block_size;
  sweep_ = rules_.selection->greedy ? 1 : blocks;
  if (settings.newton != 0 && state_.simple.kinks() && state_.simple.soft_box() && state_.simple.convex())
    newton_limit_ = std::min(n, kNewtonLimit);
  if (newton_limit_ > 0) projection_.resize(newton_limit_);
  free_members_.resize(newton_limit_);
  start_ = Buffer<double>(n, 0.0);
  zero_ = Buffer<double>(n, 0.0);
  kept_.resize(n);
  held_.resize(n);
  trace_.reserve(static_cast<std::size_t>(settings.trace) * kTraceColumns);
  const double L = state_.simple.present() ? problem.f()->lipschitz() : kNaN;
  step_L_ = std::isfinite(L) && L > 0 ? L : 0;
}

void BcdIteration::warm_start(const ArrayView& x) {
  for (index j = 0; j < state_.n(); ++j) start_[j] = x.ndim == 0 ? 0.0 : x.real(j);
}

void BcdIteration::start() {
  BcdModel& model = *state_.model;
  model.gradients = model.values = 0;
  state_.newton_steps = state_.coordinate_updates = state_.backtracks = 0;
  iterations_ = traced_ = 0;
  changed_at_ = -1;
  newton_at_ = newton_wait_ = 0;
  kept_objective_ = kInf;
  trace_.clear();
  clock_ = Clock();
  for (index j = 0; j < state_.n(); ++j) {
    kept_[j] = state_.simple.land(j, start_[j]);
    if (state_.simple.value(j, kept_[j]) == kInf) kept_[j] = state_.simple.prox(j, kept_[j], 1.0);
  }
  model.start(zero_.data());
  scale_ = norm(model.gradient(), state_.n());
  model.start(kept_.data());
  scale_ = std::max(scale_, norm(model.gradient(), state_.n()));
  if (!(scale_ > 0)) scale_ = 1;
  simple_value_ = simple_value(state_.x());
  support_ = free_ = 0;
  for (index j = 0; j < state_.n(); ++j) {
    held_[j] = state_.simple.held(j, state_.x()[j]) ? 1 : 0;
    free_ += held_[j] == 0 ? 1 : 0;
    support_ += state_.x()[j] != 0 ? 1 : 0;
  }
  selection_->start();
  update_->start();
  residual_ = residual();
}

double BcdIteration::simple_value(const double* x) const {
  double sum = 0;
  for (index j = 0; j < state_.n() && state_.simple.present(); ++j) sum += state_.simple.value(j, x[j]);
  return sum;
}

double BcdIteration::residual() {
  const double* g = state_.model->gradient();
  if (!state_.simple.present()) return norm(g, state_.n()) / scale_;
  const double L = step_L_ > 0 ? step_L_ : state_.largest_curvature();
  double sum = 0;
  for (index j = 0; j < state_.n(); ++j) {
    const double x = state_.x()[j];
    const double r = L * (x - state_.simple.prox(j, x - g[j] / L, 1 / L));
    sum += r * r;
  }
  return std::sqrt(sum) / scale_;
}

StepReport BcdIteration::step() {
  if (iterations_ == 0 && residual_ <= 0) return {residual_, true};
  const Block block = selection_->next();
  const double t = update_->propose(block);
  ++iterations_;
  state_.coordinate_updates += block.size;
  if (t > 0) move(block, t);
  const bool finish = newton_due();
  if (finish) newton();
  const bool measured = finish || iterations_ % sweep_ == 0;
  if (measured) residual_ = residual();
  if (state_.settings.trace > 0) record();
  return {residual_, measured};
}

void BcdIteration::move(const Block& block, double t) {
  simple_value_ += state_.simple_change(block, state_.d.data(), t);
  for (index i = 0; i < block.size; ++i) support_ -= state_.x()[block.members[i]] != 0 ? 1 : 0;
  state_.model->take(t, state_.simple);
  for (index i = 0; i < block.size; ++i) log_support(block.members[i]);
}

void BcdIteration::log_support(index j) {
  const double x = state_.x()[j];
  support_ += x != 0 ? 1 : 0;
  const char now = state_.simple.held(j, x) ? 1 : 0;
  if (now == held_[j]) return;
  held_[j] = now;
  free_ += now == 0 ? 1 : -1;
  changed_at_ = iterations_;
}

// The support has stood still for long enough, and the last such step is as long ago as it was worth.
bool BcdIteration::newton_due() const {
  if (newton_limit_ == 0 || free_ == 0 || free_ > newton_limit_) return false;
  const index still = std::max(kLeastWait, 2 * free_ / state_.block_size + (sweep_ > 1 ? sweep_ : 0));
  return iterations_ - std::max<index>(changed_at_, 0) >= std::max(still, newton_wait_) &&
         iterations_ - newton_at_ >= newton_wait_;
}

void BcdIteration::newton() {
  const double before = residual();
  index filled = 0;
  for (index j = 0; j < state_.n(); ++j)
    if (held_[j] == 0) free_members_[filled++] = j;
  const Block block{free_members_.data(), filled};
  const double t = projection_.propose(block);
  ++iterations_;
  state_.coordinate_updates += filled;
  if (t > 0) move(block, t);
  newton_at_ = iterations_;
  const bool worth = t > 0 && residual() < 0.2 * before;
  newton_wait_ = worth ? 1 : std::min<index>(2 * std::max(newton_wait_, kLeastWait), 100000);
}

void BcdIteration::record() {
  const double row[kTraceColumns] = {
      static_cast<double>(iterations_), clock_.seconds(), state_.model->value() + simple_value_, residual_, kInf,
      static_cast<double>(support_)};
  if (traced_ < state_.settings.trace)
    trace_.insert(trace_.end(), row, row + kTraceColumns);
  else
    std::copy_n(row, kTraceColumns, trace_.data() + (traced_ % state_.settings.trace) * kTraceColumns);
  ++traced_;
}

// The ring becomes a list.
void BcdIteration::finish_trace() {
  if (traced_ <= state_.settings.trace) return;
  std::rotate(trace_.begin(), trace_.begin() + (traced_ % state_.settings.trace) * kTraceColumns, trace_.end());
}

void BcdIteration::keep() {
  kept_objective_ = state_.model->value() + simple_value_;
  std::copy_n(state_.x(), state_.n(), kept_.data());
}

// Objectives never rise, so that the last iterate is the best one unless it is not finite.
void BcdIteration::restore() {
  const double now = state_.model->value() + simple_value_;
  if (std::isfinite(now) && now <= kept_objective_) return;
  state_.model->start(kept_.data());
  simple_value_ = simple_value(state_.x());
}

double BcdIteration::verify() {
  for (index j = 0; j < state_.n(); ++j) {
    const double x = state_.x()[j];
    kept_[j] = problem_.dtype() == Dtype::f32 ? static_cast<double>(static_cast<float>(x)) : x;
  }
  state_.model->start(kept_.data());
  simple_value_ = simple_value(state_.x());
  residual_ = residual();
  return residual_;
}

Progress BcdIteration::progress() const {
  Progress progress{};
  progress.iteration = iterations_;
  progress.passes = state_.model->gradients;
  return progress;
}

int BcdIteration::patience() const {
  return static_cast<int>(std::min<index>(1 << 30, std::max<index>(1000, 50 * sweep_)));
}

void BcdIteration::report(MinimizeResult& result) {
  result.iterations = iterations_;
  result.gradients = state_.model->gradients;
  result.values = state_.model->values;
  result.coordinate_updates = state_.coordinate_updates;
  result.newton_steps = state_.newton_steps;
  result.backtracks = state_.backtracks;
  result.support = 0;
  for (index j = 0; j < state_.n(); ++j) result.support += state_.x()[j] != 0 ? 1 : 0;
  result.support_iteration = state_.simple.kinks() ? changed_at_ : -1;
  result.residual = residual();
  result.scale = scale_;
  result.step = 1 / (step_L_ > 0 ? step_L_ : state_.largest_curvature());
}

}  // namespace fenchel
