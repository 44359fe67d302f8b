// unrolled_reverse_mode.cpp -- the derivative of f(x_K, theta) with x_{k+1} = T(x_k, theta) from the x given, backwards
// through the last `kept` iterations:
//
//   a_K = df/dx,   z = df/dtheta + sum_k (dT/dtheta)^T a_{k+1},   a_k = (dT/dx)^T a_{k+1}
//
// With all of them the exact derivative of the K-th iterate; with the last few (truncated) the Neumann series of that
// many terms, once x has converged. Iterates that do not fit into checkpoint_bytes are computed again
// (checkpoints.hpp).
#include "base/error.hpp"
#include "solvers/bilevel/oracles/checkpoints.hpp"
#include "solvers/bilevel/oracles/hypergradient.hpp"
#include "solvers/bilevel/oracles/unrolled_step.hpp"

namespace fenchel {
namespace {

class UnrolledReverseMode final : public HypergradientSolver {
 public:
  UnrolledReverseMode(BilevelCalls& calls, const BilevelSettings& settings)
      : calls_(calls),
        settings_(settings),
        iterations_(settings.unroll_iter),
        first_(first(settings)),
        step_(calls, settings),
        kept_(slots(calls, settings), calls.n()) {
    for (Vector* v : {&point_, &next_, &a_}) v->resize(size_of(calls.n()));
  }

  void at(const double* theta, const HypergradientAccuracy& accuracy, HypergradientState& state,
          Control& control) override {
    BilevelConstants constants = calls_.constants(theta);
    step_.start(theta, constants, state.x.data());
    state.lower = {};
    while (!forward(theta, state, control)) continue;
    state.x = next_;
    state.value = calls_.upper(state.x.data(), theta, a_.data(), state.z.data());
    backward(theta, state.z, control);
    state.lower.iterations += iterations_;
    state.lower.step = step_.size();
    state.lower.residual = step_.residual(theta, state.x.data());
    state.lower.converged = state.lower.residual <= accuracy.lower;
    state.memory = kept_.bytes();
    state.status = state.lower.converged ? DerivativeStatus::uncertified : DerivativeStatus::not_converged;
  }

 private:
  static index first(const BilevelSettings& settings) {
    const bool truncated = static_cast<HypergradientMode>(settings.hypergradient_mode) == HypergradientMode::truncated;
    return truncated ? std::max<index>(0, settings.unroll_iter - settings.kept_iter) : 0;
  }
  static index slots(const BilevelCalls& calls, const BilevelSettings& settings) {
    const index bytes = calls.n() * static_cast<index>(sizeof(double));
    if (settings.checkpoint_bytes < bytes)
      fail(Status::RANGE, "checkpoint_bytes is %; legal: at least those of one iterate, %", settings.checkpoint_bytes,
           bytes);
    return std::min(settings.checkpoint_bytes / bytes, settings.unroll_iter - first(settings));
  }

  // point_ = x_{end - 1} from the youngest checkpoint, leaving more of them on the way.
  bool run(const double* theta, index end, Control& control) {
    copy(kept_.x(), calls_.n(), point_.data());
    step_.restart();
    index at = kept_.number(), stride = kept_.stride(at, end), keep = at + stride;
    for (; at < end - 1; ++at) {
      if (stride > 0 && at == keep) {
        kept_.push(at, point_.data());
        stride = kept_.stride(at, end);
        keep = at + stride;
      }
      if (!control.poll()) throw Stopped{};
      if (!step_.advance(theta, point_.data(), next_.data())) return false;
      std::swap(point_, next_);
    }
    return true;
  }

  // next_ = x_K, point_ = x_{K - 1}. False: with a shorter step, again.
  bool forward(const double* theta, HypergradientState& state, Control& control) {
    kept_.clear();
    point_ = state.x;
    step_.restart();
    for (index k = 0; k < first_; ++k) {
      if (!control.poll()) throw Stopped{};
      if (!step_.advance(theta, point_.data(), next_.data())) return again(state, k);
      std::swap(point_, next_);
    }
    kept_.push(first_, point_.data());
    if (!run(theta, iterations_, control)) return again(state, iterations_);
    if (!step_.advance(theta, point_.data(), next_.data())) return again(state, iterations_);
    return true;
  }
  static bool again(HypergradientState& state, index wasted) {
    state.lower.iterations += wasted;
    return false;
  }

  void backward(const double* theta, Vector& z, Control& control) {
    for (index end = iterations_; end > first_; --end) {
      if (end < iterations_) run(theta, end, control);
      step_.back(theta, point_.data(), a_, z);
      if (kept_.number() == end - 1) kept_.pop();
    }
  }

  BilevelCalls& calls_;
  const BilevelSettings& settings_;
  const index iterations_, first_;
  UnrolledStep step_;
  Checkpoints kept_;
  Vector point_, next_, a_;
};

}  // namespace

std::unique_ptr<HypergradientSolver> make_unrolled_reverse(BilevelCalls& calls, const BilevelSettings& settings) {
  return std::make_unique<UnrolledReverseMode>(calls, settings);
}

}  // namespace fenchel
