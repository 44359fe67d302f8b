// working_newton.cpp -- Newton steps of the working model on its support, projected on the orthant and the box
// (two-metric projection: Gafni and Bertsekas 1984; Nutini, Laradji and Schmidt 2017), kept only when m falls.
#include <algorithm>
#include <cmath>

#include "kernels/kernels.hpp"
#include "linsolve/cholesky.hpp"
#include "solvers/coordinate/working_model.hpp"

namespace fenchel {
namespace {

constexpr double kFlop = 0.08;  // nanoseconds of a multiply-add in a factorisation

}  // namespace

// Coordinates that Newton moves: not zero where zero is a kink, not held by a bound.
void WorkingModel::find_support() {
  support_count_ = 0;
  for (index k = 0; k < in_.count; ++k) {
    const index j = in_.list[k];
    if (penalty_.fixed(j) || (w_[k] == 0 && penalty_.l1(j) > 0)) continue;
    if (w_[k] <= penalty_.lower(j) || w_[k] >= penalty_.upper(j)) continue;
    support_[support_count_++] = k;
  }
}

double WorkingModel::newton_cost() const {
  const double s = static_cast<double>(support_count_);
  if (mode_ == Mode::gram) return kFlop * s * s * (s / 3 + 4) + 1000;
  return 20 * epoch_cost() * s / std::max<double>(1, static_cast<double>(in_.count));
}

// Newton competes with sweeps: it is tried again as soon as its last fall of m per nanosecond, or a stable pattern of
// signs, promises more than theirs.
bool WorkingModel::newton_due() {
  find_support();
  if (support_count_ == 0) return false;
  const double cost = newton_cost();
  const double share = pattern_age_ >= 2 ? 0.125 : pattern_age_ == 1 ? 0.5 : 1.0;
  return spent_ > patience_ * cost * share;
}

void WorkingModel::newton() {
  const double cost = newton_cost(), sweeps = spent_ > 0 ? gained_ / spent_ : 0.0;
  spent_ = gained_ = 0;
  const index count = support_count_;
  gradient_on_support();
  for (index s = 0; s < count; ++s) {
    const index k = support_[s], j = in_.list[k];
    const double kink = w_[k] > 0 ? penalty_.l1(j) : w_[k] < 0 ? -penalty_.l1(j) : 0.0;
    rhs_[s] = -(product_[s] + kink + penalty_.l2(j) * w_[k]);
  }
  ++newton_steps;
  const bool solved = mode_ == Mode::gram ? direction_by_cholesky() : direction_by_cg();
  double fall = solved ? try_step(1.0, true) : 0.0;
  const bool whole = fall > 0;
  if (solved && !whole) {
    ++backtracks;
    fall = try_step(exact_step(), false);
  }
  if (fall > 0) pasts_ = 0;
  if (whole || fall > sweeps * cost)
    patience_ = std::max(patience_ * 0.25, 0.05);
  else
    patience_ = std::min(patience_ * 2, 64.0);
}

// The minimiser of m on the line w + alpha direction, alpha > 0, which may pass kinks. Leaves the Hessian's product
// with the direction in step_product_.
double WorkingModel::exact_step() {
  const index count = support_count_;
  double slope = 0, curvature = 0;
  gradient_on_support();
  const double quadratic = step_curvature(direction_.data());
  double most = kInf;
  index kinks = 0;
  for (index s = 0; s < count; ++s) {
    const index k = support_[s], j = in_.list[k];
    const double d = direction_[s], l1 = penalty_.l1(j);
    if (d == 0) continue;
    slope += d * (product_[s] + penalty_.l2(j) * w_[k] + (w_[k] > 0 ? l1 : w_[k] < 0 ? -l1 : 0.0));
    curvature += penalty_.l2(j) * d * d;
    const double bound = d > 0 ? penalty_.upper(j) : penalty_.lower(j);
    if (std::isfinite(bound)) most = std::min(most, (bound - w_[k]) / d);
    if (l1 > 0 && w_[k] * d < 0) fresh_[kinks++] = s;
  }
  curvature += quadratic;
  std::sort(fresh_.data(), fresh_.data() + kinks, [&](index a, index b) {
    return std::abs(w_[support_[a]] * direction_[b]) < std::abs(w_[support_[b]] * direction_[a]);
  });
  double alpha = 0;
  for (index e = 0; e <= kinks; ++e) {
    if (!(slope < 0)) return alpha;
    const double bottom = curvature > 0 ? alpha - slope / curvature : kInf;
    if (e == kinks) return std::min({bottom, most, 1e12});
    const index s = fresh_[e], k = support_[s];
    const double kink = -w_[k] / direction_[s];
    if (bottom <= kink || most <= kink) return std::min(bottom, most);
    slope += curvature * (kink - alpha) + 2 * penalty_.l1(in_.list[k]) * std::abs(direction_[s]);
    alpha = kink;
  }
  return alpha;
}

void WorkingModel::gradient_on_support() {
  for (index s = 0; s < support_count_; ++s) {
    const index k = support_[s];
    product_[s] = mode_ == Mode::gram ? grad_[k] : q_[k] + column_dot(k, t_.data()) - correction(k);
  }
}

bool WorkingModel::direction_by_cholesky() {
  const index count = support_count_;
  bool positive = false;
  factor_count_ = 0;
  // More coordinates than the data determine: with a ridge the direction leads along the null space, towards a kink.
  for (double ridge = count > n_ ? 1e-7 : 1e-14; !positive && ridge < 1e-3; ridge *= 1e7) {
    for (index s = 0; s < count; ++s) {
      const double* row = gram_.data() + support_[s] * in_.count;
      double* out = factor_.data() + s * count;
      for (index r = 0; r <= s; ++r) out[r] = row[support_[r]];
      out[s] += penalty_.l2(in_.list[support_[s]]) + ridge * out[s];
    }
    positive = cholesky(count, factor_.data(), count, 1e-13, work_.data());
    if (positive && ridge == 1e-14) keep_factor();
  }
  if (!positive) return false;
  std::copy(rhs_.data(), rhs_.data() + count, direction_.data());
  cholesky_solve(count, factor_.data(), count, direction_.data());
  return true;
}

// product_ = (Hessian on the support) v
void WorkingModel::hessian_product(const double* v) {
  std::fill(work_.data(), work_.data() + n_, 0.0);
  double first = 0;
  for (index s = 0; s < support_count_; ++s) {
    if (v[s] == 0) continue;
    column_axpy(support_[s], v[s], work_.data());
    first += v[s] * first_[support_[s]];
  }
  for (index s = 0; s < support_count_; ++s) {
    const index k = support_[s];
    product_[s] = column_dot(k, work_.data()) + penalty_.l2(in_.list[k]) * v[s];
    if (mode_ == Mode::direct && in_.intercept && h_sum_ > 0) product_[s] -= first_[k] * first / h_sum_;
  }
}

bool WorkingModel::direction_by_cg() {
  const index count = support_count_;
  double rz = 0, start = 0;
  for (index s = 0; s < count; ++s) {
    direction_[s] = 0;
    cg_r_[s] = rhs_[s];
    cg_z_[s] = cg_p_[s] = rhs_[s] / (curvature_[support_[s]] + penalty_.l2(in_.list[support_[s]]));
    rz += cg_r_[s] * cg_z_[s];
  }
  start = rz;
  for (index iteration = 0; iteration < cg_limit_ && rz > 1e-6 * start; ++iteration) {
    hessian_product(cg_p_.data());
    ++cg_iterations;
    double curvature = 0;
    for (index s = 0; s < count; ++s) curvature += cg_p_[s] * product_[s];
    if (!(curvature > 0)) break;
    const double alpha = rz / curvature;
    double next = 0;
    for (index s = 0; s < count; ++s) {
      direction_[s] += alpha * cg_p_[s];
      cg_r_[s] -= alpha * product_[s];
      cg_z_[s] = cg_r_[s] / (curvature_[support_[s]] + penalty_.l2(in_.list[support_[s]]));
      next += cg_r_[s] * cg_z_[s];
    }
    const double beta = next / rz;
    rz = next;
    for (index s = 0; s < count; ++s) cg_p_[s] = cg_z_[s] + beta * cg_p_[s];
  }
  return true;
}

// v'Hv of the model's smooth part for a move v on the support; the product that updates gradient or residual stays in
// rhs_ (Gram) or work_.
double WorkingModel::step_curvature(const double* v) {
  const index count = support_count_;
  double quadratic = 0, first = 0;
  if (mode_ == Mode::gram) {
    std::fill(rhs_.data(), rhs_.data() + in_.count, 0.0);
    for (index s = 0; s < count; ++s)
      if (v[s] != 0)
        kernels::table<double>().axpy(v[s], gram_.data() + support_[s] * in_.count, rhs_.data(), in_.count);
    for (index s = 0; s < count; ++s) quadratic += v[s] * rhs_[support_[s]];
    return quadratic;
  }
  std::fill(work_.data(), work_.data() + n_, 0.0);
  for (index s = 0; s < count; ++s) {
    if (v[s] == 0) continue;
    column_axpy(support_[s], v[s], work_.data());
    first += v[s] * first_[support_[s]];
  }
  std::swap(m_, first);
  quadratic = squared(work_.data());
  std::swap(m_, first);
  return quadratic;
}

// Where coordinate s of the support goes; on an orthant step it stops at 0, on a straight one a kink reached is 0 too.
double WorkingModel::target_of(index s, double alpha, bool orthant) const {
  const index k = support_[s], j = in_.list[k];
  double x = w_[k] + alpha * direction_[s];
  if (penalty_.l1(j) > 0 && (orthant ? w_[k] * x < 0 : std::abs(x) <= 1e-14 * std::abs(w_[k]))) x = 0;
  return std::clamp(x, penalty_.lower(j), penalty_.upper(j));
}

// Moves by alpha direction, projected, if m falls; returns by how much.
double WorkingModel::try_step(double alpha, bool orthant) {
  const index count = support_count_;
  if (!(alpha > 0) || !std::isfinite(alpha)) return 0;
  double linear = 0, simple = 0, first = 0;
  gradient_on_support();
  for (index s = 0; s < count; ++s) {
    const index k = support_[s], j = in_.list[k];
    const double x = target_of(s, alpha, orthant);
    next_[s] = x - w_[k];
    linear += next_[s] * product_[s];
    simple += penalty_.value(j, x) - penalty_.value(j, w_[k]);
    first += next_[s] * first_[k];
  }
  const double change = linear + simple + 0.5 * step_curvature(next_.data());
  if (!(change < 0)) return 0;
  for (index s = 0; s < count; ++s) w_[support_[s]] = target_of(s, alpha, orthant);
  m_ += first;
  if (mode_ == Mode::gram)
    kernels::table<double>().axpy(1.0, rhs_.data(), grad_.data(), in_.count);
  else
    kernels::table<double>().axpy(1.0, work_.data(), t_.data(), n_);
  return -change;
}

}  // namespace fenchel
