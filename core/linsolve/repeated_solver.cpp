#include "linsolve/repeated_solver.hpp"

#include <cmath>

#include "kernels/kernels.hpp"
#include "linsolve/cholesky.hpp"
#include "linsolve/dense_factor.hpp"

namespace fenchel {
namespace {

constexpr int kMostRefinements = 8;
constexpr double kSlow = 0.1;  // a refinement that gains less is left to a factor of the matrix itself

}  // namespace

bool RepeatedSolver::factor(LinearReport& report) {
  if (factored_) return !singular_;
  const index n = A_.size();
  factored_ = true;
  factor_.resize(n * n);
  spare_.resize(2 * n);
  write_dense(A_, factor_.data(), spare_.data(), spare_.data() + n, report);
  if (A_.symmetric()) {
    Buffer<double> kept(n * n), work(cholesky_workspace(n));
    std::copy(factor_.begin(), factor_.end(), kept.begin());
    if (cholesky(n, factor_.data(), n, dense_floor(n), work.data())) return true;
    factor_ = std::move(kept);
  }
  swaps_.resize(n);
  singular_ = !eliminate(n, factor_.data(), swaps_.data());
  return !singular_;
}

// x from a factor that is not ours: x += M^{-1} (b - A x). False: it does not converge.
bool RepeatedSolver::refine(const double* b, double* x, double tol, LinearReport& report) {
  if (factored_ || refused_ || !A_.has_factor()) return false;
  const index n = A_.size();
  const auto& kernels = kernels::table<double>();
  memory_.resize(2 * n);
  double *r = memory_.data(), *step = r + n;
  std::copy(b, b + n, r);
  std::fill(x, x + n, 0.0);
  report.residual = report.scale;
  for (int k = 0; k < kMostRefinements; ++k) {
    A_.solve_by_factor(r, step);
    kernels.axpy(1.0, step, x, n);
    A_.apply(x, r);
    ++report.products;
    ++report.iterations;
    for (index i = 0; i < n; ++i) r[i] = b[i] - r[i];
    const double before = report.residual;
    report.residual = std::sqrt(kernels.dot(r, r, n));
    if (report.residual <= tol * report.scale) return report.converged = report.reused = true;
    if (!(report.residual < kSlow * before)) break;
  }
  refused_ = true;
  return false;
}

void RepeatedSolver::substitute(double* x) const {
  if (swaps_.empty())
    cholesky_solve(A_.size(), factor_.data(), A_.size(), x);
  else
    eliminated_solve(A_.size(), factor_.data(), swaps_.data(), x);
}

LinearReport RepeatedSolver::solve(const double* b, double* x, double tol) {
  limits_.tol = tol;
  if (solver_ != LinearSolver::direct) return solve_linear(A_, solver_, b, x, limits_, memory_);
  const index n = A_.size();
  const auto& kernels = kernels::table<double>();
  LinearReport report;
  report.solver = solver_;
  report.scale = std::sqrt(kernels.dot(b, b, n));
  if (report.scale == 0) {
    std::fill(x, x + n, 0.0);
    report.converged = true;
    return report;
  }
  if (refine(b, x, tol, report)) return report;
  if (!factor(report)) {
    report.singular = true;
    std::fill(x, x + n, 0.0);
    report.residual = report.scale;
    return report;
  }
  std::copy(b, b + n, x);
  substitute(x);
  A_.apply(x, spare_.data());
  ++report.products;
  double sum = 0;
  for (index i = 0; i < n; ++i) sum += (b[i] - spare_[i]) * (b[i] - spare_[i]);
  report.residual = std::sqrt(sum);
  report.converged = report.residual <= tol * report.scale;
  return report;
}

}  // namespace fenchel
