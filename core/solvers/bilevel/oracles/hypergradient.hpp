// hypergradient.hpp -- dF/dtheta at one theta, with how wrong it can be; one mode a file.
//
//   implicit            H q = df/dx,   z = df/dtheta - J^T q              (reverse: one system)
//   implicit_forward    H V = J,       z = df/dtheta - V^T df/dx          (m systems)
//   unrolled, truncated, one_step     the chain rule through lower iterations x_{k+1} = T(x_k, theta)
//
// With mu a proved modulus, e = || dh/dx || / mu >= || x - x* ||, delta the adjoint system's achieved residual:
//   e_q = (delta + (L_f + L_H || q ||) e) / mu >= || q - q* ||
//   || z - dF || <= || J || e_q + L_J e || q || + L_f e
// Salehi et al. (2024), thm 2.1, with achieved residuals.
#pragma once
#include "solvers/bilevel/oracles/lower_solver.hpp"

namespace fenchel {

// What a mode is asked for. Accuracies are absolute.
struct HypergradientAccuracy {
  double lower = 0;       // of the lower level's residual
  double linear = 0;      // of the adjoint system's residual
  bool estimate = false;  // the estimate of the error as well: two systems more
};

// Where the outer loop stands: warm starts in, the answer out.
struct HypergradientState {
  Vector x;          // (n) the start and the solution of the lower level
  Vector adjoint;    // (n) q: the start and the solution; implicit only
  Vector z;          // (m) the hypergradient
  double value = 0;  // f(x, theta)
  double bound = kInf, estimate = kInf;
  double mu = 0;
  double distance = kInf;                     // of 0 from d(h + g) at x; the implicit modes know it
  double x_error = kInf, value_error = kInf;  // proved bounds of || x - x* || and of | f(x) - f(x*) |
  double adjoint_residual = 0;
  LowerReport lower;
  MuSource mu_source = MuSource::none;
  DerivativeStatus status = DerivativeStatus::uncertified;
  index linear_iterations = 0, memory = 0;
};

class HypergradientSolver {
 public:
  virtual ~HypergradientSolver() = default;
  // Throws what the oracles do, OutsideDomain where the adjoint system is singular too, UNCERTIFIED with
  // require_certified.
  virtual void at(const double* theta, const HypergradientAccuracy& accuracy, HypergradientState& state,
                  Control& control) = 0;
};

// lower: solves the lower level for the implicit modes; the unrolled ones iterate themselves, from state.x.
std::unique_ptr<HypergradientSolver> make_hypergradient(BilevelCalls& calls, LowerSolver& lower,
                                                        const BilevelSettings& settings);

// The modes.
std::unique_ptr<HypergradientSolver> make_implicit(BilevelCalls& calls, LowerSolver& lower,
                                                   const BilevelSettings& settings);
std::unique_ptr<HypergradientSolver> make_implicit_forward(BilevelCalls& calls, LowerSolver& lower,
                                                           const BilevelSettings& settings);
std::unique_ptr<HypergradientSolver> make_unrolled_reverse(BilevelCalls& calls, const BilevelSettings& settings);
std::unique_ptr<HypergradientSolver> make_unrolled_forward(BilevelCalls& calls, const BilevelSettings& settings);
std::unique_ptr<HypergradientSolver> make_one_step(BilevelCalls& calls, LowerSolver& lower,
                                                   const BilevelSettings& settings);

}  // namespace fenchel
