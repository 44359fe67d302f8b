// lower_choice.cpp -- which method solves the lower level.
#include "base/error.hpp"
#include "solvers/bilevel/oracles/lower_solver.hpp"

namespace fenchel {

LowerMethod choose_lower(const BilevelCalls& calls, const BilevelSettings& settings) {
  const auto asked = static_cast<LowerMethod>(settings.lower_method);
  if (asked != LowerMethod::automatic) return asked;
  if (calls.has_prox()) return LowerMethod::fista;
  return calls.has_hvp() ? LowerMethod::newton_cg : LowerMethod::lbfgs;
}

std::unique_ptr<LowerSolver> make_lower_solver(BilevelCalls& calls, const BilevelSettings& settings) {
  const LowerMethod method = choose_lower(calls, settings);
  const bool curved = method == LowerMethod::lbfgs || method == LowerMethod::newton_cg;
  if (calls.has_prox() && curved)
    fail(Status::UNSUPPORTED, "lower_method % takes no prox; fista and gradient do",
         method == LowerMethod::lbfgs ? "lbfgs" : "newton_cg");
  switch (method) {
    case LowerMethod::gradient:
      return make_lower_gradient(calls, settings, false);
    case LowerMethod::lbfgs:
      return make_lower_lbfgs(calls, settings);
    case LowerMethod::newton_cg:
      return make_lower_newton(calls, settings);
    case LowerMethod::fista:
    case LowerMethod::automatic:
      break;
  }
  return make_lower_gradient(calls, settings, true);
}

}  // namespace fenchel
