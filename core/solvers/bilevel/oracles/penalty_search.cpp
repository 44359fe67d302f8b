#include "solvers/bilevel/oracles/penalty_search.hpp"

namespace fenchel {
namespace {

struct Point {
  Vector t, theta, slope;        // slope: G in t
  double phi = 0, residual = 0;  // || t - project(t - slope) ||
};

class Search {
 public:
  Search(BilevelRun& run, PenalizedLevel& level, const PenaltySchedule& schedule)
      : run_(run),
        settings_(run.settings),
        level_(level),
        schedule_(schedule),
        step_(settings_.step, run.variable, run.theta.size()) {
    const std::size_t m = run.theta.size();
    for (Point* p : {&here_, &trial_})
      for (Vector* v : {&p->t, &p->theta, &p->slope}) v->resize(m);
    for (Vector* v : {&direction_, &best_gradient_, &raw_}) v->resize(m);
  }

  Termination solve() {
    begin();
    while (run_.result.iterations < settings_.max_iter) {
      Termination end = Termination::NOT_RUN;
      try {
        end = iterate();
      } catch (const OutsideDomain&) {  // here_ was accepted with an x that was not yet the solution
        if (++failures_ > 3) throw;
        tighten_ *= 0.1;
        load_best();
        step_.forget_curvature();
        again();
      }
      if (end != Termination::NOT_RUN) return finish(end);
    }
    return finish(Termination::MAX_ITER);
  }

 private:
  // NOT_RUN: go on.
  Termination iterate() {
    if (here_.residual <= aim_ * settings_.tol * first_) {
      if (extrapolate(here_, tight(), lower_tol_)) return Termination::CONVERGED;
      return refine() ? Termination::NOT_RUN : Termination::STALLED;
    }
    if (here_.residual <= kBias * bias_ / level_.penalty && raise()) return Termination::NOT_RUN;
    if (stagnates() && raise()) return Termination::NOT_RUN;
    if (descend()) {
      failures_ = 0;
      grow();
      return Termination::NOT_RUN;
    }
    tighten_ *= 0.1;
    again();
    return ++failures_ > 3 ? Termination::STALLED : Termination::NOT_RUN;
  }

  // The slope has not halved for some steps because the solution drifts with lambda: the bias here is larger than it.
  bool stagnates() {
    constexpr index kSteps = 5;
    if (accepted_ - looked_ < kSteps) return false;
    const bool slow = here_.residual > 0.5 * looked_residual_;
    looked_ = accepted_;
    looked_residual_ = here_.residual;
    if (!slow) return false;
    extrapolate(here_, 0.1 * progress(), lower_accuracy());
    const bool drifts = here_.residual <= kBias * bias_ / level_.penalty;
    if (!drifts) level_.go_back(), level_.enter(constants_);
    return drifts;
  }

  // The multiplier's accuracy for the answer; what inner steps are asked for on the way there.
  double tight() const { return 0.05 * std::clamp(settings_.tol, 1e-10, 1e-2); }
  double progress() const { return tighten_ * std::clamp(here_.residual / first_, settings_.tol, 1.0); }
  double lower_accuracy() const { return std::max(lower_tol_, 1e-2 * progress() * first_lower_); }

  void load_best() {
    here_.theta = run_.best.theta();
    run_.variable.from_theta(here_.theta, here_.t);
    level_.move_to(run_.best.x());
    constants_ = run_.constants(here_.theta.data());
    level_.enter(constants_);
  }

  void begin() {
    here_.theta = run_.theta;
    run_.variable.from_theta(here_.theta, here_.t);
    constants_ = run_.constants(here_.theta.data());
    level_.start(here_.theta.data(), constants_, run_.x);
    first_lower_ = level_.lower_residual();
    lower_tol_ = settings_.lower_tol > 0 ? settings_.lower_tol : 1e-8 * std::max(1.0, first_lower_);
    first_penalty_ = schedule_.first > 0 ? schedule_.first : level_.starting_penalty(constants_);
    level_.set_penalty(first_penalty_);
    level_.settle(here_.theta.data(), std::max(lower_tol_, 1e-2 * first_lower_), 0.1, schedule_.chunk,
                  settings_.lower_max_iter);
    take(here_);
    first_ = here_.residual > 0 ? here_.residual : 1;
    note(here_);
    settle_here();
    extrapolate(here_, 0.1 * progress(), lower_accuracy());
    if (level_.comparable()) return;
    // f where x solves the lower level itself: at least the least that f has there.
    level_.extrapolate(here_.theta.data(), best_x_, best_aux_, lower_tol_, settings_.lower_max_iter);
    run_.result.first_value = run_.calls.upper(level_.x.data(), here_.theta.data(), nullptr, nullptr);
    level_.go_back();
    level_.enter(constants_);
  }

  // The level's numbers into the point.
  void take(Point& p) {
    p.slope = level_.gradient;
    run_.variable.chain(p.theta, p.slope);
    p.phi = level_.phi();
    p.residual = run_.variable.stationarity(p.t, p.slope);
  }

  // Inner steps at p.t from the level's points.
  void evaluate(Point& p) {
    run_.variable.to_theta(p.t, p.theta);
    constants_ = run_.constants(p.theta.data());
    level_.enter(constants_);
    const double accuracy = lower_accuracy();
    bool settled = level_.settle(p.theta.data(), accuracy, 0.1 * progress(), schedule_.chunk, schedule_.most);
    // It may lag, but an x that does not move hides even that theta is outside the domain.
    const double lag = 0.3 * level_.entry;
    if (!settled && level_.residual() > lag)
      settled = level_.settle(p.theta.data(), std::max(accuracy, lag), 1, schedule_.chunk, settings_.lower_max_iter);
    if (!settled && level_.residual() > lag) throw OutsideDomain{"the lower level's solution", 0};
    take(p);
    note(p);
  }

  void note(const Point& p) {
    HypergradientState& state = noted_;
    first_order_state(run_, p.theta, level_.x, level_.lower_residual(), constants_.mu, state);
    state.z = level_.gradient;
    state.lower.iterations = level_.steps - counted_;
    counted_ = level_.steps;
    run_.count(state);
    run_.result.penalty = level_.penalty;
    const double merit = level_.comparable() ? state.value + level_.value_error() : kInf;
    run_.note(p.theta, state, p.residual / first_, merit);  // the next inner step throws where that says stop
  }

  // here_, just noted, is where the search goes on.
  void settle_here() {
    level_.keep();
    if (!level_.comparable()) run_.take(here_.theta, noted_, here_.residual / first_, -static_cast<double>(++settled_));
    step_.remember(here_.phi);
  }

  // The same point again, more accurately or with another penalty.
  void again() {
    evaluate(here_);
    step_.forget();
    settle_here();
  }

  // A step along the direction, or, where that fails, along the gradient; false: neither descends.
  bool descend() {
    if (attempt()) return true;
    if (!step_.knows_curvature()) return false;
    step_.forget_curvature();
    return attempt();
  }

  bool attempt() {
    step_.direction(here_.t, here_.slope, direction_);
    if (!(dot(here_.slope, direction_) < 0)) return false;
    double shrink = 0.3;
    for (double a = 1; a > 1e-10 && run_.result.iterations < settings_.max_iter; a *= shrink) {
      const double slope = set_trial(a);
      if (!(slope < 0)) break;
      level_.go_back();
      try {
        evaluate(trial_);
      } catch (const OutsideDomain&) {
        if (!run_.control.poll()) throw Stopped{};
        shrink = 0.3;
        continue;
      }
      if (trial_.phi <= step_.reference() + 1e-4 * slope + level_.rounding()) {
        step_.learn(here_.t, here_.slope, trial_.t, trial_.slope);
        std::swap(here_, trial_);
        settle_here();
        ++accepted_;
        return true;
      }
      const double bend = trial_.phi - here_.phi - slope;  // of the parabola
      shrink = std::clamp(bend > 0 ? -0.5 * slope / bend : 0.5, 0.1, 0.5);
    }
    level_.go_back();
    return run_.result.iterations >= settings_.max_iter;
  }

  // <slope, step> for a times the direction, within the bounds.
  double set_trial(double a) {
    double slope = 0;
    for (std::size_t i = 0; i < direction_.size(); ++i) trial_.t[i] = here_.t[i] + a * direction_[i];
    run_.variable.project(trial_.t);
    for (std::size_t i = 0; i < direction_.size(); ++i) slope += here_.slope[i] * (trial_.t[i] - here_.t[i]);
    return slope;
  }

  // The schedule, on lambda itself, not on its increments; or the barrier, which may fall again.
  void grow() {
    const double last = level_.penalty, least = first_penalty_ * raised_;
    double next = 0;
    if (schedule_.growth)
      next = std::max(last, least * schedule_.growth(accepted_));
    else
      next = std::clamp(level_.barrier(schedule_.share), std::max(least, 0.5 * last), std::max(least, 10 * last));
    if (next == last) return;
    step_.shift(level_.set_penalty(next));
    level_.keep();
  }

  // Where the extrapolated slope does not satisfy: more accurate inner steps, or a larger lambda.
  bool refine() {
    if (2 * bias_ > level_.penalty * settings_.tol * first_) return raise();
    tighten_ *= 0.3;
    aim_ *= 0.5;
    again();
    return ++failures_ <= 3;
  }

  // Beyond the schedule, to where the bias is what tol asks for, but not to where rounding is larger.
  bool raise() {
    const double last = level_.penalty, wanted = settings_.tol * first_;
    const double factor = std::clamp(wanted > 0 ? 4 * bias_ / (last * wanted) : 100.0, 4.0, 100.0);
    if (!(last * factor <= 4 * level_.largest_penalty(bias_))) return false;
    raised_ *= factor;
    level_.set_penalty(last * factor);
    again();
    first_ = std::max(first_, here_.residual);  // a slope that the smaller lambda did not see
    return true;
  }

  // Richardson at p: the bias, and the best gradient; true: it and its error are within tol.
  bool extrapolate(const Point& p, double accuracy, double lower_accuracy) {
    const double lambda = level_.penalty;
    const index most = settings_.lower_max_iter;
    const bool settled = level_.settle(p.theta.data(), lower_accuracy, accuracy, schedule_.chunk, most);
    raw_ = level_.gradient;
    best_x_ = level_.x;
    best_aux_ = level_.aux;
    level_.set_penalty(2 * lambda);
    const bool both = level_.settle(p.theta.data(), lower_accuracy, accuracy, schedule_.chunk, most) && settled;
    best_gradient_ = level_.gradient;
    for (std::size_t i = 0; i < raw_.size(); ++i) {
      best_gradient_[i] += best_gradient_[i] - raw_[i];
      raw_[i] = best_gradient_[i] - level_.gradient[i];
    }
    estimate_ = both ? norm2(raw_) + level_.noise() : kInf;
    level_.set_penalty(lambda);
    run_.variable.chain(p.theta, raw_);
    bias_ = 2 * lambda * norm2(raw_);
    direction_ = best_gradient_;
    run_.variable.chain(p.theta, direction_);
    left_ = run_.variable.stationarity(p.t, direction_);
    const double allowed = settings_.tol * first_;
    return both && left_ <= allowed && norm2(raw_) <= allowed;
  }

  // The answer is the best point, with its gradient extrapolated.
  Termination finish(Termination end) {
    if (end != Termination::CONVERGED) {
      if (run_.best.theta() != here_.theta) load_best();
      extrapolate(here_, tight(), lower_tol_);
    }
    level_.extrapolate(here_.theta.data(), best_x_, best_aux_, lower_tol_, settings_.lower_max_iter);
    HypergradientState& state = noted_;
    first_order_state(run_, here_.theta, level_.x, level_.lower_residual(), constants_.mu, state);
    state.z = best_gradient_;
    state.estimate = estimate_;
    state.lower.iterations = level_.steps - counted_;
    counted_ = level_.steps;
    run_.count(state);
    run_.result.penalty = level_.penalty;
    answer_with(run_, here_.theta, state, left_ / first_);
    return end;
  }

  static constexpr double kBias = 3;  // lambda goes up where the slope is not this many times its bias
  BilevelRun& run_;
  const BilevelSettings& settings_;
  PenalizedLevel& level_;
  const PenaltySchedule schedule_;
  OuterStep step_;
  BilevelConstants constants_;
  Point here_, trial_;
  Vector direction_, best_gradient_, raw_, best_x_, best_aux_;
  double first_ = 1, first_lower_ = 0, lower_tol_ = 0, first_penalty_ = 1, raised_ = 1, tighten_ = 1;
  double aim_ = 0.4;  // share of tol for G: the rest is for its bias
  double bias_ = 0;   // C: || G - dF || lambda, in t
  double estimate_ = kInf, left_ = kInf;
  HypergradientState noted_;
  double looked_residual_ = 0;
  index accepted_ = 0, counted_ = 0, settled_ = 0, looked_ = 0;
  int failures_ = 0;
};

}  // namespace

Termination search_penalty(BilevelRun& run, PenalizedLevel& level, const PenaltySchedule& schedule) {
  try {
    return Search(run, level, schedule).solve();
  } catch (const OutsideDomain&) {  // beside the point, not at a trial of theta: nothing to step back to
    if (!run.best.any()) throw;
    return Termination::STALLED;
  }
}

}  // namespace fenchel
