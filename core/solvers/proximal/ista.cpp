// ista.cpp -- x <- prox_{step g}(x - step grad f(x)): proximal gradient, step 1/L, backtracked, or by any rule.
//
// needs    one simple term at most, without operator; nonconvex ones too
// rate     F(x_k) - F* <= |x_0 - x*|^2 / (2 step k) for convex f, g and step <= 1/L
// paper    Beck and Teboulle, A fast iterative shrinkage-thresholding algorithm (2009), Theorem 3.1
#include "solvers/proximal/make_proximal.hpp"
#include "solvers/proximal/policies.hpp"
#include "solvers/proximal/proximal_gradient.hpp"

namespace fenchel {

SolverPtr make_ista(ProblemPtr problem, const MinimizeSettings& settings) {
  const StepRule rule = chosen_step(settings, StepRule::backtracking);
  const Momentum momentum = chosen_momentum(settings, Momentum::none);
  if (momentum != Momentum::none)
    fail(Status::UNSUPPORTED, "method ista takes momentum none, not %; fista takes the others",
         static_cast<int>(momentum));
  auto step = make_step(*problem, rule, settings);
  auto rest = make_momentum(momentum, settings);
  return visit_real(problem->dtype(), [&](auto zero) -> SolverPtr {
    return std::make_unique<ProximalGradient<decltype(zero)>>(std::move(problem), MinimizeMethod::method_ista, settings,
                                                              std::move(step), std::move(rest));
  });
}

}  // namespace fenchel
