// admm.hpp -- f(x) + sum_i g_i(z_i) subject to A_i x = z_i, as the fixed point of a map of w = z + u:
//
//   z_i = prox_{g_i / rho}(w_i),   u = w - z,   x = argmin f(x) + 1/2 |A x - z + u|^2_rho,
//   w <- a A x + (1 - a) z + u,   a the setting relaxation, w extrapolated (guarded_anderson.hpp)
//
// rho_k = rho r_k^2 for row k of A, r the lengths that equilibrate the rows of A (equilibration.hpp), ten
// times that for rows that a box holds to one value; rho is balanced so
// that neither residual outgrows the other, less and less often.
//
// x-update (admm_system.cpp): the prox of the first term where f and all operators are absent. Else a system with
// H + A^T rho A, H the Hessian of f or L I, a majoriser, where f offers no hvp: factored, for a quadratic f of few
// variables, once for each rho; by conjugate gradients otherwise, within damped Newton steps where f is not quadratic.
//
// residual     max of |A x - z| and |grad f(x) + A^T rho u|, each relative (split_scales.hpp)
// paper        Boyd, Parikh, Chu, Peleato and Eckstein, Distributed optimization by ADMM (2011), 3.3, 3.4; factored
//              systems and rho: Stellato et al., OSQP (2020); with f absent and two terms it is douglas_rachford with
//              the terms exchanged (Eckstein and Bertsekas 1992)
#pragma once
#include <vector>

#include "accel/guarded_anderson.hpp"
#include "solvers/proximal/proximal_base.hpp"
#include "solvers/proximal/split_scales.hpp"

namespace fenchel {

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
  void keep_more() override;
  void restore_more() override;
  int patience() const override { return 20000; }  // as the residual of douglas_rachford
  const T* dual_point(index i) const override {
    return direct_ && i == 0 ? kept_first_.data() : duals_.data() + offset(i);
  }

  index first() const { return direct_ ? 1 : 0; }
  index offset(index i) const { return offsets_[static_cast<std::size_t>(i)]; }
  void stacked(const T* x, T* out) {
    for (index i = first(); i < terms_.count(); ++i) terms_.apply(i, x, out + offset(i));
  }
  // out += sum A_i^T y_i
  void add_adjoint(const T* y, T* out) {
    for (index i = first(); i < terms_.count(); ++i) {
      terms_.adjoint(i, y + offset(i), back_.data());
      add_scaled(out, 1, back_.data(), out, terms_.inner());
    }
  }
  void weigh(T* y) const {  // y <- rho y
    for (index k = 0; k < rows_; ++k) y[k] *= weight_[k];
  }
  void stress_equalities();
  void set_weights();
  double update_z();
  double dual_residual();
  bool balance();
  bool extrapolate();

  // The x-update.
  double prox_first();
  void minimise_x();
  double newton_gradient(double& value);
  void solve_newton(double target);
  void assemble();
  bool factor();

  bool direct_ = true, newton_ = false, quadratic_ = true, even_ = true;
  bool dense_ = false, factored_ = false;
  index rows_ = 0, products_ = 0;
  std::vector<index> offsets_;
  std::vector<double> lengths_;                                                         // (rows)
  Buffer<T> grad_, r_, d_, p_, hp_, back_, trial_, descent_, first_dual_, kept_first_;  // (n)
  Buffer<T> weight_, slow_;                                                             // (rows): rho, 1 / rho
  Buffer<T> z_, u_, ax_, w_, v_, kept_u_, kept_z_, duals_;                              // (rows)
  Buffer<double> hessian_, gram_, factor_;                                              // (n, n) where dense
  Buffer<double> workspace_, right_, image_;
  GuardedAnderson<T> anderson_;
  SplitScales scales_;
  double rho_ = 1, kept_rho_ = 1, L_ = 0, f_ = 0;
  double next_balance_ = 5, last_primal_ = 0, last_dual_ = 0, dual_part_ = 0;
};

}  // namespace fenchel
