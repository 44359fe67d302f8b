// block_update_gradient.cpp -- proximal gradient steps of a block:  d = prox_{g / L}(x_b - grad_b / L) - x_b
//
// gradient: L bounds the largest eigenvalue of the block's Hessian. line_search_L: L is the largest of the estimates of
// the block's coordinates, doubled until f(x + d) <= f(x) + <grad_b, d> + L/2 |d|^2, and kept.
#include "solvers/coordinate/block_update_rules.hpp"
#include "solvers/coordinate/block_update_search.hpp"

namespace fenchel {
namespace {

// d and its aim for a curvature of L; false when nothing moves.
bool aim_gradient(BcdState& state, const Block& block, double L) {
  bool moves = false;
  for (index i = 0; i < block.size; ++i) {
    const index j = block.members[i];
    const double x = state.x()[j];
    state.d[i] = state.simple.prox(j, x - state.g[i] / L, 1 / L) - x;
    moves = moves || state.d[i] != 0;
  }
  if (moves) state.model->aim(block, state.d.data());
  return moves;
}

class GradientUpdate final : public BlockUpdateRule {
 public:
  explicit GradientUpdate(BcdState& state) : state_(state) {}
  double propose(const Block& block) override {
    const double L = state_.block_lipschitz(block);
    state_.model->gradient(block, state_.g.data());
    return aim_gradient(state_, block, L) ? 1.0 : 0.0;
  }

 private:
  BcdState& state_;
};

class EstimatedUpdate final : public BlockUpdateRule {
 public:
  explicit EstimatedUpdate(BcdState& state) : state_(state), estimates_(state.n()) {}
  void start() override {
    // A bound of varying curvature is often far above it: begin well below.
    const double share = state_.model->quadratic() ? 1.0 : 1.0 / 16;
    if (!state_.model->bounded()) state_.model->gradient();
    for (index j = 0; j < state_.n(); ++j) estimates_[j] = share * state_.curvature(j);
  }
  double propose(const Block& block) override {
    double L = 0;
    for (index i = 0; i < block.size; ++i) L = std::max(L, estimates_[block.members[i]]);
    state_.model->gradient(block, state_.g.data());
    const double noise = search_noise(state_.model->value());
    for (int doubling = 0; doubling < 200; ++doubling, L *= 2) {
      if (!aim_gradient(state_, block, L)) return 0;
      double squares = 0;
      for (index i = 0; i < block.size; ++i) squares += state_.d[i] * state_.d[i];
      const double bound = state_.model->slope() + 0.5 * L * squares;
      if (state_.model->change(1) <= bound + noise) break;
      ++state_.backtracks;
    }
    for (index i = 0; i < block.size; ++i) estimates_[block.members[i]] = L;
    return 1;
  }

 private:
  BcdState& state_;
  Buffer<double> estimates_;
};

}  // namespace

std::unique_ptr<BlockUpdateRule> block_update_gradient(BcdState& state) {
  return std::make_unique<GradientUpdate>(state);
}
std::unique_ptr<BlockUpdateRule> block_update_line_search_L(BcdState& state) {
  return std::make_unique<EstimatedUpdate>(state);
}

}  // namespace fenchel
