// implicit_forward_mode.cpp -- the Jacobian V = dx/dtheta by one system a parameter, then z = df/dtheta + V^T df/dx.
//
// Smooth: H V = - J. With a prox (adjoint_map.hpp): V = B + M K^+ M (B - s H B) / s with B = P - s M J, where the rows
// of P = dprox/dtheta are n calls of prox_vjp. With d_i the residual of column i and e the error of x, column i of V is
// wrong by at most e_i = (d_i + (L_J + L_H ||V_i||) e) / mu, and z by
//
//   L_f e + || (e_i) || || df/dx || + (||V|| + || (e_i) ||) L_f e
#include "base/error.hpp"
#include "solvers/bilevel/oracles/adjoint_map.hpp"

namespace fenchel {
namespace {

class ImplicitForwardMode final : public HypergradientSolver {
 public:
  ImplicitForwardMode(BilevelCalls& calls, LowerSolver& lower, const BilevelSettings& settings)
      : calls_(calls), settings_(settings), solution_(calls, lower, settings), map_(calls, settings, solution_) {
    const index n = calls.n(), m = calls.m();
    for (Vector* v : {&upper_x_, &rhs_, &column_, &unit_x_}) v->resize(size_of(n));
    for (Vector* v : {&V_, &right_}) v->resize(size_of(n * m));
    residual_.resize(size_of(m));
    row_.resize(size_of(m));
    unit_.resize(size_of(m * m));
    for (index i = 0; i < m; ++i) unit_[size_of(i * m + i)] = 1;
  }

  void at(const double* theta, const HypergradientAccuracy& accuracy, HypergradientState& state,
          Control& control) override {
    const index n = calls_.n(), m = calls_.m();
    solution_.solve(theta, accuracy.lower, state, control);
    map_.bind(state.x, theta);
    state.value = calls_.upper(state.x.data(), theta, upper_x_.data(), state.z.data());
    calls_.cross(state.x.data(), theta, unit_.data(), right_.data(), m);
    if (calls_.has_prox()) add_prox(theta);
    state.linear_iterations = 0;
    bool converged = true;
    double ritz_low = 0;
    for (index i = 0; i < m; ++i) {
      if (!control.poll()) throw Stopped{};
      const LinearReport report = solve_column(theta, state.x, i, accuracy.linear);
      state.linear_iterations += report.iterations;
      converged = converged && report.converged;
      if (report.ritz_low > 0) ritz_low = ritz_low > 0 ? std::min(ritz_low, report.ritz_low) : report.ritz_low;
      state.z[size_of(i)] += dot(V_.data() + i * n, upper_x_.data(), n);
    }
    state.adjoint_residual = norm2(residual_);
    judge_solution(solution_, upper_x_, ritz_low, state);
    state.bound = kInf;
    if (solution_.constants.mu > 0 && !calls_.has_prox() && !calls_.counts.differences) state.bound = bound(state);
    state.estimate = kInf;
    judge_status(solution_, settings_, converged, state);
  }

 private:
  // right_ = B, rows of length n.
  void add_prox(const double* theta) {
    const index n = calls_.n(), m = calls_.m();
    for (index i = 0; i < m; ++i) {
      map_.jacobian(right_.data() + i * n, column_.data());
      for (index j = 0; j < n; ++j) right_[size_of(i * n + j)] = -solution_.step * column_[size_of(j)];
    }
    fill(unit_x_.data(), n, 0.0);
    for (index j = 0; j < n; ++j) {
      unit_x_[size_of(j)] = 1;
      calls_.prox_vjp(solution_.before.data(), theta, solution_.step, unit_x_.data(), nullptr, row_.data());
      unit_x_[size_of(j)] = 0;
      for (index i = 0; i < m; ++i) right_[size_of(i * n + j)] += row_[size_of(i)];
    }
  }

  // The column of the last theta is where it starts.
  LinearReport solve_column(const double* theta, const Vector& x, index i, double accuracy) {
    const index n = calls_.n();
    double *const v = V_.data() + i * n, *const b = right_.data() + i * n;
    LinearReport report;
    if (!calls_.has_prox()) {
      for (index j = 0; j < n; ++j) rhs_[size_of(j)] = -b[j];
      report = map_.solve(rhs_.data(), v, accuracy);
    } else {
      const double s = solution_.step;
      calls_.hvp(x.data(), theta, b, column_.data());
      for (index j = 0; j < n; ++j) column_[size_of(j)] = b[j] / s - column_[size_of(j)];
      map_.jacobian(column_.data(), rhs_.data());
      fill(column_.data(), n, 0.0);
      report = map_.solve(rhs_.data(), column_.data(), accuracy);
      map_.jacobian(column_.data(), v);
      axpy(1.0, b, n, v);
    }
    residual_[size_of(i)] = report.residual;
    return report;
  }

  double bound(const HypergradientState& state) const {
    const BilevelConstants& known = solution_.constants;
    const index n = calls_.n();
    const double e = state.x_error;
    double errors = 0;
    for (index i = 0; i < calls_.m(); ++i) {
      const double size = norm2(V_.data() + i * n, n);
      const double error =
          (residual_[size_of(i)] + product(known.cross_lipschitz, e) + product(known.hessian_lipschitz, size * e)) /
          known.mu;
      errors += error * error;
    }
    errors = std::sqrt(errors);
    return product(errors, norm2(upper_x_)) + product(known.upper_lipschitz, e) * (1 + norm2(V_) + errors);
  }

  BilevelCalls& calls_;
  const BilevelSettings& settings_;
  LowerSolution solution_;
  AdjointMap map_;
  Vector upper_x_, rhs_, column_, unit_x_, V_, right_, residual_, row_, unit_;
};

}  // namespace

std::unique_ptr<HypergradientSolver> make_implicit_forward(BilevelCalls& calls, LowerSolver& lower,
                                                           const BilevelSettings& settings) {
  return std::make_unique<ImplicitForwardMode>(calls, lower, settings);
}

}  // namespace fenchel
