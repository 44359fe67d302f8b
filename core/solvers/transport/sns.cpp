// sns.cpp -- method `sns`: Sinkhorn-Newton-Sparse as published, with sweeps where a step fails.
//
//   stage 1   sns_sweeps Sinkhorn iterations
//   stage 2   Newton on the concave dual with the Hessian reduced to its full diagonal and the largest sns_density *
//   max(n, m) entries
//             of P, solved by conjugate gradients (on the Schur complement), backtracking line search on the dual
//   fallback  five sweeps when the line search fails; the paper has none and diverges from cold starts at eps < 1e-4 of
//   the range residual  relative L1 error of both marginals paper     Tang, Shavlovsky, Rahmanian, Tardini,
//   Thekumparampil, Xiao, Ying (ICLR 2024), alg. 1
#include <algorithm>
#include <cmath>

#include "linsolve/schur_pcg.hpp"
#include "solvers/transport/sparse_system.hpp"
#include "solvers/transport/state.hpp"

namespace fenchel {
namespace {

constexpr int kBacktracks = 10;
constexpr int kFallbackSweeps = 5;
constexpr double kCgTol = 1e-3;

index entry_budget(index n, index m, const SinkhornSettings& settings) {
  return static_cast<index>(std::min(static_cast<double>(n) * static_cast<double>(m),
                                     settings.sns_density * static_cast<double>(std::max(n, m))));
}
// Entries collected before the largest are selected.
index entry_room(index n, index m, index budget) {
  return static_cast<index>(
             std::min(static_cast<double>(n) * static_cast<double>(m), 8.0 * static_cast<double>(budget))) +
         n;
}

class Sns final : public TransportIteration {
 public:
  explicit Sns(TransportState& state) : TransportIteration(state) { rebind(); }

  void rebind() override {
    const index n = state_.n();
    const index m = state_.m();
    budget_ = entry_budget(n, m, state_.settings);
    const index room = entry_room(n, m, budget_);
    system_.reserve(n, m, room, state_.problem->geometry().dtype());
    sorted_.resize(room);
    pcg_.resize(n, m);
    for (Buffer<double>* buffer : {&d1_, &ra_, &u_, &F_, &row_threshold_}) buffer->resize(n);
    for (Buffer<double>* buffer : {&d2_, &rb_, &v_, &G_, &col_threshold_}) buffer->resize(m);
    threshold_ = 0;
  }

  void start() override {
    system_.attach(state_.pool, state_.engine.get());
    state_.set_start(state_.problem->spec().eps);
    sweeps_left_ = std::max(1, state_.settings.sns_sweeps);
    claimed_ = false;
    threshold_ = 0.1 * state_.problem->mass() / static_cast<double>(budget_);
  }

  StepReport step() override {
    if (sweeps_left_ > 0) {
      const bool first = state_.result.iterations == 0;
      --sweeps_left_;
      return {sweep_iteration(), !first};
    }
    ++state_.result.iterations;
    const double residual = collect();
    if (residual <= effective_tol(*state_.problem, state_.settings) && !claimed_) {
      claimed_ = true;
      return {residual, true};
    }
    claimed_ = false;  // a claim that the fresh residual did not bear out: go on
    if (!std::isfinite(residual) || system_.plan().overflow || !advance()) sweeps_left_ = kFallbackSweeps;
    return {residual, std::isfinite(residual)};
  }
  int patience() const override { return 200; }

 private:
  // Marginals and the budget's largest entries: a threshold that moves with the iterates, then an exact selection.
  double collect() {
    for (int attempt = 0; attempt < 4; ++attempt) {
      row_threshold_.fill(threshold_);
      col_threshold_.fill(threshold_);
      state_.engine->extract(state_.F.data(), state_.G.data(), row_threshold_.data(), col_threshold_.data(),
                             state_.p.data(), state_.q.data(), system_.plan());
      if (system_.plan().overflow)
        threshold_ *= 4;
      else if (system_.plan().nnz < budget_ &&
               threshold_ > 1e-14 * state_.problem->mass() / static_cast<double>(budget_))
        threshold_ *= 1.0 / 64;
      else
        break;
    }
    state_.error_a =
        TransportState::side_error(state_.a(), state_.eps, state_.F.data(), state_.p.data()) / state_.problem->mass();
    state_.error_b =
        TransportState::side_error(state_.b(), state_.eps, state_.G.data(), state_.q.data()) / state_.problem->mass();
    state_.fresh = false;
    select();
    return state_.error_a + state_.error_b;
  }

  void select() {
    SparsePlan& plan = system_.plan();
    if (plan.overflow) return;
    const bool f32 = state_.problem->geometry().dtype() == Dtype::f32;
    const auto value = [&](index k) { return f32 ? static_cast<double>(plan.value32[k]) : plan.value64[k]; };
    if (plan.nnz > budget_) {
      for (index k = 0; k < plan.nnz; ++k) sorted_[k] = value(k);
      std::nth_element(sorted_.data(), sorted_.data() + budget_ - 1, sorted_.data() + plan.nnz, std::greater<>());
      const double least = sorted_[budget_ - 1];
      threshold_ = std::max(threshold_, 0.5 * least);
      for (index i = 0; i < state_.n(); ++i) keep_row(plan, i, least, f32, value);
    }
    system_.index_columns();
  }
  template <class Value>
  static void keep_row(SparsePlan& plan, index i, double least, bool f32, const Value& value) {
    index to = plan.start[i];
    for (index k = plan.start[i]; k < plan.start[i] + plan.count[i]; ++k) {
      if (value(k) < least) continue;
      plan.column[to] = plan.column[k];
      if (f32)
        plan.value32[to] = plan.value32[k];
      else
        plan.value64[to] = plan.value64[k];
      ++to;
    }
    plan.count[i] = static_cast<std::int32_t>(to - plan.start[i]);
  }

  void gradient(const Side& side, const Buffer<double>& X, const Buffer<double>& marginal, Buffer<double>& grad,
                Buffer<double>& diagonal) const {
    const double kappa = side.kappa(state_.eps);
    for (index i = 0; i < side.size; ++i) {
      const double target =
          side.weight[i] > 0 ? side.weight[i] * (kappa == 0 ? 1.0 : std::exp2(-kappa * (X[i] - side.base[i]))) : 0.0;
      grad[i] = side.weight[i] > 0 ? target - marginal[i] : 0.0;
      diagonal[i] = marginal[i] + kappa * target;
    }
  }

  bool advance() {
    gradient(state_.a(), state_.F, state_.p, ra_, d1_);
    gradient(state_.b(), state_.G, state_.q, rb_, d2_);
    const PcgReport report = pcg_.solve(system_, d1_.data(), d2_.data(), ra_.data(), rb_.data(),
                                        {kCgTol, state_.settings.cg_max_iter, false}, u_.data(), v_.data());
    ++state_.result.newton_steps;
    state_.result.cg_iterations += report.iterations;
    double slope = 0;
    double mass = 0;
    for (index i = 0; i < state_.n(); ++i) {
      slope += ra_[i] * u_[i];
      mass += state_.p[i];
      u_[i] *= kLog2e;
    }
    for (index j = 0; j < state_.m(); ++j) {
      slope += rb_[j] * v_[j];
      v_[j] *= kLog2e;
    }
    if (!std::isfinite(slope) || slope <= 0) return false;
    double alpha = 1;
    for (int trial = 0; trial < kBacktracks; ++trial, alpha *= 0.5) {
      for (index i = 0; i < state_.n(); ++i) F_[i] = state_.F[i] + alpha * u_[i];
      for (index j = 0; j < state_.m(); ++j) G_[j] = state_.G[j] + alpha * v_[j];
      state_.engine->marginals(F_.data(), G_.data(), state_.p.data(), state_.q.data());
      double trial_mass = 0;
      for (const double p : state_.p) trial_mass += p;
      if (!std::isfinite(trial_mass)) continue;
      if (dual_change(state_, u_.data(), v_.data(), alpha, mass, trial_mass) <
          1e-4 * alpha * slope - 1e-15 * state_.problem->mass())
        continue;
      std::swap(state_.F, F_);
      std::swap(state_.G, G_);
      return true;
    }
    return false;
  }

  SparseSystem system_;
  SchurPcg pcg_;
  Buffer<double> sorted_;                           // (room)
  Buffer<double> d1_, ra_, u_, F_, row_threshold_;  // (n)
  Buffer<double> d2_, rb_, v_, G_, col_threshold_;  // (m)
  index budget_ = 0;
  double threshold_ = 0;
  int sweeps_left_ = 0;
  bool claimed_ = false;  // the last iteration reported the tolerance as met
};

}  // namespace

index sns_bytes(const TransportProblem& problem, const SinkhornSettings& settings) {
  const index n = problem.geometry().rows();
  const index m = problem.geometry().cols();
  const index room = entry_room(n, m, entry_budget(n, m, settings));
  return SparseSystem::bytes(n, m, room, problem.geometry().dtype()) + SchurPcg::bytes(n, m) + 8 * (room + 5 * (n + m));
}

std::unique_ptr<TransportIteration> make_sns(TransportState& state) { return std::make_unique<Sns>(state); }

}  // namespace fenchel
