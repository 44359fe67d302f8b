#include "solvers/bilevel/kkt_system.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/kernels.hpp"
#include "linsolve/cholesky.hpp"
#include "linsolve/gemm.hpp"
#include "linsolve/symmetric_eigen.hpp"

namespace fenchel {
namespace {

constexpr double kEps = std::numeric_limits<double>::epsilon();
constexpr int kRefinements = 4;

double norm(const double* x, index n) { return std::sqrt(kernels::table<double>().dot(x, x, n)); }
double pivot_floor(index n) { return kEps * static_cast<double>(std::max<index>(n, 64)); }

}  // namespace

KktSystem::KktSystem(const KktPoint& point, const std::vector<index>& active)
    : n_(point.n), k_(point.p + static_cast<index>(active.size())) {
  P_scale_ = 0;
  for (const double v : point.P) P_scale_ = std::max(P_scale_, std::abs(v));
  if (P_scale_ > 0) {
    P_.resize(n_ * n_);
    for (index i = 0; i < n_ * n_; ++i) P_[i] = point.P[i] / P_scale_;
  } else {
    P_scale_ = 1;
  }
  B_.resize(k_ * n_);
  row_scale_.resize(k_);
  for (index i = 0; i < k_; ++i) {
    const index at = i < point.p ? i : active[static_cast<std::size_t>(i - point.p)];
    const double* from = (i < point.p ? point.E.data() : point.G.data()) + at * n_;
    const double scale = i < point.p ? point.e_norm[at] : point.g_norm[at];
    row_scale_[i] = scale > 0 ? scale : 1.0;
    for (index j = 0; j < n_; ++j) B_[i * n_ + j] = from[j] / row_scale_[i];
  }
  for (Buffer<double>* buffer : {&t_, &spare_, &scaled_, &answer_}) buffer->resize(n_ + k_);
}

void KktSystem::apply(const double* v, double* out) {
  const auto& kernels = kernels::table<double>();
  for (index i = 0; i < n_; ++i) out[i] = P_.empty() ? 0.0 : kernels.dot(P_.data() + i * n_, v, n_);
  for (index i = 0; i < k_; ++i) {
    kernels.axpy(v[n_ + i], row(i), out, n_);
    out[n_ + i] = kernels.dot(row(i), v, n_);
  }
}

void KktSystem::factor() {
  if (factored_) return;
  const index all = n_ + k_;
  Buffer<double> work(std::max(cholesky_workspace(all), gemm_workspace<double>(all, all, all)));
  L_.resize(all * all);
  L_.fill(0.0);
  gemm<double>(Trans::yes, Trans::no, n_, n_, k_, 1.0, B_.data(), n_, B_.data(), n_, 0.0, L_.data(), all, work.data());
  for (index i = 0; i < n_ && !P_.empty(); ++i)
    for (index j = 0; j < n_; ++j) L_[i * all + j] += P_[i * n_ + j];
  // B L^{-T} comes out of factoring [[M, B'], [B, 2 I]]: S <= I, so only M can fail.
  for (index i = 0; i < k_; ++i) {
    std::copy(row(i), row(i) + n_, L_.data() + (n_ + i) * all);
    L_[(n_ + i) * all + n_ + i] = 2;
  }
  if (!cholesky(all, L_.data(), all, pivot_floor(all), work.data()))
    fail(Status::SINGULAR,
         "P is not positive definite on the kernel of the % active constraints: the solution, or its derivative, is "
         "not unique; a small multiple of the identity added to P makes it so",
         k_);
  S_.resize(k_ * k_);
  const double* below = L_.data() + n_ * all;
  bool independent = true;
  for (const double* rows : {static_cast<const double*>(B_.data()),
                             below}) {  // the Gram matrix of B alone first: M may be badly conditioned
    const index ld = rows == below ? all : n_;
    gemm<double>(Trans::no, Trans::yes, k_, k_, n_, 1.0, rows, ld, rows, ld, 0.0, S_.data(), k_, work.data());
    independent = independent && cholesky(k_, S_.data(), k_, pivot_floor(k_), work.data());
  }
  if (!independent)
    fail(Status::SINGULAR,
         "the % active constraints are linearly dependent: the multipliers are not unique and have no derivative; drop "
         "a redundant constraint",
         k_);
  factored_ = true;
}

void KktSystem::direct(const double* b, double* x) {
  const auto& kernels = kernels::table<double>();
  double* t = t_.data();
  std::copy(b, b + n_, t);
  for (index i = 0; i < k_; ++i) kernels.axpy(b[n_ + i], row(i), t, n_);
  std::copy(t, t + n_, x);
  cholesky_solve(n_, L_.data(), n_ + k_, x);
  double* w = x + n_;
  for (index i = 0; i < k_; ++i) w[i] = kernels.dot(row(i), x, n_) - b[n_ + i];
  cholesky_solve(k_, S_.data(), k_, w);
  for (index i = 0; i < k_; ++i) kernels.axpy(-w[i], row(i), t, n_);
  std::copy(t, t + n_, x);
  cholesky_solve(n_, L_.data(), n_ + k_, x);
}

LinearReport KktSystem::refine(const double* b, double* x, const LinearLimits& limits) {
  LinearReport report;
  report.solver = LinearSolver::direct;
  report.scale = norm(b, size());
  factor();
  direct(b, x);
  Buffer<double> r(size());
  double best = kInf;
  for (int k = 0; k <= kRefinements; ++k) {
    apply(x, r.data());
    ++report.products;
    for (index i = 0; i < size(); ++i) r[i] = b[i] - r[i];
    const double found = norm(r.data(), size());
    if (!(found < 0.5 * best)) break;
    best = found;
    report.residual = found;
    if (found <= 1e-3 * limits.tol * report.scale) break;
    direct(r.data(), spare_.data());
    ++report.iterations;
    for (index i = 0; i < size(); ++i) x[i] += spare_[i];
  }
  report.converged = report.residual <= limits.tol * report.scale;
  return report;
}

LinearReport KktSystem::solve(LinearSolver solver, const double* rhs, double* x, const LinearLimits& limits) {
  if (solver == LinearSolver::cg || solver == LinearSolver::neumann)
    fail(Status::UNSUPPORTED,
         "linear_solver %: the system of active constraints is not positive definite; direct, minres, gmres and lsmr "
         "solve it",
         solver == LinearSolver::cg ? "cg" : "neumann");
  for (index i = 0; i < n_; ++i) scaled_[i] = rhs[i] / P_scale_;
  for (index i = 0; i < k_; ++i) scaled_[n_ + i] = rhs[n_ + i] / row_scale_[i];
  answer_.fill(0.0);
  LinearReport report;
  if (solver == LinearSolver::automatic || solver == LinearSolver::direct) {
    report = refine(scaled_.data(), answer_.data(), limits);
  } else {
    Buffer<double> memory;
    report = solve_linear(*this, solver, scaled_.data(), answer_.data(), limits, memory);
    if (report.singular && !report.converged)
      fail(Status::SINGULAR, "the system of the % active constraints is singular (relative residual %)", k_,
           report.residual / report.scale);
  }
  std::copy(answer_.begin(), answer_.begin() + n_, x);
  for (index i = 0; i < k_; ++i) x[n_ + i] = answer_[n_ + i] * P_scale_ / row_scale_[i];
  residual(rhs, x, spare_.data());
  report.residual = norm(spare_.data(), size());
  report.scale = norm(rhs, size());
  return report;
}

void KktSystem::residual(const double* rhs, const double* x, double* r) {
  for (index i = 0; i < n_; ++i) t_[i] = x[i];
  for (index i = 0; i < k_; ++i) t_[n_ + i] = x[n_ + i] * row_scale_[i] / P_scale_;
  apply(t_.data(), r);
  for (index i = 0; i < n_; ++i) r[i] = rhs[i] - r[i] * P_scale_;
  for (index i = 0; i < k_; ++i) r[n_ + i] = rhs[n_ + i] - r[n_ + i] * row_scale_[i];
}

double KktSystem::smallest_eigenvalue() const {
  const index all = size();
  Buffer<double> K(all * all, 0.0), values(all);
  for (index i = 0; i < n_ && !P_.empty(); ++i)
    for (index j = 0; j < n_; ++j) K[i * all + j] = P_[i * n_ + j] * P_scale_;
  for (index i = 0; i < k_; ++i)
    for (index j = 0; j < n_; ++j) K[(n_ + i) * all + j] = row(i)[j] * row_scale_[i];
  Buffer<std::byte> memory(symmetric_eigen_bytes(all));
  if (symmetric_eigen(all, K.data(), values.data(), kInf, Scratch(memory)) < 0) return 0;
  double least = kInf, most = 0;
  for (const double v : values) least = std::min(least, std::abs(v)), most = std::max(most, std::abs(v));
  return std::max(0.0, least - 16 * pivot_floor(all) * most);
}

}  // namespace fenchel
