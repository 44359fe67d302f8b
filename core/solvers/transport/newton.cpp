// newton.cpp -- the heart of `auto`: annealed, safeguarded, sparse Newton ascent of the dual.
//
//   problem   max over (f, g) of the dual; gradient (a - P 1, b - P^T 1), Hessian -(1/eps) [[D1, P], [P^T, D2]]
//   step      [[(1 + mu) D1, S], [S^T, (1 + mu) D2]] (u; v) = gradient, S = the entries of P that matter, by
//   Schur-complement PCG;
//             backtracking on the dual; a fused sweep after a step that was not yet in the quadratic regime
//   anneal    eps_k from range(C)/10 down by `anneal_factor`, each stage to a loose residual, the last one to tol
//   residual  relative L1 error of both marginals, from the pass that also collects S
//   paper     Tang et al., Accelerating Sinkhorn with Sparse Newton Iterations (ICLR 2024). Ours differs: annealing, a
//   threshold tied to
//             the residual instead of a budget, a Levenberg shift, and entry collection fused with the measuring pass.
#include "solvers/transport/newton.hpp"

#include <algorithm>
#include <cmath>

#include "linsolve/schur_pcg.hpp"
#include "solvers/transport/restricted_plan.hpp"
#include "solvers/transport/sparse_system.hpp"
#include "solvers/transport/state.hpp"

namespace fenchel {
namespace {

constexpr double kMidTol = 1e-2;    // residual at which a stage but the last hands over
constexpr int kMidSteps = 12;       // Newton steps of such a stage at most
constexpr int kRetries = 4;         // systems with a larger shift before sweeping instead
constexpr int kTrials = 4;          // points along one step
constexpr double kThinnest = 1e-3;  // residual below which the threshold for entries stays
constexpr double kArmijo = 1e-4;
constexpr double kLongest = 1e6;  // exponents that a step changes at most
constexpr double kDepth =
    28;  // nats below their fair share at which entries still count when many steps are taken on one collection
constexpr double kFew = 0.1;          // share of all entries up to which those steps are cheaper than passes
constexpr double kInnerGain = 1e-4;   // they end when the residual on the entries fell by this,
constexpr double kInnerWorth = 0.05;  // and were worth a step if it fell by that
constexpr int kInnerPatience = 10;
constexpr int kDeepPause = 2;
constexpr int kInnerSteps = 60;  // Newton steps on one collection

// Entries a Newton system may keep.
index entry_capacity(const TransportProblem& problem, const SinkhornSettings& settings) {
  const double n = static_cast<double>(problem.geometry().rows());
  const double m = static_cast<double>(problem.geometry().cols());
  const double fraction = settings.dense_fraction * n * m;
  // Point clouds promise memory O(n + m).
  const double linear = problem.geometry().dim() > 0 ? 24 * (n + m) + 4096 : 1e9;
  return static_cast<index>(std::min({fraction + n + m, linear, n * m}));
}

class Newton final : public NewtonIteration {
 public:
  explicit Newton(TransportState& state) : NewtonIteration(state) { rebind(); }

  void rebind() override {
    const index n = state_.n();
    const index m = state_.m();
    system_.reserve(n, m, entry_capacity(*state_.problem, state_.settings), state_.problem->geometry().dtype());
    pcg_.resize(n, m);
    few_ = static_cast<index>(kFew * static_cast<double>(n) * static_cast<double>(m)) + 2 * (n + m);
    few_ = std::min(few_, system_.plan().capacity());
    restricted_.resize(n, m, few_);
    for (Buffer<double>* buffer : {&F_base_, &p_base_, &ra_base_}) buffer->resize(n);
    for (Buffer<double>* buffer : {&G_base_, &q_base_, &rb_base_}) buffer->resize(m);
    for (Buffer<double>* buffer : {&d1_, &ra_, &u_, &F_, &trial_p_, &row_threshold_}) buffer->resize(n);
    for (Buffer<double>* buffer : {&d2_, &rb_, &v_, &G_, &trial_G_, &col_threshold_}) buffer->resize(m);
  }

  void start() override {
    const double target = state_.problem->spec().eps;
    const double range = state_.problem->geometry().cost_range();
    const bool warm = state_.has_phi || state_.has_psi;
    state_.set_start(warm ? target : std::max(target, state_.settings.anneal_start * range));
    start_here();
  }

  void start_here() override {
    system_.attach(state_.pool, state_.engine.get());
    deep_ = inner_ = claimed_ = false;  // a solve that was stopped leaves them as they were
    last_residual_ = kNaN;
    factor_ = state_.settings.anneal_factor;
    depth_ = std::min(kDepth, max_depth());
    begin_stage();
  }

  StepReport step() override {
    ++state_.result.iterations;
    const bool last = state_.eps == state_.problem->spec().eps;
    if (sweeps_left_ > 0) {
      --sweeps_left_;
      return {state_.sweep(), false};
    }
    collect();
    const double residual = state_.error_a + state_.error_b;
    const double goal = last ? 0.0 : kMidTol;
    if (!last && (residual <= goal || steps_ >= kMidSteps)) {
      next_stage(residual);
      return {residual, false};
    }
    if (!std::isfinite(residual)) {
      sweeps_left_ = 2;
      return {residual, false};
    }
    if (last && residual <= effective_tol_ && !claimed_) {
      claimed_ = true;
      return {residual, true};
    }
    claimed_ = false;  // a claim that the fresh residual did not bear out: go on
    advance(residual);
    return {residual, last};
  }

  int patience() const override { return 30; }

 private:
  void begin_stage() {
    ++state_.result.stages;
    steps_ = 0;
    mu_ = 1e-3;
    coarser_ = 1;
    deep_pause_ = 0;
    sweeps_left_ = state_.result.stages == 1 ? 2 : 1;
    effective_tol_ = effective_tol(*state_.problem, state_.settings);
  }

  // A stage that ended badly was too large a jump.
  void next_stage(double residual) {
    if (residual > 10 * kMidTol) factor_ = std::max(1.2, std::sqrt(factor_));
    state_.set_eps(std::max(state_.problem->spec().eps, state_.eps / factor_));
    begin_stage();
  }

  // One pass: marginals, residual, and the entries that matter at this residual.
  void collect() {
    const double known = std::isfinite(last_residual_) ? std::min(1.0, last_residual_) : 1.0;
    const double keep = deep_ ? std::exp(-depth_) : state_.settings.keep * std::max(known, kThinnest) * coarser_;
    thresholds(keep);
    state_.engine->extract(state_.F.data(), state_.G.data(), row_threshold_.data(), col_threshold_.data(),
                           state_.p.data(), state_.q.data(), system_.plan());
    state_.error_a =
        TransportState::side_error(state_.a(), state_.eps, state_.F.data(), state_.p.data()) / state_.problem->mass();
    state_.error_b =
        TransportState::side_error(state_.b(), state_.eps, state_.G.data(), state_.q.data()) / state_.problem->mass();
    state_.fresh = false;  // q_x is not formed here
    last_residual_ = state_.error_a + state_.error_b;
  }

  // Entries from `keep` times their fair share of the marginals upward.
  void thresholds(double keep) {
    const double n = static_cast<double>(state_.n());
    const double m = static_cast<double>(state_.m());
    for (index i = 0; i < state_.n(); ++i) row_threshold_[i] = keep * state_.a().weight[i] / m;
    for (index j = 0; j < state_.m(); ++j) col_threshold_[j] = keep * state_.b().weight[j] / n;
  }

  void advance(double residual) {
    ++steps_;
    const index nnz = system_.plan().nnz;
    if (system_.plan().overflow) {  // fewer entries next time, and not a pass wasted
      if (deep_)
        depth_ = std::max(kDepth, depth_ / 3);
      else
        coarser_ *= 8;
      deep_ = false;
      sweeps_left_ = 2;
      deep_pause_ = kDeepPause;
      return;
    }
    system_.index_columns();
    gradient(state_.a(), state_.F, state_.p, ra_);
    gradient(state_.b(), state_.G, state_.q, rb_);
    if (deep_ && nnz <= few_) {
      const bool solved = solve_restricted();
      const bool room = depth_ < max_depth() && 4 * nnz <= few_;
      if (solved && try_step(state_.p, room ? 1 : kTrials)) return;
      if (room) {  // the mass must move over entries that were left out
        depth_ = std::min(3 * depth_, max_depth());
        return;
      }
      if (!solved && try_step(state_.p, kTrials)) return;
      deep_pause_ = kDeepPause;
      depth_ = std::min(kDepth, max_depth());
    } else {
      for (int retry = 0; retry < kRetries; ++retry) {
        solve(residual);
        if (try_step(state_.p, kTrials)) {
          deep_pause_ = std::max(0, deep_pause_ - 1);
          deep_ = deep_pause_ == 0 && 4 * nnz <= few_;
          return;
        }
        mu_ = std::max(10 * mu_, 1e-4);
      }
    }
    deep_ = false;
    sweeps_left_ = 5;
  }

  // Newton to the end on the collected entries alone; the step of the full problem is how far that moved the pair.
  bool solve_restricted() {
    std::copy_n(state_.F.data(), state_.n(), F_base_.data());
    std::copy_n(state_.G.data(), state_.m(), G_base_.data());
    std::swap(state_.p, p_base_);
    std::swap(state_.q, q_base_);
    restricted_.load(system_, state_.F.data(), state_.G.data());
    inner_ = true;
    const double outer_mu = mu_;
    mu_ = 1e-3;
    const bool last = state_.eps == state_.problem->spec().eps;
    const double goal = std::max(last ? 0.1 * effective_tol_ : 0.1 * kMidTol, kInnerGain * last_residual_);
    std::swap(ra_, ra_base_);
    std::swap(rb_, rb_base_);
    bool solved = false;
    double inner_residual = last_residual_;
    double milestone = kInf;
    int milestone_at = 0;
    for (int step = 0; step < kInnerSteps; ++step) {
      thresholds(state_.settings.keep * std::max(std::min(1.0, inner_residual), kThinnest));
      restricted_.extract(state_.F.data(), state_.G.data(), row_threshold_.data(), col_threshold_.data(),
                          state_.p.data(), state_.q.data(), system_);
      gradient(state_.a(), state_.F, state_.p, ra_);
      gradient(state_.b(), state_.G, state_.q, rb_);
      const double residual = inner_residual = (sum_abs(ra_) + sum_abs(rb_)) / state_.problem->mass();
      solved = residual <= kInnerWorth * last_residual_;
      if (residual <= goal) break;
      if (residual < 0.9 * milestone) {
        milestone = residual;
        milestone_at = step;
      }
      if (step - milestone_at >= kInnerPatience) break;  // mass that cannot move on these entries
      bool moved = false;
      for (int retry = 0; retry < kRetries && !moved; ++retry) {
        solve(residual);
        moved = try_step(state_.p, kTrials);
        if (!moved) mu_ = std::max(10 * mu_, 1e-4);
      }
      if (!moved) break;
    }
    inner_ = false;
    mu_ = outer_mu;
    std::swap(ra_, ra_base_);
    std::swap(rb_, rb_base_);
    std::swap(state_.p, p_base_);
    std::swap(state_.q, q_base_);
    displacement();
    std::swap(state_.F, F_base_);
    std::swap(state_.G, G_base_);
    return solved;
  }
  // How far the pair moved, at most depth / 2 a side about the mean: then no entry left out can have come to matter.
  // Parts of the problem that no kept entry connects drift without bound otherwise, as far as their masses differ.
  void displacement() {
    double mean = 0;
    for (index i = 0; i < state_.n(); ++i) {
      u_[i] = state_.F[i] > -kInf ? state_.F[i] - F_base_[i] : 0.0;
      mean += state_.a().weight[i] * u_[i];
    }
    mean /= state_.a().mass;
    const double limit = 0.5 * kLog2e * depth_;
    const double shift = state_.problem->balanced() ? mean : 0.0;
    for (index i = 0; i < state_.n(); ++i) u_[i] = std::clamp(u_[i] - shift, -limit, limit);
    for (index j = 0; j < state_.m(); ++j)
      v_[j] = state_.G[j] > -kInf ? std::clamp(state_.G[j] - G_base_[j] + shift, -limit, limit) : 0.0;
  }
  // Before the exponents' floor is reached.
  double max_depth() const { return state_.problem->geometry().dtype() == Dtype::f32 ? 40.0 : 600.0; }
  static double sum_abs(const Buffer<double>& x) {
    double sum = 0;
    for (const double value : x) sum += std::fabs(value);
    return sum;
  }

  // target - marginal; the target's own slope goes into the diagonal.
  void gradient(const Side& side, const Buffer<double>& X, const Buffer<double>& marginal, Buffer<double>& out) const {
    const double kappa = side.kappa(state_.eps);
    for (index i = 0; i < side.size; ++i)
      out[i] = side.weight[i] > 0
                   ? side.weight[i] * (kappa == 0 ? 1.0 : std::exp2(-kappa * (X[i] - side.base[i]))) - marginal[i]
                   : 0.0;
  }
  void diagonal(const Side& side, const Buffer<double>& marginal, const Buffer<double>& grad,
                Buffer<double>& out) const {
    const double kappa = side.kappa(state_.eps);
    for (index i = 0; i < side.size; ++i) out[i] = (1 + mu_) * marginal[i] + kappa * (grad[i] + marginal[i]);
  }

  void solve(double residual) {
    diagonal(state_.a(), state_.p, ra_, d1_);
    diagonal(state_.b(), state_.q, rb_, d2_);
    const double tol = 0.1 * std::min(0.1, std::sqrt(residual));
    const PcgReport report = pcg_.solve(system_, d1_.data(), d2_.data(), ra_.data(), rb_.data(),
                                        {tol, state_.settings.cg_max_iter}, u_.data(), v_.data());
    ++state_.result.newton_steps;
    state_.result.cg_iterations += report.iterations;
    // A weight far below the others is not seen by the dual: its step is bounded where the merit still resolves it.
    for (index i = 0; i < state_.n(); ++i) u_[i] = std::clamp(kLog2e * u_[i], -kLongest, kLongest);
    for (index j = 0; j < state_.m(); ++j) v_[j] = std::clamp(kLog2e * v_[j], -kLongest, kLongest);
  }

  // A trial is judged after a fused sweep from it, in the same pass. The pair then has optimal columns, so that its
  // mass is known, and the merit is the semi-dual: it grows like a log-sum-exp where the plain dual of an overshooting
  // step grows like an exp.
  bool try_step(const Buffer<double>& p, int trials) {
    double slope = 0;
    double mass = 0;
    for (index i = 0; i < state_.n(); ++i) {
      slope += kLn2 * ra_[i] * u_[i];
      mass += p[i];
    }
    for (index j = 0; j < state_.m(); ++j) slope += kLn2 * rb_[j] * v_[j];
    if (!std::isfinite(slope) || slope <= 0) return false;
    double low = 0;
    double low_slope = slope;
    double alpha = 1;
    for (int trial = 0; trial < trials; ++trial) {
      for (index i = 0; i < state_.n(); ++i) F_[i] = state_.F[i] + alpha * u_[i];
      for (index j = 0; j < state_.m(); ++j) G_[j] = trial_G_[j] = state_.G[j] + alpha * v_[j];
      sweep_trial();
      const double change = merit_change(mass);
      if (change >= kArmijo * alpha * slope - 1e-15 * state_.problem->mass()) {
        std::swap(state_.F, F_);
        std::swap(state_.G, G_);
        if (alpha == 1.0) mu_ = std::max(mu_ / 10, 1e-10);
        if (trial >= 2) mu_ = std::max(10 * mu_, 1e-4);
        return true;
      }
      // Too far: the semi-dual falls here. Its slope says where along the step it turned.
      const double high_slope = semidual_slope();
      const double secant =
          std::isfinite(high_slope) && high_slope < low_slope ? low_slope / (low_slope - high_slope) : 0.0;
      alpha = low + (alpha - low) * std::clamp(secant, 0.1, 0.5);
    }
    return false;
  }
  void sweep_trial() {
    if (inner_)
      return restricted_.sweep(state_.row_update(), state_.col_update(), F_.data(), G_.data(), trial_p_.data());
    state_.engine->sweep(state_.row_update(), state_.col_update(), F_.data(), G_.data(), trial_p_.data());
    ++state_.result.sweeps;
  }
  // d/d alpha of the semi-dual at trial_G_ along v_: sum_j (target_j - q_j) v_j, q_j being read off the column update.
  double semidual_slope() const {
    const Side& b = state_.b();
    const double tau = b.tau(state_.eps);
    const double kappa = b.kappa(state_.eps);
    double sum = 0;
    for (index j = 0; j < b.size; ++j) {
      if (!(b.weight[j] > 0)) continue;
      const double before = trial_G_[j] - b.base[j];
      const double marginal = std::exp2(before - (G_[j] - b.base[j]) / tau);
      sum += b.weight[j] * ((kappa == 0 ? 1.0 : std::exp2(-kappa * before)) - marginal) * v_[j] * kLn2;
    }
    return sum;
  }
  // Dual value of (F_, G_), column-optimal, minus that of the current pair of this mass, over eps.
  double merit_change(double mass) {
    const double kappa = state_.b().kappa(state_.eps);
    double new_mass = 0;
    for (index j = 0; j < state_.m(); ++j) {
      if (!(state_.b().weight[j] > 0)) continue;
      new_mass += state_.b().weight[j] * (kappa == 0 ? 1.0 : std::exp2(-kappa * (G_[j] - state_.b().base[j])));
      d2_[j] = G_[j] - state_.G[j];
    }
    for (index i = 0; i < state_.n(); ++i) d1_[i] = F_[i] - state_.F[i];
    return dual_change(state_, d1_.data(), d2_.data(), 1.0, mass, new_mass);
  }

  SparseSystem system_;
  SchurPcg pcg_;
  Buffer<double> d1_, ra_, u_, F_, trial_p_, row_threshold_;  // (n)
  Buffer<double> d2_, rb_, v_, G_, trial_G_, col_threshold_;  // (m)
  double factor_ = 4;
  double mu_ = 1e-3;
  double coarser_ = 1;  // grows when the entries do not fit
  bool deep_ = false;   // the next collection is for many steps
  int deep_pause_ = 0;  // single steps to make before many are tried again
  double depth_ = kDepth;
  bool inner_ = false;    // sweeps go to restricted_
  bool claimed_ = false;  // the last iteration reported the tolerance as met
  index few_ = 0;
  RestrictedPlan restricted_;
  Buffer<double> F_base_, p_base_, ra_base_;  // (n) of the full problem while restricted_ is solved
  Buffer<double> G_base_, q_base_, rb_base_;  // (m)
  double last_residual_ = kNaN;
  double effective_tol_ = 0;
  int steps_ = 0;
  int sweeps_left_ = 0;
};

}  // namespace

index newton_bytes(const TransportProblem& problem, const SinkhornSettings& settings) {
  const index n = problem.geometry().rows();
  const index m = problem.geometry().cols();
  const index capacity = entry_capacity(problem, settings);
  return SparseSystem::bytes(n, m, capacity, problem.geometry().dtype()) + RestrictedPlan::bytes(n, m, capacity) +
         SchurPcg::bytes(n, m) + 8 * 9 * (n + m);
}

std::unique_ptr<NewtonIteration> make_newton(TransportState& state) { return std::make_unique<Newton>(state); }

}  // namespace fenchel
