// block_update_exact_qp.cpp -- the block moves to the minimiser of its proximal Newton model; where the curvature
// varies, by a step along the way there that the Armijo rule accepts.
#include "solvers/coordinate/block_update_model.hpp"
#include "solvers/coordinate/block_update_rules.hpp"
#include "solvers/coordinate/block_update_search.hpp"

namespace fenchel {
namespace {

class ExactUpdate final : public BlockUpdateRule {
 public:
  explicit ExactUpdate(BcdState& state) : state_(state), model_(state) { model_.resize(state.largest_block); }
  double propose(const Block& block) override {
    state_.model->gradient(block, state_.g.data());
    if (block.diagonal) return separate(block);
    state_.model->hessian(block, state_.H.data());
    const double decrease = model_.solve(block, state_.g.data(), state_.H.data(), state_.d.data());
    if (!(decrease > 0)) return 0;
    ++state_.newton_steps;
    state_.model->aim(block, state_.d.data());
    if (state_.model->quadratic()) return 1;
    const double slope = state_.model->slope() + state_.simple_change(block, state_.d.data(), 1);
    return armijo_step(
        slope, state_.model->value(),
        [&](double t) { return state_.model->change(t) + state_.simple_change(block, state_.d.data(), t); },
        &state_.backtracks);
  }

 private:
  // No coordinate of a colour sees another.
  double separate(const Block& block) {
    double sum = 0;
    for (index i = 0; i < block.size; ++i) {
      const index j = block.members[i];
      sum += state_.decrease(j, state_.g[i], state_.curvature(j), &state_.d[i]);
    }
    if (!(sum > 0)) return 0;
    state_.model->aim(block, state_.d.data());
    return 1;
  }
  BcdState& state_;
  BlockModel model_;
};

}  // namespace

std::unique_ptr<BlockUpdateRule> block_update_exact_qp(BcdState& state) { return std::make_unique<ExactUpdate>(state); }

}  // namespace fenchel
