// primal_dual.hpp -- the engine of pdhg and condat_vu. h is the first simple term without operator, K stacks the
// operators of the others (the identity where there is none), g* is the sum of their conjugates:
//
//   x+ = prox_{tau h}(x - tau (grad f(x) + K^T y)),   y+ = prox_{sigma g*}(y + sigma K (2 x+ - x))
//   (x, y) <- c ((1 + r) (x+, y+) - r (x, y)) + (1 - c) (x_0, y_0),   c = (k + 1)/(k + 2)
//
// with 1/tau_j = L + w |RKC| / c_j^2, sigma_i = w r_i^2 / |RKC|, (r, c) the lengths that equilibrate K
// (equilibration.hpp), reflection r = 1 without f and 1/2 with it, so that the reflected step is nonexpansive.
// The anchor (x_0, y_0) is set anew (a restart) when the length of the fixed-point step in the metric of the method has
// fallen to 1/5 of what it was at the anchor, or to 4/5 and grows again, or after a third of all iterations; then the
// primal weight w moves towards |y+ - y_0| / |x+ - x_0| in these lengths. Where the length rests (the iterates travel
// straight from one active set to the next) a jump goes on along the way from the anchor, each time twice as far, and
// is taken back where it lengthens the step. Prox of g* by Moreau: v - sigma prox_{g/sigma}(v / sigma).
//
// Chambolle and Pock (2011); Condat (2013); Vu (2013); restarts and weight: Applegate et al. (2021); anchored reflected
// steps: Lu and Yang, Restarted Halpern PDHG for linear programming (2024).
#pragma once
#include "solvers/proximal/equilibration.hpp"
#include "solvers/proximal/proximal_base.hpp"
#include "solvers/proximal/split_scales.hpp"

namespace fenchel {

template <class T>
class PrimalDual final : public ProximalBase<T> {
 public:
  PrimalDual(ProblemPtr problem, MinimizeMethod method, const MinimizeSettings& settings);

 protected:
  void begin() override;
  Standing advance() override;
  Standing fresh() override;
  void keep_more() override { copy_to(y_plus_.data(), kept_y_.data(), rows_); }
  void restore_more() override { copy_to(kept_y_.data(), y_plus_.data(), rows_); }
  const T* dual_point(index i) const override { return i == h_ ? h_dual_.data() : kept_y_.data() + offset(i); }

 private:
  using ProximalBase<T>::x_;
  using ProximalBase<T>::n;
  using ProximalBase<T>::terms_;
  using ProximalBase<T>::result_;
  using ProximalBase<T>::settings_;
  using ProximalBase<T>::scale_;
  using ProximalBase<T>::step_;

  // The residual rests while the primal weight settles.
  int patience() const override { return 20000; }
  index offset(index i) const { return offsets_[static_cast<std::size_t>(i)]; }
  double prox_h(const T* v, T* out);
  // y_plus = prox_{sigma g*}(v), v is overwritten by the points w that the terms see; returns sum g_i(w_i).
  double prox_dual(T* v, T* out);
  void stacked(const T* x, T* out);          // K x
  void stacked_adjoint(const T* y, T* out);  // K^T y; 0 on a free intercept
  void set_steps();
  // What follows an iteration: the anchored step; a restart that progress or its lack calls for; a jump along a
  // straight way, or back from one.
  enum class Turn { on, restart, fresh, jump, back };
  void begin_ways();
  Turn due(double length);
  void move(Turn turn);
  void combine(double plus, double now, double anchor);
  void anchor(const Buffer<T>& x, const Buffer<T>& kty, const Buffer<T>& y, const Buffer<T>& kx);
  double dual_value();
  double fixed_point_length() const;

  index h_ = -1, rows_ = 0;
  std::vector<index> offsets_;
  Buffer<T> grad_, v_, kty_, kty_plus_, h_dual_, x_now_, x_anchor_, kty_anchor_;       // (n)
  Buffer<T> tau_;                                                                      // (n)
  Buffer<T> sigma_, slow_;                                                             // (rows), slow = 1 / sigma
  Buffer<T> y_, y_plus_, kx_, kx_plus_, w_, kept_y_, y_anchor_, kx_anchor_, spare_y_;  // (rows)
  SplitScales scales_;
  index norm_products_ = 0;  // taken for norms, not yet counted
  Equilibration lengths_;
  bool even_cols_ = true;
  double L_ = 0, weight_ = 1;
  double first_length_ = 0, last_length_ = 0, f_ = 0;
  double stride_ = 1, before_jump_ = 0;
  index since_anchor_ = 0, wait_ = 0;
  bool jumped_ = false;
  bool anchored_ = true;
};

}  // namespace fenchel
