// iht.cpp -- x <- prox_{step g}(x - step grad f(x)) with normalised steps: for g a count of nonzeros or a bound of it
// this is iterative hard thresholding. On the support S of x (all of x at the start)
//
//   step = <d, d> / <d, H d>,   d = - (grad f(x) + s) restricted to S and the free intercept,
//
// s the subgradient of g that the last prox left (0 on the support of a hard threshold);
// exact along the way that the support allows; <d, H d> from hvp, or from one more gradient. A step that changes the
// support is kept only if step <= (1 - c) |move|^2 / <move, H move>, tested as f(z) <= f(x) + <grad, move> + (1 - c)
// |move|^2 / (2 step), and else cut to what the values say.
//
// needs        one simple term at most, without operator
// certificate  stationarity (a fixed point) where g is not convex
// paper        Blumensath and Davies, Normalised iterative hard thresholding (2010)
#include <algorithm>

#include "solvers/proximal/make_proximal.hpp"
#include "solvers/proximal/single_term.hpp"

namespace fenchel {
namespace {

constexpr double kMargin = 1e-4;  // c
constexpr int kMostHalvings = 60;

template <class T>
class NormalisedIht final : public SingleTerm<T> {
 public:
  NormalisedIht(ProblemPtr problem, const MinimizeSettings& settings)
      : SingleTerm<T>(std::move(problem), MinimizeMethod::method_iht, settings) {
    for (Buffer<T>* buffer : {&d_, &bent_, &grad_next_, &subgradient_}) buffer->resize(n());
  }

 private:
  using ProximalBase<T>::x_;
  using ProximalBase<T>::n;
  using ProximalBase<T>::terms_;
  using ProximalBase<T>::result_;
  using ProximalBase<T>::settings_;
  using ProximalBase<T>::scale_;
  using ProximalBase<T>::step_;
  using SingleTerm<T>::grad_;
  using SingleTerm<T>::v_;
  using SingleTerm<T>::z_;

  void begin() override {
    f_ = this->look();
    fallback_ = this->first_step(false);
    copy_to(grad_.data(), grad_next_.data(), n());
    subgradient_.fill(0);
  }

  // <d, d> / <d, H d>, or the last step where the curvature tells nothing.
  double normalised() {
    if (settings_.step > 0 || terms_.f() == nullptr) return fallback_;
    const bool whole = nonzeros(x_.data(), terms_.inner()) == 0;
    for (index j = 0; j < n(); ++j)
      d_[j] = whole || j >= terms_.inner() || x_[j] != T(0) ? -grad_[j] - subgradient_[j] : T(0);
    const double d2 = dot(d_.data(), d_.data(), n());
    if (!(d2 > 0)) return fallback_;
    double bend = 0;
    if ((terms_.f()->caps() & SMOOTH_HVP) != 0) {
      terms_.hvp(x_.data(), d_.data(), bent_.data());
      bend = dot(d_.data(), bent_.data(), n());
    } else {
      const double reach = std::sqrt(this->kEps) * std::max(1.0, norm2(x_.data(), n())) / std::sqrt(d2);
      add_scaled(x_.data(), reach, d_.data(), v_.data(), n());
      terms_.gradient(v_.data(), bent_.data());
      bend = slope_between(d_.data(), grad_.data(), bent_.data(), n()) / reach;
    }
    const double step = d2 / bend;
    return step > 0 && std::isfinite(step) ? step : fallback_;
  }

  bool same_support() const {
    for (index j = 0; j < terms_.inner(); ++j)
      if ((x_[j] != T(0)) != (z_[j] != T(0))) return false;
    return true;
  }

  Standing advance() override {
    // verify() may have used the gradient's memory.
    std::swap(grad_, grad_next_);
    double step = normalised(), f_z = kNaN, simple = 0, move2 = 0;
    for (int halvings = 0;; ++halvings) {
      add_scaled(x_.data(), -step, grad_.data(), v_.data(), n());
      simple = terms_.prox_x(0, v_.data(), step, z_.data());
      f_z = terms_.gradient(z_.data(), grad_next_.data());
      move2 = distance2(z_.data(), x_.data(), n());
      const double slope = slope_between(grad_.data(), x_.data(), z_.data(), n());
      const double noise = 4 * this->kEps * (std::abs(f_) + norm2(grad_.data(), n()) * std::sqrt(move2));
      // On an unchanged support the step is exact for a quadratic f: the bound is met with equality, up to rounding.
      const double margin = same_support() ? -1e-6 : kMargin;
      const double bound = f_ + slope + (1 - margin) * move2 / (2 * step) + noise;
      // Where rounding hides the bound, a step is trusted that passed the test before.
      const bool hidden = noise > 0.1 * move2 / step && std::isfinite(f_z);
      if (hidden ? step <= fallback_ : f_z <= bound) {
        if (!hidden) fallback_ = step;
        break;
      }
      if (halvings == kMostHalvings) break;
      // The curvature along the move, from the three values.
      const double shorter = (1 - kMargin) * move2 / (2 * (f_z - f_ - slope));
      step = hidden ? fallback_ : shorter > 0.1 * step && shorter < step ? shorter : step / 2;
      ++result_.backtracks;
      this->check_stop();
    }
    copy_to(z_.data(), x_.data(), n());
    f_ = f_z;
    step_ = step;
    const T inverse = static_cast<T>(1 / step);
    for (index j = 0; j < n(); ++j) subgradient_[j] = (v_[j] - z_[j]) * inverse;
    Standing out{.residual = std::sqrt(move2) / step / scale_, .objective = f_z + simple};
    if (std::isnan(f_z)) out.residual = kNaN;
    return out;
  }

  Buffer<T> d_, bent_, grad_next_, subgradient_;
  double f_ = 0, fallback_ = 1;
};

}  // namespace

SolverPtr make_iht(ProblemPtr problem, const MinimizeSettings& settings) {
  return visit_real(problem->dtype(), [&](auto zero) -> SolverPtr {
    return std::make_unique<NormalisedIht<decltype(zero)>>(std::move(problem), settings);
  });
}

}  // namespace fenchel
