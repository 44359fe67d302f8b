// implicit_mode.cpp -- the hypergradient by one adjoint system at the solution of the lower level.
//
// Smooth: H q = df/dx, z = df/dtheta - J^T q. With a prox (adjoint_map.hpp): K q = M df/dx / s, w = M q, u = df/dx + w
// - s H w, and z = df/dtheta - s J^T w + P^T u.
//
// The estimate of z's error is the distance to a hypergradient one Newton step further on, for x and for q:
//
//   x' = x - H^{-1} dh/dx,   q' = q - H^{-1} (H(x') q - df/dx(x')),   z' = df/dtheta(x') - J(x')^T q'
//
// to first order J^T H^{-1} times the adjoint's residual and its change along the error of x, as the dual-weighted
// estimates of goal-oriented methods (Becker and Rannacher, 2001); two systems, to 1 %.
#include "solvers/bilevel/oracles/adjoint_map.hpp"

namespace fenchel {
namespace {

class ImplicitMode final : public HypergradientSolver {
 public:
  ImplicitMode(BilevelCalls& calls, LowerSolver& lower, const BilevelSettings& settings)
      : calls_(calls), settings_(settings), solution_(calls, lower, settings), map_(calls, settings, solution_) {
    for (Vector* v : {&upper_x_, &rhs_, &w_, &ahead_, &moved_}) v->resize(size_of(calls.n()));
    cross_.resize(size_of(calls.m()));
    ahead_z_.resize(size_of(calls.m()));
  }

  void at(const double* theta, const HypergradientAccuracy& accuracy, HypergradientState& state,
          Control& control) override {
    solution_.solve(theta, accuracy.lower, state, control);
    map_.bind(state.x, theta);
    state.value = calls_.upper(state.x.data(), theta, upper_x_.data(), state.z.data());
    rhs_ = upper_x_;
    if (calls_.has_prox()) {
      map_.jacobian(upper_x_.data(), rhs_.data());
      for (double& r : rhs_) r /= solution_.step;
    }
    const LinearReport report = map_.solve(rhs_.data(), state.adjoint.data(), accuracy.linear);
    state.linear_iterations = report.iterations;
    state.adjoint_residual = report.residual;
    collect(theta, state);
    judge_solution(solution_, upper_x_, report.ritz_low, state);
    state.bound = kInf;
    if (solution_.constants.mu > 0 && !calls_.has_prox() && !calls_.counts.differences) state.bound = bound(state);
    judge_status(solution_, settings_, report.converged, state);
    state.estimate = accuracy.estimate ? estimate(theta, state) : kInf;
  }

 private:
  void collect(const double* theta, HypergradientState& state) {
    if (!calls_.has_prox()) {
      calls_.cross_t(state.x.data(), theta, state.adjoint.data(), cross_.data());
      return axpy(-1.0, cross_, state.z);
    }
    map_.jacobian(state.adjoint.data(), w_.data());
    calls_.cross_t(state.x.data(), theta, w_.data(), cross_.data());
    axpy(-solution_.step, cross_, state.z);
    calls_.hvp(state.x.data(), theta, w_.data(), rhs_.data());
    for (std::size_t j = 0; j < w_.size(); ++j) rhs_[j] = upper_x_[j] + w_[j] - solution_.step * rhs_[j];
    calls_.prox_vjp(solution_.before.data(), theta, solution_.step, rhs_.data(), nullptr, cross_.data());
    axpy(1.0, cross_, state.z);
  }

  double bound(const HypergradientState& state) const {
    const BilevelConstants& known = solution_.constants;
    const double e = state.x_error, q = norm2(state.adjoint);
    const double adjoint =
        (state.adjoint_residual + product(known.upper_lipschitz, e) + product(known.hessian_lipschitz, q * e)) /
        known.mu;
    return product(known.cross_norm, adjoint) + product(known.cross_lipschitz, e * q) +
           product(known.upper_lipschitz, e);
  }

  double estimate(const double* theta, HypergradientState& state) {
    if (calls_.has_prox() || !calls_.has_hvp()) return kInf;
    constexpr double share = 0.01;
    const auto newton = [&](const Vector& residual) {  // w_ = H^{-1} residual
      fill(w_.data(), calls_.n(), 0.0);
      const double size = norm2(residual);
      if (size > 0) state.linear_iterations += map_.solve(residual.data(), w_.data(), share * size).iterations;
    };
    newton(solution_.slope);
    for (std::size_t j = 0; j < w_.size(); ++j) moved_[j] = state.x[j] - w_[j];
    try {
      calls_.upper(moved_.data(), theta, ahead_.data(), ahead_z_.data());
      calls_.hvp(moved_.data(), theta, state.adjoint.data(), rhs_.data());
      axpy(-1.0, ahead_, rhs_);
      newton(rhs_);
      for (std::size_t j = 0; j < w_.size(); ++j) w_[j] = state.adjoint[j] - w_[j];
      calls_.cross_t(moved_.data(), theta, w_.data(), cross_.data());
    } catch (const OutsideDomain&) {
      return kInf;
    }
    axpy(-1.0, cross_, ahead_z_);
    axpy(-1.0, state.z, ahead_z_);
    return norm2(ahead_z_);
  }

  BilevelCalls& calls_;
  const BilevelSettings& settings_;
  LowerSolution solution_;
  AdjointMap map_;
  Vector upper_x_, rhs_, w_, ahead_, moved_, cross_, ahead_z_;
};

}  // namespace

std::unique_ptr<HypergradientSolver> make_implicit(BilevelCalls& calls, LowerSolver& lower,
                                                   const BilevelSettings& settings) {
  return std::make_unique<ImplicitMode>(calls, lower, settings);
}

}  // namespace fenchel
