// admm_system.cpp -- the x-update of admm: argmin f(x) + 1/2 |A x - z + u|^2_rho from the last x.
#include <algorithm>
#include <cmath>

#include "linsolve/cholesky.hpp"
#include "solvers/proximal/admm.hpp"

namespace fenchel {
namespace {

constexpr int kMostNewton = 20;
constexpr double kInner = 1e-3;  // of the first residual of an x-update
constexpr double kPivot = 1e-13;

}  // namespace

// x = prox_{g_0 / (rho k)} of the mean of z_i - u_i, k terms besides; returns g_0(x).
template <class T>
double Admm<T>::prox_first() {
  const index others = terms_.count() - 1;
  const double weight = rho_ * static_cast<double>(std::max<index>(others, 1));
  if (others > 0) {
    p_.fill(0);
    for (index k = 0; k < rows_; ++k) p_[k % n()] += z_[k] - u_[k];
    const T mean = static_cast<T>(1 / static_cast<double>(others));
    for (index j = 0; j < n(); ++j) p_[j] *= mean;
  } else {
    copy_to(x_.data(), p_.data(), n());
  }
  const double g = terms_.prox_x(0, p_.data(), 1 / weight, x_.data());
  for (index j = 0; j < n(); ++j) first_dual_[j] = static_cast<T>(weight) * (p_[j] - x_[j]);
  return g;
}

// r = - gradient of the x-update's objective at x, with f, grad and ax fresh; returns |r|.
template <class T>
double Admm<T>::newton_gradient(double& value) {
  double square = 0;
  for (index k = 0; k < rows_; ++k) {
    const T gap = ax_[k] - z_[k] + u_[k];
    v_[k] = weight_[k] * gap;
    square += static_cast<double>(v_[k]) * static_cast<double>(gap);
  }
  value = f_ + square / 2;
  r_.fill(0);
  add_adjoint(v_.data(), r_.data());
  for (index j = 0; j < n(); ++j) r_[j] = -r_[j] - grad_[j];
  return norm2(r_.data(), n());
}

// H and A^T rho A / rho, columns by products with unit vectors, in double whatever T.
template <class T>
void Admm<T>::assemble() {
  double *unit = right_.data(), *column = right_.data() + n();
  for (index j = 0; j < n(); ++j) {
    this->check_stop();
    right_.fill(0);
    unit[j] = 1;
    double* h = hessian_.data() + j * n();
    double* g = gram_.data() + j * n();
    if (newton_)
      terms_.hvp_double(unit, h);
    else
      for (index k = 0; k < n(); ++k) h[k] = k == j ? L_ : 0.0;
    std::fill_n(g, n(), 0.0);
    for (index i = 0; i < terms_.count(); ++i) {
      double* image = image_.data() + offset(i);
      terms_.apply_double(i, unit, image);
      for (index k = 0; k < terms_.rows(i); ++k) {
        const double r = lengths_[static_cast<std::size_t>(offset(i) + k)];
        image[k] *= r * r;
      }
      terms_.adjoint_double(i, image, column);
      for (index k = 0; k < terms_.inner(); ++k) g[k] += column[k];
    }
  }
}

template <class T>
bool Admm<T>::factor() {
  for (index k = 0; k < n() * n(); ++k) factor_[k] = hessian_[k] + rho_ * gram_[k];
  return cholesky(n(), factor_.data(), n(), kPivot, workspace_.data());
}

// d from (H + A^T rho A) d = r, |remainder| <= target where it is found by conjugate gradients; r is used up.
template <class T>
void Admm<T>::solve_newton(double target) {
  if (factored_) {
    for (index j = 0; j < n(); ++j) right_[j] = static_cast<double>(r_[j]);
    cholesky_solve(n(), factor_.data(), n(), right_.data());
    for (index j = 0; j < n(); ++j) d_[j] = static_cast<T>(right_[j]);
    return;
  }
  d_.fill(0);
  copy_to(r_.data(), p_.data(), n());
  double rr = dot(r_.data(), r_.data(), n());
  for (index k = 0; k < settings_.cg_max_iter && std::sqrt(rr) > target; ++k) {
    this->check_stop();
    if (newton_)
      terms_.hvp(x_.data(), p_.data(), hp_.data());
    else
      for (index j = 0; j < n(); ++j) hp_[j] = static_cast<T>(L_) * p_[j];
    stacked(p_.data(), v_.data());
    weigh(v_.data());
    add_adjoint(v_.data(), hp_.data());
    const double bend = dot(p_.data(), hp_.data(), n());
    ++result_.cg_iterations;
    if (!(bend > 0)) break;  // a flat or (f not convex) falling direction: what was found so far
    const double a = rr / bend;
    add_scaled(d_.data(), a, p_.data(), d_.data(), n());
    add_scaled(r_.data(), -a, hp_.data(), r_.data(), n());
    const double next = dot(r_.data(), r_.data(), n());
    add_scaled(r_.data(), next / rr, p_.data(), p_.data(), n());
    rr = next;
  }
}

template <class T>
void Admm<T>::minimise_x() {
  double first = -1, value = 0;
  stacked(x_.data(), ax_.data());
  for (int k = 0; k < kMostNewton; ++k) {
    const double length = newton_gradient(value);
    if (first < 0) first = length;
    if (!(length > 0) || (!factored_ && length <= kInner * first && k > 0)) return;
    copy_to(r_.data(), descent_.data(), n());
    solve_newton((quadratic_ ? 1.0 : 0.1) * kInner * first);
    ++result_.newton_steps;
    const double slope = -dot(descent_.data(), d_.data(), n());
    if (!(slope < 0)) return;
    double far = 1;
    for (int halvings = 0; halvings < 40; ++halvings, far /= 2) {
      add_scaled(x_.data(), far, d_.data(), trial_.data(), n());
      if (quadratic_) break;
      stacked(trial_.data(), v_.data());
      double square = 0;
      for (index m = 0; m < rows_; ++m) {
        const double gap = static_cast<double>(v_[m]) - static_cast<double>(z_[m]) + static_cast<double>(u_[m]);
        square += static_cast<double>(weight_[m]) * gap * gap;
      }
      const double there = terms_.value(trial_.data()) + square / 2;
      if (there <= value + 1e-4 * far * slope + 1e-12 * std::abs(value)) break;
      ++result_.backtracks;
    }
    copy_to(trial_.data(), x_.data(), n());
    f_ = terms_.gradient(x_.data(), grad_.data());
    if (quadratic_) return;  // one system, or one step of the majoriser, is the update
    stacked(x_.data(), ax_.data());
  }
}

template class Admm<float>;
template class Admm<double>;

}  // namespace fenchel
