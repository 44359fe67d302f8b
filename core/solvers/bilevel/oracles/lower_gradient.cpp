// lower_gradient.cpp -- (proximal) gradient descent and FISTA.
//
//   x+ = prox_s(y - s dh/dx(y)),   y = x+ + beta (x+ - x)
//
// beta is 0 (gradient); (1 - sqrt q) / (1 + sqrt q) with q = mu s where mu is known; else Beck and Teboulle's,
// restarted where the momentum points uphill (O'Donoghue and Candes, 2015). Without L the step is found by backtracking
// on h(x+) <= h(y) + <dh(y), x+ - y> + ||x+ - y||^2 / (2 s), and tried larger again now and then. A step out of the
// domain is taken back, and backtracking used from there on. It gives up where steps are rounding.
#include "solvers/bilevel/oracles/lower_solver.hpp"

namespace fenchel {
namespace {

class LowerGradient final : public LowerSolver {
 public:
  LowerGradient(BilevelCalls& calls, const BilevelSettings& settings, bool accelerated)
      : calls_(calls), settings_(settings), accelerated_(accelerated) {
    for (Vector* v : {&y_, &slope_, &moved_, &trial_, &next_, &inside_}) v->resize(size_of(calls.n()));
  }

  LowerReport solve(const double* theta, const BilevelConstants& constants, double accuracy, Vector& x,
                    Control& control) override {
    LowerReport report;
    known_ = settings_.lower_step > 0 || constants.lipschitz < kInf;
    if (known_) step_ = settings_.lower_step > 0 ? settings_.lower_step : 1 / constants.lipschitz;
    double t = 1;
    int retreats = 0, still = 0;
    y_ = x;
    any_inside_ = false;
    while (report.iterations < settings_.lower_max_iter && still < kStill) {
      if (!control.poll()) throw Stopped{};
      ++report.iterations;
      try {
        const double residual = move(theta, report);
        if (residual <= accuracy && settled(theta, accuracy, x, report)) return report;
        still = residual * step_ <= 2 * kRounding * norm2(y_) ? still + 1 : 0;
      } catch (const OutsideDomain&) {
        if (!any_inside_ || ++retreats > 60) throw;
        retreat(x);
        t = 1;
        continue;
      }
      t = push(x, constants.mu, t);
    }
    finish(theta, accuracy, x, report);
    return report;
  }

 private:
  // next_ = the step from y_; its residual.
  double move(const double* theta, LowerReport& report) {
    const double value = calls_.lower(y_.data(), theta, slope_.data(), nullptr);
    inside_ = y_;
    any_inside_ = true;
    if (!known_ && report.iterations % 10 == 0) step_ *= 2;
    for (int halvings = 0;; ++halvings) {
      for (std::size_t j = 0; j < y_.size(); ++j) trial_[j] = y_[j] - step_ * slope_[j];
      calls_.prox(trial_.data(), theta, step_, next_.data());
      for (std::size_t j = 0; j < y_.size(); ++j) moved_[j] = next_[j] - y_[j];
      if (known_ || halvings == 100 || descends(theta, value)) break;
      step_ /= 2;
    }
    report.step = step_;
    return norm2(moved_) / step_;
  }

  bool descends(const double* theta, double value) {
    const double square = dot(moved_, moved_);
    const double model = value + dot(slope_, moved_) + square / (2 * step_);
    try {
      const double reached = calls_.lower(next_.data(), theta, nullptr, nullptr);
      if (reached <= model || square == 0) return true;
      if (!(reached <= model + 1e-10 * std::abs(value))) return false;
      calls_.lower(next_.data(), theta, trial_.data(), nullptr);  // values are rounding: gradients tell the curvature
    } catch (const OutsideDomain&) {
      return false;
    }
    return dot(trial_, moved_) - dot(slope_, moved_) <= square / step_;
  }

  // The residual at next_ itself; x = next_ where that is small enough.
  bool settled(const double* theta, double accuracy, Vector& x, LowerReport& report) {
    report.residual = residual_at(theta, next_);
    report.converged = report.residual <= accuracy;
    if (report.converged) x = next_;
    return report.converged;
  }

  void retreat(Vector& x) {
    known_ = false;
    step_ /= 2;
    x = y_ = inside_;
  }

  void finish(const double* theta, double accuracy, Vector& x, LowerReport& report) {
    try {
      report.residual = residual_at(theta, x);
    } catch (const OutsideDomain&) {
      if (!any_inside_) throw;
      x = inside_;
      report.residual = residual_at(theta, x);
    }
    report.converged = report.residual <= accuracy;
  }

  double residual_at(const double* theta, const Vector& x) {
    calls_.lower(x.data(), theta, slope_.data(), nullptr);
    if (!calls_.has_prox()) return norm2(slope_);
    for (std::size_t j = 0; j < x.size(); ++j) trial_[j] = x[j] - step_ * slope_[j];
    calls_.prox(trial_.data(), theta, step_, moved_.data());
    for (std::size_t j = 0; j < x.size(); ++j) moved_[j] -= x[j];
    return norm2(moved_) / step_;
  }

  // x = next_, y_ = the point ahead of it; the next t.
  double push(Vector& x, double mu, double t) {
    const double q = mu > 0 ? std::sqrt(std::min(1.0, mu * step_)) : 0;
    double beta = 0, t_next = 1;
    if (accelerated_ && q > 0) {
      beta = (1 - q) / (1 + q);
    } else if (accelerated_) {
      t_next = (1 + std::sqrt(1 + 4 * t * t)) / 2;
      beta = (t - 1) / t_next;
      double uphill = 0;
      for (std::size_t j = 0; j < x.size(); ++j) uphill += (y_[j] - next_[j]) * (next_[j] - x[j]);
      if (uphill > 0) beta = 0, t_next = 1;
    }
    for (std::size_t j = 0; j < x.size(); ++j) y_[j] = next_[j] + beta * (next_[j] - x[j]);
    x = next_;
    return t_next;
  }

  static constexpr double kRounding = 0x1p-52;
  static constexpr int kStill = 20;  // steps of rounding size in a row
  BilevelCalls& calls_;
  const BilevelSettings& settings_;
  const bool accelerated_;
  bool known_ = false;
  double step_ = 1;
  bool any_inside_ = false;
  Vector y_, slope_, moved_, trial_, next_, inside_;  // inside_: the last y in the domain
};

}  // namespace

std::unique_ptr<LowerSolver> make_lower_gradient(BilevelCalls& calls, const BilevelSettings& settings,
                                                 bool accelerated) {
  return std::make_unique<LowerGradient>(calls, settings, accelerated);
}

}  // namespace fenchel
