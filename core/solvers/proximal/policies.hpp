// policies.hpp -- step and momentum policies by the codes of the settings.
#pragma once
#include "accel/momentum_policy.hpp"
#include "accel/step_policy.hpp"
#include "solvers/composite/composite_problem.hpp"
#include "solvers/composite/minimize_declared.hpp"

namespace fenchel {

// `rule` is not automatic. UNSUPPORTED where the rule needs what the problem or the settings do not have.
std::unique_ptr<StepPolicy> make_step(const CompositeProblem& problem, StepRule rule, const MinimizeSettings& settings);
std::unique_ptr<MomentumPolicy> make_momentum(Momentum momentum, const MinimizeSettings& settings);
// The setting, or what stands for automatic.
StepRule chosen_step(const MinimizeSettings& settings, StepRule automatic);
Momentum chosen_momentum(const MinimizeSettings& settings, Momentum automatic);

}  // namespace fenchel
