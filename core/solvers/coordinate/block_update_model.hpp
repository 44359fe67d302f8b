// block_update_model.hpp -- the proximal Newton model of a block, solved exactly:
//
//   min over d   <g, d> + 1/2 d'H d + sum_i [g_i(x_i + d_i) - g_i(x_i)]
//
// by sweeps over its coordinates and, once the free ones are known, one linear system.
#pragma once
#include "solvers/coordinate/bcd_state.hpp"

namespace fenchel {

class BlockModel {
 public:
  explicit BlockModel(BcdState& state) : state_(state) {}
  void resize(index largest);
  // d (size) becomes the minimiser. Returns the decrease, >= 0. H (size, size) is kept.
  double solve(const Block& block, const double* g, const double* H, double* d);
  // What the block's bound promises: the decrease at the minimiser of the model with H the bound. Uses state.g and H.
  double bound_decrease(const Block& block);

 private:
  double sweep(const Block& block, const double* H, double* d);
  bool finish(const Block& block, const double* g, const double* H, double* d);
  double value(const Block& block, const double* g, const double* H, const double* d);

  BcdState& state_;
  Buffer<double> slope_, trial_, factor_;  // g + H d
  Buffer<index> free_;
};

}  // namespace fenchel
