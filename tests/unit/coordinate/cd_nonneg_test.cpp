// cd_nonneg_test.cpp -- bounds without a weight: a dual point needs a shift, not a scale; where none is to be had the
// certificate says so.
#include <doctest/doctest.h>

#include "coordinate/cd_case.hpp"

namespace fenchel::test {
namespace {

CdCase nonnegative(index m, index n, unsigned seed) {
  CdCase c;
  c.A = {m, n, test_noise(m * n, seed)};
  c.y = test_noise(m, seed + 1);
  c.l1 = 0;
  c.lower = 0;
  c.settings.tol = 1e-10;
  return c;
}

// The gap is a bound that holds: the optimum, solved far tighter, lies between dual and objective.
void proves(CdCase c) {
  c.solve();
  CHECK(c.result.termination == static_cast<int>(Termination::CONVERGED));
  REQUIRE(c.result.certificate == static_cast<int>(Certificate::GAP));
  CHECK(c.result.gap <= 1e-10 * c.result.scale);
  CHECK(c.result.dual <= c.result.objective);
  const CdCase::Check check = c.check();
  CHECK(check.violation <= 1e-4 * check.gradient_size);
  CdCase loose = c;
  loose.settings.tol = 1e-3;
  loose.solve();
  REQUIRE(loose.result.certificate == static_cast<int>(Certificate::GAP));
  CHECK(loose.result.dual <= c.result.objective);
  CHECK(loose.result.objective >= c.result.dual);
  CHECK(loose.result.residual <= 1e-3);
}

TEST_CASE("cd: nonnegative least squares closes its gap") {
  proves(nonnegative(40, 10, 3));
  proves(nonnegative(60, 25, 5));
  CdCase c = nonnegative(40, 12, 7);
  c.intercept = true;
  proves(c);
  c = nonnegative(30, 8, 9);
  c.weights.assign(30, 1.0);
  c.weights[4] = 0;
  c.weights[5] = 2.5;
  proves(c);
  c.lower = -kInf;
  c.upper = 0;
  proves(c);
}

TEST_CASE("cd: columns of one sign, more than samples, close their gap too") {
  CdCase c = nonnegative(20, 50, 11);
  for (double& a : c.A.x) a = std::abs(a);
  proves(c);
}

TEST_CASE("cd: nonnegative logistic regression") {
  CdCase c = nonnegative(60, 6, 13);
  c.loss = "logistic";
  for (double& t : c.y) t = t > 0 ? 1 : -1;
  proves(c);
}

TEST_CASE("cd: where a dual point cannot be shifted into its domain the certificate is the residual") {
  CdCase c = nonnegative(30, 6, 17);
  for (index i = 0; i < 30; ++i) c.A.at(i, 5) = -c.A.at(i, 4);
  c.solve();
  CHECK(c.result.certificate == static_cast<int>(Certificate::RESIDUAL));
  CHECK(c.result.termination == static_cast<int>(Termination::CONVERGED));
  CHECK(std::isinf(c.result.gap));
  const CdCase::Check check = c.check();
  CHECK(check.violation <= 1e-8 * check.gradient_size);
}

}  // namespace
}  // namespace fenchel::test
