// block_step.hpp -- the minimiser of one block of a quadratic model:
//
//   x_b <- argmin  <g, x - x0> + (x - x0)' H (x - x0) / 2 + g_b(x)
//
// A norm alone: exact, in the eigenbasis of H, where y_i = - b_i / (lambda_i + level / r) and r = ||y|| is the root of
// sum_i b_i^2 / (lambda_i r + level)^2 = 1, found by Newton's method on the reciprocal norm, which is concave: from the
// left it never overshoots (More and Sorensen 1983 do the same for trust regions). No norm: sweeps over the block. Norm
// and l1 or a sign: proximal steps 1 / lambda_max, as for blocks too large for a matrix.
#pragma once
#include "solvers/coordinate/block_penalty.hpp"

namespace fenchel {

inline constexpr index kLargestExact = 64;  // longer blocks have no matrix: a step 1 / top

struct BlockCurve {
  double* matrix = nullptr;  // (size, size): eigenvectors of H as rows where the norm is alone, else H; null: too large
  double* values = nullptr;  // (size) eigenvalues
  double top = 0;            // >= the largest
};

class BlockStep {
 public:
  explicit BlockStep(const BlockPenalty& penalty);
  static index bytes(index largest) { return 8 * 4 * largest + 4 * 64; }
  // x: x0 in, the minimiser out; an approximate one never has a larger value.
  void update(index b, const BlockCurve& curve, const double* gradient, double* x);

 private:
  void norm_alone(double level, index size, const BlockCurve& curve, const double* gradient, double* x);
  void sweeps(index b, const BlockCurve& curve, const double* gradient, double* x);
  void prox_steps(index b, const BlockCurve& curve, const double* gradient, double* x);

  const BlockPenalty& penalty_;
  Buffer<double> b_, y_, r_, start_;
};

}  // namespace fenchel
