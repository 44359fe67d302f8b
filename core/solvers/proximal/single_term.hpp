// single_term.hpp -- what the methods for f + g share: the scale of the residual, a first step, the fresh residual
//
//   |x - prox_{step g}(x - step grad f(x))| / step / scale,   scale = max(|grad f(0)|, |grad f(x_0)|), 1 where both are
//   0.
//
// Where f is a linear model of one output and g a soft box, the fresh look at an iterate ends with a dual point (two
// products): a lower bound of the optimum, and a gap as certificate. No iteration pays for it.
#pragma once
#include "solvers/coordinate/bcd_gap.hpp"
#include "solvers/proximal/proximal_base.hpp"

namespace fenchel {

template <class T>
class SingleTerm : public ProximalBase<T> {
 public:
  SingleTerm(ProblemPtr problem, MinimizeMethod method, const MinimizeSettings& settings);

 protected:
  using ProximalBase<T>::x_;
  using ProximalBase<T>::n;
  using ProximalBase<T>::terms_;
  using ProximalBase<T>::result_;
  using ProximalBase<T>::settings_;
  using ProximalBase<T>::scale_;
  using ProximalBase<T>::step_;

  // f and its gradient at x_, left in grad_; sets scale_. Returns f(x_).
  double look();
  // The setting, or the inverse of the curvature met on a short way along - grad_ (one gradient); 1/L when `safe` and L
  // is known. Needs look().
  double first_step(bool safe);
  // 8 eps |grad|: what rounding may change in a gradient.
  double gradient_noise() const { return 8 * kEps * norm2(grad_.data(), n()); }
  Standing fresh() override;
  const T* dual_point(index) const override { return dual_.data(); }

  static constexpr double kEps = static_cast<double>(std::numeric_limits<T>::epsilon());
  Buffer<T> grad_, v_, z_;

 private:
  void bound(Standing& standing);

  Buffer<T> dual_;
  std::unique_ptr<BcdGap> gap_;  // where a linear model and g offer a dual point
  Buffer<double> wide_;          // x in double, for it
};

}  // namespace fenchel
