#include "solvers/bilevel/squares_path.hpp"

#include <algorithm>
#include <cmath>

#include "kernels/kernels.hpp"

namespace fenchel {
namespace {

constexpr double kFarthest = 2.5;  // times the last move that a secant is followed

}  // namespace

void SquaresPath::start_on_secant(double t, double* x) {
  if (t == t_ || std::isnan(t)) return;
  const index n = newton_.whole_gradient().size();
  const double ratio = (t - t_) / (t_ - t_before_);  // NaN without two solutions
  before_.resize(n);
  for (index j = 0; j < n; ++j) {
    const double last = x[j];
    if (std::abs(ratio) <= kFarthest) x[j] += ratio * (last - before_[j]);
    before_[j] = last;
  }
  t_before_ = t_;
  t_ = t;
}

MinimizeResult SquaresPath::solve(const double* d, double tol, double roughness, double t,
                                  const std::atomic<bool>* cancel, double* x) {
  start_on_secant(t, x);
  return newton_.solve(d, tol, roughness, 1000, cancel, x);
}

void SquaresPath::solve_adjoint(const double* d, const Buffer<double>& slope, double tol) {
  if (adjoint_.empty()) {
    adjoint_.resize(slope.size());
    adjoint_.fill(0.0);
  }
  newton_.adjoint(d, slope.data(), tol, adjoint_.data());
}

double SquaresPath::correction() const {
  if (adjoint_.empty()) return 0;
  return kernels::table<double>().dot(adjoint_.data(), newton_.whole_gradient().data(), adjoint_.size());
}

}  // namespace fenchel
