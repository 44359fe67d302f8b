#include "bilevel/bound_probe.hpp"

#include "doctest/doctest.h"

using namespace oracle_problems;

TEST_CASE(
    "hypergradient: the proved bound is never violated, the estimate is tight, 144 configurations of each family") {
  for (const bool logistic : {false, true}) {
    const ProbeSummary found = summarise(logistic ? probe_logistic() : probe_squares());
    CAPTURE(logistic);
    CHECK(found.count == 144);
    CHECK(found.violations == 0);
    CHECK(found.estimate > 0.9);
    CHECK(found.estimate < 1.1);
  }
}

TEST_CASE("hypergradient: a modulus that is too large breaks the bound: the probe can fail") {
  index violations = 0;
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    LeastSquares problem(30, 4, 6, seed);
    Normal random(seed);
    const Vector t = random.vector(4);
    for (const double eps : {1.0, 1e-2}) {
      fenchel::BilevelSettings settings = probe_settings(eps, 1e-8);
      settings.mu = 3e3;  // the truth is 1
      Vector x = random.vector(30, 2), z(4);
      const double bound = fenchel::hypergradient(problem.table(), settings, t, x, z).bound;
      if (distance(z, problem.gradient(t)) > bound) ++violations;
    }
  }
  CHECK(violations > 0);
}
