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
#include <utility>

#include "accel/guarded_anderson.hpp"
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
    for (Buffer<T>* buffer : {&w_, &u_, &kept_u_, &grad_, &v_, &p_, &second_}) buffer->resize(n());
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
  static constexpr double kEps = static_cast<double>(std::numeric_limits<T>::epsilon());

  void begin() override {
    u_.fill(0);
    copy_to(x_.data(), w_.data(), n());
    anderson_.forget();
    f_ = terms_.gradient(x_.data(), grad_.data());
    scales_.start(norm2(grad_.data(), n()));
    step_ = settings_.step > 0 ? settings_.step : first_step();
    next_look_ = 2;
    wait_ = 1;
    rested_ = 0;
    // Of a warm start of f + g the subgradient is known: - grad f(x) at a solution.
    if (terms_.count() == 1 && nonzeros(x_.data(), n()) > 0)
      add_scaled(x_.data(), -step_, grad_.data(), w_.data(), n());
  }

  double first_step() {
    if (terms_.f() == nullptr) return 1;
    const double slope = norm2(grad_.data(), n());
    if (!(slope > 0) || !std::isfinite(slope)) return 1;
    const double reach = std::sqrt(kEps) * std::max(1.0, norm2(x_.data(), n()));
    add_scaled(x_.data(), -reach / slope, grad_.data(), v_.data(), n());
    terms_.gradient(v_.data(), p_.data());
    const double L = std::sqrt(distance2(p_.data(), grad_.data(), n())) / reach;
    // A linear f bends nothing: go as far as the data suggest.
    return L > kEps * slope && std::isfinite(L) ? 1 / L : 1;
  }

  // p_ from x_, u_, grad_; returns h(p).
  double split() {
    const T step = static_cast<T>(step_);
    for (index j = 0; j < n(); ++j) v_[j] = x_[j] - step * (u_[j] + grad_[j]);
    return terms_.prox_x(1, v_.data(), step_, p_.data());
  }

  bool descends() {
    if (terms_.f() == nullptr) return true;
    const double move2 = distance2(p_.data(), x_.data(), n());
    const double noise = 4 * kEps * (std::abs(f_) + norm2(grad_.data(), n()) * std::sqrt(move2));
    const double f = terms_.value(p_.data());
    if (noise > 0.1 * move2 / step_ && std::isfinite(f)) {
      quiet_ = true;
      return true;
    }
    const double bend = f - f_ - slope_between(grad_.data(), x_.data(), p_.data(), n());
    curved_ = bend > 0.25 * move2 / (2 * step_);
    return bend <= move2 / (2 * step_) + noise;
  }

  Standing advance() override {
    quiet_ = curved_ = false;
    const double g = terms_.prox_x(0, w_.data(), step_, x_.data());
    const T inverse = static_cast<T>(1 / step_);
    for (index j = 0; j < n(); ++j) u_[j] = (w_[j] - x_[j]) * inverse;
    f_ = terms_.gradient(x_.data(), grad_.data());
    double h = split();
    int halvings = 0;
    for (; !descends() && halvings < kMostHalvings; ++halvings) {
      step_ /= 2;
      ++result_.backtracks;
      this->check_stop();
      h = split();
    }
    const double apart = std::sqrt(distance2(x_.data(), p_.data(), n()));
    scales_.next();
    Standing out{.objective = f_ + g + h};
    if (move(halvings)) see();
    out.residual = std::isnan(f_) ? kNaN : scales_.relative(apart, apart / taken_);
    return out;
  }

  // w_ of the next iteration; false where this one's point was taken back.
  bool move(int halvings) {
    taken_ = step_;
    if (halvings > 0) wait_ = std::min<index>(2 * wait_, 64);
    rested_ = halvings > 0 ? 0 : rested_ + 1;
    const bool changed = adapt() || halvings > 0;
    if (changed) anderson_.forget();
    add_scaled(p_.data(), step_, u_.data(), v_.data(), n());
    const bool good = changed || anderson_.next(w_.data(), v_.data());
    if (!good) ++result_.restarts;
    std::swap(w_, v_);
    return good;
  }

  void see() {
    scales_.see_primal(norm2(x_.data(), n()));
    scales_.see_dual(norm2(grad_.data(), n()));
    scales_.see_dual(norm2(u_.data(), n()));
    scale_ = scales_.dual();
  }

  // Where curvature limits the step, it is regrown, less often while that is taken back at once; where it does not (f
  // linear or absent), it follows |x| / |u|, less and less often.
  bool adapt() {
    if (settings_.step > 0 || quiet_) return false;
    const double before = step_;
    if (curved_) {
      if (rested_ < wait_) return false;
      rested_ = 0;
      step_ *= settings_.regrowth;
      return step_ != before;
    }
    if (result_.iterations + 1 < next_look_) return false;
    next_look_ *= 2;
    const double x = norm2(x_.data(), n()), u = std::max(norm2(u_.data(), n()), norm2(grad_.data(), n()));
    if (x > 0 && u > 0) step_ = x / u;
    return step_ != before;
  }

  Standing fresh() override {
    Standing out;
    out.smooth = f_ = terms_.gradient(x_.data(), grad_.data());
    const double h = split();
    const double apart = std::sqrt(distance2(x_.data(), p_.data(), n()));
    out.residual = scales_.relative(apart, apart / step_);
    out.objective = out.smooth;
    bool exact = true;
    for (index i = 0; i < terms_.count(); ++i) {
      const double at_x = terms_.simple(i, x_.data());
      exact = exact && std::isfinite(at_x);
      out.objective += std::isfinite(at_x) ? at_x : i == 0 ? 0.0 : h;
    }
    for (index j = 0; j < n(); ++j) second_[j] = -u_[j] - grad_[j];
    if (terms_.f() == nullptr && terms_.count() == 2 && exact) {
      const double dual = -terms_.conjugate(0, u_.data()) - terms_.conjugate(1, second_.data());
      if (std::isfinite(dual)) out.dual = dual;
    }
    return out;
  }

  // The residual rests while an active set is travelled along.
  int patience() const override { return 20000; }
  void keep_more() override { copy_to(u_.data(), kept_u_.data(), n()); }
  void restore_more() override { copy_to(kept_u_.data(), u_.data(), n()); }
  const T* dual_point(index i) const override { return i == 0 ? kept_u_.data() : second_.data(); }

  Buffer<T> w_, u_, kept_u_, grad_, v_, p_, second_;
  GuardedAnderson<T> anderson_;
  SplitScales scales_;
  double f_ = 0, taken_ = 1;
  bool quiet_ = false, curved_ = false;
  index next_look_ = 2, wait_ = 1, rested_ = 0;
};

}  // namespace

SolverPtr make_davis_yin(ProblemPtr problem, const MinimizeSettings& settings) {
  return visit_real(problem->dtype(), [&](auto zero) -> SolverPtr {
    return std::make_unique<DavisYin<decltype(zero)>>(std::move(problem), settings);
  });
}

}  // namespace fenchel
