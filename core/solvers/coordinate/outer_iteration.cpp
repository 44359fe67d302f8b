// outer_iteration.cpp -- one working set after another.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "kernels/kernels.hpp"
#include "solvers/coordinate/coordinate_descent.hpp"

namespace fenchel {
namespace {

const double* data_or_null(const std::vector<double>& values) { return values.empty() ? nullptr : values.data(); }
constexpr index kMostNewton = 20;    // model solves on one working set
constexpr index kModelEpochs = 100;  // a model that is only a model is not worth more

}  // namespace

StepReport CoordinateDescent::step() {
  if (residual_ > tol_ && !stuck_) {
    complete_ = false;
    const double before = objective_, residual = residual_;
    const index count = choose();
    const bool moved = solve_working_set(count);
    strong_ = 0;
    ++outer_;
    // Nothing screened: one pass, with a fresh predictor, is all that a certificate needs.
    const bool last = screened_ == 0;
    if (last || quadratic_) fresh_predictor();
    evaluate(last);
    residual_ = measure();
    if (settings_.screening != 0 && has_dual_ && residual_ > tol_) screen();
    if (residual_ > 0.5 * residual && count == last_count_) eagerness_ = std::max(0.1 * eagerness_, 1e-8);
    last_count_ = count;
    // Nothing moves any more and the objective no longer falls: the floor of the arithmetic.
    if (!moved || (objective_ >= before && residual_ >= residual && eagerness_ <= 1e-6)) stuck_ = true;
    record();
  }
  return {residual_, std::isfinite(residual_)};
}

double CoordinateDescent::verify() {
  if (!complete_) {
    if (quadratic_) {
      evaluate_screened();
    } else {
      fresh_predictor();
      dual_ = -kInf;
      evaluate(true);
    }
    residual_ = measure();
    if (residual_ > tol_) {  // what was screened counts after all: go on with everything
      revive();
      eagerness_ *= 0.1;
    }
    complete_ = true;
  }
  return residual_;
}

// Relative gap where there is a dual point; else the violation relative to that at 0.
double CoordinateDescent::measure() const {
  if (has_dual_) {
    const double scale = model_.linear.empty() ? scale_ : std::max(scale_, std::abs(objective_));
    const double gap = std::max(objective_ - dual_, 0.0);
    return gap == 0 ? 0.0 : scale > 0 ? gap / scale : 1e300;
  }
  return violation() / kkt_scale_;
}

void CoordinateDescent::fresh_predictor() {
  for (index i = 0; i < n_; ++i)
    z_[i] = b_ + (model_.offset.empty() ? 0.0 : model_.offset[static_cast<std::size_t>(i)]);
  for (index j = 0; j < p_; ++j)
    if (w_[j] != 0) design_->axpy(j, w_[j], z_.data());
  ++products_;
}

// Newton in b alone, halved until the loss falls; leaves slopes in u_ and the value in smooth_ (without <c, x>).
void CoordinateDescent::fit_intercept() {
  const double *y = model_.y.data(), *s = data_or_null(model_.weights);
  smooth_ = model_.loss->slopes(n_, z_.data(), y, s, u_.data());
  ++gradients_;
  if (!model_.intercept) return;
  for (int iteration = 0; iteration < 60; ++iteration) {
    double sum = 0, size = 0, curvature = 0;
    for (index i = 0; i < n_; ++i) {
      sum += u_[i];
      size += std::abs(u_[i]);
    }
    if (std::abs(sum) <= 4e-16 * size || !(size > 0)) return;
    model_.loss->curvatures(n_, z_.data(), y, s, h_.data());
    for (index i = 0; i < n_; ++i) curvature += h_[i];
    double move = curvature > 0 ? -sum / curvature : sum > 0 ? -1.0 : 1.0;
    bool fell = false;
    for (int half = 0; half < 30 && !fell; ++half, move *= 0.5) {
      for (index i = 0; i < n_; ++i) trial_[i] = z_[i] + move;
      const double value = model_.loss->slopes(n_, trial_.data(), y, s, dz_.data());
      ++gradients_;
      double after = 0;
      for (index i = 0; i < n_; ++i) after += dz_[i];
      // Close to the minimum the value is all rounding: the slope decides.
      fell = value < smooth_ || (value <= smooth_ + 1e-12 * std::abs(smooth_) && std::abs(after) < std::abs(sum));
      if (!fell) continue;
      b_ += move;
      std::swap(z_, trial_);
      std::swap(u_, dz_);
      smooth_ = value;
    }
    if (!fell) return;
  }
}

double CoordinateDescent::simple_value() const {
  double sum = 0;
  for (index j = 0; j < p_; ++j) {
    if (w_[j] == 0 && penalty_.soft()) continue;
    sum += penalty_.value(j, w_[j]);
    if (!model_.linear.empty()) sum += model_.linear[static_cast<std::size_t>(j)] * w_[j];
  }
  return sum;
}

double CoordinateDescent::linear_value() const {
  double sum = 0;
  if (!model_.linear.empty())
    for (index j = 0; j < p_; ++j) sum += model_.linear[static_cast<std::size_t>(j)] * w_[j];
  return sum;
}

// Objective, gradient and dual at (w, b), with the best b. all: screened coordinates as well.
void CoordinateDescent::evaluate(bool all) {
  fit_intercept();
  const index* list = all ? list_.data() : alive_.data();
  const index count = all ? p_ : alive_count_;
  if (all) std::iota(list_.begin(), list_.end(), index{0});
  design_->dots(*pool_, list, count, u_.data(), packed_.data());
  ++products_;
  support_ = 0;
  std::uint64_t hash = 1469598103934665603ULL;
  for (index k = 0; k < count; ++k) {
    const index j = list[k];
    grad_[j] = packed_[k] + (model_.linear.empty() ? 0.0 : model_.linear[static_cast<std::size_t>(j)]);
    if (w_[j] == 0) continue;
    ++support_;
    hash = (hash ^ static_cast<std::uint64_t>(j)) * 1099511628211ULL;
  }
  if (hash != support_hash_) {
    support_hash_ = hash;
    support_iteration_ = working_.epochs;
  }
  objective_ = smooth_ + simple_value();
  smooth_ += linear_value();
  complete_ = all;
  update_dual(list, count);
}

// What evaluate(false) left out, at the same point: the gradient of screened coordinates, and a dual point good for
// all.
void CoordinateDescent::evaluate_screened() {
  index count = 0;
  for (index j = 0; j < p_; ++j)
    if (dead_[j] != 0) list_[count++] = j;
  design_->dots(*pool_, list_.data(), count, u_.data(), packed_.data());
  ++products_;
  for (index k = 0; k < count; ++k)
    grad_[list_[k]] = packed_[k] + (model_.linear.empty() ? 0.0 : model_.linear[static_cast<std::size_t>(list_[k])]);
  std::iota(list_.begin(), list_.end(), index{0});
  complete_ = true;
  dual_ = -kInf;
  update_dual(list_.data(), p_);
}

double CoordinateDescent::violation() const {
  double worst = 0;
  for (index k = 0; k < alive_count_; ++k) {
    const index j = alive_[k];
    if (penalty_.soft()) {
      worst = std::max(worst, penalty_.distance(j, w_[j], grad_[j]));
    } else {
      const double L = norms_[j] > 0 ? norms_[j] : 1.0;
      worst = std::max(worst, L * std::abs(w_[j] - penalty_.prox(j, w_[j] - grad_[j] / L, L)));
    }
  }
  return worst;
}

// The support, what is not penalised, and the worst violators: as many again as the support has.
index CoordinateDescent::choose() {
  index count = 0, others = 0;
  index* candidates = list_.data();
  for (index k = 0; k < alive_count_; ++k) {
    const index j = alive_[k];
    if (w_[j] != 0 || penalty_.free(j)) {
      packed_[j] = kInf;
      ++count;
      candidates[others++] = j;
      continue;
    }
    if (penalty_.soft()) {
      const double d = penalty_.distance(j, w_[j], grad_[j]);
      packed_[j] = d > 0 ? d : -std::max(penalty_.l1(j) - std::abs(grad_[j]), 0.0);
    } else {
      const double L = norms_[j] > 0 ? norms_[j] : 1.0;
      packed_[j] = L * std::abs(w_[j] - penalty_.prox(j, w_[j] - grad_[j] / L, L));
    }
    candidates[others++] = j;
  }
  const index first = static_cast<index>(std::min(128.0, 2 * std::sqrt(static_cast<double>(alive_count_))));
  const index most = std::min(others, count + std::max({static_cast<index>(settings_.working_set), first, count}));
  index near = std::max<index>(settings_.working_set, count / 4);
  if (strong_ > 0) near = std::max<index>(near, count_strong(candidates, others));
  const auto higher = [&](index a, index b) { return packed_[a] != packed_[b] ? packed_[a] > packed_[b] : a < b; };
  // Of those that violate nothing only the closest few.
  index* end = std::partition(candidates, candidates + others, [&](index j) { return packed_[j] > 0; });
  if (end - candidates > most) {
    std::nth_element(candidates, candidates + most, end, higher);
    end = candidates + most;
  }
  violators_ = (end - candidates) - count;
  const index violators = end - candidates, rest = std::min(near, most - violators);
  if (violators + rest < others) {
    index* close = candidates + others;
    if (penalty_.soft()) {  // most are far away: leave them out of the search
      index* far = std::partition(end, close, [&](index j) { return packed_[j] > -0.25 * penalty_.l1(j); });
      if (far - end > rest) close = far;
    }
    std::nth_element(end, end + rest, close, higher);
  }
  const index chosen = violators + rest;
  std::sort(candidates, candidates + chosen);
  return chosen;
}

// What the sequential strong rule keeps besides violators.
index CoordinateDescent::count_strong(const index* candidates, index count) const {
  index kept = 0;
  for (index k = 0; k < count; ++k) {
    const index j = candidates[k];
    if (packed_[j] <= 0 && -packed_[j] <= (1 - strong_) * penalty_.l1(j)) ++kept;
  }
  return kept;
}

bool CoordinateDescent::solve_working_set(index count) {
  const double *y = model_.y.data(), *s = data_or_null(model_.weights);
  const double scale = std::max(scale_, std::abs(objective_));
  const double gap = has_dual_ ? objective_ - dual_ : scale * residual_;
  // With nobody left outside, this working set is the problem.
  const double share = violators_ == 0 ? 0.0 : eagerness_;
  const double target = std::max(share * gap, std::min(0.2, 2 * eagerness_) * tol_ * scale);
  bool moved = false;
  for (index round = 0; round < (quadratic_ ? 1 : kMostNewton); ++round) {
    ModelInput input{.list = list_.data(), .count = count, .constant = quadratic_, .intercept = model_.intercept};
    if (quadratic_ && level_ > 0) {
      input.level = level_;
    } else if (quadratic_) {
      input.h = s;
    } else {
      model_.loss->curvatures(n_, z_.data(), y, s, h_.data());
      damp();
      input.h = h_.data();
    }
    for (index i = 0; i < n_; ++i) input.slope_sum += u_[i];
    input.gradient = grad_.data();
    input.w = w_.data();
    input.target = target;
    if (residual_ > tol_ && tol_ > 0) input.decades = std::min(std::log10(residual_ / tol_), 16.0);
    input.max_epochs = std::max<index>(1, settings_.max_iter - working_.epochs);
    if (!quadratic_) input.max_epochs = std::min(input.max_epochs, kModelEpochs);
    working_.solve(input, *control_);
    if (quadratic_) {
      take_exact_step(count);
      if (control_->stopped()) throw Stopped{};
      return true;
    }
    if (moved && working_.first_estimate() <= target) return moved;
    if (!apply_model(count)) {
      if (damping_ >= 1) return moved;
      damping_ = 1;
      continue;
    }
    moved = true;
    if (control_->stopped()) throw Stopped{};
    // Slopes and gradient on the working set for the next model.
    fit_intercept();
    design_->dots(*pool_, list_.data(), count, u_.data(), packed_.data());
    for (index k = 0; k < count; ++k) {
      const index j = list_[k];
      grad_[j] = packed_[k] + (model_.linear.empty() ? 0.0 : model_.linear[static_cast<std::size_t>(j)]);
    }
  }
  return true;
}

// Curvature towards its bound (or 1 + damping times) after a step that had to be shortened: with damping 1 the model is
// a majoriser and the whole step decreases the objective. Losses with flat parts need it.
void CoordinateDescent::damp() {
  if (damping_ == 0) return;
  for (index i = 0; i < n_; ++i) {
    const double s = model_.weights.empty() ? 1.0 : model_.weights[static_cast<std::size_t>(i)];
    h_[i] = curvature_ < kInf ? h_[i] + damping_ * (curvature_ * s - h_[i]) : h_[i] * (1 + 4 * damping_);
  }
}

// Squares: the model is exact, its whole step is right. The caller makes the predictor afresh.
void CoordinateDescent::take_exact_step(index count) {
  b_ += working_.intercept_step();
  for (index k = 0; k < count; ++k) w_[list_[k]] = working_.value(k);
}

// Takes the model's step, shortened until the objective falls as Armijo asks.
bool CoordinateDescent::apply_model(index count) {
  const double *y = model_.y.data(), *s = data_or_null(model_.weights);
  const double db = working_.intercept_step();
  dz_.fill(db);
  double slope = 0, simple = 0;
  for (index i = 0; i < n_; ++i) slope += u_[i] * db;
  bool any = db != 0;
  for (index k = 0; k < count; ++k) {
    const double d = working_.step(k);
    if (d == 0) continue;
    any = true;
    const index j = list_[k];
    design_->axpy(j, d, dz_.data());
    slope += grad_[j] * d;
    simple += penalty_.value(j, w_[j] + d) - penalty_.value(j, w_[j]);
  }
  if (!any) return false;
  double alpha = 1;
  const double now = model_.loss->value(n_, z_.data(), y, s);
  const double predicted = slope + simple, slack = 1e-14 * std::abs(objective_);
  int half = 0;
  for (; half < 30; ++half, alpha *= 0.5) {
    double linear = 0, after = 0;
    for (index i = 0; i < n_; ++i) trial_[i] = z_[i] + alpha * dz_[i];
    for (index k = 0; k < count; ++k) {
      const double d = working_.step(k);
      if (d == 0) continue;
      const index j = list_[k];
      after += penalty_.value(j, w_[j] + alpha * d) - penalty_.value(j, w_[j]);
      if (!model_.linear.empty()) linear += model_.linear[static_cast<std::size_t>(j)] * alpha * d;
    }
    ++values_;
    const double change = model_.loss->value(n_, trial_.data(), y, s) - now + linear + after;
    if (change <= 0.01 * alpha * std::min(predicted, 0.0) + slack) break;
    ++working_.backtracks;
  }
  if (half == 30) return false;
  damping_ = half > 0 ? std::clamp(4 * damping_, 0.01, 1.0) : damping_ > 1e-3 ? damping_ / 4 : 0.0;
  for (index i = 0; i < n_; ++i) z_[i] += alpha * dz_[i];
  b_ += alpha * db;
  for (index k = 0; k < count; ++k) {
    const index j = list_[k];
    w_[j] = alpha == 1.0 ? working_.value(k) : w_[j] + alpha * working_.step(k);
  }
  return true;
}

}  // namespace fenchel
