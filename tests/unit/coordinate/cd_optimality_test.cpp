// cd_optimality_test.cpp -- over losses and penalties: conditions, value and gap recomputed in long double.
#include "coordinate/cd_case.hpp"

namespace fenchel::test {
namespace {

struct Shape {
  double l1, l2, lower, upper;
  bool weighted;
};

TEST_CASE("cd: conditions and gap hold on random problems of every pair of loss and penalty") {
  const Shape shapes[] = {{1, 0, -kInf, kInf, false}, {1, 0.5, -kInf, kInf, false}, {1, 0, -kInf, kInf, true},
                          {1, 0, 0, kInf, false},     {0.2, 0, -0.05, 0.1, false},  {0, 0, 0, 0.3, false},
                          {0, 1, -kInf, kInf, false}, {1, 0.1, 0, 0.2, true}};
  index problems = 0, epochs = 0;
  for (const char* loss : {"least_squares", "logistic", "huber", "squared_hinge", "poisson"})
    for (const Shape& shape : shapes)
      for (unsigned seed = 0; seed < 6; ++seed) {
        CdCase c;
        c.loss = loss;
        const index m = 15 + 20 * (seed % 3), n = seed % 2 == 0 ? 40 : 10;
        c.A = {m, n, test_noise(m * n, 100 + seed)};
        c.y = test_noise(m, 200 + seed);
        for (double& v : c.y) {
          if (c.loss == "logistic" || c.loss == "squared_hinge") v = v < 0 ? -1 : 1;
          if (c.loss == "poisson") v = std::floor(2 * (v + 1));
          if (c.loss == "least_squares" || c.loss == "huber") v *= 3;
        }
        c.l1 = shape.l1 * (seed < 3 ? 1.0 : 0.1);
        c.l2 = shape.l2;
        c.lower = shape.lower;
        c.upper = shape.upper;
        if (shape.weighted)
          for (index j = 0; j < n; ++j) c.penalty_weights.push_back(j == 3 ? kInf : 0.5 + static_cast<double>(j % 4));
        c.intercept = seed % 2 == 1;
        if (seed % 3 == 1) c.offset = test_noise(m, 300 + seed);
        if (seed % 3 == 2)
          for (index i = 0; i < m; ++i) c.weights.push_back(static_cast<double>(i % 3));
        c.storage = seed % 2 == 0 ? Storage::columns : Storage::csc;
        c.settings.tol = 1e-9;
        CAPTURE(c.loss);
        CAPTURE(shape.l1);
        CAPTURE(shape.l2);
        CAPTURE(shape.upper);
        CAPTURE(seed);
        c.solve();
        ++problems;
        epochs += c.result.iterations;
        const CdCase::Check check = c.check();
        const double scale = std::max(std::abs(c.result.scale), 1e-3);
        CHECK(c.result.termination == static_cast<int>(Termination::CONVERGED));
        CHECK(c.result.certificate == static_cast<int>(Certificate::GAP));
        CHECK(std::abs(static_cast<double>(check.objective) - c.result.objective) <= 1e-11 * scale);
        CHECK(c.result.gap <= 1e-9 * c.result.scale);
        // The independent gap, from a dual point of its own.
        CHECK(static_cast<double>(check.objective - check.dual) <= 2e-9 * scale);
        CHECK(static_cast<double>(check.objective - check.dual) >= -1e-11 * scale);
        CHECK(static_cast<double>(check.violation) <= 1e-3 * static_cast<double>(check.gradient_size + 1));
        CHECK(c.result.iterations <= 400);
      }
  CHECK(problems == 240);
  CHECK(epochs <= 240 * 60);  // sixty sweeps a problem on average
}

TEST_CASE("cd: the dual of a support vector machine") {
  // min 1/2 ||A'(y . a)||^2 - sum a over [0, C]
  CdCase c;
  const index samples = 40, features = 6;
  c.A = {features, samples, test_noise(features * samples, 3)};
  c.y.assign(static_cast<std::size_t>(features), 0.0);
  c.linear.assign(static_cast<std::size_t>(samples), -1.0);
  c.l1 = 0;
  c.lower = 0;
  c.upper = 0.8;
  c.settings.tol = 1e-10;
  c.solve();
  const auto check = c.check();
  CHECK(c.result.termination == static_cast<int>(Termination::CONVERGED));
  CHECK(static_cast<double>(check.objective - check.dual) <= 1e-9 * std::abs(c.result.objective));
  CHECK(c.result.iterations <= 200);
}

}  // namespace
}  // namespace fenchel::test
