// unrolled_forward_mode.cpp -- the derivative of the K-th iterate forwards, D_k = dx_k/dtheta (n, m):
//
//   D_0 = 0,   D_{k+1} = M (D_k - s (H D_k + J)) + P,   z = df/dtheta + D_K^T df/dx
//
// Three blocks of n m numbers whatever K; the Jacobian P of the prox by theta is n calls of prox_vjp an iteration.
#include "base/error.hpp"
#include "solvers/bilevel/oracles/hypergradient.hpp"
#include "solvers/bilevel/oracles/unrolled_step.hpp"

namespace fenchel {
namespace {

class UnrolledForwardMode final : public HypergradientSolver {
 public:
  UnrolledForwardMode(BilevelCalls& calls, const BilevelSettings& settings)
      : calls_(calls), settings_(settings), step_(calls, settings), unit_(size_of(calls.m() * calls.m())) {
    const index n = calls.n(), m = calls.m();
    for (Vector* v : {&point_, &next_, &before_, &unit_x_, &upper_x_}) v->resize(size_of(n));
    for (Vector* v : {&D_, &product_, &cross_}) v->resize(size_of(n * m));
    row_.resize(size_of(m));
    for (index i = 0; i < m; ++i) unit_[size_of(i * m + i)] = 1;
  }

  void at(const double* theta, const HypergradientAccuracy& accuracy, HypergradientState& state,
          Control& control) override {
    step_.start(theta, calls_.constants(theta), state.x.data());
    state.lower = {};
    while (!forward(theta, state, control)) continue;
    state.x = point_;
    state.value = calls_.upper(state.x.data(), theta, upper_x_.data(), state.z.data());
    const index n = calls_.n();
    for (index i = 0; i < calls_.m(); ++i) state.z[size_of(i)] += dot(D_.data() + i * n, upper_x_.data(), n);
    state.lower.step = step_.size();
    state.lower.residual = step_.residual(theta, state.x.data());
    state.lower.converged = state.lower.residual <= accuracy.lower;
    state.memory = 3 * length(D_) * static_cast<index>(sizeof(double));
    state.status = state.lower.converged ? DerivativeStatus::uncertified : DerivativeStatus::not_converged;
  }

 private:
  // False: with a shorter step, again.
  bool forward(const double* theta, HypergradientState& state, Control& control) {
    point_ = state.x;
    step_.restart();
    fill(D_.data(), length(D_), 0.0);
    for (index k = 0; k < settings_.unroll_iter; ++k) {
      if (!control.poll()) throw Stopped{};
      ++state.lower.iterations;
      if (!step_.advance(theta, point_.data(), next_.data())) return false;
      tangent(theta);
      std::swap(point_, next_);
    }
    return true;
  }

  // D_ := its successor, at point_.
  void tangent(const double* theta) {
    const index n = calls_.n(), m = calls_.m();
    const double s = step_.size();
    calls_.hvp(point_.data(), theta, D_.data(), product_.data(), m);
    calls_.cross(point_.data(), theta, unit_.data(), cross_.data(), m);
    for (std::size_t k = 0; k < D_.size(); ++k) D_[k] -= s * (product_[k] + cross_[k]);
    if (!calls_.has_prox()) return;
    step_.before(theta, point_.data(), before_);
    for (index i = 0; i < m; ++i)
      calls_.prox_vjp(before_.data(), theta, s, D_.data() + i * n, product_.data() + i * n, nullptr);
    D_.swap(product_);
    fill(unit_x_.data(), n, 0.0);
    for (index j = 0; j < n; ++j) {
      unit_x_[size_of(j)] = 1;
      calls_.prox_vjp(before_.data(), theta, s, unit_x_.data(), nullptr, row_.data());
      unit_x_[size_of(j)] = 0;
      for (index i = 0; i < m; ++i) D_[size_of(i * n + j)] += row_[size_of(i)];
    }
  }

  BilevelCalls& calls_;
  const BilevelSettings& settings_;
  UnrolledStep step_;
  Vector point_, next_, before_, unit_x_, upper_x_, D_, product_, cross_, row_, unit_;
};

}  // namespace

std::unique_ptr<HypergradientSolver> make_unrolled_forward(BilevelCalls& calls, const BilevelSettings& settings) {
  return std::make_unique<UnrolledForwardMode>(calls, settings);
}

}  // namespace fenchel
