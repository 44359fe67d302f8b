// block_update_rules.hpp -- how a chosen block moves: one function a rule of block_update.def.
#pragma once
#include "solvers/coordinate/bcd_state.hpp"

namespace fenchel {

class BlockUpdateRule {
 public:
  virtual ~BlockUpdateRule() = default;
  virtual void start() {}
  // Fills state.d, aims the model at the block along it, and returns the step t to take: one that does not raise the
  // objective, 0 where there is none.
  virtual double propose(const Block& block) = 0;
};

enum BlockNeeds : unsigned {
  NEEDS_BOUND = 1,    // a bound of the curvature (not Poisson)
  NEEDS_SMOOTH = 2,   // no kinks or bounds in g
  NEEDS_CONVEX = 4,   // a convex g
  NEEDS_BOX = 8,      // a g that is a soft box
  NEEDS_SQUARE = 16,  // a block small enough to have its Hessian stored, or a forest without kinks, or a colour
};

struct BlockUpdateInfo {
  BlockUpdate code;
  const char* name;
  unsigned needs;
  std::unique_ptr<BlockUpdateRule> (*make)(BcdState& state);
};

std::unique_ptr<BlockUpdateRule> block_update_gradient(BcdState& state);
std::unique_ptr<BlockUpdateRule> block_update_line_search_L(BcdState& state);
std::unique_ptr<BlockUpdateRule> block_update_matrix(BcdState& state);
std::unique_ptr<BlockUpdateRule> block_update_newton(BcdState& state);
std::unique_ptr<BlockUpdateRule> block_update_exact_qp(BcdState& state);
std::unique_ptr<BlockUpdateRule> block_update_tmp(BcdState& state);

inline constexpr BlockUpdateInfo kBlockUpdates[] = {
    {BlockUpdate::gradient, "gradient", NEEDS_BOUND, block_update_gradient},
    {BlockUpdate::line_search_L, "line_search_L", 0, block_update_line_search_L},
    {BlockUpdate::matrix, "matrix", NEEDS_BOUND | NEEDS_SMOOTH | NEEDS_SQUARE, block_update_matrix},
    {BlockUpdate::newton, "newton", NEEDS_SMOOTH | NEEDS_SQUARE, block_update_newton},
    {BlockUpdate::exact_qp, "exact_qp", NEEDS_CONVEX | NEEDS_SQUARE, block_update_exact_qp},
    {BlockUpdate::tmp, "tmp", NEEDS_BOX | NEEDS_SQUARE, block_update_tmp},
};

}  // namespace fenchel
