// implicit.hpp -- the derivative of any x*(theta) with F(x*, theta) = 0, from products with the Jacobians of F alone:
// the condition, not the solver that found x*, decides it.
//
//   vjp   (dF/dx)^T u = c,    c_theta = - (dF/dtheta)^T u
//   jvp   (dF/dx) v = - (dF/dtheta) d
//
// Blondel et al., Efficient and modular implicit differentiation (2022), eq. 5 and 6.
#pragma once
#include "base/array_view.hpp"
#include "solvers/bilevel/derivative_declared.hpp"

namespace fenchel {

// Which product a callback computes. Vectors are double, (n) of x, (m) of theta.
enum class RootProduct : std::int32_t {
  dx = 0,             // (n) -> (n)
  dx_transposed,      // (n) -> (n)
  dtheta,             // (m) -> (n)
  dtheta_transposed,  // (n) -> (m)
  precondition,       // (n) -> (n): about the inverse of dF/dx
  diagonal,           // ones -> (n): that of dF/dx, or of T's Jacobian
};
using RootProductFn = std::int32_t (*)(void* user, std::int32_t what, const double* in, double* out);

struct Root {
  index n = 0, m = 0;
  RootProductFn product = nullptr;
  void* user = nullptr;
  bool symmetric = false;       // dF/dx is: dx_transposed is never asked for
  bool fixed_point = false;     // x = T(x, theta): the products are those of T, F = x - T
  bool preconditioned = false;  // precondition works (cg)
  bool has_diagonal = false;    // diagonal works: Jacobi's preconditioner, where there is no other
};

// adjoint, (n): the start (its contents) and the answer u, where ndim is not 0. SINGULAR, UNCERTIFIED, CALLBACK;
// Stopped where a callback cancels. The error of u is bounded by residual / mu with settings.mu, the caller's.
DerivativeResult implicit_vjp(const Root& root, const ArrayView& cotangent, const ArrayView& adjoint,
                              const ArrayView& out, const DerivativeSettings& settings);
DerivativeResult implicit_jvp(const Root& root, const ArrayView& tangent, const ArrayView& out,
                              const DerivativeSettings& settings);

}  // namespace fenchel
