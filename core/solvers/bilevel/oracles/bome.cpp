// bome.cpp -- the lower level as a constraint q(y, theta) = h(y) - h(z) <= 0 on its value function, z by inner_iter
// steps, lambda from a dynamic barrier: Liu et al. (2022). The barrier only chooses lambda, so that steps, acceptance
// and end are those of f2sa: y takes inner_iter steps as z does, instead of one along with theta.
#include "solvers/bilevel/oracles/paired_descent.hpp"

namespace fenchel {

Termination run_bome(BilevelRun& run) {
  refuse_first_order(run, "bome");
  PairedDescent pair(run.calls, run.control);
  const BilevelSettings& settings = run.settings;
  const index most = std::max(settings.inner_iter, std::min(settings.lower_max_iter, 20 * settings.inner_iter));
  return search_penalty(run, pair, {0, nullptr, settings.inner_iter, most, settings.barrier});
}

}  // namespace fenchel
