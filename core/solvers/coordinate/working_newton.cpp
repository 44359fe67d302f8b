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

bool WorkingModel::newton_due() {
  if (pattern_age_ < 1 && spent_ < 1e4) return false;
  find_support();
  if (support_count_ == 0) return false;
  const double cost = newton_cost();
  return spent_ > patience_ * cost * (pattern_age_ >= 2 ? 0.125 : pattern_age_ == 1 ? 0.5 : 1.0);
}

void WorkingModel::newton() {
  spent_ = 0;
  const index count = support_count_;
  gradient_on_support();
  for (index s = 0; s < count; ++s) {
    const index k = support_[s], j = in_.list[k];
    const double kink = w_[k] > 0 ? penalty_.l1(j) : w_[k] < 0 ? -penalty_.l1(j) : 0.0;
    rhs_[s] = -(product_[s] + kink + penalty_.l2(j) * w_[k]);
  }
  ++newton_steps;
  const bool solved = mode_ == Mode::gram ? direction_by_cholesky() : direction_by_cg();
  if (solved)
    for (const double alpha : {1.0, 0.5, 0.25, 0.0625}) {
      if (try_step(alpha)) {
        patience_ = alpha == 1.0 ? 1 : std::min(patience_ * 1.5, 64.0);
        pasts_ = 0;
        return;
      }
      ++backtracks;
    }
  patience_ = std::min(patience_ * 2, 64.0);
}

void WorkingModel::gradient_on_support() {
  for (index s = 0; s < support_count_; ++s) {
    const index k = support_[s];
    product_[s] = mode_ == Mode::gram ? grad_[k] : q_[k] + column_dot(k, t_.data()) - correction(k);
  }
}

bool WorkingModel::direction_by_cholesky() {
  const index count = support_count_;
  for (index s = 0; s < count; ++s) {
    const double* row = gram_.data() + support_[s] * in_.count;
    double* out = factor_.data() + s * count;
    for (index r = 0; r <= s; ++r) out[r] = row[support_[r]];
    out[s] += penalty_.l2(in_.list[support_[s]]) + 1e-14 * out[s];
  }
  if (!cholesky(count, factor_.data(), count, 1e-13, work_.data())) return false;
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

// Moves to the projection of w + alpha direction if m falls there.
bool WorkingModel::try_step(double alpha) {
  const index count = support_count_;
  double linear = 0, simple = 0, first = 0;
  gradient_on_support();
  for (index s = 0; s < count; ++s) {
    const index k = support_[s], j = in_.list[k];
    double x = w_[k] + alpha * direction_[s];
    if (w_[k] * x < 0 && penalty_.l1(j) > 0) x = 0;
    x = std::clamp(x, penalty_.lower(j), penalty_.upper(j));
    next_[s] = x - w_[k];
    linear += next_[s] * product_[s];
    simple += penalty_.value(j, x) - penalty_.value(j, w_[k]);
    first += next_[s] * first_[k];
  }
  double quadratic = 0;
  if (mode_ == Mode::gram) {
    std::fill(rhs_.data(), rhs_.data() + in_.count, 0.0);  // the change of the gradient
    for (index s = 0; s < count; ++s)
      if (next_[s] != 0)
        kernels::table<double>().axpy(next_[s], gram_.data() + support_[s] * in_.count, rhs_.data(), in_.count);
    for (index s = 0; s < count; ++s) quadratic += next_[s] * rhs_[support_[s]];
  } else {
    std::fill(work_.data(), work_.data() + n_, 0.0);
    for (index s = 0; s < count; ++s)
      if (next_[s] != 0) column_axpy(support_[s], next_[s], work_.data());
    const double m = m_;
    m_ = first;
    quadratic = squared(work_.data());
    m_ = m;
  }
  if (!(linear + simple + 0.5 * quadratic < 0)) return false;
  for (index s = 0; s < count; ++s) {
    const index k = support_[s], j = in_.list[k];
    double x = w_[k] + alpha * direction_[s];
    if (w_[k] * x < 0 && penalty_.l1(j) > 0) x = 0;
    w_[k] = std::clamp(x, penalty_.lower(j), penalty_.upper(j));
  }
  m_ += first;
  if (mode_ == Mode::gram)
    kernels::table<double>().axpy(1.0, rhs_.data(), grad_.data(), in_.count);
  else
    kernels::table<double>().axpy(1.0, work_.data(), t_.data(), n_);
  return true;
}

}  // namespace fenchel
