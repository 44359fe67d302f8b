// kkt_map.hpp -- derivatives of the solution and the multipliers of a convex quadratic program
//
//   min 1/2 x'P x + q'x   subject to   E x = e  (nu),   G x <= h  (lam)
//
// On the active constraints A the conditions are equations, K (x; mu) = (-q; b) with K = [[P, B'], [B, 0]], B = (E;
// G_A):
//
//   jvp   K (dx; dmu) = (- dP x - dq - dB' mu;  db - dB x)
//   vjp   K (u; w) = (x'; mu'),   q' = -u,  P' = -(u x' + x u') / 2,  b' = w,  B' = -(mu u' + w x')
//
// Derivatives of other constraints are 0. First a Newton step on A lands on the solution itself, so an inexact point
// costs no accuracy; then every multiplier of A and every slack off A says how far the active set is from changing.
// Where a pair (lam_i, slack_i) vanishes the derivative is that of one side (ambiguous), and where K is singular there
// is none: it is never pseudo-inverted. Amos and Kolter, OptNet (2017), eq. 6-8, without the rows lam_i (G x - h)_i,
// which are singular there; Fiacco, Sensitivity analysis (1976).
#pragma once
#include "solvers/bilevel/derivative_declared.hpp"
#include "solvers/bilevel/kkt_point.hpp"

namespace fenchel {

// at: q and x, E with e and nu, G with h and lam; P or pairs may be absent. vjp reads cotangents x, nu, lam of the
// bundle and writes P, q, E, e, G, h; jvp the other way round; absent: 0, or not wanted. SINGULAR, UNCERTIFIED; nothing
// is written then.
DerivativeResult kkt_vjp(const KktBundle& at, const KktBundle& bundle, const DerivativeSettings& settings);
DerivativeResult kkt_jvp(const KktBundle& at, const KktBundle& bundle, const DerivativeSettings& settings);

}  // namespace fenchel
