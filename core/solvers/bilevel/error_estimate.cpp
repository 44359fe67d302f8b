#include "solvers/bilevel/error_estimate.hpp"

#include <cmath>

namespace fenchel {
namespace {

constexpr double kRough = 0.02;     // relative residual of both solves
constexpr double kNothing = 1e-12;  // a right-hand side this small against what it is a difference of is rounding

double norm(const Buffer<double>& v) {
  double sum = 0;
  for (const double e : v) sum += e * e;
  return std::sqrt(sum);
}

}  // namespace

ErrorEstimate::ErrorEstimate(const SolutionPoint& point, ActiveSystem& system, RepeatedSolver& solver,
                             OptimalityMap map)
    : point_(point), system_(system), solver_(solver) {
  const index k = system.size(), n = point.size();
  Buffer<double> rhs(k), step(k, 0.0), x(n);
  system.newton_rhs(rhs.data());
  const LinearReport report = solver.solve(rhs.data(), step.data(), kRough);
  products_ += report.products;
  if (!report.converged) {  // rounding need not lie in the range of a semidefinite system
    if (!(norm(rhs) <= kNothing * norm(point.gradient))) return;
    step.fill(0.0);
  }
  system.newton_point(step.data(), x.data());
  ArrayView view;
  view.ndim = 1;
  view.data = x.data();
  view.shape[0] = n;
  view.strides[0] = sizeof(double);
  near_ = std::make_unique<SolutionPoint>(*point.problem, view);
  if (system.constant()) return;
  moved_ = make_active_system(*near_, map);
  if (moved_->size() != k) near_ = nullptr;
}

// better := q + K^{-1} (rhs - K(x^) q)
bool ErrorEstimate::correct(const double* rhs, const double* q, Buffer<double>& better) {
  const index k = system_.size();
  Buffer<double> r(k);
  double scale = 0;
  for (index i = 0; i < k; ++i) scale += rhs[i] * rhs[i];
  better.resize(k);
  better.fill(0.0);
  there().apply(q, r.data());
  for (index i = 0; i < k; ++i) r[i] = rhs[i] - r[i];
  const LinearReport report = solver_.solve(r.data(), better.data(), kRough);
  products_ += report.products + 1;
  const bool nothing = norm(r) <= kNothing * std::sqrt(scale);
  if (!report.converged && nothing) better.fill(0.0);
  for (index i = 0; i < k; ++i) better[i] += q[i];
  return report.converged || nothing;
}

double ErrorEstimate::vjp(std::span<const SolutionParameter> parameters, const double* cotangent, const double* q,
                          std::span<const Buffer<double>> outputs) {
  if (near_ == nullptr) return kInf;
  Buffer<double> rhs(system_.size()), better, full(point_.size());
  there().reduce(cotangent, rhs.data());
  if (!correct(rhs.data(), q, better)) return kInf;
  there().expand(better.data(), full.data());
  double sum = 0;
  for (std::size_t p = 0; p < parameters.size(); ++p) {
    ParameterMap map(*near_, parameters[p]);
    Buffer<double> out(map.size());
    map.pull(full.data(), out.data());
    for (index i = 0; i < map.size(); ++i) sum += std::pow(out[i] - outputs[p][i], 2);
  }
  return std::sqrt(sum);
}

double ErrorEstimate::jvp(std::span<const SolutionParameter> parameters, std::span<const Buffer<double>> tangents,
                          const double* q, const double* dx) {
  if (near_ == nullptr) return kInf;
  const index n = point_.size();
  Buffer<double> sum(n, 0.0), full(n), rhs(system_.size()), better;
  for (std::size_t p = 0; p < parameters.size(); ++p) {
    ParameterMap(*near_, parameters[p]).push(tangents[p].data(), full.data());
    for (index j = 0; j < n; ++j) sum[j] += full[j];
  }
  there().reduce(sum.data(), rhs.data());
  if (!correct(rhs.data(), q, better)) return kInf;
  there().expand(better.data(), full.data());
  double squares = 0;
  for (index j = 0; j < n; ++j) squares += std::pow(full[j] - dx[j], 2);
  return std::sqrt(squares);
}

}  // namespace fenchel
