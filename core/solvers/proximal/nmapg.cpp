// nmapg.cpp -- nonmonotone accelerated proximal gradient for nonconvex f or g.
//
//   y = x + (t_before / t) (z - x) + ((t_before - 1) / t) (x - x_before),   z <- prox_{a g}(y - a grad f(y))
//   z is taken when F(z) <= c - delta |z - y|^2, c a weighted mean of the objectives so far; else the better of z and
//   v = prox_{b g}(x - b grad f(x)), which descends from x.
//
// needs        one simple term at most, without operator
// certificate  stationarity; every limit point is a critical point
// paper        Li and Lin, Accelerated proximal gradient methods for nonconvex programming (2015), Algorithm 2
#include <algorithm>

#include "solvers/proximal/make_proximal.hpp"
#include "solvers/proximal/policies.hpp"
#include "solvers/proximal/single_term.hpp"

namespace fenchel {
namespace {

constexpr double kForget = 0.8;  // eta of the mean
constexpr double kDecrease = 1e-4;
constexpr int kMostHalvings = 60;

template <class T>
class NonmonotoneApg final : public SingleTerm<T> {
 public:
  NonmonotoneApg(ProblemPtr problem, const MinimizeSettings& settings, std::unique_ptr<StepPolicy> along,
                 std::unique_ptr<StepPolicy> plain)
      : SingleTerm<T>(std::move(problem), MinimizeMethod::method_nmapg, settings),
        along_(std::move(along)),
        plain_(std::move(plain)) {
    for (Buffer<T>* buffer : {&y_, &grad_y_, &last_z_, &v_point_, &before_}) buffer->resize(n());
  }

 private:
  using ProximalBase<T>::x_;
  using ProximalBase<T>::n;
  using ProximalBase<T>::terms_;
  using ProximalBase<T>::result_;
  using ProximalBase<T>::scale_;
  using ProximalBase<T>::step_;
  using SingleTerm<T>::grad_;
  using SingleTerm<T>::v_;

  struct Landing {
    double objective, residual, move2, step;
  };

  void begin() override {
    const double f = this->look();
    objective_ = f + (terms_.count() > 0 ? terms_.simple(0, x_.data()) : 0.0);
    const double first = this->first_step(false);
    along_->begin(first);
    plain_->begin(first);
    copy_to(x_.data(), before_.data(), n());
    copy_to(x_.data(), last_z_.data(), n());
    t_ = 1;
    t_before_ = 0;
    mean_ = objective_;
    weight_ = 1;
  }

  // A proximal step from a point whose f and gradient are known.
  Landing land(StepPolicy& policy, const T* from, double f, const T* grad, T* to) {
    double step = policy.next({});
    for (int halvings = 0;; ++halvings) {
      add_scaled(from, -step, grad, v_.data(), n());
      StepTrial trial{.step = step, .f_from = f};
      trial.simple = terms_.prox_x(0, v_.data(), step, to);
      trial.f_to = terms_.value(to);
      trial.move2 = distance2(to, from, n());
      trial.slope = slope_between(grad, from, to, n());
      trial.noise = 4 * this->kEps * (std::abs(f) + norm2(grad, n()) * std::sqrt(trial.move2));
      const bool outside = std::isinf(trial.f_to) && std::isfinite(f);
      if ((policy.accepts(trial) && !outside) || halvings == kMostHalvings)
        return {trial.f_to + trial.simple, std::sqrt(trial.move2) / step, trial.move2, step};
      step = policy.shorter(trial);
      ++result_.backtracks;
      this->check_stop();
    }
  }

  Standing advance() override {
    const T toward = static_cast<T>(t_before_ / t_), along = static_cast<T>((t_before_ - 1) / t_);
    const bool first = t_before_ == 0;
    for (index j = 0; j < n(); ++j)
      y_[j] = first ? x_[j] : x_[j] + toward * (last_z_[j] - x_[j]) + along * (x_[j] - before_[j]);
    const double f_y = terms_.gradient(y_.data(), grad_y_.data());
    Landing taken = land(*along_, y_.data(), f_y, grad_y_.data(), last_z_.data());
    const T* next = last_z_.data();
    if (!(taken.objective <= mean_ - kDecrease * taken.move2 / taken.step)) {
      const double f_x = terms_.gradient(x_.data(), grad_.data());
      const Landing safe = land(*plain_, x_.data(), f_x, grad_.data(), v_point_.data());
      if (!(taken.objective <= safe.objective)) {
        taken = safe;
        next = v_point_.data();
        ++result_.restarts;
      }
    }
    copy_to(x_.data(), before_.data(), n());
    copy_to(next, x_.data(), n());
    t_before_ = t_;
    t_ = (1 + std::sqrt(1 + 4 * t_ * t_)) / 2;
    objective_ = taken.objective;
    const double weight = kForget * weight_ + 1;
    mean_ = (kForget * weight_ * mean_ + objective_) / weight;
    if (!std::isfinite(mean_)) mean_ = objective_;  // the start need not be in the domain
    weight_ = weight;
    step_ = taken.step;
    Standing out{.residual = taken.residual / scale_, .objective = objective_};
    if (std::isnan(objective_)) out.residual = kNaN;
    return out;
  }

  std::unique_ptr<StepPolicy> along_, plain_;
  Buffer<T> y_, grad_y_, last_z_, v_point_, before_;
  double t_ = 1, t_before_ = 0, mean_ = 0, weight_ = 1, objective_ = 0;
};

}  // namespace

SolverPtr make_nmapg(ProblemPtr problem, const MinimizeSettings& settings) {
  const StepRule rule = chosen_step(settings, StepRule::backtracking);
  if (rule != StepRule::fixed && rule != StepRule::backtracking)
    fail(Status::UNSUPPORTED, "method nmapg takes step_rule fixed or backtracking, not %; ista takes the others",
         static_cast<int>(rule));
  return visit_real(problem->dtype(), [&](auto zero) -> SolverPtr {
    auto along = make_step(*problem, rule, settings), plain = make_step(*problem, rule, settings);
    return std::make_unique<NonmonotoneApg<decltype(zero)>>(std::move(problem), settings, std::move(along),
                                                            std::move(plain));
  });
}

}  // namespace fenchel
