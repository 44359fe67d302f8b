// block_newton.cpp -- Newton steps of the block model on its support: the blocks that are not zero, where their norms
// are smooth,
//
//   Hessian = X' S X + level / ||x_b|| (I - x_b x_b' / ||x_b||^2) + l2,
//
// with kinks of l1 and bounds held (two-metric projection); kept only when m falls.
#include <algorithm>
#include <cmath>

#include "kernels/kernels.hpp"
#include "linsolve/cholesky.hpp"
#include "solvers/coordinate/block_model.hpp"

namespace fenchel {
namespace {

constexpr double kFlop = 0.08;     // nanoseconds of a multiply-add in a factorisation
constexpr double kForcing = 1e-3;  // conjugate gradients stop at this fall of the preconditioned residual, squared

}  // namespace

void BlockModel::find_support() {
  support_count_ = 0;
  for (index w = 0; w < in_.count; ++w) {
    const index b = in_.list[w];
    double square = 0;
    for (index k = at_[w]; k < at_[w + 1]; ++k) square += x_[k] * x_[k];
    if (penalty_.level(b) > 0 && square == 0) continue;
    const double inverse = penalty_.level(b) > 0 ? penalty_.level(b) / std::sqrt(square) : 0.0;
    for (index k = at_[w]; k < at_[w + 1]; ++k) {
      const index c = c_[k];
      if ((x_[k] == 0 && penalty_.l1(c) > 0) || x_[k] <= penalty_.lower(c) || x_[k] >= penalty_.upper(c)) continue;
      inverse_[support_count_] = inverse;
      support_[support_count_++] = k;
    }
  }
}

double BlockModel::newton_cost() const {
  const double s = static_cast<double>(support_count_);
  if (gram_mode_) return kFlop * s * s * (s / 3 + 4) + 1000;
  return 60 * epoch_cost() * s / std::max<double>(1, static_cast<double>(count_));
}

// Newton competes with sweeps: it is tried when they have cost a share of its price, the smaller the longer the pattern
// of signs has stood still; the price goes up when it fails.
bool BlockModel::newton_due() {
  find_support();
  if (support_count_ == 0 || (gram_mode_ && support_count_ > slot_cap_)) return false;
  const double share = pattern_age_ >= 2 ? 0.125 : pattern_age_ == 1 ? 0.5 : 1.0;
  return spent_ > patience_ * newton_cost() * share;
}

void BlockModel::newton() {
  spent_ = 0;
  find_right_side();
  ++newton_steps;
  const bool solved = gram_mode_ ? direction_by_cholesky() : direction_by_cg();
  double fall = 0;
  int half = 0;
  for (double alpha = 1; solved && half < 4 && !(fall > 0); ++half, alpha *= 0.25) fall = try_step(alpha);
  if (fall > 0) pasts_ = 0;
  if (half > 1) ++backtracks;
  patience_ = fall > 0 && half == 1 ? std::max(patience_ * 0.25, 0.05) : std::min(patience_ * 2, 64.0);
}

// rhs_ = - gradient of m on the support
void BlockModel::find_right_side() {
  gradients(0, count_, grad_.data());
  for (index s = 0; s < support_count_; ++s) {
    const index k = support_[s], c = c_[k];
    const double kink = x_[k] > 0 ? penalty_.l1(c) : x_[k] < 0 ? -penalty_.l1(c) : 0.0;
    rhs_[s] = -(grad_[k] + kink + (penalty_.l2(c) + inverse_[s]) * x_[k]);
  }
}

// out += the curvature of g along v: blocks are runs of the same inverse and the same w.
void BlockModel::add_block_curvature(const double* v, double* out) const {
  index w = 0;
  for (index s = 0; s < support_count_;) {
    while (at_[w + 1] <= support_[s]) ++w;
    index end = s;
    double along = 0, square = 0;
    for (; end < support_count_ && support_[end] < at_[w + 1]; ++end) {
      const double x = x_[support_[end]];
      along += x * v[end];
      square += x * x;
    }
    for (; s < end; ++s) {
      const double x = x_[support_[s]];
      out[s] += penalty_.l2(c_[support_[s]]) * v[s];
      if (inverse_[s] > 0) out[s] += inverse_[s] * (v[s] - x * along / square);
    }
  }
}

bool BlockModel::direction_by_cholesky() {
  const index count = support_count_;
  bool positive = false;
  // More coordinates than the data determine: a ridge turns the direction into the null space.
  for (double ridge = count > n_ ? 1e-7 : 1e-14; !positive && ridge < 1e-3; ridge *= 1e7) {
    index w = 0, first = 0;
    double square = 0;
    for (index s = 0; s < count; ++s) {
      const index k = support_[s];
      if (at_[w + 1] <= k || s == 0) {
        while (at_[w + 1] <= k) ++w;
        first = s;
        square = 0;
        for (index r = s; r < count && support_[r] < at_[w + 1]; ++r) square += x_[support_[r]] * x_[support_[r]];
      }
      const double* row = gram_.data() + place_[k] * ld_;
      double* out = factor_.data() + s * count;
      for (index r = 0; r <= s; ++r) out[r] = row[place_[support_[r]]];
      if (inverse_[s] > 0)
        for (index r = first; r <= s; ++r) out[r] -= inverse_[s] * x_[k] * x_[support_[r]] / square;
      out[s] += penalty_.l2(c_[k]) + inverse_[s] + ridge * row[place_[k]];
    }
    positive = cholesky(count, factor_.data(), count, 1e-13, work_.data());
  }
  if (!positive) return false;
  std::copy(rhs_.data(), rhs_.data() + count, direction_.data());
  cholesky_solve(count, factor_.data(), count, direction_.data());
  return true;
}

// out = (Hessian of the smooth part) v on the support; what moves the gradient or the state stays in full_.
void BlockModel::support_product(const double* v, double* out) {
  if (gram_mode_) {
    std::fill(full_.data(), full_.data() + used_, 0.0);
    for (index s = 0; s < support_count_; ++s)
      if (v[s] != 0) kernels::table<double>().axpy(v[s], gram_.data() + place_[support_[s]] * ld_, full_.data(), used_);
    for (index s = 0; s < support_count_; ++s) out[s] = full_[place_[support_[s]]];
    return;
  }
  std::fill(full_.data(), full_.data() + n_ * outputs_, 0.0);
  std::fill(grad_.data(), grad_.data() + count_, 0.0);
  for (index s = 0; s < support_count_; ++s) grad_[support_[s]] = v[s];
  add_to_state(0, count_, grad_.data(), full_.data());
  if (in_.intercept) {
    M_.fill(0);
    for (index s = 0; s < support_count_; ++s)
      for (index o = 0; o < outputs_; ++o) M_[o] += v[s] * f_[c_[support_[s]] * outputs_ + o];
    pull_fresh_ = false;
    refresh_pull();
  }
  for (index w = 0, s = 0; w < in_.count && s < support_count_; ++w) {
    if (support_[s] >= at_[w + 1]) continue;
    products(at_[w], at_[w + 1], full_.data(), after_.data());
    for (; s < support_count_ && support_[s] < at_[w + 1]; ++s) {
      const index k = support_[s];
      out[s] = after_[k - at_[w]];
      for (index o = 0; o < outputs_ && in_.intercept; ++o) out[s] -= f_[c_[k] * outputs_ + o] * pull_[o];
    }
  }
  total_intercepts();
}

// out = P^-1 r, P the diagonal blocks of the Hessian on the support: where the norm is alone through its eigenvectors,
// A = V'(lambda + level / ||x||) V less a multiple of x x' (Sherman and Morrison 1950); else its diagonal.
void BlockModel::precondition(const double* r, double* out) {
  index w = 0;
  for (index s = 0; s < support_count_;) {
    while (at_[w + 1] <= support_[s]) ++w;
    const index b = in_.list[w], size = at_[w + 1] - at_[w];
    const BlockCurve own = curve(w);
    if (own.matrix == nullptr || !penalty_.only_norm(b)) {
      for (; s < support_count_ && support_[s] < at_[w + 1]; ++s) {
        const index k = support_[s] - at_[w];
        const double entry = own.matrix == nullptr ? own.top : std::max(own.matrix[k * size + k], 1e-12 * own.top);
        out[s] = r[s] / (entry + inverse_[s] + penalty_.l2(c_[support_[s]]));
      }
      continue;
    }
    const double *x = x_.data() + at_[w], inverse = inverse_[s];
    double square = 0, xAx = 0, xAr = 0;
    std::fill(out + s, out + s + size, 0.0);
    std::fill(before_.data(), before_.data() + size, 0.0);  // A^-1 x
    for (index a = 0; a < size; ++a) {
      const double* v = own.matrix + a * size;
      double vr = 0, vx = 0;
      for (index k = 0; k < size; ++k) {
        vr += v[k] * r[s + k];
        vx += v[k] * x[k];
      }
      const double scale = 1 / (own.values[a] + inverse);
      square += vx * vx;
      xAx += scale * vx * vx;
      xAr += scale * vx * vr;
      for (index k = 0; k < size; ++k) {
        out[s + k] += scale * vr * v[k];
        before_[k] += scale * vx * v[k];
      }
    }
    const double c = inverse / square, left = 1 - c * xAx;
    for (index k = 0; k < size && left > 1e-6; ++k) out[s + k] += c * xAr / left * before_[k];
    s += size;
  }
}

bool BlockModel::direction_by_cg() {
  const index count = support_count_;
  double rz = 0;
  std::copy(rhs_.data(), rhs_.data() + count, cg_r_.data());
  precondition(cg_r_.data(), cg_z_.data());
  for (index s = 0; s < count; ++s) {
    direction_[s] = 0;
    cg_p_[s] = cg_z_[s];
    rz += cg_r_[s] * cg_z_[s];
  }
  const double start = rz;
  for (index iteration = 0; iteration < cg_limit_ && rz > kForcing * start; ++iteration) {
    support_product(cg_p_.data(), product_.data());
    add_block_curvature(cg_p_.data(), product_.data());
    ++cg_iterations;
    double curvature = 0;
    for (index s = 0; s < count; ++s) curvature += cg_p_[s] * product_[s];
    if (!(curvature > 0)) break;
    const double alpha = rz / curvature;
    double next = 0;
    for (index s = 0; s < count; ++s) {
      direction_[s] += alpha * cg_p_[s];
      cg_r_[s] -= alpha * product_[s];
    }
    precondition(cg_r_.data(), cg_z_.data());
    for (index s = 0; s < count; ++s) next += cg_r_[s] * cg_z_[s];
    const double beta = next / rz;
    rz = next;
    for (index s = 0; s < count; ++s) cg_p_[s] = cg_z_[s] + beta * cg_p_[s];
  }
  return true;
}

// Moves by alpha direction, stopping at kinks and bounds, if m falls; returns by how much.
double BlockModel::try_step(double alpha) {
  const index count = support_count_;
  double linear = 0, quadratic = 0, simple = 0;
  gradients(0, count_, grad_.data());
  std::copy(x_.data(), x_.data() + count_, cg_r_.data());
  for (index s = 0; s < count; ++s) {
    const index k = support_[s], c = c_[k];
    double x = x_[k] + alpha * direction_[s];
    if (penalty_.l1(c) > 0 && x_[k] * x < 0) x = 0;
    x = std::clamp(x, penalty_.lower(c), penalty_.upper(c));
    next_[s] = x - x_[k];
    cg_r_[k] = x;
    linear += next_[s] * grad_[k];
  }
  support_product(next_.data(), product_.data());
  for (index s = 0; s < count; ++s) quadratic += next_[s] * product_[s];
  for (index w = 0; w < in_.count; ++w)
    simple += penalty_.value(in_.list[w], cg_r_.data() + at_[w]) - penalty_.value(in_.list[w], x_.data() + at_[w]);
  const double change = linear + simple + 0.5 * quadratic;
  if (!(change < 0)) return 0;
  std::copy(cg_r_.data(), cg_r_.data() + count_, x_.data());
  if (gram_mode_)
    kernels::table<double>().axpy(1.0, full_.data(), slot_grad_.data(), used_);
  else
    kernels::table<double>().axpy(1.0, full_.data(), state_.data(), n_ * outputs_);
  total_intercepts();
  return -change;
}

}  // namespace fenchel
