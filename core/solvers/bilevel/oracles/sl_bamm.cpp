// sl_bamm.cpp -- averaged multipliers in a single loop, where the lower level may have many solutions. Liu et al.
// (2023): mu_k = mu_0 (k + 1)^(-1 / averaging_power), faster where the slope is smaller than its bias. theta waits
// while x and its multiplier lag (penalty_search), instead of taking steps of mu^3 beta.
#include "solvers/bilevel/oracles/averaged_level.hpp"

namespace fenchel {

Termination run_sl_bamm(BilevelRun& run) {
  refuse_first_order(run, "sl_bamm");
  const double mu = std::min(run.settings.averaging, 0x1.fffffp-1), power = run.settings.averaging_power;
  AveragedLevel level(run.calls, run.control, mu);
  const auto growth = [=](index k) {
    const double now = mu * std::pow(static_cast<double>(k + 1), -1 / power);
    return mu > 0 ? (1 - now) / now * mu / (1 - mu) : 1.0;
  };
  return search_penalty(run, level, {0, growth, 1, std::min<index>(run.settings.lower_max_iter, 50)});
}

}  // namespace fenchel
