#include "solvers/bilevel/oracles/bilevel_run.hpp"

#include <limits>

#include "base/error.hpp"

namespace fenchel {

OuterVariable::OuterVariable(const BilevelProblem& problem, const BilevelSettings& settings, const Vector& start)
    : log_(settings.log_theta == 1),
      low_(start.size()),
      high_(start.size()),
      units_(start.size()),
      theta_low_(start.size()),
      theta_high_(start.size()) {
  for (std::size_t i = 0; i < start.size(); ++i) {
    const double low = problem.lower_bound.empty() ? -kInf : problem.lower_bound[i];
    const double high = problem.upper_bound.empty() ? kInf : problem.upper_bound[i];
    if (!(low <= start[i] && start[i] <= high))
      fail(Status::RANGE, "theta[%] is %; legal: between its bounds % and %", static_cast<index>(i), start[i], low,
           high);
    if (log_ && !(start[i] > 0))
      fail(Status::RANGE, "theta[%] is %; legal with log_theta: > 0", static_cast<index>(i), start[i]);
    theta_low_[i] = low;
    theta_high_[i] = high;
    const double centre = log_ ? std::log(start[i]) : start[i];
    const double width = log_ ? std::log(std::max(1.0, settings.reach)) : settings.reach;
    low_[i] = std::max(centre - width, log_ && low <= 0 ? -kInf : log_ ? std::log(low) : low);
    high_[i] = std::min(centre + width, log_ ? std::log(high) : high);
    const double gap = high - low;
    units_[i] = gap > 0 && gap < kInf ? 0.25 * gap : 0.0;
    if (start[i] != 0) units_[i] = units_[i] > 0 ? std::min(units_[i], std::abs(start[i])) : std::abs(start[i]);
  }
}

void OuterVariable::to_theta(const Vector& t, Vector& theta) const {
  for (std::size_t i = 0; i < t.size(); ++i) {
    theta[i] = log_ ? std::clamp(std::exp(t[i]), theta_low_[i], theta_high_[i]) : t[i];
    if (log_ && t[i] == std::log(theta_low_[i])) theta[i] = theta_low_[i];
    if (log_ && t[i] == std::log(theta_high_[i])) theta[i] = theta_high_[i];
  }
}
void OuterVariable::from_theta(const Vector& theta, Vector& t) const {
  for (std::size_t i = 0; i < t.size(); ++i) t[i] = log_ ? std::log(theta[i]) : theta[i];
}
void OuterVariable::chain(const Vector& theta, Vector& z) const {
  for (std::size_t i = 0; log_ && i < z.size(); ++i) z[i] *= theta[i];
}
void OuterVariable::project(Vector& t) const {
  for (std::size_t i = 0; i < t.size(); ++i) t[i] = std::clamp(t[i], low_[i], high_[i]);
}
double OuterVariable::largest_slope(const Vector& theta) const {
  return log_ ? *std::max_element(theta.begin(), theta.end()) : 1.0;
}
double OuterVariable::stationarity(const Vector& t, const Vector& z) const {
  double sum = 0;
  for (std::size_t i = 0; i < t.size(); ++i) {
    const double moved = t[i] - std::clamp(t[i] - z[i], low_[i], high_[i]);
    sum += moved * moved;
  }
  return std::sqrt(sum);
}

bool Incumbent::offer(const Vector& theta, const Vector& x, double value, double value_error, bool certified,
                      double residual) {
  const double merit = certified ? value + value_error : value;  // of the same kind as least_
  const bool comparable = any_ && certified == certified_;
  const double tie = 4 * std::numeric_limits<double>::epsilon() * std::abs(value);
  const double before = certified ? value_ + error_ : value_;
  // A value that is known to value_error cannot be told from others as near.
  const double known = certified ? std::min(value_error, 1e-6 * std::abs(value)) : 0.0;
  const bool lower = comparable && (merit < before - tie || (merit <= least_ + tie + known && residual < residual_));
  if (any_ && !lower && !(certified && !certified_)) {
    if (comparable) least_ = std::min(least_, merit);
    return false;
  }
  least_ = comparable ? std::min(least_, merit) : merit;
  theta_ = theta;
  x_ = x;
  value_ = value;
  error_ = value_error;
  residual_ = residual;
  any_ = true;
  certified_ = certified;
  return true;
}

BilevelRun::BilevelRun(const BilevelProblem& problem, const BilevelSettings& given, Control& stop,
                       const Vector& theta_start, const Vector& x_start)
    : settings(given),
      control(stop),
      calls(problem.oracles),
      variable(problem, given, theta_start),
      theta(theta_start),
      x(x_start) {
  result.bound = result.estimate = result.x_error = kInf;
  result.value = result.first_value = kNaN;
  result.residual = kInf;
  result.derivative_status = static_cast<std::int32_t>(DerivativeStatus::uncertified);
}

BilevelConstants BilevelRun::constants(const double* at) {
  BilevelConstants found = calls.constants(at);
  if (settings.mu > 0) found.mu = settings.mu;
  return found;
}

double lower_accuracy(BilevelRun& run) {
  if (run.settings.lower_tol > 0) return run.settings.lower_tol;
  Vector slope(run.x.size());
  run.calls.lower(run.x.data(), run.theta.data(), slope.data(), nullptr);
  return 1e-8 * std::max(1.0, norm2(slope));
}

void estimate_best(BilevelRun& run, HypergradientSolver& derivative, double linear, HypergradientState& state) {
  const bool implicit = static_cast<HypergradientMode>(run.settings.hypergradient_mode) == HypergradientMode::implicit;
  const bool known = implicit && run.calls.has_hvp() && !run.calls.has_prox();
  if (!known || !run.best.any() || run.control.stopped() || run.result.estimate < kInf) return;
  state.x = run.best.x();
  try {
    derivative.at(run.best.theta().data(), {1.0001 * run.result.lower_residual, linear, true}, state, run.control);
  } catch (const OutsideDomain&) {  // a product that worked before does not now
    return;
  }
  run.count(state);
  run.result.estimate = state.estimate;
}

void BilevelRun::count(const HypergradientState& state) {
  result.lower_iterations += state.lower.iterations;
  result.linear_iterations += state.linear_iterations;
  result.memory = std::max(result.memory, state.memory);
}

void BilevelRun::take(const Vector& at, const HypergradientState& state, double left, double merit) {
  const bool certified = state.status == DerivativeStatus::certified;
  if (!best.offer(at, state.x, merit, state.value_error, certified, left)) return;
  result.value = state.value;
  result.derivative_status = static_cast<std::int32_t>(state.status);
  result.mu_source = static_cast<std::int32_t>(state.mu_source);
  result.mu = state.mu;
  result.hypergradient = norm2(state.z);
  result.bound = state.bound;
  result.estimate = state.estimate;
  result.lower_residual = state.lower.residual;
  result.x_error = state.x_error;
  result.adjoint_residual = state.adjoint_residual;
  result.residual = left;
}

bool BilevelRun::note(const Vector& at, const HypergradientState& state, double left, double merit) {
  if (std::isnan(result.first_value)) result.first_value = state.value;
  ++result.iterations;
  take(at, state, left, merit);
  Progress progress;
  progress.iteration = result.iterations;
  progress.passes = calls.counts.lower;
  progress.residual = state.value;
  progress.tol = settings.tol;
  return control.go_on(progress);
}

}  // namespace fenchel
