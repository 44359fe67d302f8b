// block_extrapolation.cpp -- the value of the block model, and Anderson extrapolation, which asks for it.
#include <algorithm>

#include "kernels/kernels.hpp"
#include "solvers/coordinate/block_model.hpp"
#include "solvers/coordinate/extrapolation_weights.hpp"

namespace fenchel {

// m(d) - m(0)
double BlockModel::model_value() {
  double smooth = 0, simple = 0;
  gradients(0, count_, grad_.data());
  for (index k = 0; k < count_; ++k) smooth += 0.5 * step(k) * (q_[k] + grad_[k]);
  for (index w = 0; w < in_.count; ++w)
    simple += penalty_.value(in_.list[w], x_.data() + at_[w]) - penalty_.value(in_.list[w], x0_.data() + at_[w]);
  return smooth + simple;
}

void BlockModel::total_intercepts() {
  if (!in_.intercept || gram_mode_) return;
  M_.fill(0);
  for (index k = 0; k < count_; ++k)
    for (index o = 0; o < outputs_; ++o) M_[o] += f_[c_[k] * outputs_ + o] * step(k);
  pull_fresh_ = false;
}

// Anderson extrapolation of the last iterates: sum c = 1 minimising the norm of the combined differences, with a
// relative ridge; kept only if m falls.
void BlockModel::extrapolate() {
  const index length = gram_mode_ ? used_ : n_ * outputs_;
  double* state = gram_mode_ ? slot_grad_.data() : state_.data();
  std::copy(x_.data(), x_.data() + count_, past_x_.data() + pasts_ * count_);
  std::copy(state, state + length, past_state_.data() + pasts_ * length);
  if (++pasts_ <= memory_) return;
  pasts_ = 0;
  double c[21];
  if (!extrapolation_weights(past_x_.data(), count_, memory_, c)) return;
  const double now = model_value();
  std::fill(next_.data(), next_.data() + count_, 0.0);
  const auto& kernels = kernels::table<double>();
  for (int a = 0; a < memory_; ++a) kernels.axpy(c[a], past_x_.data() + (a + 1) * count_, next_.data(), count_);
  for (index k = 0; k < count_; ++k)
    if (next_[k] < penalty_.lower(c_[k]) || next_[k] > penalty_.upper(c_[k])) return;
  // The last slot of the history has the present iterate: the way back.
  std::fill(state, state + length, 0.0);
  for (int a = 0; a < memory_; ++a) kernels.axpy(c[a], past_state_.data() + (a + 1) * length, state, length);
  std::copy(next_.data(), next_.data() + count_, x_.data());
  total_intercepts();
  if (model_value() < now) return;
  ++restarts;
  std::copy(past_x_.data() + memory_ * count_, past_x_.data() + (memory_ + 1) * count_, x_.data());
  std::copy(past_state_.data() + memory_ * length, past_state_.data() + (memory_ + 1) * length, state);
  total_intercepts();
}

}  // namespace fenchel
