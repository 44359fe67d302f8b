#include "solvers/proximal/primal_dual.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace fenchel {
namespace {

double square(double value) { return value * value; }

}  // namespace

template <class T>
PrimalDual<T>::PrimalDual(ProblemPtr problem, MinimizeMethod method, const MinimizeSettings& settings)
    : ProximalBase<T>(std::move(problem), method, settings) {
  for (index i = 0; i < terms_.count(); ++i) {
    if (h_ < 0 && terms_.at(i).A == nullptr) h_ = i;
    offsets_.push_back(rows_);
    if (i != h_) rows_ += terms_.rows(i);
  }
  for (Buffer<T>* b : {&grad_, &v_, &kty_, &kty_plus_, &h_dual_, &x_now_, &x_anchor_, &kty_anchor_}) b->resize(n());
  for (Buffer<T>* b : {&y_, &y_plus_, &kx_, &kx_plus_, &w_, &kept_y_, &y_anchor_, &kx_anchor_, &spare_y_})
    b->resize(rows_);
  // Norms take memory to find, which a solve must not: they are found here, and counted in the first solve.
  double squares = 0;
  for (index i = 0; i < terms_.count(); ++i) {
    if (i == h_) continue;
    const Operator* A = terms_.at(i).A.get();
    squares += A == nullptr ? 1.0 : square(spectral_norm(*A, &norm_products_));
  }
  norm_ = squares > 0 ? std::sqrt(squares) : 1.0;
  if (terms_.f() != nullptr) L_ = terms_.f()->lipschitz(&norm_products_);
}

template <class T>
double PrimalDual<T>::prox_h(const T* v, double step, T* out) {
  return terms_.prox_x(h_ < 0 ? terms_.count() : h_, v, step, out);
}

template <class T>
double PrimalDual<T>::prox_dual(T* v, T* out) {
  const T sigma = static_cast<T>(sigma_), inverse = static_cast<T>(1 / sigma_);
  double sum = 0;
  for (index i = 0; i < terms_.count(); ++i) {
    if (i == h_) continue;
    T* part = v + offset(i);
    T* to = out + offset(i);
    const index m = terms_.rows(i);
    for (index j = 0; j < m; ++j) {
      to[j] = part[j];
      part[j] *= inverse;
    }
    sum += terms_.prox(i, part, 1 / sigma_, part);
    for (index j = 0; j < m; ++j) to[j] -= sigma * part[j];
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
    add_scaled(out, 1, v_.data(), out, terms_.inner());
  }
}

template <class T>
void PrimalDual<T>::set_steps() {
  if (settings_.step > 0) {
    step_ = settings_.step;
    sigma_ = 0.99 * (1 / step_ - L_) / square(norm_);
    if (!(sigma_ > 0)) fail(Status::RANGE, "step is %; legal: below 1/L = % of the smooth term", step_, 1 / L_);
    return;
  }
  step_ = 0.99 / (L_ + weight_ * norm_);
  sigma_ = 0.99 * weight_ / norm_;
}

template <class T>
void PrimalDual<T>::begin() {
  result_.products += std::exchange(norm_products_, 0);
  if (!std::isfinite(L_)) L_ = 0.5 / settings_.step;  // the setting stands for it: method_needs.cpp
  weight_ = settings_.primal_weight > 0 ? settings_.primal_weight : 1.0;
  set_steps();
  scales_ = {};
  anchored_ = !(L_ > 0);
  copy_to(x_.data(), x_now_.data(), n());
  y_.fill(0);
  y_plus_.fill(0);
  kty_.fill(0);
  stacked(x_now_.data(), kx_.data());
  f_ = terms_.gradient(x_now_.data(), grad_.data());
  scales_.see_dual(norm2(grad_.data(), n()));
  anchor();
}

template <class T>
void PrimalDual<T>::anchor() {
  copy_to(x_now_.data(), x_anchor_.data(), n());
  copy_to(kty_.data(), kty_anchor_.data(), n());
  copy_to(y_.data(), y_anchor_.data(), rows_);
  copy_to(kx_.data(), kx_anchor_.data(), rows_);
  since_anchor_ = 0;
}

// |z - z+|^2 in the metric [[1/tau, -K^T], [-K, 1/sigma]]
template <class T>
double PrimalDual<T>::fixed_point_length() const {
  double cross = 0;
  for (index j = 0; j < rows_; ++j)
    cross += (static_cast<double>(y_[j]) - static_cast<double>(y_plus_[j])) *
             (static_cast<double>(kx_[j]) - static_cast<double>(kx_plus_[j]));
  const double sum = distance2(x_now_.data(), x_.data(), n()) / step_ - 2 * cross +
                     distance2(y_.data(), y_plus_.data(), rows_) / sigma_;
  return std::sqrt(std::max(0.0, sum));
}

template <class T>
bool PrimalDual<T>::due(double length) {
  const double last = last_length_;
  last_length_ = length;
  if (since_anchor_ == 0) {
    first_length_ = length;
    return false;
  }
  if (length <= 0.2 * first_length_) return true;
  if (length <= 0.8 * first_length_ && length > last) return true;
  if (3 * since_anchor_ < result_.iterations || since_anchor_ <= 10) return false;
  // A third of all iterations without much progress: with curvature in f, the other way may do better.
  if (L_ > 0 && since_anchor_ > 200) anchored_ = !anchored_;
  return true;
}

template <class T>
void PrimalDual<T>::move(double reflection) {
  const double k = static_cast<double>(since_anchor_);
  const double far = anchored_ ? (k + 1) / (k + 2) : 1.0;
  const T a = static_cast<T>(far * (1 + reflection)), b = static_cast<T>(-far * reflection),
          c = static_cast<T>(1 - far);
  for (index j = 0; j < n(); ++j) {
    x_now_[j] = a * x_[j] + b * x_now_[j] + c * x_anchor_[j];
    kty_[j] = a * kty_plus_[j] + b * kty_[j] + c * kty_anchor_[j];
  }
  for (index j = 0; j < rows_; ++j) {
    y_[j] = a * y_plus_[j] + b * y_[j] + c * y_anchor_[j];
    kx_[j] = a * kx_plus_[j] + b * kx_[j] + c * kx_anchor_[j];
  }
  ++since_anchor_;
}

template <class T>
Standing PrimalDual<T>::advance() {
  const T tau = static_cast<T>(step_), sigma = static_cast<T>(sigma_);
  for (index j = 0; j < n(); ++j) v_[j] = x_now_[j] - tau * (grad_[j] + kty_[j]);
  const double h = prox_h(v_.data(), step_, x_.data());
  stacked(x_.data(), kx_plus_.data());
  for (index j = 0; j < rows_; ++j) w_[j] = y_[j] + sigma * (2 * kx_plus_[j] - kx_[j]);
  const double g = prox_dual(w_.data(), y_plus_.data());
  stacked_adjoint(y_plus_.data(), kty_plus_.data());
  // x+ and y+ meet the optimality conditions up to these two vectors.
  double dual2 = 0, primal2 = 0;
  for (index j = 0; j < n(); ++j)
    dual2 += square(static_cast<double>(x_now_[j] - x_[j]) / step_ - static_cast<double>(kty_[j] - kty_plus_[j]));
  for (index j = 0; j < rows_; ++j)
    primal2 += square(static_cast<double>(y_[j] - y_plus_[j]) / sigma_ - static_cast<double>(kx_[j] - kx_plus_[j]));
  scales_.see_primal(std::max(norm2(kx_plus_.data(), rows_), norm2(w_.data(), rows_)));
  scales_.see_dual(norm2(kty_plus_.data(), n()));
  Standing out{.residual = scales_.relative(std::sqrt(primal2), std::sqrt(dual2))};
  if (this->traced() || terms_.f() == nullptr) out.objective = terms_.value(x_.data()) + h + g;
  const double length = fixed_point_length();
  if (due(length)) {
    ++result_.restarts;
    const double dx = std::sqrt(distance2(x_.data(), x_anchor_.data(), n()));
    const double dy = std::sqrt(distance2(y_plus_.data(), y_anchor_.data(), rows_));
    copy_to(x_.data(), x_now_.data(), n());
    copy_to(y_plus_.data(), y_.data(), rows_);
    copy_to(kty_plus_.data(), kty_.data(), n());
    copy_to(kx_plus_.data(), kx_.data(), rows_);
    if (settings_.primal_weight <= 0 && dx > 0 && dy > 0) {
      weight_ = std::sqrt(weight_ * dy / dx);
      set_steps();
    }
    anchor();
  } else {
    move(L_ > 0 ? 0.5 : 1.0);
  }
  f_ = terms_.gradient(x_now_.data(), grad_.data());
  scales_.see_dual(norm2(grad_.data(), n()));
  scale_ = scales_.dual > 0 ? scales_.dual : 1;
  if (std::isnan(f_)) out.residual = kNaN;
  return out;
}

template <class T>
Standing PrimalDual<T>::fresh() {
  Standing out;
  const T tau = static_cast<T>(step_), sigma = static_cast<T>(sigma_);
  stacked_adjoint(y_plus_.data(), kty_plus_.data());
  out.smooth = terms_.gradient(x_.data(), h_dual_.data());
  for (index j = 0; j < n(); ++j) {
    h_dual_[j] = -h_dual_[j] - kty_plus_[j];
    v_[j] = x_[j] + tau * h_dual_[j];
  }
  prox_h(v_.data(), step_, v_.data());
  const double dual = std::sqrt(distance2(x_.data(), v_.data(), n())) / step_;
  stacked(x_.data(), kx_plus_.data());
  for (index j = 0; j < rows_; ++j) w_[j] = y_plus_[j] + sigma * kx_plus_[j];
  prox_dual(w_.data(), spare_y_.data());
  const double primal = std::sqrt(distance2(y_plus_.data(), spare_y_.data(), rows_)) / sigma_;
  out.residual = scales_.relative(primal, dual);
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
