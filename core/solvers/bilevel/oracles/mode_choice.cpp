// mode_choice.cpp -- which mode takes the hypergradient.
#include "base/error.hpp"
#include "solvers/bilevel/oracles/hypergradient.hpp"

namespace fenchel {

std::unique_ptr<HypergradientSolver> make_hypergradient(BilevelCalls& calls, LowerSolver& lower,
                                                        const BilevelSettings& settings) {
  const auto mode = static_cast<HypergradientMode>(settings.hypergradient_mode);
  const bool implicit = mode == HypergradientMode::implicit || mode == HypergradientMode::implicit_forward;
  if (!implicit && settings.require_certified == 1)
    fail(Status::UNCERTIFIED, "hypergradient_mode % proves no bound; implicit and implicit_forward do",
         settings.hypergradient_mode);
  switch (mode) {
    case HypergradientMode::implicit:
      break;
    case HypergradientMode::implicit_forward:
      return make_implicit_forward(calls, lower, settings);
    case HypergradientMode::unrolled_reverse:
    case HypergradientMode::truncated:
      return make_unrolled_reverse(calls, settings);
    case HypergradientMode::unrolled_forward:
      return make_unrolled_forward(calls, settings);
    case HypergradientMode::one_step:
      return make_one_step(calls, lower, settings);
  }
  return make_implicit(calls, lower, settings);
}

}  // namespace fenchel
