#include "solvers/proximal/primal_dual.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace fenchel {
namespace {

constexpr double kSafe = 0.99;  // of the largest product of steps

double square(double value) { return value * value; }

index first_without_operator(const CompositeProblem& problem) {
  const auto& summands = problem.summands();
  for (std::size_t i = 0; i < summands.size(); ++i)
    if (summands[i].A == nullptr) return static_cast<index>(i);
  return -1;
}

template <class T>
bool even(const T* values, index count) {
  return std::all_of(values, values + count, [values](T v) { return v == values[0]; });
}

}  // namespace

// Norms take memory to find, which a solve must not: they are found here, and counted in the first solve.
template <class T>
PrimalDual<T>::PrimalDual(ProblemPtr problem, MinimizeMethod method, const MinimizeSettings& settings)
    : ProximalBase<T>(problem, method, settings),
      h_(first_without_operator(*problem)),
      lengths_(*problem, 0, h_, settings.step <= 0, &norm_products_) {
  for (index i = 0; i < terms_.count(); ++i) {
    offsets_.push_back(rows_);
    if (i != h_) rows_ += terms_.rows(i);
  }
  for (Buffer<T>* b : {&tau_, &grad_, &v_, &kty_, &kty_plus_, &h_dual_, &x_now_, &x_anchor_, &kty_anchor_})
    b->resize(n());
  for (Buffer<T>* b :
       {&sigma_, &slow_, &y_, &y_plus_, &kx_, &kx_plus_, &w_, &kept_y_, &y_anchor_, &kx_anchor_, &spare_y_})
    b->resize(rows_);
  even_cols_ = even(lengths_.cols().data(), n());
  if (terms_.f() != nullptr) L_ = terms_.f()->lipschitz(&norm_products_);
}

template <class T>
double PrimalDual<T>::prox_h(const T* v, T* out) {
  return terms_.prox_x(h_ < 0 ? terms_.count() : h_, v, step_, out, even_cols_ ? nullptr : tau_.data());
}

template <class T>
double PrimalDual<T>::prox_dual(T* v, T* out) {
  double sum = 0;
  for (index i = 0; i < terms_.count(); ++i) {
    if (i == h_) continue;
    T* part = v + offset(i);
    T* to = out + offset(i);
    const index m = terms_.rows(i);
    const T *fast = sigma_.data() + offset(i), *slow = slow_.data() + offset(i);
    for (index j = 0; j < m; ++j) {
      to[j] = part[j];
      part[j] *= slow[j];
    }
    sum += terms_.prox(i, part, static_cast<double>(slow[0]), part, even(slow, m) ? nullptr : slow);
    for (index j = 0; j < m; ++j) to[j] -= fast[j] * part[j];
  }
  return sum;
}

template <class T>
void PrimalDual<T>::stacked(const T* x, T* out) {
  for (index i = 0; i < terms_.count(); ++i)
    if (i != h_) terms_.apply(i, x, out + offset(i));
}

template <class T>
void PrimalDual<T>::stacked_adjoint(const T* y, T* out) {
  for (index j = 0; j < n(); ++j) out[j] = 0;
  for (index i = 0; i < terms_.count(); ++i) {
    if (i == h_) continue;
    terms_.adjoint(i, y + offset(i), v_.data());
    scales_.see_dual(norm2(v_.data(), terms_.inner()));
    add_scaled(out, 1, v_.data(), out, terms_.inner());
  }
}

template <class T>
void PrimalDual<T>::set_steps() {
  double dual_step = kSafe * weight_ / lengths_.norm();
  step_ = 0;
  for (index j = 0; j < n(); ++j) {
    const double c = lengths_.cols()[static_cast<std::size_t>(j)];
    const double tau = settings_.step > 0 ? settings_.step : kSafe / (L_ + weight_ * lengths_.norm() / (c * c));
    tau_[j] = static_cast<T>(tau);
    step_ = std::max(step_, tau);
  }
  if (settings_.step > 0) {
    dual_step = kSafe * (1 / step_ - L_) / square(lengths_.norm());
    if (!(dual_step > 0)) fail(Status::RANGE, "step is %; legal: below 1/L = % of the smooth term", step_, 1 / L_);
  }
  for (index i = 0; i < rows_; ++i) {
    const double sigma = dual_step * square(lengths_.rows()[static_cast<std::size_t>(i)]);
    sigma_[i] = static_cast<T>(sigma);
    slow_[i] = static_cast<T>(1 / sigma);
  }
}

template <class T>
void PrimalDual<T>::begin() {
  result_.products += std::exchange(norm_products_, 0);
  if (!std::isfinite(L_)) L_ = 0.5 / settings_.step;  // the setting stands for it: method_needs.cpp
  weight_ = settings_.primal_weight > 0 ? settings_.primal_weight : 1.0;
  set_steps();
  anchored_ = !(L_ > 0);
  copy_to(x_.data(), x_now_.data(), n());
  y_.fill(0);
  y_plus_.fill(0);
  kty_.fill(0);
  stacked(x_now_.data(), kx_.data());
  f_ = terms_.gradient(x_now_.data(), grad_.data());
  scales_.start(norm2(grad_.data(), n()));
  anchor(x_now_, kty_, y_, kx_);
  begin_ways();
}

template <class T>
Standing PrimalDual<T>::advance() {
  for (index j = 0; j < n(); ++j) v_[j] = x_now_[j] - tau_[j] * (grad_[j] + kty_[j]);
  const double h = prox_h(v_.data(), x_.data());
  stacked(x_.data(), kx_plus_.data());
  for (index j = 0; j < rows_; ++j) w_[j] = y_[j] + sigma_[j] * (2 * kx_plus_[j] - kx_[j]);
  const double g = prox_dual(w_.data(), y_plus_.data());
  stacked_adjoint(y_plus_.data(), kty_plus_.data());
  // x+ and y+ meet the optimality conditions up to these two vectors.
  double dual2 = 0, primal2 = 0;
  for (index j = 0; j < n(); ++j)
    dual2 += square(static_cast<double>((x_now_[j] - x_[j]) / tau_[j]) - static_cast<double>(kty_[j] - kty_plus_[j]));
  for (index j = 0; j < rows_; ++j)
    primal2 += square(static_cast<double>((y_[j] - y_plus_[j]) * slow_[j]) - static_cast<double>(kx_[j] - kx_plus_[j]));
  scales_.next();
  scales_.see_primal(std::max(norm2(kx_plus_.data(), rows_), norm2(w_.data(), rows_)));
  Standing out{.residual = scales_.relative(std::sqrt(primal2), std::sqrt(dual2))};
  if (this->traced() || terms_.f() == nullptr) out.objective = terms_.value(x_.data()) + h + g;
  move(due(fixed_point_length()));
  f_ = terms_.gradient(x_now_.data(), grad_.data());
  scales_.see_dual(norm2(grad_.data(), n()));
  scale_ = scales_.dual();
  if (std::isnan(f_)) out.residual = kNaN;
  return out;
}

template <class T>
Standing PrimalDual<T>::fresh() {
  Standing out;
  stacked_adjoint(y_plus_.data(), kty_plus_.data());
  out.smooth = terms_.gradient(x_.data(), h_dual_.data());
  for (index j = 0; j < n(); ++j) {
    h_dual_[j] = -h_dual_[j] - kty_plus_[j];
    v_[j] = x_[j] + tau_[j] * h_dual_[j];
  }
  prox_h(v_.data(), v_.data());
  double dual2 = 0, primal2 = 0;
  for (index j = 0; j < n(); ++j) dual2 += square(static_cast<double>((x_[j] - v_[j]) / tau_[j]));
  stacked(x_.data(), kx_plus_.data());
  for (index j = 0; j < rows_; ++j) w_[j] = y_plus_[j] + sigma_[j] * kx_plus_[j];
  prox_dual(w_.data(), spare_y_.data());
  for (index j = 0; j < rows_; ++j) primal2 += square(static_cast<double>((y_plus_[j] - spare_y_[j]) * slow_[j]));
  out.residual = scales_.relative(std::sqrt(primal2), std::sqrt(dual2));
  bool exact = true;
  out.objective = out.smooth;
  for (index i = 0; i < terms_.count(); ++i) {
    const double at_x = terms_.simple(i, i == h_ ? x_.data() : kx_plus_.data() + offset(i));
    exact = exact && std::isfinite(at_x);
    out.objective += std::isfinite(at_x) || i == h_ ? at_x : terms_.simple(i, w_.data() + offset(i));
  }
  if (exact) out.dual = dual_value();
  return out;
}

// - h*(-K^T y) - sum g_i*(y_i) without f; -inf where a conjugate is missing or y is not feasible.
template <class T>
double PrimalDual<T>::dual_value() {
  if (terms_.f() != nullptr || h_ < 0) return -kInf;
  double sum = terms_.conjugate(h_, h_dual_.data());
  for (index i = 0; i < terms_.count(); ++i)
    if (i != h_) sum += terms_.conjugate(i, y_plus_.data() + offset(i));
  return std::isfinite(sum) ? -sum : -kInf;
}

template class PrimalDual<float>;
template class PrimalDual<double>;

}  // namespace fenchel
