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
double norm(const Buffer<double>& a) { return std::sqrt(dot(a, a)); }
const double* weights_of(const LinearModel& model) { return model.weights.empty() ? nullptr : model.weights.data(); }

}  // namespace

SquaresNewton::SquaresNewton(const LinearModel& model)
    : model_(model), n_(model.features()), samples_(model.samples()) {
  for (Buffer<double>* v : {&z_, &dz_, &u_, &hu_, &h_}) v->resize(samples_);
  for (Buffer<double>* v : {&f_gradient_, &g_, &s_, &r_, &p_, &product_, &w_, &diagonal_}) v->resize(n_);
  memory_.resize(model_scratch(model) + 64);
  const StoredMatrix& stored = *model.A->stored();
  if (stored.layout != StoredMatrix::Layout::dense) {
    rows_.emplace(stored, CompactLines::By::rows);
    columns_.emplace(stored, CompactLines::By::columns);
    if (rows_->faithful() && columns_->faithful()) return;
    rows_.reset();
    columns_.reset();
  }
  design_ = make_design(*model.A);
}

// F(x) with f_gradient_ and g_ there, from the predictor z_.
double SquaresNewton::evaluate(const double* d, const double* x) {
  double value = model_.loss->slopes(samples_, z_.data(), model_.y.data(), weights_of(model_), u_.data());
  pull_back(model_, u_.data(), true, f_gradient_.data(), Scratch(memory_));
  for (index j = 0; j < n_; ++j) {
    g_[j] = f_gradient_[j] + d[j] * x[j];
    value += 0.5 * d[j] * x[j] * x[j];
  }
  for (std::size_t j = 0; j < model_.linear.size(); ++j) value += model_.linear[j] * x[j];
  return value;
}

// H's weights h_ at the predictor; its diagonal, a pass over the data, only for a preconditioner that has aged.
void SquaresNewton::find_hessian(const double* d, bool with_diagonal) {
  model_.loss->curvatures(samples_, z_.data(), model_.y.data(), weights_of(model_), h_.data());
  if (!with_diagonal) return;
  if (columns_)
    columns_->squares(h_.data(), diagonal_.data());
  else
    for (index j = 0; j < n_; ++j) diagonal_[j] = design_->square(j, h_.data(), nullptr);
  for (index j = 0; j < n_; ++j) diagonal_[j] += d[j];
}

// out = H v, and u_ = A v.
void SquaresNewton::product(const double* d, const double* v, double* out) {
  if (rows_)
    rows_->dots(v, u_.data());
  else
    predict(model_, v, false, u_.data(), Scratch(memory_));
  for (index i = 0; i < samples_; ++i) hu_[i] = h_[i] * u_[i];
  if (columns_)
    columns_->dots(hu_.data(), out);
  else
    pull_back(model_, hu_.data(), false, out, Scratch(memory_));
  for (index j = 0; j < n_; ++j) out[j] += d[j] * v[j];
}

// x += H^{-1} r_ until || r_ ||^2 <= enough, r_ the residual at x; predictor, if given, += A of the same.
void SquaresNewton::conjugate_gradients(const double* d, double enough, double* x, double* predictor) {
  for (index j = 0; j < n_; ++j) p_[j] = r_[j] / diagonal_[j];
  double rz = dot(r_, p_);
  const auto& kernels = kernels::table<double>();
  for (index iteration = 0; iteration < kMostCg && dot(r_, r_) > enough; ++iteration) {
    ++cg_iterations_;
    product(d, p_.data(), product_.data());
    const double curvature = dot(p_, product_);
    if (!(curvature > 0)) return;
    const double alpha = rz / curvature;
    kernels.axpy(alpha, p_.data(), x, n_);
    if (predictor != nullptr) kernels.axpy(alpha, u_.data(), predictor, samples_);
    kernels.axpy(-alpha, product_.data(), r_.data(), n_);
    for (index j = 0; j < n_; ++j) w_[j] = r_[j] / diagonal_[j];
    const double next = dot(r_, w_);
    for (index j = 0; j < n_; ++j) p_[j] = w_[j] + next / rz * p_[j];
    rz = next;
  }
}

void SquaresNewton::adjoint(const double* d, const double* b, double tol, double* q) {
  find_hessian(d, false);
  double size = 0;
  for (index j = 0; j < n_; ++j) size += b[j] * b[j];
  std::copy(b, b + n_, r_.begin());
  if (std::any_of(q, q + n_, [](double v) { return v != 0; })) {
    product(d, q, product_.data());
    kernels::table<double>().axpy(-1.0, product_.data(), r_.data(), n_);
    if (!(dot(r_, r_) < size)) {  // worse than none
      std::fill(q, q + n_, 0.0);
      std::copy(b, b + n_, r_.begin());
    }
  }
  conjugate_gradients(d, tol * tol * size, q, nullptr);
}

// x + t s_ with Armijo's condition, t = 1, 1/2, ..., and the predictor with it; false: no such t, as where rounding is
// all that is left.
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
    std::copy(u_.begin(), u_.end(), z_.begin());
    return true;
  }
  return false;
}

MinimizeResult SquaresNewton::solve(const double* d, double tol, double roughness, index max_iter,
                                    const std::atomic<bool>* cancel, double* x) {
  MinimizeResult result;
  cg_iterations_ = 0;
  double mu = kInf;
  for (index j = 0; j < n_; ++j) mu = std::min(mu, d[j]);
  // F(0): what tol is relative to.
  for (index i = 0; i < samples_; ++i) z_[i] = model_.offset.empty() ? 0.0 : model_.offset[static_cast<std::size_t>(i)];
  result.scale = model_.loss->value(samples_, z_.data(), model_.y.data(), weights_of(model_));
  // A gap of tol leaves x an error of its square root, and so the criterion: three digits more of g, or one step more.
  const double exact = 1e-3 * std::sqrt(2 * mu * tol * result.scale);
  predict(model_, x, true, z_.data(), Scratch(memory_));
  double value = evaluate(d, x), size = norm(g_), before = kInf;
  if (first_mu_ == 0) {
    first_gradient_ = size;
    first_mu_ = mu;
  }
  const double goal = std::max(exact, roughness * first_gradient_ * std::sqrt(std::min(1.0, mu / first_mu_)));
  const double first = size;
  result.termination = static_cast<std::int32_t>(Termination::MAX_ITER);
  for (;; ++result.iterations) {
    if (size <= goal) result.termination = static_cast<std::int32_t>(Termination::CONVERGED);
    if (size <= goal || result.iterations == max_iter) break;
    if ((cancel != nullptr && cancel->load(std::memory_order_relaxed)) ||
        (interrupt != nullptr && !interrupt->poll())) {
      result.termination = static_cast<std::int32_t>(Termination::CANCELLED);
      break;
    }
    const double forcing = std::max(std::min(0.1, std::sqrt(size / first)), std::min(0.5, 0.3 * goal / size));
    find_hessian(d, result.iterations == 0);
    for (index j = 0; j < n_; ++j) r_[j] = -g_[j];
    s_.fill(0);
    dz_.fill(0);
    conjugate_gradients(d, forcing * forcing * size * size, s_.data(), dz_.data());
    if (!step(d, value, x)) {
      result.termination = static_cast<std::int32_t>(before <= size ? Termination::STALLED : Termination::MAX_ITER);
      break;
    }
    before = size;
    value = evaluate(d, x);
    size = norm(g_);
  }
  result.objective = value;
  result.cg_iterations = cg_iterations_;
  result.residual = result.scale > 0 ? size * size / (2 * mu) / result.scale : 0.0;
  return result;
}

}  // namespace fenchel
