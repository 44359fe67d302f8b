#include "solvers/bilevel/smooth_newton.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/kernels.hpp"

namespace fenchel {
namespace {

constexpr index kMostCg = 2000;

double dot(const Buffer<double>& a, const Buffer<double>& b) {
  return kernels::table<double>().dot(a.data(), b.data(), a.size());
}
double norm(const Buffer<double>& a) { return std::sqrt(dot(a, a)); }

}  // namespace

SmoothNewton::SmoothNewton(index n, index scratch_bytes) : n_(n), memory_(scratch_bytes + 64) {
  for (Buffer<double>* v : {&g_, &ahead_, &s_, &r_, &p_, &w_, &product_, &diagonal_}) v->resize(n);
}

// s_ about -M^{-1} g, to a relative residual.
void SmoothNewton::direction(double tol) {
  const bool known = matrix_->diagonal(diagonal_.data(), scratch());
  const auto precondition = [&] {
    for (index j = 0; j < n_; ++j) w_[j] = known && diagonal_[j] > 0 ? r_[j] / diagonal_[j] : r_[j];
  };
  for (index j = 0; j < n_; ++j) s_[j] = 0, r_[j] = -g_[j];
  precondition();
  std::copy(w_.begin(), w_.end(), p_.begin());
  double rz = dot(r_, w_);
  const double enough = tol * tol * dot(r_, r_);
  const auto& kernels = kernels::table<double>();
  for (index iteration = 0; iteration < kMostCg && rz > 0; ++iteration) {
    ++cg_iterations_;
    matrix_->apply(p_.data(), product_.data(), scratch());
    const double curvature = dot(p_, product_);
    if (!(curvature > 0)) {
      if (iteration == 0) std::copy(p_.begin(), p_.end(), s_.begin());  // flat: downhill all the same
      return;
    }
    const double alpha = rz / curvature;
    kernels.axpy(alpha, p_.data(), s_.data(), n_);
    kernels.axpy(-alpha, product_.data(), r_.data(), n_);
    if (dot(r_, r_) <= enough) return;
    precondition();
    const double next = dot(r_, w_), beta = next / rz;
    for (index j = 0; j < n_; ++j) p_[j] = w_[j] + beta * p_[j];
    rz = next;
  }
}

// x + t s_, t = 1, 1/2, ..., with Armijo's condition up to rounding; value and g_ there. False: no such t.
bool SmoothNewton::step(const Smooth& f, double& value, double* x) {
  const double slope = dot(g_, s_), rounding = 64 * std::numeric_limits<double>::epsilon() * std::abs(value);
  for (double t = 1; t > 1e-10; t *= 0.5, ++backtracks_) {
    for (index j = 0; j < n_; ++j) ahead_[j] = x[j] + t * s_[j];
    const double at = f.gradient(ahead_.data(), w_.data(), scratch());
    if (!(at <= value + 1e-4 * t * slope + rounding)) continue;
    for (index j = 0; j < n_; ++j) ahead_[j] = t * s_[j];
    matrix_->advance(ahead_.data(), scratch());
    for (index j = 0; j < n_; ++j) x[j] += ahead_[j];
    std::copy(w_.begin(), w_.end(), g_.begin());
    value = at;
    return true;
  }
  return false;
}

MinimizeResult SmoothNewton::solve(const Smooth& f, double tol, index max_iter, const std::atomic<bool>* cancel,
                                   double* x) {
  MinimizeResult result;
  cg_iterations_ = backtracks_ = 0;
  auto matrix = f.newton_matrix(matrix_.get());  // goes on from the last one, which goes
  matrix_ = std::move(matrix);
  std::fill(ahead_.begin(), ahead_.end(), 0.0);
  f.gradient(ahead_.data(), g_.data(), scratch());
  result.scale = norm(g_);
  double value = f.gradient(x, g_.data(), scratch()), size = norm(g_);
  double least = kInf;
  const double first = size, goal = tol * result.scale;
  int idle = 0;  // steps since the gradient was smallest
  result.termination = static_cast<std::int32_t>(Termination::MAX_ITER);
  for (;; ++result.iterations) {
    if (size <= goal) result.termination = static_cast<std::int32_t>(Termination::CONVERGED);
    if (size <= goal || result.iterations == max_iter) break;
    if ((cancel != nullptr && cancel->load(std::memory_order_relaxed)) ||
        (interrupt != nullptr && !interrupt->poll())) {
      result.termination = static_cast<std::int32_t>(Termination::CANCELLED);
      break;
    }
    idle = size < least ? 0 : idle + 1;
    least = std::min(least, size);
    matrix_->prepare(x, false, scratch());
    direction(std::max(std::min(0.1, std::sqrt(size / first)), std::min(0.5, 0.3 * goal / size)));
    if (idle == 50 || !step(f, value, x)) {
      result.termination = static_cast<std::int32_t>(Termination::STALLED);
      break;
    }
    size = norm(g_);
  }
  result.objective = result.smooth = value;
  result.newton_steps = result.iterations;
  result.cg_iterations = cg_iterations_;
  result.backtracks = backtracks_;
  result.tol = tol;
  result.residual = result.scale > 0 ? size / result.scale : 0.0;
  return result;
}

}  // namespace fenchel
