// dual_shift.cpp -- a dual point where scaling alone finds none: a term without weight on a side that it leaves open,
// x_j >= 0 say, asks for X_j'theta <= 0 exactly, and the slopes of a nearly optimal point miss that by a little.
//
//   theta = theta_0 + alpha eps delta,   side_j X_j'delta < 0 for every such j,   eps the least that repairs all of
//   them
//
// The price is of the order of eps, so the gap closes as x converges. delta exists unless a nonnegative combination of
// the columns side_j x_j is 0 (Gordan): minus the sum of the unit columns, to which a perceptron adds those it misses.
// Where twenty rounds find none, the violation of the optimality conditions is the certificate (RESIDUAL).
#include <algorithm>
#include <cmath>

#include "kernels/kernels.hpp"
#include "solvers/coordinate/coordinate_descent.hpp"

namespace fenchel {
namespace {

constexpr int kRounds = 20;
constexpr double kMargin = 1e-6;    // least cosine between delta and a column
constexpr double kOutward = 1e-12;  // relative, so that rounding leaves theta inside

}  // namespace

// +1: x_j may grow for nothing; -1: it may fall; 0: scaling finds a dual point.
int CoordinateDescent::open_side(index j) const {
  if (dead_[j] == 2 || penalty_.free(j) || penalty_.l1(j) > 0 || penalty_.l2(j) > 0) return 0;
  return penalty_.upper(j) == kInf ? 1 : penalty_.lower(j) == -kInf ? -1 : 0;
}

void CoordinateDescent::prepare_shift() {
  if (!penalty_.soft() || !convex_ || shift_ != Shift::none || penalty_.factor() == 0) return;
  bool open = false, free = false;
  for (index j = 0; j < p_; ++j) {
    open = open || open_side(j) != 0;
    free = free || penalty_.free(j);
  }
  if (!open) return;
  // A free coordinate asks for X_j'theta = 0 and a linear part moves the sides: neither is repaired here.
  shift_ = !free && model_.linear.empty() && shift_dots_.size() == p_ && find_shift() ? Shift::found : Shift::missing;
}

bool CoordinateDescent::find_shift() {
  shift_delta_.fill(0);
  shift_dots_.fill(0);
  for (int round = 0; round < kRounds; ++round) {
    for (index j = 0; j < p_; ++j) {
      const double norm = std::sqrt(design_->square(j, nullptr, nullptr));
      if (open_side(j) != 0 && shift_dots_[j] == 0 && norm > 0)
        design_->axpy(j, -open_side(j) / norm, shift_delta_.data());
    }
    double sum = 0, count = 0;
    for (index i = 0; i < n_; ++i) {
      if (!model_.weights.empty() && model_.weights[static_cast<std::size_t>(i)] == 0) shift_delta_[i] = 0;
      sum += shift_delta_[i];
      count += shift_delta_[i] != 0;
    }
    if (model_.intercept && count > 0)  // sum_i theta_i = 0 stays
      for (index i = 0; i < n_; ++i)
        if (shift_delta_[i] != 0) shift_delta_[i] -= sum / count;
    const double size = std::sqrt(kernels::table<double>().dot(shift_delta_.data(), shift_delta_.data(), n_));
    bool all = size > 0;
    for (index j = 0; j < p_; ++j) {
      const double norm = std::sqrt(design_->square(j, nullptr, nullptr));
      shift_dots_[j] = design_->dot(j, shift_delta_.data());
      const int side = open_side(j);
      if (side == 0 || norm == 0 || side * shift_dots_[j] < -kMargin * norm * size) continue;
      shift_dots_[j] = 0;  // marks a column that delta misses
      all = false;
    }
    if (all) return true;
  }
  return false;
}

// Slopes and gradient at which a dual point is tried: the present ones, shifted where that is needed.
void CoordinateDescent::aim_dual(const index* list, index count) {
  dual_slopes_ = u_.data();
  dual_grad_ = grad_.data();
  if (shift_ != Shift::found) return;
  double eps = 0;
  for (index k = 0; k < count; ++k) {
    const index j = list[k];
    const int side = open_side(j);
    if (side != 0 && shift_dots_[j] != 0) eps = std::max(eps, side * grad_[j] / (side * shift_dots_[j]));
  }
  if (eps == 0) return;
  eps *= 1 + kOutward;
  for (index i = 0; i < n_; ++i) shift_slopes_[i] = u_[i] - eps * shift_delta_[i];
  for (index k = 0; k < count; ++k) {
    const index j = list[k];
    const int side = open_side(j);
    const double a = grad_[j] - eps * shift_dots_[j];
    shift_grad_[j] = side == 0 ? a : side * std::max(side * a, 0.0);
  }
  dual_slopes_ = shift_slopes_.data();
  dual_grad_ = shift_grad_.data();
}

}  // namespace fenchel
