#include "solvers/proximal/policies.hpp"

#include <cmath>

#include "accel/backtracking_step.hpp"
#include "accel/dog_step.hpp"
#include "accel/fixed_step.hpp"
#include "accel/local_curvature_step.hpp"
#include "accel/monotone_momentum.hpp"
#include "accel/nesterov_momentum.hpp"
#include "accel/no_momentum.hpp"
#include "accel/polyak_step.hpp"
#include "accel/restart_momentum.hpp"
#include "accel/strongly_convex_momentum.hpp"

namespace fenchel {

std::unique_ptr<StepPolicy> make_step(const CompositeProblem& problem, StepRule rule,
                                      const MinimizeSettings& settings) {
  switch (rule) {
    case StepRule::fixed:
      if (settings.step <= 0 && problem.f() != nullptr && (problem.f()->caps() & SMOOTH_LIPSCHITZ) == 0)
        fail(Status::UNSUPPORTED,
             "step_rule fixed needs the setting step or a Lipschitz constant, and f offers none; backtracking and "
             "local_curvature work");
      return std::make_unique<FixedStep>();
    case StepRule::automatic:
    case StepRule::backtracking:
      return std::make_unique<BacktrackingStep>(settings.regrowth);
    case StepRule::local_curvature:
      return std::make_unique<LocalCurvatureStep>();
    case StepRule::polyak:
      if (!std::isfinite(settings.optimal_value))
        fail(Status::UNSUPPORTED, "step_rule polyak needs the setting optimal_value: it is %; legal: finite",
             settings.optimal_value);
      return std::make_unique<PolyakStep>(settings.optimal_value);
    case StepRule::dog:
      return std::make_unique<DogStep>();
  }
  fail(Status::RANGE, "step_rule is %; legal: 0 to 5", static_cast<int>(rule));
}

std::unique_ptr<MomentumPolicy> make_momentum(Momentum momentum, const MinimizeSettings& settings) {
  switch (momentum) {
    case Momentum::automatic:
    case Momentum::none:
      return std::make_unique<NoMomentum>();
    case Momentum::nesterov:
      return std::make_unique<NesterovMomentum>();
    case Momentum::restart_function:
      return std::make_unique<FunctionRestartMomentum>();
    case Momentum::restart_gradient:
      return std::make_unique<GradientRestartMomentum>();
    case Momentum::monotone:
      return std::make_unique<MonotoneMomentum>();
    case Momentum::strongly_convex:
      if (!(settings.strong_convexity > 0))
        fail(Status::UNSUPPORTED, "momentum strongly_convex needs the setting strong_convexity: it is %; legal: > 0",
             settings.strong_convexity);
      return std::make_unique<StronglyConvexMomentum>(settings.strong_convexity);
  }
  fail(Status::RANGE, "momentum is %; legal: 0 to 6", static_cast<int>(momentum));
}

StepRule chosen_step(const MinimizeSettings& settings, StepRule automatic) {
  const auto rule = static_cast<StepRule>(settings.step_rule);
  return rule == StepRule::automatic ? automatic : rule;
}

Momentum chosen_momentum(const MinimizeSettings& settings, Momentum automatic) {
  const auto momentum = static_cast<Momentum>(settings.momentum);
  return momentum == Momentum::automatic ? automatic : momentum;
}

}  // namespace fenchel
