// solution_map.hpp -- derivatives of x*(theta) = argmin over x of f(x; theta) + g(x; theta), at an x near x*, whoever
// found it.
//
//   vjp   K q = R c,   c_theta = - D^T R^T q        (one linear system, however many parameters)
//   jvp   K q = R sum D d_theta,   dx = - R^T q
//
// Every answer says how wrong it can be. With mu a proved modulus of strong convexity and rho the distance of 0 from
// the subdifferential at x:  || x - x* || <= rho / mu =: e,  and where e proves that the active set is that of x*, with
// L_H the Lipschitz constant of the Hessian, L_D that of D, delta the achieved residual:
//   || q - q* || <= (delta + L_H e || q ||) / mu =: e_q,      || output error || <= || D || e_q + L_D e || q ||.
// MAID (Salehi et al., An adaptively inexact first-order method for bilevel optimization, 2024), thm 2.1, without
// tolerances: achieved residuals only; Blondel et al. (2022), thm 1.
#pragma once
#include <span>

#include "base/array_view.hpp"
#include "solvers/bilevel/derivative_declared.hpp"
#include "solvers/bilevel/parameter_map.hpp"
#include "solvers/composite/known_solution.hpp"

namespace fenchel {

// One parameter and its array, flat or (samples, classes): a cotangent out, or a tangent in.
struct ParameterArray {
  SolutionParameter which;
  ArrayView array;
};

// x (n) and cotangent (n) of the problem's dtype; arrays of parameters in f32 or f64. SINGULAR where the linear system
// is, UNCERTIFIED with require_certified where no bound is proved, SHAPE naming the parameter; nothing is written then.
// singular: where given, is told instead of SINGULAR.
DerivativeResult solution_vjp(const CompositeProblem& problem, const ArrayView& x, const ArrayView& cotangent,
                              std::span<const ParameterArray> outputs, const DerivativeSettings& settings,
                              bool* singular = nullptr, const KnownSolution& known = {});
// The derivative that an adjoint q, (n), gives, K q = R cotangent: only reads it off; solves and certifies nothing.
void pull_parameters(const CompositeProblem& problem, const ArrayView& x, const double* q,
                     std::span<const ParameterArray> outputs, const KnownSolution& known = {});
DerivativeResult solution_jvp(const CompositeProblem& problem, const ArrayView& x,
                              std::span<const ParameterArray> tangents, const ArrayView& dx,
                              const DerivativeSettings& settings, const KnownSolution& known = {});

}  // namespace fenchel
