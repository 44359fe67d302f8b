// admm.cpp -- f(x) + sum_i g_i(z_i) subject to A_i x = z_i, u_i the scaled multipliers:
//
//   x = argmin f(x) + rho/2 sum_i |A_i x - z_i + u_i|^2,   w_i = a A_i x + (1 - a) z_i + u_i,
//   z_i = prox_{g_i / rho}(w_i),   u_i = w_i - z_i,   a the setting relaxation
//
// x-update: the prox of the first term where f and all operators are absent; else conjugate gradients on
// (H + rho sum A_i^T A_i) d = - gradient, H the Hessian of f (damped Newton where f is not quadratic), or L I, a
// majoriser, where f offers no hvp. rho is balanced so that neither residual outgrows the other, less and less often.
//
// residual     max of |A x - z| and |grad f(x) + sum A_i^T rho u_i|, each relative to the largest norms met
// paper        Boyd, Parikh, Chu, Peleato and Eckstein, Distributed optimization by ADMM (2011), 3.3, 3.4; with f
// absent and
//              two terms it is douglas_rachford with the terms exchanged (Eckstein and Bertsekas 1992)
#include <algorithm>

#include "solvers/proximal/make_proximal.hpp"
#include "solvers/proximal/proximal_base.hpp"
#include "solvers/proximal/split_scales.hpp"

namespace fenchel {
namespace {

constexpr int kMostNewton = 20;
constexpr double kInner = 1e-3;  // of the first residual of an x-update

template <class T>
class Admm final : public ProximalBase<T> {
 public:
  Admm(ProblemPtr problem, const MinimizeSettings& settings);

 private:
  using ProximalBase<T>::x_;
  using ProximalBase<T>::n;
  using ProximalBase<T>::terms_;
  using ProximalBase<T>::result_;
  using ProximalBase<T>::settings_;
  using ProximalBase<T>::scale_;
  using ProximalBase<T>::step_;

  void begin() override;
  Standing advance() override;
  Standing fresh() override;
  void keep_more() override {
    copy_to(u_.data(), kept_u_.data(), rows_);
    copy_to(z_.data(), kept_z_.data(), rows_);
    copy_to(first_dual_.data(), kept_first_.data(), direct_ ? n() : 0);
    kept_rho_ = rho_;
  }
  void restore_more() override {
    copy_to(kept_u_.data(), u_.data(), rows_);
    copy_to(kept_z_.data(), z_.data(), rows_);
    copy_to(kept_first_.data(), first_dual_.data(), direct_ ? n() : 0);
    rho_ = kept_rho_;
  }
  const T* dual_point(index i) const override {
    return direct_ && i == 0 ? kept_first_.data() : duals_.data() + offset(i);
  }

  index first() const { return direct_ ? 1 : 0; }
  index offset(index i) const { return offsets_[static_cast<std::size_t>(i)]; }
  void stacked(const T* x, T* out) {
    for (index i = first(); i < terms_.count(); ++i) terms_.apply(i, x, out + offset(i));
  }
  // out += factor * sum A_i^T y_i
  void add_adjoint(const T* y, double factor, T* out) {
    for (index i = first(); i < terms_.count(); ++i) {
      terms_.adjoint(i, y + offset(i), back_.data());
      add_scaled(out, factor, back_.data(), out, terms_.inner());
    }
  }
  double prox_first();
  void minimise_x();
  double newton_gradient(double& value);
  void solve_newton(double target);
  double update_z();
  double dual_residual();
  void balance(double primal, double dual);

  bool direct_ = true, newton_ = false, quadratic_ = true;
  index rows_ = 0;
  std::vector<index> offsets_;
  Buffer<T> grad_, r_, d_, p_, hp_, back_, trial_, descent_, first_dual_, kept_first_;  // (n)
  Buffer<T> z_, u_, ax_, w_, kept_u_, kept_z_, duals_;                                  // (rows)
  SplitScales scales_;
  double rho_ = 1, kept_rho_ = 1, L_ = 0, f_ = 0, g_first_ = 0;
  double next_balance_ = 5, last_primal_ = 0, last_dual_ = 0;
};

template <class T>
Admm<T>::Admm(ProblemPtr problem, const MinimizeSettings& settings)
    : ProximalBase<T>(std::move(problem), MinimizeMethod::method_admm, settings) {
  direct_ = terms_.f() == nullptr;
  for (index i = 0; i < terms_.count(); ++i) direct_ = direct_ && terms_.at(i).A == nullptr;
  if (terms_.f() != nullptr) {
    newton_ = (terms_.f()->caps() & SMOOTH_HVP) != 0;
    quadratic_ = (terms_.f()->caps() & SMOOTH_QUADRATIC) != 0;
  }
  for (index i = 0; i < terms_.count(); ++i) {
    offsets_.push_back(rows_);
    if (i >= first()) rows_ += terms_.rows(i);
  }
  for (Buffer<T>* b : {&grad_, &r_, &d_, &p_, &hp_, &back_, &trial_, &descent_, &first_dual_, &kept_first_})
    b->resize(n());
  for (Buffer<T>* b : {&z_, &u_, &ax_, &w_, &kept_u_, &kept_z_, &duals_}) b->resize(rows_);
}

template <class T>
void Admm<T>::begin() {
  rho_ = settings_.primal_weight > 0 ? settings_.primal_weight : settings_.step > 0 ? 1 / settings_.step : 1.0;
  L_ = 0;
  if (terms_.f() != nullptr && !newton_) L_ = terms_.f()->lipschitz(&result_.products);
  scales_ = {};
  next_balance_ = 5;
  u_.fill(0);
  first_dual_.fill(0);
  stacked(x_.data(), z_.data());
  copy_to(z_.data(), ax_.data(), rows_);
  f_ = terms_.gradient(x_.data(), grad_.data());
  scales_.see_dual(norm2(grad_.data(), n()));
}

// x = prox_{g_0 / (rho k)} of the mean of z_i - u_i, k terms besides; returns g_0(x).
template <class T>
double Admm<T>::prox_first() {
  const index others = terms_.count() - 1;
  const double weight = rho_ * static_cast<double>(std::max<index>(others, 1));
  if (others > 0) {
    for (index j = 0; j < n(); ++j) p_[j] = 0;
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
    w_[k] = ax_[k] - z_[k] + u_[k];
    square += static_cast<double>(w_[k]) * static_cast<double>(w_[k]);
  }
  value = f_ + rho_ / 2 * square;
  for (index j = 0; j < n(); ++j) r_[j] = 0;
  add_adjoint(w_.data(), rho_, r_.data());
  for (index j = 0; j < n(); ++j) r_[j] = -r_[j] - grad_[j];
  return norm2(r_.data(), n());
}

// d from (H + rho sum A^T A) d = r to |remainder| <= target; r is used up.
template <class T>
void Admm<T>::solve_newton(double target) {
  d_.fill(0);
  copy_to(r_.data(), p_.data(), n());
  double rr = dot(r_.data(), r_.data(), n());
  for (index k = 0; k < settings_.cg_max_iter && std::sqrt(rr) > target; ++k) {
    this->check_stop();
    if (newton_)
      terms_.hvp(x_.data(), p_.data(), hp_.data());
    else
      for (index j = 0; j < n(); ++j) hp_[j] = static_cast<T>(L_) * p_[j];
    stacked(p_.data(), w_.data());
    add_adjoint(w_.data(), rho_, hp_.data());
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
  for (int k = 0; k < kMostNewton; ++k) {
    const double length = newton_gradient(value);
    if (first < 0) first = length;
    if (length <= kInner * first || !(length > 0)) return;
    copy_to(r_.data(), descent_.data(), n());
    solve_newton((quadratic_ || !newton_ ? 1.0 : 0.1) * kInner * first);
    ++result_.newton_steps;
    const double slope = -dot(descent_.data(), d_.data(), n());
    if (!(slope < 0)) return;
    double far = 1;
    for (int halvings = 0; halvings < 40; ++halvings, far /= 2) {
      add_scaled(x_.data(), far, d_.data(), trial_.data(), n());
      if (quadratic_ || !newton_) break;
      stacked(trial_.data(), w_.data());
      double square = 0;
      for (index m = 0; m < rows_; ++m) {
        const double gap = static_cast<double>(w_[m]) - static_cast<double>(z_[m]) + static_cast<double>(u_[m]);
        square += gap * gap;
      }
      const double there = terms_.value(trial_.data()) + rho_ / 2 * square;
      if (there <= value + 1e-4 * far * slope + 1e-12 * std::abs(value)) break;
      ++result_.backtracks;
    }
    copy_to(trial_.data(), x_.data(), n());
    stacked(x_.data(), ax_.data());
    f_ = terms_.gradient(x_.data(), grad_.data());
    if (quadratic_ || !newton_) return;  // one system, or one step of the majoriser, is the update
  }
}

// Over-relaxed z and u; returns sum g_i(z_i).
template <class T>
double Admm<T>::update_z() {
  const T a = static_cast<T>(settings_.relaxation);
  for (index k = 0; k < rows_; ++k) w_[k] = a * ax_[k] + (1 - a) * z_[k] + u_[k];
  double sum = 0;
  for (index i = first(); i < terms_.count(); ++i)
    sum += terms_.prox(i, w_.data() + offset(i), 1 / rho_, z_.data() + offset(i));
  for (index k = 0; k < rows_; ++k) u_[k] = w_[k] - z_[k];
  return sum;
}

// |grad f + s_0 + sum A_i^T rho u_i|, s_0 the subgradient of a first term that x itself carries; r_ is overwritten.
template <class T>
double Admm<T>::dual_residual() {
  for (index j = 0; j < n(); ++j) r_[j] = 0;
  add_adjoint(u_.data(), rho_, r_.data());
  scales_.see_dual(norm2(r_.data(), n()));
  for (index j = 0; j < n(); ++j) r_[j] += direct_ ? first_dual_[j] : grad_[j];
  return norm2(r_.data(), n());
}

template <class T>
void Admm<T>::balance(double primal, double dual) {
  if (settings_.primal_weight > 0 || static_cast<double>(result_.iterations + 1) < next_balance_) return;
  next_balance_ = std::max(next_balance_ + 5, 1.5 * next_balance_);
  double factor = std::sqrt(scales_.relative_primal(primal) / scales_.relative_dual(dual));
  if (!(factor > 2 || factor < 0.5)) return;
  factor = std::clamp(factor, 0.1, 10.0);
  rho_ *= factor;
  for (index k = 0; k < rows_; ++k) u_[k] *= static_cast<T>(1 / factor);
}

template <class T>
Standing Admm<T>::advance() {
  Standing out;
  double g = 0;
  if (result_.iterations > 0) balance(last_primal_, last_dual_);
  if (direct_) {
    g = prox_first();
    stacked(x_.data(), ax_.data());
  } else {
    minimise_x();
  }
  g += update_z();
  const double primal = std::sqrt(distance2(ax_.data(), z_.data(), rows_));
  const double dual = dual_residual();
  scales_.see_primal(std::max(norm2(ax_.data(), rows_), norm2(z_.data(), rows_)));
  scales_.see_dual(norm2(grad_.data(), n()));
  scale_ = scales_.dual > 0 ? scales_.dual : 1;
  out.residual = scales_.relative(primal, dual);
  out.objective = f_ + g;
  if (std::isnan(f_)) out.residual = kNaN;
  step_ = 1 / rho_;
  last_primal_ = primal;
  last_dual_ = dual;
  return out;
}

template <class T>
Standing Admm<T>::fresh() {
  Standing out;
  stacked(x_.data(), ax_.data());
  out.smooth = f_ = terms_.gradient(x_.data(), grad_.data());
  const double primal = std::sqrt(distance2(ax_.data(), z_.data(), rows_));
  out.residual = scales_.relative(primal, dual_residual());
  out.objective = out.smooth;
  for (index i = 0; i < terms_.count(); ++i) {
    const bool own = direct_ && i == 0;
    const double at_x = terms_.simple(i, own ? x_.data() : ax_.data() + offset(i));
    out.objective += std::isfinite(at_x) || own ? at_x : terms_.simple(i, z_.data() + offset(i));
  }
  for (index k = 0; k < rows_; ++k) duals_[k] = static_cast<T>(rho_) * u_[k];
  return out;
}

}  // namespace

SolverPtr make_admm(ProblemPtr problem, const MinimizeSettings& settings) {
  return visit_real(problem->dtype(), [&](auto zero) -> SolverPtr {
    return std::make_unique<Admm<decltype(zero)>>(std::move(problem), settings);
  });
}

}  // namespace fenchel
