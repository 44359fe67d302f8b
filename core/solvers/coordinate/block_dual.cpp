// block_dual.cpp -- the duality gap of the block engine and what it proves.
//
//   D(theta) = - F*(-theta) - <theta, o> - g*(X'theta - c),  theta = - alpha F'(z),  sum_i theta_i = 0 with a free b
//
// g_b* of a group is 0 where || soft(v_b, l1) || <= level and inf elsewhere: alpha scales theta into that set.
#include <algorithm>
#include <cmath>

#include "kernels/kernels.hpp"
#include "solvers/coordinate/block_descent.hpp"

namespace fenchel {
namespace {

constexpr double kFreeTol = 1e-9;  // relative size of x_c'theta that counts as 0 for a coordinate without penalty

}  // namespace

// v_b = X_b'theta - c_b for theta = - alpha F'(z).
void BlockDescent::dual_vector(index b, double alpha, double* v) const {
  for (index k = 0; k < penalty_.length(b); ++k) {
    const index c = penalty_.members(b)[k];
    v[k] = -(alpha * (grad_[c] - linear(c)) + linear(c));
  }
}

// Narrows [low, high] to the factors alpha for which g_b* is finite; those above target need not be right. False when
// there are none.
bool BlockDescent::feasible_range(index b, double target, double& low, double& high) {
  if (penalty_.level(b) == 0) {
    for (index k = 0; k < penalty_.length(b); ++k) {
      const index j = penalty_.members(b)[k];
      if (penalty_.free(j) || penalty_.l2(j) > 0) continue;
      const double c = linear(j), a = grad_[j] - c, l1 = penalty_.l1(j);
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
    return low <= high;
  }
  double* v = block_b_.data();
  const auto excess = [&](double alpha) {  // convex in alpha
    dual_vector(b, alpha, v);
    return penalty_.size_of(b, v) - penalty_.level(b);
  };
  const double aim = std::min(target, high), above = excess(aim);
  if (model_.linear.empty()) {
    if (above <= 0) return true;
    if (penalty_.only_norm(b)) {
      high = aim * penalty_.level(b) / (above + penalty_.level(b));
      return true;
    }
  }
  const auto edge = [&](double inside, double outside) {
    for (int round = 0; round < 200; ++round) {
      const double middle = 0.5 * (inside + outside);
      if (middle == inside || middle == outside) break;
      (excess(middle) <= 0 ? inside : outside) = middle;
    }
    return inside;
  };
  double best = above <= 0 ? aim : 0.0;
  if (above > 0 && excess(0) > 0) {  // neither end: the bottom of the bowl
    double left = 0, right = 4 * std::max(aim, 1.0);
    for (int round = 0; round < 200 && excess(best = 0.5 * (left + right)) > 0; ++round) {
      const double a = left + (right - left) / 3, c = right - (right - left) / 3;
      const bool falls_left = excess(a) < excess(c);
      (falls_left ? right : left) = falls_left ? c : a;
    }
    if (excess(best) > 0) return false;
  }
  if (above > 0 && best < aim) high = std::min(high, edge(best, aim));
  if (excess(0) > 0) low = std::max(low, edge(best, 0.0));
  return low <= high;
}

double BlockDescent::dual_at(const index* blocks, index count, double alpha) {
  for (index i = 0; i < all_; ++i) trial_[i] = -alpha * u_[i];
  double value = model_.loss->dual(n_, trial_.data(), model_.y.data(), sample_weights());
  if (!model_.offset.empty())
    for (index i = 0; i < all_; ++i) value -= trial_[i] * offset(i);
  double conjugate = 0;
  const double size = std::sqrt(kernels::table<double>().dot(u_.data(), u_.data(), all_));
  double* v = block_b_.data();
  for (index k = 0; k < count; ++k) {
    const index b = blocks[k];
    if (dead_[b] == 2) continue;
    dual_vector(b, alpha, v);
    if (penalty_.level(b) > 0) {
      // A hair outside the domain by rounding of alpha is on its edge.
      const double room = penalty_.level(b) + 1e-14 * (penalty_.level(b) + penalty_.l1(penalty_.members(b)[0]));
      if (!(penalty_.size_of(b, v) <= room)) return -kInf;
      continue;
    }
    for (index e = 0; e < penalty_.length(b); ++e) {
      const index c = penalty_.members(b)[e];
      if (penalty_.free(c)) {
        // Newton on the free coordinates leaves this at rounding; anything more is not a dual point.
        const double norm = std::sqrt(design_->square(lifted_.feature(c), nullptr, nullptr));
        if (std::abs(v[e]) > kFreeTol * norm * size + 1e-300) return -kInf;
        conjugate += std::abs(v[e] * w_[c]);
        continue;
      }
      const double l1 = penalty_.l1(c);
      const bool edge = penalty_.l2(c) == 0 && std::abs(v[e]) <= l1 * (1 + 1e-14);
      conjugate += penalty_.conjugate1(c, edge ? std::clamp(v[e], -l1, l1) : v[e]);
    }
  }
  return value - conjugate;
}

// Squares with a homogeneous g: D is a parabola in alpha as long as g* is 0; its top. Else 1.
double BlockDescent::best_factor() const {
  if (!quadratic_ || !homogeneous_ || !model_.linear.empty()) return 1;
  double square = 0, cross = 0;
  for (index i = 0; i < n_; ++i) {
    const auto at = static_cast<std::size_t>(i);
    const double s = model_.weights.empty() ? 1.0 : model_.weights[at];
    if (!(s > 0)) continue;
    square += u_[i] * u_[i] / s;
    cross -= u_[i] * (model_.y[at] - offset(i));
  }
  return square > 0 ? std::max(cross / square, 0.0) : 1.0;
}

// Tries the present slopes as a dual point; the best ever seen stays.
void BlockDescent::update_dual(const index* blocks, index count) {
  double low = 0, high = kInf;
  const double target = best_factor();
  for (index k = 0; k < count; ++k)
    if (dead_[blocks[k]] != 2 && !feasible_range(blocks[k], target, low, high)) return;
  const double alpha = std::max(std::min(target, high), low);
  const double value = dual_at(blocks, count, alpha);
  if (!std::isfinite(value)) return;
  has_dual_ = true;
  if (value <= dual_) return;
  dual_ = value;
  for (index k = 0; k < count; ++k) {
    dual_vector(blocks[k], alpha, block_b_.data());
    for (index e = 0; e < penalty_.length(blocks[k]); ++e) v_[penalty_.members(blocks[k])[e]] = block_b_[e];
  }
  fresh_dual_ = true;
}

// A bound of the norm of X_b: the Frobenius norm of its columns of one output.
double BlockDescent::block_norm(index b) {
  double most = 0;
  for (index o = 0; o < outputs_; ++o) {
    double sum = 0;
    for (index k = 0; k < penalty_.length(b); ++k) {
      const index c = penalty_.members(b)[k];
      if (lifted_.output(c) == o) sum += design_->square(lifted_.feature(c), nullptr, nullptr);
    }
    most = std::max(most, sum);
  }
  return std::sqrt(most);
}

// Gap-safe ball: D is strongly concave, so the dual optimum is within R = sqrt(2 sup f'' max(s) gap) of theta, and
// || soft(X_b'theta, l1) || + R ||X_b|| < level proves x_b = 0.
void BlockDescent::screen() {
  if (!std::isfinite(curvature_) || residual_ > 1e-2 || !fresh_dual_ || alive_count_ < 4 * support_ + 64) return;
  fresh_dual_ = false;
  double heaviest = model_.weights.empty() ? 1.0 : 0.0;
  for (const double s : model_.weights) heaviest = std::max(heaviest, s);
  const double radius = std::sqrt(2 * curvature_ * heaviest * std::max(objective_ - dual_, 0.0)) * (1 + 1e-12);
  if (!norms_known_)
    for (index b = 0; b < penalty_.count(); ++b) norms_[b] = dead_[b] == 2 ? 0.0 : block_norm(b);
  norms_known_ = true;
  index kept = 0;
  for (index k = 0; k < alive_count_; ++k) {
    const index b = alive_[k], *c = penalty_.members(b);
    const index size = penalty_.length(b);
    const double reach = radius * norms_[b];
    for (index e = 0; e < size; ++e) block_b_[e] = v_[c[e]];
    bool zero =
        penalty_.level(b) == 0 || penalty_.size_of(b, block_b_.data()) + reach < penalty_.level(b) * (1 - 1e-12);
    for (index e = 0; e < size && zero; ++e) {
      zero = w_[c[e]] == 0;
      if (penalty_.level(b) > 0) continue;
      const double l1 = penalty_.l1(c[e]) * (1 - 1e-12), upper = penalty_.upper(c[e]), lower = penalty_.lower(c[e]);
      zero = zero && lower <= 0 && upper >= 0 && (upper == 0 || v_[c[e]] + reach < l1) &&
             (lower == 0 || -v_[c[e]] + reach < l1);
    }
    if (!zero) {
      alive_[kept++] = b;
      continue;
    }
    dead_[b] = 1;
    screened_ += size;
  }
  alive_count_ = kept;
}

}  // namespace fenchel
