// symmetric.cpp -- a = b and a symmetric cost: one potential, averaged with its own update.
//
//   F <- (F + T(F)) / 2,  T(F)_i = base_i + tau (F_i - base_i - log2 ((P 1)_i / a_i)),  P_ij = exp2(F_i + F_j - k C_ij)
//   residual  L1 error of both (equal) marginals; contracts fast at any eps (Feydy et al. 2019, sec. 3.1)
#include <cmath>

#include "solvers/transport/state.hpp"

namespace fenchel {
namespace {

class Symmetric final : public TransportIteration {
 public:
  using TransportIteration::TransportIteration;

  void start() override {
    const double target = state_.problem->spec().eps;
    const double range = state_.problem->geometry().cost_range();
    const bool warm = state_.has_phi || state_.has_psi;
    const double first = warm ? target : std::max(target, state_.settings.anneal_start * range);
    state_.set_start(first);
    mirror();
  }

  StepReport step() override {
    ++state_.result.iterations;
    const double target = state_.problem->spec().eps;
    const double residual = state_.measure();
    update();
    if (state_.eps > target) {
      if (++in_stage_ >= 3) {
        in_stage_ = 0;
        ++state_.result.stages;
        state_.set_eps(std::max(target, state_.eps / state_.settings.anneal_factor));
      }
      return {residual, false};
    }
    return {residual, true};
  }

 private:
  // phi = psi to begin with.
  void mirror() {
    for (index i = 0; i < state_.n(); ++i)
      state_.G[i] = state_.F[i] = state_.F[i] > -kInf ? 0.5 * (state_.F[i] + state_.G[i]) : -kInf;
  }
  void update() {
    const Side& side = state_.a();
    const double tau = side.tau(state_.eps);
    bool lost = false;
    for (index i = 0; i < side.size; ++i)
      lost = lost || (side.weight[i] > 0 && !(state_.p[i] > 0 && state_.p[i] < kInf));
    if (lost) state_.engine->lse_rows(state_.G.data(), state_.q.data());
    for (index i = 0; i < side.size; ++i) {
      if (!(side.weight[i] > 0)) continue;
      const double log_marginal = lost ? state_.F[i] + state_.q[i] : std::log2(state_.p[i]);
      const double distance = state_.F[i] - side.base[i];
      const double mapped = tau * (distance - log_marginal + side.log_weight[i]);
      state_.F[i] = side.base[i] + 0.5 * (distance + mapped);
    }
    for (index i = 0; i < side.size; ++i) state_.G[i] = state_.F[i];
    state_.fresh = false;
    ++state_.result.sweeps;
  }
  int in_stage_ = 0;
};

}  // namespace

std::unique_ptr<TransportIteration> make_symmetric(TransportState& state) { return std::make_unique<Symmetric>(state); }

}  // namespace fenchel
