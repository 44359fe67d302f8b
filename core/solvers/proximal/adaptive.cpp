// adaptive.cpp -- proximal gradient with steps from the curvature that the last two gradients show: no parameter, no
// line search, one gradient and one prox an iteration. Where f or g is not convex the theory is silent: steps are
// backtracked.
//
// needs    one simple term at most, without operator
// paper    Malitsky and Mishchenko, Adaptive proximal gradient method for convex optimization (2024); Latafat, Themelis
// and
//          Patrinos (2024): core/accel/local_curvature_step.hpp
#include "solvers/proximal/make_proximal.hpp"
#include "solvers/proximal/policies.hpp"
#include "solvers/proximal/proximal_gradient.hpp"

namespace fenchel {

SolverPtr make_adaptive(ProblemPtr problem, const MinimizeSettings& settings) {
  const StepRule rule = problem->convex() ? StepRule::local_curvature : StepRule::backtracking;
  auto step = make_step(*problem, rule, settings);
  auto momentum = make_momentum(Momentum::none, settings);
  return visit_real(problem->dtype(), [&](auto zero) -> SolverPtr {
    return std::make_unique<ProximalGradient<decltype(zero)>>(std::move(problem), MinimizeMethod::method_adaptive,
                                                              settings, std::move(step), std::move(momentum));
  });
}

}  // namespace fenchel
