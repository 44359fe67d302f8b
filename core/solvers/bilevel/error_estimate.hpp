// error_estimate.hpp -- how far a derivative of a solution is from the true one, estimated: not proved, but tight.
//
// The point and the linear system are both inexact. A Newton step on the active set, x^ = x - K^{-1} rho, is nearer to
// x* by an order, and with the residual r = c - K(x^) q of the system there
//
//   vjp   z^ = - D(x^)^T R^T (q + K^{-1} r),      || z - z^ ||  estimates  || z - z* ||
//
// to first order in both errors: the dual-weighted residuals J^T K^{-1} r and J^T K^{-1} (dK q) K^{-1} rho, with the
// derivatives of K and D taken along the step itself. Both solves are rough, their errors being of second order. Becker
// and Rannacher, An optimal control approach to a posteriori error estimation (2001); bounds: solution_map.hpp.
#pragma once
#include <span>

#include "linsolve/repeated_solver.hpp"
#include "solvers/bilevel/parameter_map.hpp"

namespace fenchel {

class ErrorEstimate {
 public:
  ErrorEstimate(const SolutionPoint& point, ActiveSystem& system, RepeatedSolver& solver, OptimalityMap map);
  // Of outputs = - D^T R^T q, one buffer a parameter; inf where the step leaves the active set or a solve fails.
  double vjp(std::span<const SolutionParameter> parameters, const double* cotangent, const double* q,
             std::span<const Buffer<double>> outputs);
  // Of dx = - R^T q, K q = R sum D d.
  double jvp(std::span<const SolutionParameter> parameters, std::span<const Buffer<double>> tangents, const double* q,
             const double* dx);
  index products() const { return products_; }

 private:
  ActiveSystem& there() { return *(moved_ == nullptr ? &system_ : moved_.get()); }
  bool correct(const double* rhs, const double* q, Buffer<double>& better);

  const SolutionPoint& point_;
  ActiveSystem& system_;
  RepeatedSolver& solver_;
  std::unique_ptr<SolutionPoint> near_;  // x^
  std::unique_ptr<ActiveSystem> moved_;  // K, R there; null: as here
  index products_ = 0;
};

}  // namespace fenchel
