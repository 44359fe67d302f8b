// cd_known_test.cpp -- coordinate descent against numbers and equivalences that are known without it.
#include <atomic>

#include "coordinate/cd_case.hpp"

namespace fenchel::test {
namespace {

std::size_t at(index i) { return static_cast<std::size_t>(i); }

CdCase random_case(index m, index n, unsigned seed) {
  CdCase c;
  c.A = {m, n, test_noise(m * n, seed)};
  c.y = test_noise(m, seed + 1);
  c.settings.tol = 1e-13;
  c.l1 = 0.3;
  return c;
}

void same(const std::vector<double>& a, const std::vector<double>& b, double eps) {
  REQUIRE(a.size() == b.size());
  for (std::size_t j = 0; j < a.size(); ++j) CHECK(std::abs(a[j] - b[j]) <= eps);
}

CdCase tiny() {
  CdCase c;
  c.A = {4, 5, {1, 2, -1, -1, -2, -1, 0, -1, 3, 0, 4, -1, -4, -1, -3, 1, 5, 3, 2, 3}};
  c.y = {1, 2, 3, 4};
  c.settings.tol = 1e-14;
  return c;
}

TEST_CASE("cd: the tiny lasso of ProximalAlgorithms") {
  CdCase c = tiny();
  c.l1 = 2.9;
  c.solve();
  same(c.x, {-0.3877278911564627, 0, 0, 0.02174149659863943, 0.6168435374149660}, 1e-12);
  CHECK(c.result.objective == doctest::Approx(7.2757727891).epsilon(1e-10));
  CHECK(c.result.certificate == static_cast<int>(Certificate::GAP));
  CHECK(c.result.support == 3);
  CHECK(c.result.iterations <= 40);
  c.l1 = c.l2 = 1;
  c.solve();
  same(c.x, {-0.6004983388704322, 0, 0, 0.195182724252491, 0.764119601328903}, 1e-12);
}

TEST_CASE("cd: the tiny logistic problem with offsets") {
  CdCase c = tiny();
  c.loss = "logistic";
  c.y = {1, 1, 1, 1};
  c.offset = {-1, -2, -3, -4};
  c.l1 = 0.1;
  c.solve();
  same(c.x, {0, 0, 0.2114635341704963, 0, 2.845881348733116}, 1e-7);
}

TEST_CASE("cd: scikit-learn's toys, with an intercept") {
  for (const auto& [alpha, expected] : {std::pair{0.1, 0.85}, {0.5, 0.25}, {1.0, 0.0}}) {
    CdCase c;
    c.A = {3, 1, {-1, 0, 1}};
    c.y = {-1, 0, 1};
    c.weights = {1.0 / 3, 1.0 / 3, 1.0 / 3};
    c.intercept = true;
    c.l1 = alpha;
    c.settings.tol = 1e-14;
    c.solve();
    same(c.x, {expected, 0}, 1e-12);
  }
  CdCase c;
  c.A = {3, 1, {-1, 0, 1}};
  c.y = {-1, 0, 1};
  c.weights = {1.0 / 3, 1.0 / 3, 1.0 / 3};
  c.l1 = 0.15;
  c.l2 = 0.35;
  c.settings.tol = 1e-14;
  same(c.solve().x, {0.50819672131147540}, 1e-12);
}

TEST_CASE("cd: an orthonormal design is one prox") {
  CdCase c;
  const index n = 8;  // Hadamard
  c.A = {n, n, std::vector<double>(at(n * n))};
  for (index i = 0; i < n; ++i)
    for (index j = 0; j < n; ++j) c.A.at(i, j) = (__builtin_popcountll(static_cast<unsigned>(i & j)) % 2) != 0 ? -1 : 1;
  c.y = test_noise(n, 5);
  c.l1 = 1.1;
  c.l2 = 0.5;
  c.lower = -0.1;
  c.settings.tol = 1e-14;
  c.solve();
  for (index j = 0; j < n; ++j) {
    double v = 0;
    for (index i = 0; i < n; ++i) v += c.A.at(i, j) * c.y[at(i)];
    const double soft = std::copysign(std::max(std::abs(v) - c.l1, 0.0), v) / (8 + c.l2);
    CHECK(c.x[at(j)] == doctest::Approx(std::max(soft, c.lower)).epsilon(1e-12));
  }
}

TEST_CASE("cd: however the matrix is stored, the answer is the same") {
  for (const char* loss : {"least_squares", "logistic"})
    for (const bool intercept : {false, true}) {
      CdCase c = random_case(30, 50, 7);
      for (std::size_t k = 0; k < c.A.x.size(); ++k)
        c.A.x[k] = k % 3 == 0 ? 0 : static_cast<double>(static_cast<float>(c.A.x[k]));
      c.loss = loss;
      for (double& v : c.y)
        if (c.loss == "logistic") v = v < 0 ? -1 : 1;
      c.intercept = intercept;
      c.solve();
      const std::vector<double> expected = c.x;
      for (const Storage how : {Storage::rows, Storage::strided, Storage::single, Storage::csc, Storage::csr,
                                Storage::csc64, Storage::scaled}) {
        CAPTURE(static_cast<int>(how));
        CdCase other = c;
        other.storage = how;
        other.solve();
        same(other.x, expected, 1e-6);
        CHECK(other.result.objective == doctest::Approx(c.result.objective).epsilon(1e-12));
        CHECK((other.result.copied_bytes > 0) == (how == Storage::csr));
      }
    }
}

TEST_CASE("cd: equal weights of all samples scale the problem") {
  for (const bool intercept : {false, true})
    for (const index n : {20, 400}) {  // 400: more than samples, a Gram matrix and Newton steps
      CdCase c = random_case(60, n, 17);
      c.l1 = n == 20 ? 0.3 : 0.5;
      c.intercept = intercept;
      c.solve();
      for (const Storage how : {Storage::columns, Storage::rows, Storage::single, Storage::csc, Storage::scaled})
        for (const double tol : {1e-13, 1e-3}) {  // the latter with the residual, without a Gram matrix
          CAPTURE(static_cast<int>(how));
          CdCase scaled = c;
          scaled.weights.assign(60, 1.0 / 512);
          scaled.l1 /= 512;
          scaled.storage = how;
          scaled.settings.tol = tol;
          scaled.solve();
          if (tol < 1e-6) same(scaled.x, c.x, 1e-6);
          CHECK(scaled.result.objective * 512 == doctest::Approx(c.result.objective).epsilon(tol < 1e-6 ? 1e-6 : 1e-2));
          CHECK(scaled.result.gap <= tol * scaled.result.scale);
          CHECK(scaled.result.dual * 512 <= c.result.objective * (1 + 1e-7));
        }
    }
}

TEST_CASE("cd: the dual point covers what was screened, and screening changes no answer") {
  for (const double tol : {1e-4, 1e-6, 1e-9}) {
    CdCase c = random_case(80, 3000, 29);
    for (double& v : c.A.x) v = std::abs(v) < 0.2 ? 0 : v;
    double top = 0;
    for (index j = 0; j < c.A.n; ++j) {
      double sum = 0;
      for (index i = 0; i < c.A.m; ++i) sum += c.A.at(i, j) * c.y[at(i)];
      top = std::max(top, std::abs(sum));
    }
    c.l1 = 0.3 * top;
    c.settings.tol = tol;
    auto solver = make_coordinate_descent(c.problem(), c.settings);
    const MinimizeResult result = solver->solve(nullptr, nullptr, nullptr);
    CHECK(result.certificate == static_cast<int>(Certificate::GAP));
    CHECK(result.gap <= tol * result.scale);
    CHECK(result.screened > 1000);
    std::vector<double> v(3000);
    solver->dual(0, CdCase::view(v));
    for (const double each : v) CHECK(std::abs(each) <= c.l1 * (1 + 1e-12));
    CdCase all = c;
    all.settings.screening = 0;
    all.settings.tol = 1e-12;
    all.solve();
    CHECK(result.dual <= all.result.objective * (1 + 1e-12));
    CHECK(result.objective >= all.result.objective * (1 - 1e-10));
  }
}

TEST_CASE("cd: integer weights repeat rows, weight 0 removes them") {
  for (const char* loss : {"least_squares", "logistic"}) {
    CdCase c = random_case(20, 12, 11);
    c.loss = loss;
    for (double& v : c.y)
      if (c.loss == "logistic") v = v < 0 ? -1 : 1;
    c.intercept = true;
    CdCase repeated = c;
    repeated.A = {0, 12, {}};
    repeated.y.clear();
    std::vector<index> rows;
    for (index i = 0; i < 20; ++i) {
      c.weights.push_back(static_cast<double>(i % 3));
      for (index k = 0; k < i % 3; ++k) rows.push_back(i);
    }
    repeated.A.m = static_cast<index>(rows.size());
    for (index j = 0; j < 12; ++j)
      for (const index i : rows) repeated.A.x.push_back(c.A.at(i, j));
    for (const index i : rows) repeated.y.push_back(c.y[at(i)]);
    same(c.solve().x, repeated.solve().x, 1e-6);
    CHECK(c.result.objective == doctest::Approx(repeated.result.objective).epsilon(1e-12));
  }
}

TEST_CASE("cd: an infinite penalty weight removes a column, 0 frees it; units of columns do not matter") {
  CdCase c = random_case(25, 10, 13);
  c.penalty_weights.assign(10, 1.0);
  c.penalty_weights[3] = kInf;
  c.penalty_weights[5] = 0;
  c.solve();
  CHECK(c.x[3] == 0);
  CHECK(c.x[5] != 0);
  CHECK(c.check().violation <= 1e-9);
  CHECK(c.result.residual <= 1e-13);
  CdCase scaled = c;
  for (index j = 0; j < 10; ++j) {
    const double unit = std::pow(10.0, static_cast<double>(j % 5) - 2);
    for (index i = 0; i < 25; ++i) scaled.A.at(i, j) *= unit;
    scaled.penalty_weights[at(j)] *= unit;
  }
  scaled.solve();
  for (index j = 0; j < 10; ++j)
    CHECK(scaled.x[at(j)] * std::pow(10.0, static_cast<double>(j % 5) - 2) ==
          doctest::Approx(c.x[at(j)]).epsilon(1e-7));
}

TEST_CASE("cd: an elastic net is the lasso of the augmented matrix") {
  CdCase c = random_case(15, 20, 17);
  c.l2 = 0.7;
  CdCase augmented = c;
  augmented.l2 = 0;
  augmented.A = {35, 20, std::vector<double>(700, 0.0)};
  for (index j = 0; j < 20; ++j) {
    for (index i = 0; i < 15; ++i) augmented.A.at(i, j) = c.A.at(i, j);
    augmented.A.at(15 + j, j) = std::sqrt(0.7);
  }
  augmented.y.resize(35, 0.0);
  same(c.solve().x, augmented.solve().x, 1e-7);
}

TEST_CASE("cd: columns of zeros, duplicate columns, targets of zero") {
  CdCase c = random_case(20, 8, 19);
  for (index i = 0; i < 20; ++i) {
    c.A.at(i, 2) = 0;
    c.A.at(i, 4) = c.A.at(i, 1);
  }
  for (const bool intercept : {false, true}) {
    c.intercept = intercept;
    c.solve();
    CHECK(c.x[2] == 0);
    CHECK(c.result.residual <= 1e-13);
  }
  c.y.assign(20, 0.0);
  c.solve();
  same(c.x, std::vector<double>(9, 0.0), 0);
  CHECK(c.result.gap == 0);
  CHECK(c.result.termination == static_cast<int>(Termination::CONVERGED));
}

TEST_CASE("cd: a warm start at the solution ends at once; the solver can solve again") {
  CdCase c = random_case(40, 80, 23);
  c.settings.tol = 1e-9;
  c.solve();
  c.start = c.x;
  c.solve();
  CHECK(c.result.iterations == 0);
  CHECK(c.result.residual <= 1e-9);
}

TEST_CASE("cd: cancel and monitor stop it with a finite iterate; limits are reported") {
  CdCase c = random_case(60, 200, 29);
  c.l1 = 1e-3;
  c.settings.tol = 1e-12;
  std::atomic<bool> cancel{true};
  auto solver = make_coordinate_descent(c.problem(), c.settings);
  MinimizeResult result = solver->solve(&cancel, nullptr, nullptr);
  CHECK(result.termination == static_cast<int>(Termination::CANCELLED));
  CHECK(std::isfinite(result.objective));
  CHECK(solver->solve(nullptr, nullptr, nullptr).termination == static_cast<int>(Termination::CONVERGED));
  c.settings.monitor_interval = 0;
  solver = make_coordinate_descent(c.problem(), c.settings);
  result = solver->solve(
      nullptr, [](void*, const Progress&) { return 1; }, nullptr);
  CHECK(result.termination == static_cast<int>(Termination::CANCELLED));
  CHECK_THROWS_AS(solver->solve(
                      nullptr, [](void*, const Progress&) { return -7; }, nullptr),
                  Error);
  const double optimum = c.solve().result.objective;
  c.settings.max_iter = 3;
  CHECK(c.solve().result.termination == static_cast<int>(Termination::MAX_ITER));
  CHECK(c.result.iterations <= 3);
  CHECK(c.result.objective - c.result.gap <= optimum * (1 + 1e-12));
  CHECK(c.result.objective > optimum);
}

TEST_CASE("cd: separable logistic data and imbalanced intercepts stay finite") {
  CdCase c = random_case(200, 3, 31);
  c.loss = "logistic";
  c.intercept = true;
  for (std::size_t i = 0; i < c.y.size(); ++i) c.y[i] = i < 4 ? 1 : -1;
  c.l1 = 0.05;
  c.settings.tol = 1e-10;
  c.solve();
  CHECK(c.result.termination == static_cast<int>(Termination::CONVERGED));
  CHECK(c.check().violation <= 1e-5);
  CHECK(c.result.iterations <= 60);
}

}  // namespace
}  // namespace fenchel::test
