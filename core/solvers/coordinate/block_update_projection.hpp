// block_update_projection.hpp -- two-metric projection on a set of coordinates (Bertsekas 1982; Gafni and Bertsekas
// 1984), for g = l1 |x| + l2 x^2 / 2 between bounds. Each coordinate keeps to its side of zero for the step:
//
//   held    at a kink or bound that the gradient does not leave: stays
//   near    within eps of an end of its side, moving to it: a diagonal step
//   free    the others: Newton's step with the Hessian restricted to them
//
// and the sum is projected on the sides, at the largest step of an Armijo search along the projected arc.
#pragma once
#include "solvers/coordinate/bcd_state.hpp"

namespace fenchel {

class TwoMetric {
 public:
  explicit TwoMetric(BcdState& state) : state_(state) {}
  void resize(index largest);
  static index bytes(index largest) { return 8 * (7 * largest + largest * largest); }
  // Fills state.d, aims the model; returns 1, or 0 when no step was found.
  double propose(const Block& block);

 private:
  void sides(const Block& block);
  double direction(const Block& block);
  double search(const Block& block);

  BcdState& state_;
  Buffer<double> slope_, low_, high_, way_, right_, H_;  // slope of F on the side; ends; direction before projection
  Buffer<index> free_, free_members_;
};

}  // namespace fenchel
