// f2sa.cpp -- the lower level as a penalty that grows: min over theta of Phi(theta) = min over y of f + lambda (h - min
// h), by gradients of f and h alone. Kwon et al. (2023), deterministic: lambda_k = lambda_0 (k + 1)^penalty_power.
#include "solvers/bilevel/oracles/paired_descent.hpp"

namespace fenchel {

Termination run_f2sa(BilevelRun& run) {
  refuse_first_order(run, "f2sa");
  PairedDescent pair(run.calls, run.control);
  const BilevelSettings& settings = run.settings;
  const auto power = [&](index k) { return std::pow(static_cast<double>(k + 1), settings.penalty_power); };
  const index most = std::max(settings.inner_iter, std::min(settings.lower_max_iter, 20 * settings.inner_iter));
  return search_penalty(run, pair, {settings.penalty, power, settings.inner_iter, most});
}

}  // namespace fenchel
