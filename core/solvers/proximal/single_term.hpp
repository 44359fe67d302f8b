// single_term.hpp -- what the methods for f + g share: the scale of the residual, a first step, the fresh residual
//
//   |x - prox_{step g}(x - step grad f(x))| / step / scale,   scale = max(|grad f(0)|, |grad f(x_0)|), 1 where both are
//   0.
#pragma once
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
  Buffer<T> dual_;
};

}  // namespace fenchel
