// cd_budget_test.cpp -- what the race's kinds of problem may cost, in counts that no load on the machine changes: small
// ones made like those of tests/bench/race_problems.py. The budgets are a third above what was measured when they were
// set; a change that needs more is slower, one that needs far less should lower them.
#include <doctest/doctest.h>

#include <cmath>

#include "coordinate/cd_case.hpp"

namespace fenchel::test {
namespace {

struct Budget {
  index epochs, updates, sets;
};

// Largest |X'y|, halved for logistic.
double top_of(const CdCase& c) {
  double most = 0;
  for (index j = 0; j < c.A.n; ++j) {
    double sum = 0;
    for (index i = 0; i < c.A.m; ++i) sum += c.A.at(i, j) * c.y[static_cast<std::size_t>(i)];
    most = std::max(most, std::abs(sum));
  }
  return c.loss == "logistic" ? most / 2 : most;
}

// AR(1) columns, a tenth of them true, noise.
CdCase correlated(index m, index n, double rho) {
  CdCase c;
  const std::vector<double> e = test_noise(m * n, 21), noise = test_noise(m, 22), truth = test_noise(n, 23);
  c.A = {m, n, e};
  for (index j = 1; j < n; ++j)
    for (index i = 0; i < m; ++i)
      c.A.at(i, j) = rho * c.A.at(i, j - 1) + std::sqrt(1 - rho * rho) * e[static_cast<std::size_t>(j * m + i)];
  c.y.assign(static_cast<std::size_t>(m), 0.0);
  for (index j = 0; j < n; j += 10)
    for (index i = 0; i < m; ++i) c.y[static_cast<std::size_t>(i)] += c.A.at(i, j) * truth[static_cast<std::size_t>(j)];
  for (std::size_t i = 0; i < c.y.size(); ++i) c.y[i] += noise[i];
  return c;
}

void keeps(CdCase c, double ratio, const Budget& budget) {
  c.l1 = ratio * top_of(c);
  c.settings.tol = 1e-8;
  c.settings.num_threads = 1;
  c.solve();
  CAPTURE(c.loss);
  CAPTURE(ratio);
  CHECK(c.result.termination == static_cast<int>(Termination::CONVERGED));
  MESSAGE("epochs " << c.result.iterations << ", updates " << c.result.coordinate_updates << ", sets "
                    << c.result.outer_iterations << ", support " << c.result.support);
  CHECK(c.result.iterations <= budget.epochs);
  CHECK(c.result.coordinate_updates <= budget.updates);
  CHECK(c.result.outer_iterations <= budget.sets);
}

TEST_CASE("cd: budgets of the lasso") {
  const CdCase wide = correlated(60, 600, 0.5), tall = correlated(400, 100, 0.6);
  keeps(wide, 0.1, {110, 6000, 6});
  keeps(wide, 0.005, {1400, 92000, 12});
  keeps(tall, 0.02, {34, 1400, 7});
}

TEST_CASE("cd: budgets of l1 logistic regression") {
  CdCase c = correlated(60, 600, 0.5);
  c.loss = "logistic";
  for (double& t : c.y) t = t > 0 ? 1 : -1;
  keeps(c, 0.02, {170, 8000, 7});
}

}  // namespace
}  // namespace fenchel::test
