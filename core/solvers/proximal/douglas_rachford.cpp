// douglas_rachford.cpp -- two simple terms g (the first) and h:
//
//   x = prox_{step g}(w),   y = prox_{step h}(2 x - w),   w <- w + relaxation (y - x)
//
// x is returned. u = (w - x) / step is a subgradient of g at x, (2 x - w - y) / step one of h at y. The step is 1 over
// the setting primal_weight; 0 lets it follow |x| / |u|, less and less often.
//
// residual     |x - y| against |x|, and |x - y| / step against |u|
// certificate  a gap where both terms offer conjugates: dual -g*(u) - h*(-u)
// paper        Lions and Mercier, Splitting algorithms for the sum of two nonlinear operators (1979)
#include <algorithm>
#include <utility>

#include "accel/guarded_anderson.hpp"
#include "solvers/proximal/make_proximal.hpp"
#include "solvers/proximal/proximal_base.hpp"
#include "solvers/proximal/split_scales.hpp"

namespace fenchel {
namespace {

template <class T>
class DouglasRachford final : public ProximalBase<T> {
 public:
  DouglasRachford(ProblemPtr problem, const MinimizeSettings& settings)
      : ProximalBase<T>(std::move(problem), MinimizeMethod::method_douglas_rachford, settings) {
    for (Buffer<T>* buffer : {&w_, &u_, &kept_u_, &v_, &y_, &minus_}) buffer->resize(n());
    anderson_.resize(n(), this->problem_->convex() ? settings.splitting_memory : 0);
  }

 private:
  using ProximalBase<T>::x_;
  using ProximalBase<T>::n;
  using ProximalBase<T>::terms_;
  using ProximalBase<T>::result_;
  using ProximalBase<T>::settings_;
  using ProximalBase<T>::scale_;
  using ProximalBase<T>::step_;

  void begin() override {
    copy_to(x_.data(), w_.data(), n());
    scales_ = {};
    next_look_ = 2;
    anderson_.forget();
    step_ = settings_.step > 0 ? settings_.step : settings_.primal_weight > 0 ? 1 / settings_.primal_weight : 1;
  }

  // y_ from x_ and u_; returns h(y).
  double reflect() {
    add_scaled(x_.data(), -step_, u_.data(), v_.data(), n());
    return terms_.prox_x(1, v_.data(), step_, y_.data());
  }

  Standing advance() override {
    const double g = terms_.prox_x(0, w_.data(), step_, x_.data());
    const T inverse = static_cast<T>(1 / step_);
    for (index j = 0; j < n(); ++j) u_[j] = (w_[j] - x_[j]) * inverse;
    const double h = reflect();
    const double apart = std::sqrt(distance2(x_.data(), y_.data(), n()));
    const T relaxation = static_cast<T>(settings_.relaxation);
    for (index j = 0; j < n(); ++j) v_[j] = w_[j] + relaxation * (y_[j] - x_[j]);
    scales_.next();
    if (anderson_.next(w_.data(), v_.data())) {
      scales_.see_primal(std::max(norm2(x_.data(), n()), norm2(y_.data(), n())));
      scales_.see_dual(norm2(u_.data(), n()));
      std::swap(w_, v_);
      adapt();
    } else {
      ++result_.restarts;
      std::swap(w_, v_);
    }
    scale_ = scales_.dual();
    return {.residual = scales_.relative(apart, apart / step_), .objective = g + h};
  }

  void adapt() {
    if (settings_.step > 0 || settings_.primal_weight > 0 || result_.iterations + 1 < next_look_) return;
    next_look_ *= 2;
    const double x = norm2(x_.data(), n()), u = norm2(u_.data(), n());
    if (!(x > 0 && u > 0)) return;
    step_ = x / u;
    add_scaled(x_.data(), step_, u_.data(), w_.data(), n());  // the same x and u, seen with the new step
    anderson_.forget();
  }

  Standing fresh() override {
    Standing out;
    out.smooth = 0;
    const double h = reflect();
    const double apart = std::sqrt(distance2(x_.data(), y_.data(), n()));
    out.residual = scales_.relative(apart, apart / step_);
    const double g_x = terms_.simple(0, x_.data());
    const double h_x = terms_.count() > 1 ? terms_.simple(1, x_.data()) : 0.0;
    out.objective = (std::isfinite(g_x) ? g_x : 0.0) + (std::isfinite(h_x) ? h_x : h);
    for (index j = 0; j < n(); ++j) minus_[j] = -u_[j];
    if (terms_.count() == 2 && std::isfinite(g_x) && std::isfinite(h_x)) {
      const double dual = -terms_.conjugate(0, u_.data()) - terms_.conjugate(1, minus_.data());
      if (std::isfinite(dual)) out.dual = dual;
    }
    return out;
  }

  // The residual rests while an active set is travelled along.
  int patience() const override { return 20000; }
  void keep_more() override { copy_to(u_.data(), kept_u_.data(), n()); }
  void restore_more() override { copy_to(kept_u_.data(), u_.data(), n()); }
  const T* dual_point(index i) const override { return i == 0 ? kept_u_.data() : minus_.data(); }

  Buffer<T> w_, u_, kept_u_, v_, y_, minus_;
  GuardedAnderson<T> anderson_;
  SplitScales scales_;
  index next_look_ = 2;
};

}  // namespace

SolverPtr make_douglas_rachford(ProblemPtr problem, const MinimizeSettings& settings) {
  return visit_real(problem->dtype(), [&](auto zero) -> SolverPtr {
    return std::make_unique<DouglasRachford<decltype(zero)>>(std::move(problem), settings);
  });
}

}  // namespace fenchel
