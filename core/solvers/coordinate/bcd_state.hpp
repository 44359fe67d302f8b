// bcd_state.hpp -- what the rules of block coordinate descent share: the model, g, the constants, the blocks.
#pragma once
#include "solvers/composite/minimize_declared.hpp"
#include "solvers/coordinate/bcd_model.hpp"
#include "solvers/coordinate/bcd_simple.hpp"
#include "solvers/coordinate/forest_solve.hpp"
#include "solvers/coordinate/partition_rules.hpp"

namespace fenchel {

class BcdState {
 public:
  BcdState(const CompositeProblem& problem, const MinimizeSettings& settings);

  index n() const { return model->size(); }
  const double* x() const { return model->x(); }

  // The decrease of g_j d + c d^2 / 2 + g(x_j + d) - g(x_j) at its minimiser d, written to step.
  double decrease(index j, double gradient, double c, double* step) const {
    const double before = x()[j];
    const double after = simple.prox(j, before - gradient / c, 1 / c);
    *step = after - before;
    if (*step == 0) return 0;
    const double found = -(*step * (gradient + 0.5 * c * *step) + simple.difference(j, before, after));
    // The bound is c-strongly convex where g is convex: what rounding leaves of the difference is at least this.
    return simple.convex() ? std::max(found, 0.5 * c * *step * *step) : found;
  }
  // L_j, kept from zero where a column is.
  double curvature(index j) const { return std::max(model->diagonal()[j], floor_); }
  double largest_curvature() const;
  // Takes the constants and factors of fixed blocks, once.
  void prepare(const PartitionRule& partition, bool factors);
  // A bound of the largest eigenvalue of the block's (bounded) Hessian.
  double block_lipschitz(const Block& block);
  // D_j of gsd: diag(D) bounds the Hessian of a block (of this block, where blocks are fixed).
  double diagonal_bound(index j) const;
  // The Cholesky factor of the block's bound (l2 of g added); in H unless it was prepared.
  const double* factor(const Block& block);
  // g becomes the block's gradient, that of a g without kinks included.
  void smooth_gradient(const Block& block);
  // step becomes H_bb^+ step, by message passing on forests. Returns its inner product with what it was.
  double solve(const Block& block, double* step);
  // sum_i over the block [g(x_i + t d_i) - g(x_i)]
  double simple_change(const Block& block, const double* d, double t) const;

  MinimizeSettings settings;
  std::unique_ptr<BcdModel> model;
  BcdSimple simple;
  index block_size;                     // of variable blocks, and of cut ones
  index largest_block = 0;              // members of the largest dense block
  ForestSolver forests;                 // where coupling() is
  Buffer<double> g, d, H, work, extra;  // of one block: (n), (n), and squares of the largest dense block
  index newton_steps = 0, coordinate_updates = 0, backtracks = 0;

 private:
  double forest_norm(const Block& block, double* rows);

  double floor_ = 1;
  Buffer<double> lipschitz_, rows_, factors_;  // of fixed blocks; of coordinates in theirs; of fixed blocks
  Buffer<index> factor_at_;
};

}  // namespace fenchel
