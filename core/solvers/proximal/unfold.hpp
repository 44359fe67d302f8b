// unfold.hpp -- a fixed number T of proximal gradient steps as a function of its parameters, and that function's
// derivative:
//
//   v_t = x_t - s_t grad f(x_t),   x_{t+1} = prox_{s_t h_t g}(v_t),   t = 0 ... T - 1
//
// s_t the steps, h_t the thresholds' factors. With g = l1 this is unfolded ISTA, with l0 or top-k unfolded IHT. Reverse
// mode, with c the cotangent of x_{t+1}, p = x_{t+1}, J the Jacobian of prox at v_t, H the Hessian of f at x_t:
//
//   w = J^T c,   e = - <w, (v_t - p) / (s_t h_t)>,   ds_t = h_t e - <w, grad f(x_t)>,   dh_t = s_t e,   c <- w - s_t H
//   w.
//
// Where prox jumps (hard thresholds) J is that of the branch taken. A factor h_t = 0 makes prox the identity; its
// derivative is given as 0 there. Memory T n. Gregor and LeCun, Learning fast approximations of sparse coding (2010).
#pragma once
#include "base/array_view.hpp"
#include "solvers/composite/composite_problem.hpp"

namespace fenchel {

struct UnfoldInput {
  ArrayView steps;       // (T), > 0
  ArrayView thresholds;  // (T), >= 0; ndim 0: ones
  ArrayView x0;          // (n); ndim 0: zero
};

// x (n); objectives (T) or ndim 0: f + g after each iteration. UNSUPPORTED unless the problem has f, and one simple
// term at most, without operator.
void unfold(const CompositeProblem& problem, const UnfoldInput& input, const ArrayView& x, const ArrayView& objectives);

// cotangent (n) of x; the gradients (T), (T), (n) may be absent (ndim 0). Needs SMOOTH_HVP and PROX_VJP.
struct UnfoldGradients {
  ArrayView steps, thresholds, x0;
};
void unfold_vjp(const CompositeProblem& problem, const UnfoldInput& input, const ArrayView& cotangent,
                const UnfoldGradients& gradients);

}  // namespace fenchel
