// block_update_matrix.cpp -- d = -H_bb^+ grad_b, H a bound of the Hessian (matrix: no line search needed) or the
// Hessian at x (newton: Armijo). Forests are solved by message passing. An l2 term of g belongs to gradient and H.
#include "solvers/coordinate/bcd_dense.hpp"
#include "solvers/coordinate/block_update_rules.hpp"
#include "solvers/coordinate/block_update_search.hpp"

namespace fenchel {
namespace {

class MatrixUpdate final : public BlockUpdateRule {
 public:
  explicit MatrixUpdate(BcdState& state) : state_(state) {}
  double propose(const Block& block) override {
    state_.smooth_gradient(block);
    for (index i = 0; i < block.size; ++i) state_.d[i] = -state_.g[i];
    if (!(state_.solve(block, state_.d.data()) > 0)) return 0;
    ++state_.newton_steps;
    state_.model->aim(block, state_.d.data());
    return 1;
  }

 private:
  BcdState& state_;
};

class NewtonUpdate final : public BlockUpdateRule {
 public:
  explicit NewtonUpdate(BcdState& state) : state_(state) {}
  double propose(const Block& block) override {
    state_.smooth_gradient(block);
    for (index i = 0; i < block.size; ++i) state_.d[i] = -state_.g[i];
    double* H = state_.H.data();
    state_.model->hessian(block, H);
    double trace = 0;
    for (index i = 0; i < block.size; ++i) {
      H[i * block.size + i] += state_.simple.l2(block.members[i]);
      trace += H[i * block.size + i];
    }
    // Where a saturated loss leaves no curvature in some direction, a trace of it keeps the step finite.
    for (index i = 0; i < block.size; ++i) H[i * block.size + i] += 1e-10 * trace + 1e-300;
    factor_block(block.size, H);
    if (!(solve_block(block.size, H, state_.d.data()) > 0)) return 0;
    ++state_.newton_steps;
    return search(block);
  }

 private:
  double search(const Block& block) {
    state_.model->aim(block, state_.d.data());
    double slope = 0;
    for (index i = 0; i < block.size; ++i) slope += state_.g[i] * state_.d[i];
    return armijo_step(
        slope, state_.model->value(),
        [&](double t) { return state_.model->change(t) + state_.simple_change(block, state_.d.data(), t); },
        &state_.backtracks);
  }
  BcdState& state_;
};

}  // namespace

std::unique_ptr<BlockUpdateRule> block_update_matrix(BcdState& state) { return std::make_unique<MatrixUpdate>(state); }
std::unique_ptr<BlockUpdateRule> block_update_newton(BcdState& state) {
  if (state.model->quadratic()) return std::make_unique<MatrixUpdate>(state);  // the full step is exact
  return std::make_unique<NewtonUpdate>(state);
}

}  // namespace fenchel
