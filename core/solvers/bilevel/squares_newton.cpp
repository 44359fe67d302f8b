#include "solvers/bilevel/squares_newton.hpp"

#include <algorithm>
#include <cmath>

#include "kernels/kernels.hpp"
#include "smooth/model_products.hpp"

namespace fenchel {
namespace {

constexpr index kMostCg = 1000;

double dot(const Buffer<double>& a, const Buffer<double>& b) {
  return kernels::table<double>().dot(a.data(), b.data(), a.size());
}
const double* weights_of(const LinearModel& model) { return model.weights.empty() ? nullptr : model.weights.data(); }

}  // namespace

SquaresNewton::SquaresNewton(const LinearModel& model, const Design& design)
    : model_(model), design_(design), n_(model.features()), samples_(model.samples()) {
  for (Buffer<double>* v : {&z_, &dz_, &u_, &hu_, &h_}) v->resize(samples_);
  for (Buffer<double>* v : {&f_gradient_, &g_, &s_, &r_, &p_, &product_, &w_, &diagonal_}) v->resize(n_);
  memory_.resize(model_scratch(model) + 64);
}

// F(x), with z_, f_gradient_ and g_ there.
double SquaresNewton::evaluate(const double* d, const double* x) {
  predict(model_, x, true, z_.data(), Scratch(memory_));
  double value = model_.loss->slopes(samples_, z_.data(), model_.y.data(), weights_of(model_), u_.data());
  pull_back(model_, u_.data(), true, f_gradient_.data(), Scratch(memory_));
  for (index j = 0; j < n_; ++j) {
    g_[j] = f_gradient_[j] + d[j] * x[j];
    value += 0.5 * d[j] * x[j] * x[j];
  }
  return value;
}

// s_ about -H^{-1} g, to a relative residual, and its predictor dz_.
void SquaresNewton::direction(const double* d, double tol) {
  model_.loss->curvatures(samples_, z_.data(), model_.y.data(), weights_of(model_), h_.data());
  for (index j = 0; j < n_; ++j) {
    diagonal_[j] = design_.square(j, h_.data(), nullptr) + d[j];
    s_[j] = 0;
    r_[j] = -g_[j];
    p_[j] = r_[j] / diagonal_[j];
  }
  dz_.fill(0);
  double rz = dot(r_, p_);
  const double enough = tol * tol * dot(r_, r_);
  const auto& kernels = kernels::table<double>();
  for (index iteration = 0; iteration < kMostCg && rz > 0; ++iteration) {
    ++cg_iterations_;
    predict(model_, p_.data(), false, u_.data(), Scratch(memory_));
    for (index i = 0; i < samples_; ++i) hu_[i] = h_[i] * u_[i];
    pull_back(model_, hu_.data(), false, product_.data(), Scratch(memory_));
    for (index j = 0; j < n_; ++j) product_[j] += d[j] * p_[j];
    const double curvature = dot(p_, product_);
    if (!(curvature > 0)) return;
    const double alpha = rz / curvature;
    kernels.axpy(alpha, p_.data(), s_.data(), n_);
    kernels.axpy(alpha, u_.data(), dz_.data(), samples_);
    kernels.axpy(-alpha, product_.data(), r_.data(), n_);
    if (dot(r_, r_) <= enough) return;
    for (index j = 0; j < n_; ++j) w_[j] = r_[j] / diagonal_[j];
    const double next = dot(r_, w_);
    for (index j = 0; j < n_; ++j) p_[j] = w_[j] + next / rz * p_[j];
    rz = next;
  }
}

// x + t s_ with Armijo's condition, t = 1, 1/2, ...; false: no such t, as where rounding is all that is left.
bool SquaresNewton::step(const double* d, double value, double* x) {
  const double slope = dot(g_, s_);
  double linear = 0;
  for (std::size_t j = 0; j < model_.linear.size(); ++j) linear += model_.linear[j] * s_[static_cast<index>(j)];
  double fixed = 0;  // <c, x>
  for (std::size_t j = 0; j < model_.linear.size(); ++j) fixed += model_.linear[j] * x[j];
  for (double t = 1; t > 1e-10; t *= 0.5) {
    for (index i = 0; i < samples_; ++i) u_[i] = z_[i] + t * dz_[i];
    double at = model_.loss->value(samples_, u_.data(), model_.y.data(), weights_of(model_)) + fixed + t * linear;
    for (index j = 0; j < n_; ++j) at += 0.5 * d[j] * (x[j] + t * s_[j]) * (x[j] + t * s_[j]);
    if (!(at <= value + 1e-4 * t * slope)) continue;
    kernels::table<double>().axpy(t, s_.data(), x, n_);
    return true;
  }
  return false;
}

MinimizeResult SquaresNewton::solve(const double* d, double tol, index max_iter, const std::atomic<bool>* cancel,
                                    double* x) {
  MinimizeResult result;
  cg_iterations_ = 0;
  double mu = kInf;
  for (index j = 0; j < n_; ++j) mu = std::min(mu, d[j]);
  // F(0): what tol is relative to.
  for (index i = 0; i < samples_; ++i) u_[i] = model_.offset.empty() ? 0.0 : model_.offset[static_cast<std::size_t>(i)];
  result.scale = model_.loss->value(samples_, u_.data(), model_.y.data(), weights_of(model_));
  // A gap of tol leaves x an error of its square root, and so the criterion: three digits more of g, or one step more.
  const double goal = 1e-3 * std::sqrt(2 * mu * tol * result.scale);
  double value = evaluate(d, x), size = std::sqrt(dot(g_, g_)), before = kInf;
  const double first = size;
  result.termination = static_cast<std::int32_t>(Termination::MAX_ITER);
  for (;; ++result.iterations) {
    if (size <= goal) result.termination = static_cast<std::int32_t>(Termination::CONVERGED);
    if (size <= goal || result.iterations == max_iter) break;
    if (cancel != nullptr && cancel->load(std::memory_order_relaxed)) {
      result.termination = static_cast<std::int32_t>(Termination::CANCELLED);
      break;
    }
    const double forcing = std::min(0.1, std::sqrt(size / first));
    direction(d, std::max(forcing, std::min(0.5, 0.3 * goal / size)));
    if (!step(d, value, x)) {
      result.termination = static_cast<std::int32_t>(before <= size ? Termination::STALLED : Termination::MAX_ITER);
      break;
    }
    before = size;
    value = evaluate(d, x);
    size = std::sqrt(dot(g_, g_));
  }
  result.objective = value;
  result.cg_iterations = cg_iterations_;
  result.residual = result.scale > 0 ? size * size / (2 * mu) / result.scale : 0.0;
  return result;
}

}  // namespace fenchel
