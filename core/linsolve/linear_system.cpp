#include "linsolve/linear_system.hpp"

#include <algorithm>
#include <cmath>

#include "kernels/kernels.hpp"
#include "linsolve/cholesky.hpp"

namespace fenchel {
namespace {

double norm(const double* x, index n) { return std::sqrt(kernels::table<double>().dot(x, x, n)); }

// ||b - A x||, with n doubles of work.
double fresh_residual(SquareMap& A, const double* b, const double* x, double* work) {
  const index n = A.size();
  A.apply(x, work);
  for (index i = 0; i < n; ++i) work[i] = b[i] - work[i];
  return norm(work, n);
}

index back_end_memory(LinearSolver solver, index n, const LinearLimits& limits) {
  switch (solver) {
    case LinearSolver::cg:
      return 4 * n + 2 * limits.max_iter;
    case LinearSolver::minres:
      return 7 * n;
    case LinearSolver::gmres:
      return (limits.restart + 1) * n + (limits.restart + 5) * (limits.restart + 2);
    case LinearSolver::lsmr:
      return 5 * n;
    case LinearSolver::neumann:
      return 3 * n;
    default:
      return 2 * n * n + 3 * n + cholesky_workspace(n);
  }
}

}  // namespace

LinearSolver choose_linear(const SquareMap& A, const LinearLimits& limits) {
  if (A.size() <= limits.dense_limit || A.has_factor()) return LinearSolver::direct;
  return A.symmetric() ? LinearSolver::cg : LinearSolver::gmres;
}

index linear_memory(LinearSolver solver, index n, const LinearLimits& limits) {
  if (solver != LinearSolver::automatic) return n + back_end_memory(solver, n, limits);
  const index iterative =
      std::max(back_end_memory(LinearSolver::cg, n, limits), back_end_memory(LinearSolver::gmres, n, limits));
  return n + (n <= limits.dense_limit ? back_end_memory(LinearSolver::direct, n, limits) : iterative);
}

LinearReport solve_linear(SquareMap& A, LinearSolver solver, const double* b, double* x, const LinearLimits& limits,
                          Buffer<double>& memory) {
  const index n = A.size();
  LinearReport report;
  report.solver = solver == LinearSolver::automatic ? choose_linear(A, limits) : solver;
  report.scale = norm(b, n);
  if (report.scale == 0) {  // also n = 0; a start that is not zero must not survive
    for (index i = 0; i < n; ++i) x[i] = 0;
    report.converged = true;
    return report;
  }
  memory.resize(n + back_end_memory(report.solver, n, limits));
  double* const work = memory.data() + n;
  switch (report.solver) {
    case LinearSolver::cg:
      conjugate_gradients(A, b, x, limits, work, report);
      break;
    case LinearSolver::minres:
      minres(A, b, x, limits, work, report);
      break;
    case LinearSolver::gmres:
      gmres(A, b, x, limits, work, report);
      break;
    case LinearSolver::lsmr:
      lsmr(A, b, x, limits, work, report);
      break;
    case LinearSolver::neumann:
      neumann_series(A, b, x, limits, work, report);
      break;
    default:
      dense_solve(A, b, x, work, report);
  }
  report.residual = fresh_residual(A, b, x, memory.data());
  ++report.products;
  report.converged = report.residual <= limits.tol * report.scale;
  return report;
}

}  // namespace fenchel
