// forest_solve.hpp -- systems on a part of a sparse matrix that is a forest: exact, in time linear in the part.
//
// Rooted trees are eliminated from the leaves, d_p -= h_pc^2 / d_c, r_p -= h_pc r_c / d_c, then substituted back
// (Gaussian belief propagation without its rounds).
#pragma once
#include "base/buffer.hpp"
#include "solvers/coordinate/bcd_columns.hpp"

namespace fenchel {

class ForestSolver {
 public:
  ForestSolver() = default;
  explicit ForestSolver(index n);
  static index bytes(index n) { return 8 * 6 * n; }

  // d (size) becomes (H_bb + diag(extra))^{-1} d; extra may be null. Returns d'(...)^{-1} d of the incoming d.
  double solve(const BcdColumns& H, const index* members, index size, const double* extra, double* d);

 private:
  void order(const BcdColumns& H, const index* members, index size);
  Buffer<index> place_, queue_, parent_;  // of a coordinate in the block; breadth first; of a place
  Buffer<double> link_, pivot_, right_;
};

}  // namespace fenchel
