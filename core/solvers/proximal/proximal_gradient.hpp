// proximal_gradient.hpp -- the engine of ista, fista and adaptive:
//
//   z = prox_{step g}(y - step grad f(y)),   y_next = x + toward (z - x) + along (x - x_before)
//
// with a step policy and a momentum policy from core/accel.
#pragma once
#include "accel/momentum_policy.hpp"
#include "accel/step_policy.hpp"
#include "solvers/proximal/single_term.hpp"

namespace fenchel {

using StepPolicyPtr = std::unique_ptr<StepPolicy>;
using MomentumPolicyPtr = std::unique_ptr<MomentumPolicy>;

template <class T>
class ProximalGradient final : public SingleTerm<T> {
 public:
  ProximalGradient(ProblemPtr problem, MinimizeMethod method, const MinimizeSettings& settings, StepPolicyPtr step,
                   MomentumPolicyPtr momentum);

 protected:
  void begin() override;
  Standing advance() override;

 private:
  using ProximalBase<T>::x_;
  using ProximalBase<T>::n;
  using ProximalBase<T>::terms_;
  using ProximalBase<T>::result_;
  using ProximalBase<T>::settings_;
  using ProximalBase<T>::scale_;
  using ProximalBase<T>::step_;
  using SingleTerm<T>::grad_;
  using SingleTerm<T>::v_;
  using SingleTerm<T>::z_;

  bool wants(unsigned need) const { return (policy_->needs() & need) != 0; }
  double try_step(double step);  // z_, trial_, f_z_; returns |z - y|
  void search();                 // steps until one is accepted
  void gather(double noise);     // facts_ of the move from y_ to next_

  StepPolicyPtr policy_;
  MomentumPolicyPtr momentum_;
  StepFacts facts_;
  StepTrial trial_;
  Buffer<T> y_, grad_y_, grad_next_, next_, start_;
  double f_y_ = 0, f_z_ = kNaN, objective_ = kNaN, last_step_ = 0;
};

}  // namespace fenchel
