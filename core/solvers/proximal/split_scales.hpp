// split_scales.hpp -- what the residuals of splitting methods are relative to: the largest norms met since the start,
// so that a solution of zero does not make them undefined.
#pragma once
#include <algorithm>
#include <cmath>

#include "base/types.hpp"

namespace fenchel {

struct SplitScales {
  double primal = 0;  // of x, A_i x and the points that the simple terms see
  double dual = 0;    // of grad f and A_i^T u_i

  void see_primal(double norm) {
    if (std::isfinite(norm)) primal = std::max(primal, norm);
  }
  void see_dual(double norm) {
    if (std::isfinite(norm)) dual = std::max(dual, norm);
  }
  double relative_primal(double residual) const { return residual / (primal > 0 ? primal : 1.0); }
  double relative_dual(double residual) const { return residual / (dual > 0 ? dual : 1.0); }
  // The larger of the two; NaN if either is.
  double relative(double primal_residual, double dual_residual) const {
    const double p = relative_primal(primal_residual), d = relative_dual(dual_residual);
    return p != p || p > d ? p : d;
  }
};

}  // namespace fenchel
