// split_scales.hpp -- what the residuals of splitting methods are relative to: |grad f| at the start, and the largest
// norms met in the later part of the run, at least its last half. A solution of zero does not make them undefined, and
// a wild beginning does not make them small.
#pragma once
#include <algorithm>
#include <cmath>

#include "base/types.hpp"

namespace fenchel {

class SplitScales {
 public:
  // A new iteration: when their number has doubled, what was seen before the last doubling is forgotten.
  void next() {
    if (++iterations_ < 2 * epoch_) return;
    epoch_ = iterations_;
    before_ = now_;
    now_ = {};
  }
  void start(double gradient) {
    *this = {};
    if (std::isfinite(gradient)) data_ = gradient;
  }
  void see_primal(double norm) {  // of x, A_i x and the points that the simple terms see
    if (std::isfinite(norm)) now_.primal = std::max(now_.primal, norm);
  }
  void see_dual(double norm) {  // of grad f and A_i^T u_i
    if (std::isfinite(norm)) now_.dual = std::max(now_.dual, norm);
  }
  double primal() const { return or_one(std::max(before_.primal, now_.primal)); }
  double dual() const { return or_one(std::max({data_, before_.dual, now_.dual})); }
  double relative_primal(double residual) const { return residual / primal(); }
  double relative_dual(double residual) const { return residual / dual(); }
  // The larger of the two; NaN if either is.
  double relative(double primal_residual, double dual_residual) const {
    const double p = relative_primal(primal_residual), d = relative_dual(dual_residual);
    return p != p || p > d ? p : d;
  }

 private:
  static double or_one(double norm) { return norm > 0 ? norm : 1.0; }
  struct Pair {
    double primal = 0, dual = 0;
  };
  Pair before_, now_;
  double data_ = 0;
  index iterations_ = 0, epoch_ = 4;
};

}  // namespace fenchel
