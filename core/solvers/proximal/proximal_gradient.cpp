#include "solvers/proximal/proximal_gradient.hpp"

#include <algorithm>
#include <cmath>

namespace fenchel {

namespace {
constexpr int kMostHalvings = 60;

// <y - z, z - x>
template <class T>
double alignment(const T* y, const T* z, const T* x, index n) {
  double sum = 0;
  for (index j = 0; j < n; ++j)
    sum += (static_cast<double>(y[j]) - static_cast<double>(z[j])) *
           (static_cast<double>(z[j]) - static_cast<double>(x[j]));
  return sum;
}
}  // namespace

template <class T>
ProximalGradient<T>::ProximalGradient(ProblemPtr problem, MinimizeMethod method, const MinimizeSettings& settings,
                                      StepPolicyPtr step, MomentumPolicyPtr momentum)
    : SingleTerm<T>(std::move(problem), method, settings), policy_(std::move(step)), momentum_(std::move(momentum)) {
  for (Buffer<T>* buffer : {&y_, &grad_y_, &grad_next_, &next_}) buffer->resize(n());
  if (wants(STEP_TRAVEL)) start_.resize(n());
}

template <class T>
void ProximalGradient<T>::begin() {
  f_y_ = this->look();
  copy_to(x_.data(), y_.data(), n());
  copy_to(grad_.data(), grad_y_.data(), n());
  if (wants(STEP_TRAVEL)) copy_to(x_.data(), start_.data(), n());
  // A step that is never checked must be safe; one that is may be bold.
  policy_->begin(this->first_step(!wants(STEP_VALUES | STEP_PAIRS)));
  momentum_->begin();
  objective_ = f_y_ + (terms_.count() > 0 ? terms_.simple(0, x_.data()) : 0.0);
  facts_ = {};
  facts_.objective = objective_;
  facts_.subgradient2 = dot(grad_y_.data(), grad_y_.data(), n());
  last_step_ = 0;
}

template <class T>
double ProximalGradient<T>::try_step(double step) {
  add_scaled(y_.data(), -step, grad_y_.data(), v_.data(), n());
  trial_ = {.step = step, .f_from = f_y_};
  trial_.simple = terms_.prox_x(0, v_.data(), step, z_.data());
  trial_.move2 = distance2(z_.data(), y_.data(), n());
  trial_.slope = slope_between(grad_y_.data(), y_.data(), z_.data(), n());
  const double move = std::sqrt(trial_.move2);
  trial_.noise = 4 * this->kEps * (std::abs(f_y_) + norm2(grad_y_.data(), n()) * move);
  f_z_ = kNaN;
  if (momentum_->still())
    f_z_ = terms_.gradient(z_.data(), grad_next_.data());  // what the next step begins with
  else if (wants(STEP_VALUES) || momentum_->needs_objective() || this->traced())
    f_z_ = terms_.value(z_.data());
  trial_.f_to = f_z_;
  return move;
}

template <class T>
void ProximalGradient<T>::search() {
  double step = policy_->next(facts_);
  for (int halvings = 0;; ++halvings) {
    try_step(step);
    // f may be infinite beyond its domain, whatever the rule: not a point to go to.
    const bool outside = std::isinf(f_z_) && std::isfinite(f_y_);
    if ((policy_->accepts(trial_) && !outside) || halvings == kMostHalvings) return;
    step = policy_->shorter(trial_);
    ++result_.backtracks;
    this->check_stop();
  }
}

template <class T>
void ProximalGradient<T>::gather(double noise) {
  facts_.noise = noise;
  if (wants(STEP_PAIRS)) {
    double dx2 = 0, dg2 = 0, dxdg = 0;
    for (index j = 0; j < n(); ++j) {
      const double dx = static_cast<double>(next_[j]) - static_cast<double>(y_[j]);
      const double dg = static_cast<double>(grad_next_[j]) - static_cast<double>(grad_y_[j]);
      dx2 += dx * dx;
      dg2 += dg * dg;
      dxdg += dx * dg;
    }
    facts_.dx2 = dx2;
    facts_.dg2 = dg2;
    facts_.dxdg = dxdg;
    // v = grad f(z) + (y - z)/step - grad f(y) is a subgradient of f + g at z.
    const double inverse = 1 / step_;
    facts_.subgradient2 = std::max(0.0, dg2 - 2 * inverse * dxdg + inverse * inverse * dx2);
    facts_.objective = objective_;
  }
  if (wants(STEP_TRAVEL)) facts_.travelled2 = distance2(next_.data(), start_.data(), n());
}

template <class T>
Standing ProximalGradient<T>::advance() {
  search();
  step_ = trial_.step;
  Standing out;
  out.residual = std::sqrt(trial_.move2) / step_ / scale_;
  MomentumFacts facts{.before = objective_, .now = f_z_ + trial_.simple, .step = step_};
  facts.noise = 4 * this->kEps * std::abs(objective_);
  if (last_step_ > 0) facts.step_ratio = last_step_ / step_;
  last_step_ = step_;
  if (momentum_->needs_alignment()) facts.alignment = alignment(y_.data(), z_.data(), x_.data(), n());
  const Extrapolation e = momentum_->next(facts);
  if (e.restart) ++result_.restarts;
  // y_next into next_, the iterate into x_.
  const T toward = static_cast<T>(e.toward), along = static_cast<T>(e.along);
  for (index j = 0; j < n(); ++j) {
    const T x = e.keep ? x_[j] : z_[j];
    next_[j] = x + toward * (z_[j] - x) + along * (x - x_[j]);
    x_[j] = x;
  }
  if (!e.keep) objective_ = facts.now;
  const double noise = this->kEps * 8 * norm2(grad_y_.data(), n());
  double f_next = f_z_;
  if (!momentum_->still()) f_next = terms_.gradient(next_.data(), grad_next_.data());
  gather(noise);
  std::swap(y_, next_);
  std::swap(grad_y_, grad_next_);
  f_y_ = f_next;
  out.objective = objective_;
  if (std::isnan(f_next)) out.residual = kNaN;
  return out;
}

template class ProximalGradient<float>;
template class ProximalGradient<double>;

}  // namespace fenchel
