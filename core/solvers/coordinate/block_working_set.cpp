// block_working_set.cpp -- proximal Newton steps on one working set.
#include <algorithm>
#include <cmath>

#include "solvers/coordinate/block_descent.hpp"

namespace fenchel {
namespace {

constexpr index kMostNewton = 20;    // model solves on one working set
constexpr index kModelEpochs = 100;  // a model that is only a model is not worth more

}  // namespace

// Curvature towards its bound after a step that had to be shortened: with damping 1 the model is a majoriser and the
// whole step decreases the objective (without a bound: 1 + 4 damping times). Losses with flat parts need it.
void BlockDescent::find_curvature(BlockInput& input) {
  const double *y = model_.y.data(), *s = sample_weights();
  if (quadratic_) {
    input.h = s;
    return;
  }
  input.h = h_.data();
  if (outputs_ > 1) {
    model_.loss->simplex(n_, z_.data(), y, s, h_.data());
    input.s = s;
    input.rho = damping_ * curvature_;
    return;
  }
  model_.loss->curvatures(n_, z_.data(), y, s, h_.data());
  if (damping_ == 0) return;
  for (index i = 0; i < n_; ++i) {
    const double weight = s == nullptr ? 1.0 : s[i];
    h_[i] = curvature_ < kInf ? h_[i] + damping_ * (curvature_ * weight - h_[i]) : h_[i] * (1 + 4 * damping_);
  }
}

bool BlockDescent::solve_working_set(index count) {
  const double scale = std::max(scale_, std::abs(objective_));
  const double gap = has_dual_ ? objective_ - dual_ : scale * residual_;
  // With nobody left outside, this working set is the problem.
  const double share = violators_ == 0 ? 0.0 : eagerness_;
  const double target = std::max(share * gap, std::min(0.2, 2 * eagerness_) * tol_ * scale);
  bool moved = false;
  for (index round = 0; round < (quadratic_ ? 1 : kMostNewton); ++round) {
    BlockInput input{.list = list_.data(), .count = count, .constant = quadratic_, .intercept = model_.intercept};
    find_curvature(input);
    input.gradient = grad_.data();
    input.slope_sum = sum_.data();
    input.x = w_.data();
    input.target = target;
    input.max_epochs = std::max<index>(1, settings_.max_iter - working_.epochs);
    if (!quadratic_) input.max_epochs = std::min(input.max_epochs, kModelEpochs);
    working_.solve(input, *control_);
    if (!quadratic_ && moved && working_.first_estimate() <= target) return moved;
    if (!apply_model()) {
      if (quadratic_ || damping_ >= 1) return moved;
      damping_ = 1;
      continue;
    }
    moved = true;
    if (control_->stopped()) throw Stopped{};
    if (quadratic_) return true;
    // Slopes and gradient on the working set for the next model.
    fit_intercepts();
    const index many = coordinates_of(list_.data(), count);
    lifted_.dots(pool_, coordinates_.data(), many, u_.data(), packed_.data());
    for (index k = 0; k < many; ++k) grad_[coordinates_[k]] = packed_[k] + linear(coordinates_[k]);
  }
  return true;
}

// Change of g + <c, x> for alpha times the model's step.
double BlockDescent::simple_change(double alpha) {
  double change = 0;
  for (index k = 0; k < working_.count(); ++k) change += linear(working_.coordinate(k)) * alpha * working_.step(k);
  for (index w = 0; w < working_.blocks(); ++w) {
    const index b = working_.block(w), first = working_.first(w);
    bool any = false;
    for (index k = 0; k < penalty_.length(b); ++k) {
      const double d = working_.step(first + k), x = working_.value(first + k) - d;
      block_a_[k] = x;
      block_b_[k] = alpha == 1 ? working_.value(first + k) : x + alpha * d;
      any = any || d != 0;
    }
    if (any) change += penalty_.value(b, block_b_.data()) - penalty_.value(b, block_a_.data());
  }
  return change;
}

// Shortens alpha until the objective falls as Armijo asks. False when it never does.
bool BlockDescent::search(double slope, double& alpha) {
  const double *y = model_.y.data(), *s = sample_weights();
  const double now = model_.loss->value(n_, z_.data(), y, s), slack = 1e-14 * std::abs(objective_);
  const double predicted = slope + simple_change(1.0);
  int half = 0;
  for (; half < 30; ++half, alpha *= 0.5) {
    for (index i = 0; i < all_; ++i) trial_[i] = z_[i] + alpha * dz_[i];
    ++values_;
    const double change = model_.loss->value(n_, trial_.data(), y, s) - now + simple_change(alpha);
    if (change <= 0.01 * alpha * std::min(predicted, 0.0) + slack) break;
    ++working_.backtracks;
  }
  if (half == 30) return false;
  damping_ = half > 0 ? std::clamp(4 * damping_, 0.01, 1.0) : damping_ > 1e-3 ? damping_ / 4 : 0.0;
  return true;
}

// Takes the model's step, shortened where the model is not exact.
bool BlockDescent::apply_model() {
  double* db = working_.intercept_step();
  remove_mean(db);
  double slope = 0;
  bool any = false;
  for (index k = 0; k < outputs_; ++k) any = any || db[k] != 0;
  for (index i = 0; i < all_; ++i) {
    dz_[i] = db[outputs_ == 1 ? 0 : i % outputs_];
    slope += u_[i] * dz_[i];
  }
  for (index k = 0; k < working_.count(); ++k) {
    const index c = working_.coordinate(k);
    const double d = working_.step(k);
    coordinates_[k] = c;
    moves_[k] = d;
    any = any || d != 0;
    slope += (grad_[c] - linear(c)) * d;  // <c, x> is in simple_change
  }
  if (!any) return quadratic_;
  lifted_.add(coordinates_.data(), working_.count(), moves_.data(), dz_.data());
  double alpha = 1;
  if (!quadratic_ && !search(slope, alpha)) return false;
  for (index i = 0; i < all_; ++i) z_[i] += alpha * dz_[i];
  for (index k = 0; k < outputs_; ++k) b_[k] += alpha * db[k];
  for (index k = 0; k < working_.count(); ++k) {
    const index c = working_.coordinate(k);
    w_[c] = alpha == 1.0 ? working_.value(k) : w_[c] + alpha * working_.step(k);
  }
  return true;
}

}  // namespace fenchel
