// path_test.cpp -- lambda_max, warm-started paths and cross-validation.
#include "solvers/coordinate/path.hpp"

#include <atomic>

#include "coordinate/cd_case.hpp"

namespace fenchel::test {
namespace {

std::size_t at(index i) { return static_cast<std::size_t>(i); }

CdCase path_case(const char* loss, index m, index n, unsigned seed) {
  CdCase c;
  c.loss = loss;
  c.A = {m, n, test_noise(m * n, seed)};
  c.y = test_noise(m, seed + 1);
  for (index i = 0; i < m; ++i) c.y[at(i)] += 2 * c.A.at(i, 0) - c.A.at(i, 3);
  if (c.loss == "logistic")
    for (double& v : c.y) v = v < 0 ? -1 : 1;
  c.intercept = true;
  c.settings.tol = 1e-10;
  return c;
}

TEST_CASE("path: lambda_max is exact: zero at it, something just below") {
  for (const char* loss : {"least_squares", "logistic", "huber"})
    for (const bool free : {false, true}) {
      CdCase c = path_case(loss, 40, 30, 3);
      c.penalty_weights.assign(30, 1.0);
      for (index j = 0; j < 30; ++j) c.penalty_weights[at(j)] = 1 + static_cast<double>(j % 3);
      if (free) c.penalty_weights[7] = 0;
      c.l1 = 1;
      const double top = lambda_max(c.problem());
      c.settings.tol = 1e-13;
      c.l1 = top * (1 + 1e-6);
      c.solve();
      CHECK(c.result.support == (free ? 1 : 0));
      c.l1 = top * (1 - 1e-4);
      c.solve();
      CHECK(c.result.support == (free ? 2 : 1));
    }
  // With an intercept: the largest correlation with the centred targets.
  CdCase c = path_case("least_squares", 40, 30, 5);
  double mean = 0, most = 0;
  for (const double v : c.y) mean += v / 40;
  for (index j = 0; j < 30; ++j) {
    double sum = 0;
    for (index i = 0; i < 40; ++i) sum += c.A.at(i, j) * (c.y[at(i)] - mean);
    most = std::max(most, std::abs(sum));
  }
  CHECK(lambda_max(c.problem()) == doctest::Approx(most).epsilon(1e-13));
  c.l1 = 0;  // no factor makes a box the answer
  c.lower = 0;
  CHECK(std::isinf(lambda_max(c.problem())));
}

TEST_CASE("path: every solution is what a solve from zero gives, and cheaper") {
  for (const char* loss : {"least_squares", "logistic"}) {
    CdCase c = path_case(loss, 60, 150, 9);
    c.l1 = 1;
    c.l2 = c.loss == "logistic" ? 0.05 : 0;
    const auto problem = c.problem();
    const auto grid = path_grid(lambda_max(problem), 0.01, 30);
    std::vector<double> x(at(30 * 151));
    const ArrayView view{.ndim = 2, .data = x.data(), .shape = {30, 151}, .strides = {151 * 8, 8}};
    const auto results = solve_path(problem, grid, c.settings, nullptr, nullptr, nullptr, view);
    index warm = 0, cold = 0;
    CHECK(results[0].support == 0);
    for (index k = 0; k < 30; ++k) {
      CdCase one = c;
      one.l1 = c.l1 * grid[at(k)];
      one.l2 = c.l2 * grid[at(k)];
      one.solve();
      CHECK(results[at(k)].termination == static_cast<int>(Termination::CONVERGED));
      CHECK(results[at(k)].gap <= 1e-10 * results[at(k)].scale);
      CHECK(results[at(k)].objective == doctest::Approx(one.result.objective).epsilon(1e-9));
      CHECK(results[at(k)].scale == doctest::Approx(one.result.scale).epsilon(1e-12));
      one.x.assign(x.begin() + k * 151, x.begin() + (k + 1) * 151);
      CHECK(static_cast<double>(one.check().objective - one.check().dual) <= 2e-10 * one.result.scale);
      warm += results[at(k)].products;
      cold += one.result.products;
    }
    CHECK(warm <= 30 * 8);
    CHECK(warm < cold);
  }
}

TEST_CASE("path: folds are left out exactly, in parallel as alone") {
  CdCase c = path_case("least_squares", 60, 20, 21);
  c.l1 = 1;
  const auto problem = c.problem();
  const auto grid = path_grid(lambda_max(problem), 0.05, 6);
  std::vector<index> fold(60);
  for (index i = 0; i < 60; ++i) fold[at(i)] = i % 4;
  std::vector<double> losses[2];
  for (const int threads : {1, 3}) {
    auto& out = losses[threads == 1 ? 0 : 1];
    out.assign(24, 0.0);
    c.settings.num_threads = threads;
    const ArrayView view{.ndim = 2, .data = out.data(), .shape = {4, 6}, .strides = {48, 8}};
    CHECK(cross_validate(problem, grid, fold, c.settings, nullptr, nullptr, nullptr, view));
  }
  CHECK(losses[0] == losses[1]);
  // One cell by hand: rows of fold 2 removed, the penalty scaled as the weights are.
  CdCase train = c;
  train.A = {45, 20, std::vector<double>(900)};
  train.y.clear();
  index row = 0;
  for (index i = 0; i < 60; ++i) {
    if (i % 4 == 2) continue;
    for (index j = 0; j < 20; ++j) train.A.at(row, j) = c.A.at(i, j);
    train.y.push_back(c.y[at(i)]);
    ++row;
  }
  train.l1 = grid[3] * 45 / 60;
  train.solve();
  double loss = 0;
  for (index i = 2; i < 60; i += 4) {
    double z = train.x[20];
    for (index j = 0; j < 20; ++j) z += c.A.at(i, j) * train.x[at(j)];
    loss += 0.5 * (z - c.y[at(i)]) * (z - c.y[at(i)]) / 15;
  }
  CHECK(losses[0][2 * 6 + 3] == doctest::Approx(loss).epsilon(1e-5));
  fold[5] = 9;
  const ArrayView view{.ndim = 2, .data = losses[0].data(), .shape = {4, 6}, .strides = {48, 8}};
  CHECK_THROWS_AS(cross_validate(problem, grid, fold, c.settings, nullptr, nullptr, nullptr, view), Error);
}

TEST_CASE("path: a stop leaves the rest unrun") {
  CdCase c = path_case("least_squares", 30, 40, 25);
  c.l1 = 1;
  std::atomic<bool> cancel{true};
  std::vector<double> x(at(41 * 3), 7.0);
  const ArrayView view{.ndim = 2, .data = x.data(), .shape = {3, 41}, .strides = {41 * 8, 8}};
  const double factors[] = {3.0, 2.0, 1.0};
  const auto results = solve_path(c.problem(), factors, c.settings, &cancel, nullptr, nullptr, view);
  CHECK(results[2].termination == static_cast<int>(Termination::NOT_RUN));
  CHECK(x[0] == 7.0);
}

// Terms without a soft box: coordinate by coordinate through prox1.
TEST_CASE("cd: nonconvex separable terms end at fixed points and claim no more") {
  for (const char* name : {"mcp", "scad", "lq"})
    for (const char* loss : {"least_squares", "logistic"}) {
      CdCase c = path_case(loss, 50, 30, 31);
      c.intercept = false;
      c.settings.tol = 1e-8;
      const auto g = TermMaker(name, prox_terms()).real("lam", 3.0).make<Prox>();
      const auto base = c.problem();
      const auto problem = std::make_shared<CompositeProblem>(
          Dtype::f64, 0, std::make_shared<ModelTerm>(*base->f()->linear_model()), std::vector<Summand>{{g, nullptr}});
      auto solver = make_coordinate_descent(problem, c.settings);
      const MinimizeResult result = solver->solve(nullptr, nullptr, nullptr);
      c.x.assign(30, 0.0);
      solver->solution(CdCase::view(c.x));
      CAPTURE(name);
      CAPTURE(loss);
      CHECK(result.certificate == static_cast<int>(Certificate::STATIONARITY));
      CHECK(result.termination == static_cast<int>(Termination::CONVERGED));
      CHECK(std::isinf(result.gap));
      CHECK(result.support > 0);
      CHECK(result.support < 30);
      for (index j = 0; j < 30; ++j) {
        double grad = 0, L = 0;
        for (index i = 0; i < 50; ++i) {
          grad += static_cast<double>(c.loss_slope(c.y[at(i)], c.predictor(at(i), c.x))) * c.A.at(i, j);
          L += c.A.at(i, j) * c.A.at(i, j);
        }
        if (c.loss == "logistic") L /= 4;
        CHECK(std::abs(g->prox1(j, c.x[at(j)] - grad / L, 1 / L) - c.x[at(j)]) <= 1e-6);
      }
    }
}

}  // namespace
}  // namespace fenchel::test
