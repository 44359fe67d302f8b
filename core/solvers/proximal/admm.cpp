// admm.cpp -- alternating directions: admm.hpp has the equations.
#include "solvers/proximal/admm.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "linsolve/cholesky.hpp"
#include "solvers/proximal/equilibration.hpp"
#include "solvers/proximal/make_proximal.hpp"

namespace fenchel {
namespace {

constexpr index kMostDense = 300;  // variables of a system that is factored
constexpr double kStress = 10;     // of the length of a row that is an equality: 100 times its rho

bool has_system(const CompositeProblem& problem) {
  if (problem.f() != nullptr) return true;
  return std::any_of(problem.summands().begin(), problem.summands().end(),
                     [](const Summand& s) { return s.A != nullptr; });
}
bool newton(const Smooth* f) { return f != nullptr && (f->caps() & SMOOTH_HVP) != 0; }
// One system is the x-update: f is quadratic, or replaced by a majoriser that is.
bool quadratic(const Smooth* f) { return !newton(f) || (f->caps() & SMOOTH_QUADRATIC) != 0; }
bool is_factored(const CompositeProblem& problem) {
  return has_system(problem) && quadratic(problem.f()) && problem.size() <= kMostDense;
}

}  // namespace

index admm_dense_bytes(const CompositeProblem& problem) {
  const index n = problem.size();
  return is_factored(problem) ? index{sizeof(double)} * (3 * n * n + 3 * n + cholesky_workspace(n)) : 0;
}

template <class T>
Admm<T>::Admm(ProblemPtr problem, const MinimizeSettings& settings)
    : ProximalBase<T>(problem, MinimizeMethod::method_admm, settings) {
  direct_ = !has_system(*problem);
  newton_ = newton(terms_.f());
  quadratic_ = quadratic(terms_.f());
  for (index i = 0; i < terms_.count(); ++i) {
    offsets_.push_back(rows_);
    if (i >= first()) rows_ += terms_.rows(i);
  }
  for (Buffer<T>* b : {&grad_, &r_, &d_, &p_, &hp_, &back_, &trial_, &descent_, &first_dual_, &kept_first_})
    b->resize(n());
  for (Buffer<T>* b : {&weight_, &slow_, &z_, &u_, &ax_, &w_, &v_, &kept_u_, &kept_z_, &duals_}) b->resize(rows_);
  lengths_.assign(static_cast<std::size_t>(rows_), 1.0);
  if (!direct_) lengths_ = Equilibration(*problem, 0, -1, true, &products_).rows();
  stress_equalities();
  even_ = std::all_of(lengths_.begin(), lengths_.end(), [this](double r) { return r == lengths_[0]; });
  anderson_.resize(rows_, problem->convex() ? settings.splitting_memory : 0);
  dense_ = is_factored(*problem);
  if (!dense_) return;
  for (Buffer<double>* b : {&hessian_, &gram_, &factor_}) b->resize(n() * n());
  workspace_.resize(cholesky_workspace(n()));
  right_.resize(2 * n());
  image_.resize(rows_);
}

// Rows that a box holds to one value: their multipliers matter, not what they may move.
template <class T>
void Admm<T>::stress_equalities() {
  for (index i = first(); i < terms_.count(); ++i) {
    const Prox& g = *terms_.at(i).g;
    const SoftBox* box = g.soft_box();
    if (direct_ || box == nullptr || (g.caps() & PROX_VECTOR_STEP) == 0) continue;
    for (index k = 0; k < terms_.rows(i); ++k) {
      const double lower = box->lowers == nullptr ? box->lower : box->lowers[k];
      const double upper = box->uppers == nullptr ? box->upper : box->uppers[k];
      if (lower == upper) lengths_[static_cast<std::size_t>(offset(i) + k)] *= kStress;
    }
  }
}

template <class T>
void Admm<T>::begin() {
  result_.products += std::exchange(products_, 0);
  rho_ = settings_.primal_weight > 0 ? settings_.primal_weight : settings_.step > 0 ? 1 / settings_.step : 1.0;
  L_ = 0;
  if (terms_.f() != nullptr && !newton_) L_ = terms_.f()->lipschitz(&result_.products);
  next_balance_ = 5;
  first_dual_.fill(0);
  stacked(x_.data(), w_.data());
  f_ = terms_.gradient(x_.data(), grad_.data());
  scales_.start(norm2(grad_.data(), n()));
  anderson_.forget();
  if (dense_) assemble();
  set_weights();
  // Of a warm start of f + g the multiplier is known: - grad f(x) at a solution.
  if (direct_ || terms_.count() != 1 || terms_.at(0).A != nullptr || nonzeros(x_.data(), n()) == 0) return;
  for (index k = 0; k < rows_; ++k) w_[k] -= slow_[k] * grad_[k];
}

template <class T>
void Admm<T>::keep_more() {
  copy_to(u_.data(), kept_u_.data(), rows_);
  copy_to(z_.data(), kept_z_.data(), rows_);
  copy_to(first_dual_.data(), kept_first_.data(), direct_ ? n() : 0);
  kept_rho_ = rho_;
}

template <class T>
void Admm<T>::restore_more() {
  copy_to(kept_u_.data(), u_.data(), rows_);
  copy_to(kept_z_.data(), z_.data(), rows_);
  copy_to(kept_first_.data(), first_dual_.data(), direct_ ? n() : 0);
  if (kept_rho_ == rho_) return;
  rho_ = kept_rho_;
  set_weights();
}

template <class T>
void Admm<T>::set_weights() {
  for (index k = 0; k < rows_; ++k) {
    const double r = lengths_[static_cast<std::size_t>(k)];
    weight_[k] = static_cast<T>(rho_ * r * r);
    slow_[k] = static_cast<T>(1 / (rho_ * r * r));
  }
  factored_ = dense_ && factor();
}

// z and u of w; returns sum g_i(z_i).
template <class T>
double Admm<T>::update_z() {
  double sum = 0;
  for (index i = first(); i < terms_.count(); ++i) {
    const T* slow = slow_.data() + offset(i);
    const bool even = even_ || std::all_of(slow, slow + terms_.rows(i), [slow](T v) { return v == slow[0]; });
    sum += terms_.prox(i, w_.data() + offset(i), static_cast<double>(slow[0]), z_.data() + offset(i),
                       even ? nullptr : slow);
  }
  for (index k = 0; k < rows_; ++k) u_[k] = w_[k] - z_[k];
  return sum;
}

// |grad f + s_0 + sum A_i^T rho u_i|, s_0 the subgradient of a first term that x itself carries; r_ is overwritten.
template <class T>
double Admm<T>::dual_residual() {
  copy_to(u_.data(), duals_.data(), rows_);
  weigh(duals_.data());
  const T* own = direct_ ? first_dual_.data() : grad_.data();
  copy_to(own, r_.data(), n());
  double part = norm2(own, n());
  back_.fill(0);
  for (index i = first(); i < terms_.count(); ++i) {
    terms_.adjoint(i, duals_.data() + offset(i), back_.data());
    part = std::max(part, norm2(back_.data(), n()));
    add_scaled(r_.data(), 1, back_.data(), r_.data(), n());
  }
  dual_part_ = part;
  return norm2(r_.data(), n());
}

// True when rho, and with it u, has changed.
template <class T>
bool Admm<T>::balance() {
  if (settings_.primal_weight > 0 || static_cast<double>(result_.iterations + 1) < next_balance_) return false;
  next_balance_ = std::max(next_balance_ + 5, 1.5 * next_balance_);
  double factor = std::sqrt(scales_.relative_primal(last_primal_) / scales_.relative_dual(last_dual_));
  if (!(factor > 2 || factor < 0.5)) return false;
  factor = std::clamp(factor, 0.1, 10.0);
  rho_ *= factor;
  for (index k = 0; k < rows_; ++k) u_[k] *= static_cast<T>(1 / factor);
  set_weights();
  return true;
}

// v_ = T(w_) becomes the next w, extrapolated in the lengths in which T is nonexpansive.
template <class T>
bool Admm<T>::extrapolate() {
  const auto scale = [this](bool back) {
    for (index k = 0; k < rows_ && !even_; ++k) {
      const T r = static_cast<T>(lengths_[static_cast<std::size_t>(k)]);
      w_[k] = back ? w_[k] / r : w_[k] * r;
      v_[k] = back ? v_[k] / r : v_[k] * r;
    }
  };
  scale(false);
  const bool good = anderson_.next(w_.data(), v_.data());
  scale(true);
  std::swap(w_, v_);
  return good;
}

template <class T>
Standing Admm<T>::advance() {
  double g = update_z();
  if (result_.iterations > 0 && balance()) {
    for (index k = 0; k < rows_; ++k) w_[k] = z_[k] + u_[k];
    anderson_.forget();
  }
  if (direct_)
    g += prox_first();
  else
    minimise_x();
  stacked(x_.data(), ax_.data());
  const double primal = std::sqrt(distance2(ax_.data(), z_.data(), rows_));
  const double dual = dual_residual();
  const T a = static_cast<T>(settings_.relaxation);
  for (index k = 0; k < rows_; ++k) v_[k] = w_[k] + a * (ax_[k] - z_[k]);
  scales_.next();
  if (extrapolate()) {
    scales_.see_primal(std::max(norm2(ax_.data(), rows_), norm2(z_.data(), rows_)));
    scales_.see_dual(dual_part_);
    last_primal_ = primal;
    last_dual_ = dual;
  } else {
    ++result_.restarts;
  }
  scale_ = scales_.dual();
  step_ = 1 / rho_;
  Standing out{.residual = scales_.relative(primal, dual), .objective = f_ + g};
  if (std::isnan(f_)) out.residual = kNaN;
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
  return out;
}

template class Admm<float>;
template class Admm<double>;

SolverPtr make_admm(ProblemPtr problem, const MinimizeSettings& settings) {
  return visit_real(problem->dtype(), [&](auto zero) -> SolverPtr {
    return std::make_unique<Admm<decltype(zero)>>(std::move(problem), settings);
  });
}

}  // namespace fenchel
