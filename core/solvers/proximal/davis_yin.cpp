// davis_yin.cpp -- f smooth and two simple terms g (the first) and h:
//
//   p = prox_{step h}(z - step (u + grad f(z))),   z_next = prox_{step g}(p + step u),   u_next = u + (p - z_next) /
//   step
//
// u_next is a subgradient of g at z_next; z is returned. The step is halved until the descent lemma holds from z to p
// and regrown; where f has no curvature it follows |z| / |u| a few times. With one term this is proximal gradient.
//
// residual     max of |p - z_next| against |z|, and of |z - z_next|, |z - p| over the step against |grad f|, |u|
// certificate  a gap without f where both terms offer conjugates: dual -g*(u) - h*(-u)
// paper        Davis and Yin, A three-operator splitting scheme (2017); this form and the line search: Pedregosa and
// Gidel,
//              Adaptive three operator splitting (2018), Algorithm 1
#include <algorithm>

#include "solvers/proximal/make_proximal.hpp"
#include "solvers/proximal/proximal_base.hpp"
#include "solvers/proximal/split_scales.hpp"

namespace fenchel {
namespace {

constexpr int kMostHalvings = 60;

template <class T>
class DavisYin final : public ProximalBase<T> {
 public:
  DavisYin(ProblemPtr problem, const MinimizeSettings& settings)
      : ProximalBase<T>(std::move(problem), MinimizeMethod::method_davis_yin, settings) {
    for (Buffer<T>* buffer : {&u_, &kept_u_, &grad_, &v_, &p_, &z_, &second_}) buffer->resize(n());
  }

 private:
  using ProximalBase<T>::x_;
  using ProximalBase<T>::n;
  using ProximalBase<T>::terms_;
  using ProximalBase<T>::result_;
  using ProximalBase<T>::settings_;
  using ProximalBase<T>::scale_;
  using ProximalBase<T>::step_;
  static constexpr double kEps = static_cast<double>(std::numeric_limits<T>::epsilon());

  struct Move {
    double g = 0, h = 0, primal = 0, dual = 0;
  };

  void begin() override {
    u_.fill(0);
    scales_ = {};
    f_ = terms_.gradient(x_.data(), grad_.data());
    scales_.see_dual(norm2(grad_.data(), n()));
    step_ = settings_.step > 0 ? settings_.step : first_step();
    next_look_ = 2;
  }

  double first_step() {
    if (terms_.f() == nullptr) return 1;
    const double slope = norm2(grad_.data(), n());
    if (!(slope > 0) || !std::isfinite(slope)) return 1;
    const double reach = std::sqrt(kEps) * std::max(1.0, norm2(x_.data(), n()));
    add_scaled(x_.data(), -reach / slope, grad_.data(), v_.data(), n());
    terms_.gradient(v_.data(), z_.data());
    const double L = std::sqrt(distance2(z_.data(), grad_.data(), n())) / reach;
    // A linear f bends nothing: go as far as the data suggest.
    return L > kEps * slope && std::isfinite(L) ? 1 / L : 1;
  }

  // p_ and z_ from x_, u_, grad_.
  Move split(double step) {
    Move move;
    for (index j = 0; j < n(); ++j) v_[j] = x_[j] - static_cast<T>(step) * (u_[j] + grad_[j]);
    move.h = terms_.prox_x(1, v_.data(), step, p_.data());
    add_scaled(p_.data(), step, u_.data(), v_.data(), n());
    move.g = terms_.prox_x(0, v_.data(), step, z_.data());
    move.primal = std::sqrt(distance2(p_.data(), z_.data(), n()));
    move.dual = std::sqrt(std::max(distance2(x_.data(), z_.data(), n()), distance2(x_.data(), p_.data(), n()))) / step;
    return move;
  }

  bool descends(double step) {
    if (terms_.f() == nullptr) return true;
    const double move2 = distance2(p_.data(), x_.data(), n());
    const double noise = 4 * kEps * (std::abs(f_) + norm2(grad_.data(), n()) * std::sqrt(move2));
    const double f = terms_.value(p_.data());
    if (noise > 0.1 * move2 / step && std::isfinite(f)) {
      quiet_ = true;
      return true;
    }
    const double bend = f - f_ - slope_between(grad_.data(), x_.data(), p_.data(), n());
    curved_ = bend > 0.25 * move2 / (2 * step);
    return bend <= move2 / (2 * step) + noise;
  }

  Standing advance() override {
    quiet_ = curved_ = false;
    Move move = split(step_);
    for (int halvings = 0; !descends(step_) && halvings < kMostHalvings; ++halvings) {
      step_ /= 2;
      ++result_.backtracks;
      this->check_stop();
      move = split(step_);
    }
    const T inverse = static_cast<T>(1 / step_);
    for (index j = 0; j < n(); ++j) u_[j] = (v_[j] - z_[j]) * inverse;
    copy_to(z_.data(), x_.data(), n());
    f_ = terms_.gradient(x_.data(), grad_.data());
    see();
    Standing out{.residual = scales_.relative(move.primal, move.dual), .objective = f_ + move.g + move.h};
    if (std::isnan(f_)) out.residual = kNaN;
    adapt();
    return out;
  }

  void see() {
    scales_.see_primal(norm2(x_.data(), n()));
    scales_.see_dual(norm2(grad_.data(), n()));
    scales_.see_dual(norm2(u_.data(), n()));
    scale_ = scales_.dual > 0 ? scales_.dual : 1;
  }

  // Where curvature limits the step, it is regrown; where it does not (f linear or absent), it follows |z| / |u|, less
  // and less often.
  void adapt() {
    if (settings_.step > 0 || quiet_) return;
    if (curved_) {
      step_ *= settings_.regrowth;
      return;
    }
    if (result_.iterations + 1 < next_look_) return;
    next_look_ *= 2;
    const double x = norm2(x_.data(), n()), u = std::max(norm2(u_.data(), n()), norm2(grad_.data(), n()));
    if (x > 0 && u > 0) step_ = x / u;
  }

  Standing fresh() override {
    Standing out;
    out.smooth = f_ = terms_.gradient(x_.data(), grad_.data());
    const Move move = split(step_);
    out.residual = scales_.relative(move.primal, move.dual);
    out.objective = out.smooth;
    bool exact = true;
    for (index i = 0; i < terms_.count(); ++i) {
      const double at_x = terms_.simple(i, x_.data());
      exact = exact && std::isfinite(at_x);
      out.objective += std::isfinite(at_x) ? at_x : i == 0 ? move.g : move.h;
    }
    for (index j = 0; j < n(); ++j) second_[j] = -u_[j] - grad_[j];
    if (terms_.f() == nullptr && terms_.count() == 2 && exact) {
      const double dual = -terms_.conjugate(0, u_.data()) - terms_.conjugate(1, second_.data());
      if (std::isfinite(dual)) out.dual = dual;
    }
    return out;
  }

  void keep_more() override { copy_to(u_.data(), kept_u_.data(), n()); }
  void restore_more() override { copy_to(kept_u_.data(), u_.data(), n()); }
  const T* dual_point(index i) const override { return i == 0 ? kept_u_.data() : second_.data(); }

  Buffer<T> u_, kept_u_, grad_, v_, p_, z_, second_;
  SplitScales scales_;
  double f_ = 0;
  bool quiet_ = false, curved_ = false;
  index next_look_ = 2;
};

}  // namespace

SolverPtr make_davis_yin(ProblemPtr problem, const MinimizeSettings& settings) {
  return visit_real(problem->dtype(), [&](auto zero) -> SolverPtr {
    return std::make_unique<DavisYin<decltype(zero)>>(std::move(problem), settings);
  });
}

}  // namespace fenchel
