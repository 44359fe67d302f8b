// dual_point.cpp -- the duality gap and what it proves.
//
//   D(theta) = - F*(-theta) - <theta, o> - g*(X'theta - c),   theta = - alpha F'(z),   sum_i theta_i = 0 with a free b
#include <algorithm>
#include <cmath>

#include "kernels/kernels.hpp"
#include "solvers/coordinate/coordinate_descent.hpp"

namespace fenchel {
namespace {

constexpr index kSampleColumns = 64, kSampleShare = 4;  // screening pays where one in kSampleShare goes
constexpr double kFreeTol = 1e-9;  // relative size of X_j'theta that counts as 0 for a coordinate without penalty

}  // namespace

// The factors alpha for which every coordinate's conjugate is finite; false when there is none.
bool CoordinateDescent::scale_range(const index* list, index count, double& low, double& high) const {
  low = 0;
  high = kInf;
  if (homogeneous_ && unbounded_ && model_.linear.empty()) {  // the common case: l1 / max |grad|, without divisions
    double most = 0, room = 1;
    for (index k = 0; k < count; ++k) {
      const index j = list[k];
      const double a = std::abs(dual_grad_[j]), l1 = penalty_.l1(j);
      if (a * room <= most * l1 || dead_[j] == 2 || l1 == 0) continue;
      most = a;
      room = l1;
    }
    if (most > 0) high = room / most;
    return true;
  }
  for (index k = 0; k < count; ++k) {
    const index j = list[k];
    if (dead_[j] == 2 || penalty_.free(j) || penalty_.l2(j) > 0) continue;
    const double c = model_.linear.empty() ? 0.0 : model_.linear[static_cast<std::size_t>(j)];
    const double a = dual_grad_[j] - c, l1 = penalty_.l1(j);
    // v = - (alpha a + c): at most l1 unless x is bounded above, at least - l1 unless it is bounded below.
    for (const double side : {1.0, -1.0}) {
      if (side > 0 ? penalty_.upper(j) < kInf : penalty_.lower(j) > -kInf) continue;
      const double slope = -side * a, room = l1 + side * c;  // slope alpha <= room
      if (slope > 0)
        high = std::min(high, room / slope);
      else if (slope < 0)
        low = std::max(low, room / slope);
      else if (room < 0)
        return false;
    }
  }
  return low <= high && high >= 0;
}

double CoordinateDescent::dual_at(const index* list, index count, double alpha) {
  for (index i = 0; i < n_; ++i) trial_[i] = -alpha * dual_slopes_[i];
  double value =
      model_.loss->dual(n_, trial_.data(), model_.y.data(), model_.weights.empty() ? nullptr : model_.weights.data());
  if (!model_.offset.empty())
    for (index i = 0; i < n_; ++i) value -= trial_[i] * model_.offset[static_cast<std::size_t>(i)];
  double conjugate = 0;
  const double size = std::sqrt(kernels::table<double>().dot(dual_slopes_, dual_slopes_, n_));
  for (index k = 0; k < count; ++k) {
    const index j = list[k];
    if (dead_[j] == 2) continue;
    const double c = model_.linear.empty() ? 0.0 : model_.linear[static_cast<std::size_t>(j)];
    const double v = -(alpha * (dual_grad_[j] - c) + c);
    if (penalty_.free(j)) {
      // Newton on the free coordinates leaves this at rounding; anything more is not a dual point.
      const double norm = std::sqrt(design_->square(j, nullptr, nullptr));
      if (std::abs(v) > kFreeTol * norm * size + 1e-300) return -kInf;
      conjugate += std::abs(v * w_[j]);
      continue;
    }
    // A hair outside the domain by rounding of alpha is on its edge.
    const double l1 = penalty_.l1(j);
    const double inside = penalty_.l2(j) == 0 && std::abs(v) <= l1 * (1 + 1e-14) ? std::clamp(v, -l1, l1) : v;
    conjugate += penalty_.conjugate(j, inside);
  }
  return value - conjugate;
}

// Tries the present slopes as a dual point; the best ever seen stays.
void CoordinateDescent::update_dual(const index* list, index count) {
  if (!convex_ || !penalty_.soft() || !model_.loss->convex() || shift_ == Shift::missing) {
    has_dual_ = false;
    return;
  }
  aim_dual(list, count);
  double low, high;
  if (!scale_range(list, count, low, high)) return;
  double alpha = std::min(1.0, high);
  if (alpha < low) alpha = low;
  if (quadratic_ && model_.linear.empty()) {
    // Squares: D is a parabola in alpha as long as g* is 0; its top, if feasible.
    double square = 0, cross = 0;
    for (index i = 0; i < n_; ++i) {
      const auto at = static_cast<std::size_t>(i);
      const double s = model_.weights.empty() ? 1.0 : model_.weights[at];
      if (!(s > 0)) continue;
      square += dual_slopes_[i] * dual_slopes_[i] / s;
      cross -= dual_slopes_[i] * (model_.y[at] - (model_.offset.empty() ? 0.0 : model_.offset[at]));
    }
    if (square > 0 && homogeneous_) alpha = std::clamp(cross / square, low, high);
  }
  const double value = dual_at(list, count, alpha);
  if (!std::isfinite(value)) return;
  has_dual_ = true;
  if (value <= dual_) return;
  dual_ = value;
  alpha_ = alpha;
  for (index k = 0; k < count; ++k) {
    const index j = list[k];
    const double c = model_.linear.empty() ? 0.0 : model_.linear[static_cast<std::size_t>(j)];
    v_[j] = -(alpha * (dual_grad_[j] - c) + c);
  }
  fresh_dual_ = true;
}

// w_j = 0 for every dual point within `radius` of the present one.
bool CoordinateDescent::screens(index j, double radius, double norm) const {
  const double reach = radius * norm, l1 = penalty_.l1(j) * (1 - 1e-12);
  return penalty_.lower(j) <= 0 && penalty_.upper(j) >= 0 && w_[j] == 0 &&
         (penalty_.upper(j) == 0 || v_[j] + reach < l1) && (penalty_.lower(j) == 0 || -v_[j] + reach < l1);
}

// The norms cost a pass over the data: a sample of the columns tells whether that many would go.
bool CoordinateDescent::screening_pays(double radius) const {
  const index stride = std::max<index>(1, alive_count_ / kSampleColumns);
  index seen = 0, gone = 0;
  for (index k = 0; k < alive_count_; k += stride, ++seen)
    if (screens(alive_[k], radius, std::sqrt(design_->square(alive_[k], nullptr, nullptr)))) ++gone;
  return kSampleShare * gone >= seen;
}

// Gap-safe ball: D is strongly concave, so the dual optimum is within R = sqrt(2 L max(s) gap) of theta.
void CoordinateDescent::screen() {
  if (!std::isfinite(curvature_) || residual_ > 1e-2 || !fresh_dual_ || alive_count_ < 4 * support_ + 64) return;
  fresh_dual_ = false;
  double heaviest = model_.weights.empty() ? 1.0 : 0.0;
  for (const double s : model_.weights) heaviest = std::max(heaviest, s);
  const double radius = std::sqrt(2 * curvature_ * heaviest * std::max(objective_ - dual_, 0.0)) * (1 + 1e-12);
  if (!norms_known_) {
    if (!screening_pays(radius)) return;
    for (index j = 0; j < p_; ++j) norms_[j] = dead_[j] == 2 ? 0.0 : std::sqrt(design_->square(j, nullptr, nullptr));
    norms_known_ = true;
  }
  index kept = 0;
  for (index k = 0; k < alive_count_; ++k) {
    const index j = alive_[k];
    if (!screens(j, radius, norms_[j])) {
      alive_[kept++] = j;
      continue;
    }
    dead_[j] = 1;
    ++screened_;
  }
  alive_count_ = kept;
}

}  // namespace fenchel
