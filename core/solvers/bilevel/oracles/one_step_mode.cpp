// one_step_mode.cpp -- solve the lower level, take one more iteration x+ = T(x, theta), and differentiate that one only
// (Bolte, Pauwels and Vaiter, 2023): z = df/dtheta + (dT/dtheta)^T df/dx at x+.
//
// After newton_cg T is a Newton step, dT/dtheta = - H^{-1} J + O(|| dh/dx ||): exact in the limit, for one linear
// system to move and one to differentiate. After the other methods it is a (proximal) gradient step, dT/dtheta = P - s
// M J: no second derivatives in x at all, wrong by the contraction rate || dT/dx ||.
#include "base/error.hpp"
#include "solvers/bilevel/oracles/adjoint_map.hpp"
#include "solvers/bilevel/oracles/unrolled_step.hpp"

namespace fenchel {
namespace {

class OneStepMode final : public HypergradientSolver {
 public:
  OneStepMode(BilevelCalls& calls, LowerSolver& lower, const BilevelSettings& settings)
      : calls_(calls),
        lower_(lower),
        settings_(settings),
        newton_(choose_lower(calls, settings) == LowerMethod::newton_cg),
        solution_(calls, lower, settings),
        map_(calls, settings, solution_),
        step_(calls, settings),
        cross_(size_of(calls.m())) {
    for (Vector* v : {&a_, &next_, &moved_}) v->resize(size_of(calls.n()));
  }

  void at(const double* theta, const HypergradientAccuracy& accuracy, HypergradientState& state,
          Control& control) override {
    solution_.solve(theta, accuracy.lower, state, control);
    state.linear_iterations = 0;
    bool solved = true;
    if (newton_)
      solved = newton(theta, accuracy.linear, state);
    else
      gradient(theta, state);
    state.lower.residual = newton_ ? norm_of_gradient(theta, state.x) : step_.residual(theta, state.x.data());
    state.lower.converged = state.lower.converged || state.lower.residual <= accuracy.lower;
    const bool good = solved && state.lower.converged;
    state.status = good ? DerivativeStatus::uncertified : DerivativeStatus::not_converged;
  }

 private:
  bool newton(const double* theta, double accuracy, HypergradientState& state) {
    map_.bind(state.x, theta);
    fill(moved_.data(), calls_.n(), 0.0);
    const LinearReport move = map_.solve(solution_.slope.data(), moved_.data(), accuracy);
    for (std::size_t j = 0; j < next_.size(); ++j) next_[j] = state.x[j] - moved_[j];
    state.value = calls_.upper(next_.data(), theta, a_.data(), state.z.data());
    const LinearReport report = map_.solve(a_.data(), state.adjoint.data(), accuracy);
    calls_.cross_t(state.x.data(), theta, state.adjoint.data(), cross_.data());
    axpy(-1.0, cross_, state.z);
    state.x = next_;
    state.linear_iterations = move.iterations + report.iterations;
    state.adjoint_residual = report.residual;
    return move.converged && report.converged;
  }

  void gradient(const double* theta, HypergradientState& state) {
    step_.start(theta, solution_.constants, state.x.data());
    if (state.lower.step > 0) step_.fix(state.lower.step);
    while (!step_.advance(theta, state.x.data(), next_.data())) continue;
    state.value = calls_.upper(next_.data(), theta, a_.data(), state.z.data());
    step_.through_theta(theta, state.x.data(), a_, state.z);
    state.x = next_;
  }

  double norm_of_gradient(const double* theta, const Vector& x) {
    calls_.lower(x.data(), theta, moved_.data(), nullptr);
    return norm2(moved_);
  }

  BilevelCalls& calls_;
  LowerSolver& lower_;
  const BilevelSettings& settings_;
  const bool newton_;
  LowerSolution solution_;
  AdjointMap map_;
  UnrolledStep step_;
  Vector a_, next_, moved_, cross_;
};

}  // namespace

std::unique_ptr<HypergradientSolver> make_one_step(BilevelCalls& calls, LowerSolver& lower,
                                                   const BilevelSettings& settings) {
  return std::make_unique<OneStepMode>(calls, lower, settings);
}

}  // namespace fenchel
