// monte_carlo_risk.hpp -- Stein's unbiased risk estimate of any solution map of least squares, its degrees of freedom
// by finite differences along one random direction:
//
//   ||y - A x1||^2 - n sigma^2 + 2 sigma^2 <delta, A x2 - A x1> / eps,   x1 = x(y), x2 = x(y + eps delta),
//   delta ~ N(0, I),   eps = 2 sigma / n^0.3
//
// (in the metric of sample weights), which is a sum of two criteria of two problems of tuning, one quadratic and one
// linear. Deledalle, Vaiter, Fadili and Peyre, Stein Unbiased GrAdient estimator of the Risk (2014), sec. 4; the rule
// for eps is that of their experiments.
#pragma once
#include "solvers/bilevel/tune.hpp"

namespace fenchel {

struct MonteCarloRisk {
  std::vector<TuneFold> folds;  // those of y, then those of y + eps delta: the risk is the sum of a pair's criteria
  std::vector<std::vector<double>> slopes;  // (folds) c: degrees of freedom = <c, x2 - x1>
};
// UNSUPPORTED for what is not least squares.
MonteCarloRisk monte_carlo_risk(const std::vector<TuneFold>& folds, double sigma, std::int64_t seed);

}  // namespace fenchel
