// starting_point.cpp -- where a solve begins, and the factor of g from which on x = 0 is the answer.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "solvers/coordinate/coordinate_descent.hpp"

namespace fenchel {

void CoordinateDescent::revive() {
  alive_count_ = 0;
  for (index j = 0; j < p_; ++j) {
    const bool nothing = penalty_.soft() && penalty_.lower(j) == 0 && penalty_.upper(j) == 0;
    dead_[j] = nothing ? 2 : 0;
    if (!nothing) alive_[alive_count_++] = j;
  }
  screened_ = 0;
}

// P(0) and the gradient's size there, whatever the warm start is; they do not depend on the factor.
void CoordinateDescent::start_at_zero() {
  for (index j = 0; j < p_; ++j) w_[j] = penalty_.soft() ? std::clamp(0.0, penalty_.lower(j), penalty_.upper(j)) : 0.0;
  b_ = 0;
  fresh_predictor();
  evaluate(true);
  scale_ = std::abs(objective_);
  kkt_scale_ = std::max(violation(), 1e-300);
  scale_known_ = true;
}

void CoordinateDescent::start() {
  revive();
  prepare_shift();
  dual_ = -kInf;
  has_dual_ = false;
  eagerness_ = 0.1;
  damping_ = 0;
  complete_ = stuck_ = false;
  last_count_ = 0;
  support_hash_ = 0;
  support_iteration_ = -1;
  const bool known = present_ && solved_before_ && scale_known_;
  present_ = false;
  if (known) {  // only g has changed: no pass over the data
    std::iota(list_.begin(), list_.end(), index{0});
    objective_ = smooth_ + simple_value() - (model_.linear.empty() ? 0.0 : linear_value());
    update_dual(list_.data(), p_);
  } else {
    const double b = b_;
    std::copy(w_.begin(), w_.end(), best_w_.begin());
    start_at_zero();
    if (warm_) {
      for (index j = 0; j < p_; ++j)
        w_[j] = penalty_.soft() ? std::clamp(best_w_[j], penalty_.lower(j), penalty_.upper(j)) : best_w_[j];
      b_ = b;
      fresh_predictor();
      evaluate(true);
    }
  }
  residual_ = measure();
  keep();
}

// The factor at which no coordinate wants to leave 0, by the present gradient.
double CoordinateDescent::factor_needed() const {
  double most = 0;
  for (index j = 0; j < p_; ++j) {
    if (dead_[j] == 2 || penalty_.free(j)) continue;
    const double g = grad_[j], l1 = penalty_.l1(j);  // at factor 1
    if ((g < 0 && penalty_.upper(j) <= 0) || (g > 0 && penalty_.lower(j) >= 0) || g == 0) continue;
    most = std::max(most, l1 > 0 ? std::abs(g) / l1 : kInf);
  }
  return most;
}

double CoordinateDescent::largest_factor() {
  if (!penalty_.soft()) return separable_factor();
  Control control;
  ThreadPool pool(1);
  control_ = &control;
  pool_ = &pool;
  penalty_.set_factor(1.0);
  revive();
  start_at_zero();
  index count = 0;
  for (index k = 0; k < alive_count_; ++k)
    if (penalty_.free(alive_[k])) ++count;
  for (int round = 0; count > 0 && round < 50; ++round) {
    index at = 0;
    double left = 0, size = 0;
    for (index k = 0; k < alive_count_; ++k) {
      size = std::max(size, std::abs(grad_[alive_[k]]));
      if (!penalty_.free(alive_[k])) continue;
      list_[at++] = alive_[k];
      left = std::max(left, std::abs(grad_[alive_[k]]));
    }
    if (left <= 1e-13 * size) break;
    eagerness_ = 1e-9;
    solve_working_set(count);
    fresh_predictor();
    evaluate(true);
  }
  control_ = nullptr;
  pool_ = nullptr;
  return factor_needed();
}

// By bisection: g_j may be any function with a kink at 0.
double CoordinateDescent::separable_factor() {
  Control control;
  ThreadPool pool(1);
  control_ = &control;
  pool_ = &pool;
  revive();
  start_at_zero();
  control_ = nullptr;
  pool_ = nullptr;
  const auto moves = [&](double t) {
    penalty_.set_factor(t);
    for (index j = 0; j < p_; ++j)
      if (penalty_.distance(j, 0.0, grad_[j]) > 0) return true;
    return false;
  };
  double low = 0, high = 1;
  while (moves(high) && high < 1e300) high *= 2;
  if (high >= 1e300) return kInf;
  for (int k = 0; k < 120 && low < high; ++k) {
    const double middle = 0.5 * (low + high);
    if (middle == low || middle == high) break;
    (moves(middle) ? low : high) = middle;
  }
  penalty_.set_factor(1.0);
  return high;
}

void CoordinateDescent::set_factor(double t) {
  strong_ = solved_before_ && t > 0 && last_factor_ > t ? std::max(2 - last_factor_ / t, 0.0) : 0.0;
  last_factor_ = t;
  penalty_.set_factor(t);
}

}  // namespace fenchel
