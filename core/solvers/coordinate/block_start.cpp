// block_start.cpp -- where a solve begins, and the factor of g from which on x = 0 is the answer.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "solvers/coordinate/block_descent.hpp"

namespace fenchel {

void BlockDescent::revive() {
  alive_count_ = 0;
  for (index b = 0; b < penalty_.count(); ++b) {
    const bool nothing = penalty_.fixed_block(b);
    dead_[b] = nothing ? 2 : 0;
    if (!nothing) alive_[alive_count_++] = b;
  }
  screened_ = 0;
}

// P(0) and the gradient's size there, whatever the warm start is; they do not depend on the factor.
void BlockDescent::start_at_zero() {
  for (index c = 0; c < size_; ++c) w_[c] = std::clamp(0.0, penalty_.lower(c), penalty_.upper(c));
  b_.fill(0);
  fresh_predictor();
  evaluate(true);
  scale_ = std::abs(objective_);
  kkt_scale_ = std::max(violation(), 1e-300);
  scale_known_ = true;
}

void BlockDescent::start() {
  revive();
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
    objective_ = smooth_ + simple_value();
    update_dual(list_.data(), penalty_.count());
  } else {
    std::copy(w_.begin(), w_.end(), best_w_.begin());
    std::copy(b_.begin(), b_.end(), best_b_.begin());
    start_at_zero();
    if (warm_) {
      for (index c = 0; c < size_; ++c) w_[c] = std::clamp(best_w_[c], penalty_.lower(c), penalty_.upper(c));
      std::copy(best_b_.begin(), best_b_.end(), b_.begin());
      fresh_predictor();
      evaluate(true);
    }
  }
  residual_ = measure();
  keep();
}

// The least t at which block b stays 0 by the present gradient: where t g_b*(- grad / t) becomes finite.
double BlockDescent::factor_needed(index b) {
  if (dead_[b] == 2) return 0;
  const index* c = penalty_.members(b);
  const index size = penalty_.length(b);
  double most = 0;
  if (penalty_.level(b) == 0) {
    for (index k = 0; k < size; ++k) {
      const double g = grad_[c[k]], l1 = penalty_.l1(c[k]);
      if (penalty_.free(c[k]) || (g < 0 && penalty_.upper(c[k]) <= 0) || (g > 0 && penalty_.lower(c[k]) >= 0) || g == 0)
        continue;
      most = std::max(most, l1 > 0 ? std::abs(g) / l1 : kInf);
    }
    return most;
  }
  // ||soft(grad, t l1)|| <= t level: the left side falls with t.
  dual_vector(b, 1.0, block_b_.data());
  const double all = penalty_.size_of(b, block_b_.data());  // at factor 1
  double low = 0, high = 1;
  const auto fits = [&](double t) {
    penalty_.set_factor(t);
    const bool fit = penalty_.size_of(b, block_b_.data()) <= penalty_.level(b);
    penalty_.set_factor(1.0);
    return fit;
  };
  if (penalty_.only_norm(b)) return all / penalty_.level(b);
  if (all == 0 && fits(0)) return 0;
  while (!fits(high) && high < 1e300) high *= 2;
  for (int round = 0; round < 200; ++round) {
    const double middle = 0.5 * (low + high);
    if (middle == low || middle == high) break;
    (fits(middle) ? high : low) = middle;
  }
  return high;
}

double BlockDescent::largest_factor() {
  Control control;
  ThreadPool pool(1);
  control_ = &control;
  pool_ = &pool;
  penalty_.set_factor(1.0);
  revive();
  start_at_zero();
  index count = 0;
  for (index k = 0; k < alive_count_; ++k)
    if (penalty_.free_block(alive_[k])) ++count;
  for (int round = 0; count > 0 && round < 50; ++round) {
    index at = 0;
    double left = 0, size = 0;
    for (index k = 0; k < alive_count_; ++k) {
      const index b = alive_[k];
      const bool free = penalty_.free_block(b);
      if (free) list_[at++] = b;
      for (index e = 0; e < penalty_.length(b); ++e) {
        const index c = penalty_.members(b)[e];
        size = std::max(size, std::abs(grad_[c]));
        if (free && penalty_.free(c)) left = std::max(left, std::abs(grad_[c]));
      }
    }
    if (left <= 1e-13 * size) break;
    eagerness_ = 1e-9;
    violators_ = 1;
    solve_working_set(count);
    fresh_predictor();
    evaluate(true);
  }
  control_ = nullptr;
  pool_ = nullptr;
  double most = 0;
  for (index b = 0; b < penalty_.count(); ++b) most = std::max(most, factor_needed(b));
  scale_known_ = false;
  return most;
}

void BlockDescent::set_factor(double t) {
  strong_ = solved_before_ && t > 0 && last_factor_ > t ? std::max(2 - last_factor_ / t, 0.0) : 0.0;
  last_factor_ = t;
  penalty_.set_factor(t);
}

}  // namespace fenchel
