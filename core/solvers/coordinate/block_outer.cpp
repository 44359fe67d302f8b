// block_outer.cpp -- one working set of blocks after another.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "solvers/coordinate/block_descent.hpp"

namespace fenchel {
StepReport BlockDescent::step() {
  if (residual_ > tol_ && !stuck_) {
    complete_ = false;
    const double before = objective_, residual = residual_;
    const index count = choose();
    const bool moved = solve_working_set(count);
    strong_ = 0;
    ++outer_;
    // Nothing screened: one pass, with a fresh predictor, is all that a certificate needs.
    const bool last = screened_ == 0;
    if (last) fresh_predictor();
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

double BlockDescent::verify() {
  if (!complete_) {
    fresh_predictor();
    dual_ = -kInf;
    evaluate(true);
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
double BlockDescent::measure() {
  if (has_dual_) {
    const double scale = model_.linear.empty() ? scale_ : std::max(scale_, std::abs(objective_));
    const double gap = std::max(objective_ - dual_, 0.0);
    return gap == 0 ? 0.0 : scale > 0 ? gap / scale : 1e300;
  }
  return violation() / kkt_scale_;
}

// x_b of a vector over all coordinates; in place where its coordinates lie side by side.
const double* BlockDescent::pack(index b, const double* from) {
  const index* c = penalty_.members(b);
  const index size = penalty_.length(b);
  if (c[size - 1] == c[0] + size - 1) return from + c[0];  // members ascend
  double* out = from == w_.data() ? block_a_.data() : block_b_.data();
  for (index k = 0; k < size; ++k) out[k] = from[c[k]];
  return out;
}

index BlockDescent::coordinates_of(const index* blocks, index count) {
  index many = 0;
  for (index k = 0; k < count; ++k)
    for (index e = 0; e < penalty_.length(blocks[k]); ++e) coordinates_[many++] = penalty_.members(blocks[k])[e];
  return many;
}

void BlockDescent::fresh_predictor() {
  for (index i = 0; i < all_; ++i) z_[i] = b_[outputs_ == 1 ? 0 : i % outputs_] + offset(i);
  index many = 0;
  for (index c = 0; c < size_; ++c) {
    if (w_[c] == 0) continue;
    coordinates_[many] = c;
    moves_[many++] = w_[c];
  }
  lifted_.add(coordinates_.data(), many, moves_.data(), z_.data());
  ++products_;
}

// Without what all outputs share, which moves nothing and would drift.
void BlockDescent::remove_mean(double* shift) const {
  if (outputs_ == 1) return;
  double mean = 0;
  for (index k = 0; k < outputs_; ++k) mean += shift[k] / static_cast<double>(outputs_);
  for (index k = 0; k < outputs_; ++k) shift[k] -= mean;
}

// The Newton direction of the loss in the intercepts alone: conjugate gradients on sum_i S_i. False when flat.
bool BlockDescent::intercept_direction(const double* sum, double* move) {
  const index K = outputs_;
  double rr = 0;
  for (index k = 0; k < K; ++k) {
    move[k] = 0;
    cg_r_[k] = cg_p_[k] = -sum[k];
    rr += sum[k] * sum[k];
  }
  const double start = rr;
  for (index round = 0; round < 2 * K && rr > 1e-30 * start; ++round) {
    for (index i = 0; i < all_; ++i) trial_[i] = cg_p_[K == 1 ? 0 : i % K];
    model_.loss->curvature_product(n_, z_.data(), model_.y.data(), sample_weights(), trial_.data(), dz_.data());
    std::fill(cg_Ap_.begin(), cg_Ap_.end(), 0.0);
    for (index i = 0; i < all_; ++i) cg_Ap_[K == 1 ? 0 : i % K] += dz_[i];
    double curvature = 0, size = 0;
    for (index k = 0; k < K; ++k) {
      curvature += cg_p_[k] * cg_Ap_[k];
      size += cg_p_[k] * cg_p_[k];
    }
    if (!(curvature > 1e-300 * size)) return round > 0;
    const double alpha = rr / curvature;
    double next = 0;
    for (index k = 0; k < K; ++k) {
      move[k] += alpha * cg_p_[k];
      cg_r_[k] -= alpha * cg_Ap_[k];
      next += cg_r_[k] * cg_r_[k];
    }
    for (index k = 0; k < K; ++k) cg_p_[k] = cg_r_[k] + next / rr * cg_p_[k];
    rr = next;
  }
  return true;
}

// Newton in b alone, halved until the loss falls; leaves slopes in u_ and the value in smooth_ (without <c, x>).
void BlockDescent::fit_intercepts() {
  const double *y = model_.y.data(), *s = sample_weights();
  const index K = outputs_;
  smooth_ = model_.loss->slopes(n_, z_.data(), y, s, u_.data());
  ++gradients_;
  const auto slope = [&](const double* u, double* sum, double& size) {
    std::fill(sum, sum + K, 0.0);
    size = 0;
    for (index i = 0; i < all_; ++i) {
      sum[K == 1 ? 0 : i % K] += u[i];
      size += std::abs(u[i]);
    }
    double most = 0;
    for (index k = 0; k < K; ++k) most = std::max(most, std::abs(sum[k]));
    return most;
  };
  for (int iteration = 0; iteration < 60; ++iteration) {
    double size = 0;
    const double most = slope(u_.data(), sum_.data(), size);
    if (!model_.intercept || most <= 4e-16 * size || !(size > 0)) return;
    if (!intercept_direction(sum_.data(), shift_.data()))
      for (index k = 0; k < K; ++k) shift_[k] = -sum_[k] / most;
    remove_mean(shift_.data());
    bool fell = false;
    double alpha = 1;
    for (int half = 0; half < 30 && !fell; ++half, alpha *= 0.5) {
      for (index i = 0; i < all_; ++i) trial_[i] = z_[i] + alpha * shift_[K == 1 ? 0 : i % K];
      const double value = model_.loss->slopes(n_, trial_.data(), y, s, dz_.data());
      ++gradients_;
      // Close to the minimum the value is all rounding: the slope decides.
      const double after = slope(dz_.data(), cg_r_.data(), size);
      fell = value < smooth_ || (value <= smooth_ + 1e-12 * std::abs(smooth_) && after < most);
      if (!fell) continue;
      for (index k = 0; k < K; ++k) b_[k] += alpha * shift_[k];
      std::swap(z_, trial_);
      std::swap(u_, dz_);
      smooth_ = value;
    }
    if (!fell) {
      slope(u_.data(), sum_.data(), size);
      return;
    }
  }
}

double BlockDescent::simple_value() {
  double sum = 0;
  for (index b = 0; b < penalty_.count(); ++b) sum += penalty_.value(b, pack(b, w_.data()));
  return sum;
}

double BlockDescent::linear_value() const {
  double sum = 0;
  if (!model_.linear.empty())
    for (index c = 0; c < size_; ++c) sum += linear(c) * w_[c];
  return sum;
}

// Objective, gradient and dual at (w, b), with the best b. all: screened blocks as well.
void BlockDescent::evaluate(bool all) {
  fit_intercepts();
  if (all) std::iota(list_.begin(), list_.end(), index{0});
  const index* blocks = all ? list_.data() : alive_.data();
  const index count = all ? penalty_.count() : alive_count_, many = coordinates_of(blocks, count);
  lifted_.dots(pool_, coordinates_.data(), many, u_.data(), packed_.data());
  ++products_;
  for (index k = 0; k < many; ++k) grad_[coordinates_[k]] = packed_[k] + linear(coordinates_[k]);
  support_ = 0;
  std::uint64_t hash = 1469598103934665603ULL;
  for (index b = 0; b < penalty_.count(); ++b) {
    bool zero = true;
    for (index k = 0; k < penalty_.length(b); ++k) {
      const index c = penalty_.members(b)[k];
      if (w_[c] == 0) continue;
      zero = false;
      if (penalty_.level(b) == 0) ++support_;
    }
    if (zero) continue;
    if (penalty_.level(b) > 0) ++support_;
    hash = (hash ^ static_cast<std::uint64_t>(b)) * 1099511628211ULL;
  }
  if (hash != support_hash_) {
    support_hash_ = hash;
    support_iteration_ = working_.epochs;
  }
  smooth_ += linear_value();
  objective_ = smooth_ + simple_value();
  complete_ = all;
  update_dual(blocks, count);
}

double BlockDescent::violation() {
  double worst = 0;
  for (index k = 0; k < alive_count_; ++k) {
    const index b = alive_[k];
    worst = std::max(worst, penalty_.distance(b, pack(b, w_.data()), pack(b, grad_.data())));
  }
  return worst;
}

// The support, what is not penalised, and the worst violators: as many again as the support has.
index BlockDescent::choose() {
  index count = 0;
  index* candidates = list_.data();
  for (index k = 0; k < alive_count_; ++k) {
    const index b = alive_[k];
    const double *x = pack(b, w_.data()), *g = pack(b, grad_.data());
    candidates[k] = b;
    const bool zero = std::all_of(x, x + penalty_.length(b), [](double value) { return value == 0; });
    if (!zero || penalty_.free_block(b)) {
      score_[b] = kInf;
      ++count;
      continue;
    }
    const double d = penalty_.distance(b, x, g);
    if (d > 0) {
      score_[b] = d;
    } else if (penalty_.level(b) > 0) {
      dual_vector(b, 1.0, block_b_.data());
      score_[b] = -std::max(penalty_.level(b) - penalty_.size_of(b, block_b_.data()), 0.0);
    } else {
      double least = kInf;
      for (index e = 0; e < penalty_.length(b); ++e)
        least = std::min(least, penalty_.l1(penalty_.members(b)[e]) - std::abs(grad_[penalty_.members(b)[e]]));
      score_[b] = -std::max(least, 0.0);
    }
  }
  const index others = alive_count_;
  const index first = static_cast<index>(std::min(128.0, 2 * std::sqrt(static_cast<double>(alive_count_))));
  const index most = std::min(others, count + std::max({static_cast<index>(settings_.working_set), first, count}));
  index near = std::max<index>(settings_.working_set, count / 4);
  if (strong_ > 0) near = std::max<index>(near, count_strong(candidates, others));
  const auto higher = [&](index a, index b) { return score_[a] != score_[b] ? score_[a] > score_[b] : a < b; };
  if (most < others) std::nth_element(candidates, candidates + most, candidates + others, higher);
  // Of those that violate nothing only the closest few.
  index* end = std::partition(candidates, candidates + most, [&](index b) { return score_[b] > 0; });
  violators_ = (end - candidates) - count;
  const index violators = end - candidates, rest = std::min(near, most - violators);
  if (violators + rest < most) std::nth_element(end, end + rest, candidates + most, higher);
  const index chosen = violators + rest;
  std::sort(candidates, candidates + chosen);
  return chosen;
}

// What the sequential strong rule keeps besides violators.
index BlockDescent::count_strong(const index* candidates, index count) const {
  index kept = 0;
  for (index k = 0; k < count; ++k) {
    const index b = candidates[k];
    const double unit = penalty_.level(b) > 0 ? penalty_.level(b) : penalty_.l1(penalty_.members(b)[0]);
    if (score_[b] <= 0 && -score_[b] <= (1 - strong_) * unit) ++kept;
  }
  return kept;
}

}  // namespace fenchel
