// maid.cpp -- the method of adaptively inexact descent (Salehi, Mukherjee, Roberts and Ehrhardt, 2024): both levels are
// solved only as far as a step needs that provably descends. Repeat:
//
//   1. x to eps and q to delta, both made smaller until the bound omega of z's error is at most (1 - eta) || z ||
//   2. t+ = project(t - a z) with the first a of a shrinking sequence for which
//        upper bound of F(t+) <= C - lambda || t+ - t ||^2 / a
//      where C is the lower bound of F(t); where the errors of the values hide any possible descent, or no a is left,
//      eps and delta are made smaller and 1. begins again
//   3. a, eps and delta grow
//
// `accelerate`: a starts from Barzilai and Borwein's <s, s> / <s, y>, and C is the larger of that lower bound and Zhang
// and Hager's (2004) average of the earlier ones; and the lower level at t+ starts from the tangent x - H^{-1} J
// (theta+
// - theta), by conjugate gradients as far as eps needs, where products with H and J are given. `adaptive` = 0: eps and
// delta stay.
// Without constants omega is 1.25 times the estimate, or unknown; then only 2. makes the accuracy better.
#include "base/error.hpp"
#include "solvers/bilevel/oracles/maid_values.hpp"

namespace fenchel {
namespace {

constexpr double kEta = 0.5, kLambda = 0.1;      // of omega, of descent
constexpr double kShorter = 0.5, kLonger = 1.5;  // of a
constexpr double kFiner = 0.5, kCoarser = 1.25;  // of eps and delta
constexpr double kMemory = 0.85;                 // of Zhang and Hager's average
constexpr int kTrials = 20, kRefinements = 60;

BilevelSettings with_cg(BilevelSettings settings) {  // a direct solve would ignore delta
  if (static_cast<LinearSolver>(settings.linear_solver) == LinearSolver::automatic)
    settings.linear_solver = static_cast<std::int32_t>(LinearSolver::cg);
  return settings;
}

enum class Move { accepted, refine, floor };

class Maid {
 public:
  explicit Maid(BilevelRun& run)
      : run_(run),
        settings_(with_cg(run.settings)),
        lower_(make_lower_solver(run.calls, settings_)),
        derivative_(make_hypergradient(run.calls, *lower_, settings_)),
        solution_(run.calls, *lower_, settings_),
        values_(run),
        tangent_at_(run.calls, *lower_, settings_),
        tangent_map_(run.calls, settings_, tangent_at_),
        predicts_(run.settings.accelerate == 1 && run.calls.has_hvp() && run.calls.has_cross() &&
                  !run.calls.has_prox()) {
    const std::size_t m = run.theta.size();
    for (Vector* v : {&t_, &theta_, &z_, &trial_t_, &trial_theta_, &s_, &last_z_, &step_theta_}) v->resize(m);
    for (Vector* v : {&tangent_, &right_}) v->resize(run.x.size());
    state_.x = trial_.x = run.x;
    state_.adjoint.assign(run.x.size(), 0.0);
    state_.z.resize(m);
  }

  Termination solve() {
    const Termination end = iterate();
    estimate_best(run_, *derivative_, std::max(delta_, 1.0001 * run_.result.adjoint_residual), state_);
    return end;
  }

 private:
  Termination iterate() {
    theta_ = run_.theta;
    run_.variable.from_theta(theta_, t_);
    values_.constants(theta_.data(), state_.x);
    first_accuracies();
    bool certain = gradient();
    first_ = stationarity_;
    for (index k = 0;; ++k) {
      run_.result.accuracy = eps_;
      const double relative = first_ > 0 ? stationarity_ / first_ : 0;
      if (!run_.note(theta_, state_, relative)) return Termination::CANCELLED;
      const double target = run_.settings.tol * first_;
      if (stationarity_ <= target && (certain || omega_ <= target || omega_ == kInf)) return Termination::CONVERGED;
      if (k + 1 >= run_.settings.max_iter) return Termination::MAX_ITER;
      remember();
      first_step(k);
      try {
        if (!descend()) return Termination::STALLED;
        certain = gradient();
      } catch (const OutsideDomain& what) {  // a product, or f: the value alone was fine there
        return what.singular.empty() ? Termination::DIVERGED : Termination::STALLED;
      }
    }
  }

  void first_accuracies() {
    eps_ = delta_ = run_.settings.accuracy;
    if (eps_ > 0) return;
    Vector slope(state_.x.size());
    run_.calls.lower(state_.x.data(), theta_.data(), slope.data(), nullptr);
    eps_ = 0.02 * std::max(norm2(slope), 1e-8) / values_.mu();
    run_.calls.upper(state_.x.data(), theta_.data(), slope.data(), nullptr);
    delta_ = 0.02 * std::max(norm2(slope), 1e-8);
  }

  void refine(double factor) {
    eps_ *= factor;
    delta_ *= factor;
  }

  // z at t with omega small enough; false: not to be had. The floor of the accuracy is where the lower solver or the
  // linear one does not reach what it is asked for.
  bool gradient() {
    for (int round = 0;; ++round) {
      evaluate();
      const double free = free_norm();
      if (omega_ == kInf || omega_ <= (1 - kEta) * free) return true;
      const bool tiny = first_ > 0 && stationarity_ + omega_ <= run_.settings.tol * first_;
      floor_ = state_.status == DerivativeStatus::not_converged;
      if (tiny || floor_ || run_.settings.adaptive == 0 || round == kRefinements) return tiny;
      refine(std::clamp(0.5 * (1 - kEta) * free / omega_, 0.02, kFiner));
    }
  }

  void evaluate() {
    const bool estimated = !values_.bounded() || run_.calls.counts.differences;
    derivative_->at(theta_.data(), {eps_ * values_.mu(), delta_, estimated}, state_, run_.control);
    run_.count(state_);
    z_ = state_.z;
    run_.variable.chain(theta_, z_);
    const double omega = state_.bound < kInf ? state_.bound : 1.25 * state_.estimate;
    omega_ = omega * run_.variable.largest_slope(theta_);
    stationarity_ = run_.variable.stationarity(t_, z_);
    here_ = values_.judge(state_.x, theta_.data(), state_.distance);
  }

  // Of z over the coordinates that may move along it.
  double free_norm() const {
    double sum = 0;
    for (std::size_t i = 0; i < t_.size(); ++i) {
      const bool held =
          (t_[i] <= run_.variable.low()[i] && z_[i] > 0) || (t_[i] >= run_.variable.high()[i] && z_[i] < 0);
      if (!held) sum += z_[i] * z_[i];
    }
    return std::sqrt(sum);
  }

  // Zhang and Hager's average, with this point in it.
  void remember() {
    const double next = kMemory * weight_ + 1;
    reference_ = (kMemory * weight_ * reference_ + here_.lower()) / next;
    weight_ = next;
  }

  void first_step(index k) {
    if (k == 0) {
      const double size = norm2(z_);
      a_ = run_.settings.step > 0 ? run_.settings.step : 0.1 * std::max(1.0, norm2(t_)) / std::max(size, 1e-300);
      return;
    }
    double change = 0;
    for (std::size_t i = 0; i < z_.size(); ++i) change += s_[i] * (z_[i] - last_z_[i]);
    if (run_.settings.accelerate == 0)
      a_ *= kLonger;
    else
      a_ = change > 0 ? std::clamp(dot(s_, s_) / change, 0.01 * a_, 100 * a_) : 4 * a_;
  }

  // a with which no logarithm moves by more than a factor of 20, nor the whole by thirty times the step before: a trial
  // far out may cost more than all others.
  double shortened(double a) const {
    const double last = norm2(s_), size = norm2(z_);
    if (last > 0 && size > 0) a = std::min(a, 30 * last / size);
    double steepest = 0;
    for (const double z : z_) steepest = std::max(steepest, std::abs(z));
    return run_.settings.log_theta == 1 && steepest > 0 ? std::min(a, 3 / steepest) : a;
  }

  // One accepted step. False: there is none that the attainable accuracy can prove.
  bool descend() {
    for (int round = 0; round < kRefinements; ++round) {
      double wanted = kFiner;
      const Move move = search(wanted);
      if (move == Move::accepted) return true;
      if (move == Move::floor || run_.settings.adaptive == 0) return false;
      const bool at_floor = state_.status == DerivativeStatus::not_converged || !trial_.lower.converged;
      if (at_floor && std::max(here_.x_error, there_.x_error) > eps_) return false;
      refine(std::min(kFiner, wanted));
      gradient();
      if (stationarity_ == 0) return false;
    }
    return false;
  }

  // wanted: what the accuracies should be multiplied with where they hide the descent.
  Move search(double& wanted) {
    const double best = run_.settings.accelerate == 1 ? std::max(reference_, here_.lower()) : here_.lower();
    double a = shortened(a_);
    for (int trial = 0; trial < kTrials; ++trial, a *= kShorter) {
      for (std::size_t i = 0; i < t_.size(); ++i) trial_t_[i] = t_[i] - a * z_[i];
      run_.variable.project(trial_t_);
      double square = 0;
      for (std::size_t i = 0; i < t_.size(); ++i) square += (trial_t_[i] - t_[i]) * (trial_t_[i] - t_[i]);
      if (square == 0) return Move::floor;
      if (!solve_trial()) continue;
      const double slope = square / a;  // what the gradient promises
      if (there_.upper() <= best - kLambda * slope) return accept(a);
      if (!trial_.lower.converged) {  // too far, or too fine
        if (!state_.lower.converged) return Move::floor;
        continue;
      }
      const double hidden = there_.error + here_.error;
      if (hidden > 0.5 * slope) {
        if (hidden <= 1e-14 * std::abs(here_.value)) return Move::floor;
        wanted = std::max(0.1 * slope / hidden, 1e-3) * std::max(here_.x_error, there_.x_error) / eps_;
        a_ = a;
        return Move::refine;
      }
    }
    a_ = a;  // and further down from here
    return Move::refine;
  }

  bool solve_trial() {
    run_.variable.to_theta(trial_t_, trial_theta_);
    trial_.x = state_.x;
    if (predict() && solved_trial()) return true;
    trial_.x = state_.x;
    return solved_trial();
  }
  bool solved_trial() {
    try {
      solution_.solve(trial_theta_.data(), eps_ * values_.mu(), trial_, run_.control);
      run_.result.lower_iterations += trial_.lower.iterations;
      there_ = values_.judge(trial_.x, trial_theta_.data(), solution_.distance);
    } catch (const OutsideDomain&) {
      there_.x_error = 0;  // nothing that a better accuracy would mend
      return false;
    }
    return true;
  }

  // trial_.x = state_.x + dx with H dx = - J (theta+ - theta). The last dx, of a longer step along the same line or of
  // the step before, is where it starts. False: the move is too short to matter.
  bool predict() {
    if (!predicts_) return false;
    for (std::size_t i = 0; i < step_theta_.size(); ++i) step_theta_[i] = theta_[i] - trial_theta_[i];
    run_.calls.cross(state_.x.data(), theta_.data(), step_theta_.data(), right_.data());
    const double size = norm2(right_), wanted = eps_ * values_.mu();
    if (size <= wanted) return false;
    tangent_map_.bind(state_.x, theta_.data());
    const LinearReport report =
        tangent_map_.try_solve(right_.data(), tangent_.data(), std::max(0.5 * wanted, 0.01 * size));
    run_.result.linear_iterations += report.iterations;
    if (report.singular) return false;
    axpy(1.0, tangent_, trial_.x);
    for (double& d : tangent_) d *= kShorter;
    return true;
  }

  Move accept(double a) {
    for (std::size_t i = 0; i < t_.size(); ++i) s_[i] = trial_t_[i] - t_[i];
    last_z_ = z_;
    std::swap(t_, trial_t_);
    std::swap(theta_, trial_theta_);
    std::swap(state_.x, trial_.x);
    a_ = a;
    values_.constants(theta_.data(), state_.x);
    if (run_.settings.adaptive == 1) refine(kCoarser);
    return Move::accepted;
  }

  BilevelRun& run_;
  const BilevelSettings settings_;
  std::unique_ptr<LowerSolver> lower_;
  std::unique_ptr<HypergradientSolver> derivative_;
  LowerSolution solution_;
  MaidValues values_;
  HypergradientState state_, trial_;  // of trial_ only x and lower
  InexactValue here_, there_;
  LowerSolution tangent_at_;
  AdjointMap tangent_map_;
  const bool predicts_;
  Vector tangent_, right_, step_theta_;
  Vector t_, theta_, z_, trial_t_, trial_theta_, s_, last_z_;
  double eps_ = 0, delta_ = 0, a_ = 0, omega_ = kInf, stationarity_ = kInf, first_ = 0;
  double reference_ = 0, weight_ = 0;
  bool floor_ = false;
};

}  // namespace

Termination run_maid(BilevelRun& run) {
  const auto mode = static_cast<HypergradientMode>(run.settings.hypergradient_mode);
  if (mode != HypergradientMode::implicit && mode != HypergradientMode::implicit_forward)
    fail(Status::UNSUPPORTED, "maid takes hypergradient_mode implicit or implicit_forward, not %: it needs x's error",
         run.settings.hypergradient_mode);
  return Maid(run).solve();
}

}  // namespace fenchel
