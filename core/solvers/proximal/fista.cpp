// fista.cpp -- proximal gradient steps from an extrapolated point: y = x + (t_k - 1) / t_{k+1} (x - x_before), begun
// again when momentum and gradient step point apart (gradient restart) unless the setting momentum says otherwise.
//
// needs    one simple term at most, without operator; step_rule fixed or backtracking
// rate     F(x_k) - F* <= 2 L |x_0 - x*|^2 / (k + 1)^2 without restarts, f and g convex
// paper    Beck and Teboulle (2009), Theorem 4.4; O'Donoghue and Candes (2015)
#include "solvers/proximal/make_proximal.hpp"
#include "solvers/proximal/policies.hpp"
#include "solvers/proximal/proximal_gradient.hpp"

namespace fenchel {

SolverPtr make_fista(ProblemPtr problem, const MinimizeSettings& settings) {
  const StepRule rule = chosen_step(settings, StepRule::backtracking);
  if (rule != StepRule::fixed && rule != StepRule::backtracking)
    fail(Status::UNSUPPORTED, "method fista takes step_rule fixed or backtracking, not %; ista takes the others",
         static_cast<int>(rule));
  auto step = make_step(*problem, rule, settings);
  auto momentum = make_momentum(chosen_momentum(settings, Momentum::restart_gradient), settings);
  return visit_real(problem->dtype(), [&](auto zero) -> SolverPtr {
    return std::make_unique<ProximalGradient<decltype(zero)>>(std::move(problem), MinimizeMethod::method_fista,
                                                              settings, std::move(step), std::move(momentum));
  });
}

}  // namespace fenchel
