// anderson_sweeps.cpp -- method `sinkhorn_anderson`, and `auto` on grids (annealed).
//
//   map       G -> T(G), one fused sweep; F is a function of G
//   step      Anderson extrapolation of G, then a sweep; the memory is dropped when the residual doubles or eps changes
//   residual  column error of the pair (F(G), G), whose rows are exact: q_j / b_j = exp2((G_j - base_j) - (T(G)_j -
//   base_j) / tau)
#include <algorithm>
#include <cmath>

#include "accel/anderson.hpp"
#include "solvers/transport/state.hpp"

namespace fenchel {
namespace {

constexpr double kStageTol = 1e-2;  // residual at which an annealing stage hands over
constexpr int kStageSteps = 60;     // sweeps of such a stage at most

class AndersonSweeps final : public TransportIteration {
 public:
  AndersonSweeps(TransportState& state, bool annealed) : TransportIteration(state), annealed_(annealed) { rebind(); }

  void rebind() override {
    anderson_.resize(state_.m(), state_.settings.anderson_memory);
    x_.resize(state_.m());
  }

  void start() override {
    const double target = state_.problem->spec().eps;
    const bool warm = state_.has_phi || state_.has_psi;
    const double first = state_.settings.anneal_start * state_.problem->geometry().cost_range();
    state_.set_start(annealed_ && !warm ? std::max(target, first) : target);
    begin_stage();
  }

  StepReport step() override {
    ++state_.result.iterations;
    if (pending_) anderson_.extrapolate(state_.b().weight, x_.data(), state_.G.data());
    std::copy_n(state_.G.data(), state_.m(), x_.data());
    state_.sweep();
    pending_ = true;
    const double residual = column_error() / state_.problem->mass();
    if (!(residual < 2 * last_)) {
      anderson_.clear();
      pending_ = false;
    }
    last_ = residual;
    const double target = state_.problem->spec().eps;
    if (state_.eps > target) {
      if (residual < kStageTol || ++in_stage_ >= kStageSteps) {
        state_.set_eps(std::max(target, state_.eps / state_.settings.anneal_factor));
        begin_stage();
      }
      return {residual, false};
    }
    return {residual, true};
  }
  int patience() const override { return 200; }

 private:
  void begin_stage() {
    ++state_.result.stages;
    anderson_.clear();
    pending_ = false;
    in_stage_ = 0;
    last_ = kInf;
  }
  double column_error() const {
    const Side& b = state_.b();
    const double tau = b.tau(state_.eps);
    const double kappa = b.kappa(state_.eps);
    double sum = 0;
    for (index j = 0; j < b.size; ++j) {
      if (!(b.weight[j] > 0)) continue;
      const double before = x_[j] - b.base[j];
      const double marginal = std::exp2(before - (state_.G[j] - b.base[j]) / tau);
      sum += b.weight[j] * std::fabs(marginal - (kappa == 0 ? 1.0 : std::exp2(-kappa * before)));
    }
    return sum;
  }

  Anderson anderson_;
  Buffer<double> x_;  // (m) G before the sweep
  bool annealed_;
  bool pending_ = false;
  int in_stage_ = 0;
  double last_ = kInf;
};

}  // namespace

index anderson_bytes(const TransportProblem& problem, const SinkhornSettings& settings) {
  const index m = problem.geometry().cols();
  return Anderson::bytes(m, settings.anderson_memory) + 8 * m;
}

std::unique_ptr<TransportIteration> make_anderson(TransportState& state, bool annealed) {
  return std::make_unique<AndersonSweeps>(state, annealed);
}

}  // namespace fenchel
