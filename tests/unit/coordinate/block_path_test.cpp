// block_path_test.cpp -- lambda_max, paths and cross-validation of groups and several outputs; the same solutions by
// proximal methods; what is refused.
#include "coordinate/block_case.hpp"
#include "solvers/coordinate/path.hpp"

namespace fenchel::test {
namespace {

std::size_t at(index i) { return static_cast<std::size_t>(i); }

// kind 0: groups, squares; 1: sparse groups, logistic; 2: x >= 0 in groups; 3: multinomial, l1; 4: multinomial, rows
BlockCase path_case(int kind) {
  BlockCase c;
  const index m = 60, n = 40;
  c.A = {m, n, test_noise(m * n, 11)};
  c.y = test_noise(m, 12);
  for (index i = 0; i < m; ++i) c.y[at(i)] += 2 * c.A.at(i, 0) - c.A.at(i, 3) + c.A.at(i, 17);
  c.l1 = kind == 1 ? 0.4 : kind == 3 ? 1 : 0;
  c.lam = kind == 3 ? 0 : 1;
  c.positive = kind == 2;
  if (kind == 1) {
    c.loss = "logistic";
    for (double& v : c.y) v = v < 0 ? -1 : 1;
  }
  if (kind >= 3) {
    c.outputs = 3;
    for (double& v : c.y) v = v < -0.7 ? 0 : v < 0.7 ? 1 : 2;
  }
  if (kind != 3)
    for (index j = 0; j < c.size(); ++j) c.group.push_back(kind == 4 ? j / 3 : j / 5);
  c.intercept = true;
  c.settings.tol = 1e-10;
  return c;
}

double nonzeros(const std::vector<double>& x, index size) {
  index count = 0;
  for (index j = 0; j < size; ++j) count += x[at(j)] != 0;
  return static_cast<double>(count);
}

TEST_CASE("block path: lambda_max is exact: zero at it, something just below") {
  for (const int kind : {0, 1, 2, 3, 4}) {
    BlockCase c = path_case(kind);
    CAPTURE(kind);
    const double top = lambda_max(c.problem()), l1 = c.l1, lam = c.lam;
    REQUIRE(top > 0);
    c.settings.tol = 1e-13;
    c.l1 = l1 * top * (1 + 1e-6), c.lam = lam * top * (1 + 1e-6);
    CHECK(nonzeros(c.solve().x, c.size()) == 0);
    c.l1 = l1 * top * (1 - 1e-4), c.lam = lam * top * (1 - 1e-4);
    CHECK(nonzeros(c.solve().x, c.size()) > 0);
  }
  // Squares and an intercept: the largest norm of the correlations with the centred targets, over the weight.
  BlockCase c = path_case(0);
  for (std::int64_t b = 0; b < c.groups(); ++b) c.group_weights.push_back(1 + static_cast<double>(b % 3));
  double mean = 0, most = 0;
  for (const double v : c.y) mean += v / 60;
  for (index b = 0; b < 8; ++b) {
    double square = 0;
    for (index j = 5 * b; j < 5 * b + 5; ++j) {
      double sum = 0;
      for (index i = 0; i < 60; ++i) sum += c.A.at(i, j) * (c.y[at(i)] - mean);
      square += sum * sum;
    }
    most = std::max(most, std::sqrt(square) / c.group_weights[at(b)]);
  }
  CHECK(lambda_max(c.problem()) == doctest::Approx(most).epsilon(1e-13));
  c.group_weights[3] = 0;  // a group without a penalty is fitted first
  CHECK(lambda_max(c.problem()) < most);
  c.lam = 0;
  CHECK(lambda_max(c.problem()) == 0);
}

TEST_CASE("block path: every solution is what a solve from zero gives, and cheaper") {
  for (const int kind : {0, 1, 3, 4}) {
    BlockCase c = path_case(kind);
    CAPTURE(kind);
    const auto problem = c.problem();
    const index size = problem->size();
    const auto grid = path_grid(lambda_max(problem), 0.05, 12);
    std::vector<double> x(at(12 * size));
    const ArrayView view{.ndim = 2, .data = x.data(), .shape = {12, size}, .strides = {size * 8, 8}};
    const auto results = solve_path(problem, grid, c.settings, nullptr, nullptr, nullptr, view);
    index warm = 0, cold = 0;
    CHECK(results[0].support == 0);
    for (index k = 0; k < 12; ++k) {
      BlockCase one = c;
      one.l1 = c.l1 * grid[at(k)];
      one.lam = c.lam * grid[at(k)];
      one.solve();
      CHECK(results[at(k)].termination == static_cast<int>(Termination::CONVERGED));
      CHECK(results[at(k)].gap <= 1e-10 * results[at(k)].scale);
      CHECK(results[at(k)].objective == doctest::Approx(one.result.objective).epsilon(1e-9));
      one.x.assign(x.begin() + k * size, x.begin() + (k + 1) * size);
      CHECK(static_cast<double>(one.check().objective - one.check().dual) <= 2e-10 * one.result.scale);
      warm += results[at(k)].products;
      cold += one.result.products;
    }
    CHECK(warm <= 12 * 8);
    CHECK(warm < cold);
  }
}

TEST_CASE("block path: folds are left out exactly, in parallel as alone") {
  for (const int kind : {0, 4}) {
    BlockCase c = path_case(kind);
    const auto problem = c.problem();
    const auto grid = path_grid(lambda_max(problem), 0.1, 4);
    std::vector<index> fold(60);
    for (index i = 0; i < 60; ++i) fold[at(i)] = i % 3;
    std::vector<double> losses[2];
    for (const int threads : {1, 3}) {
      auto& out = losses[threads == 1 ? 0 : 1];
      out.assign(12, 0.0);
      c.settings.num_threads = threads;
      const ArrayView view{.ndim = 2, .data = out.data(), .shape = {3, 4}, .strides = {32, 8}};
      CHECK(cross_validate(problem, grid, fold, c.settings, nullptr, nullptr, nullptr, view));
    }
    CHECK(losses[0] == losses[1]);
    // One cell by hand: the samples of fold 1 without weight, those of the others scaled up.
    BlockCase train = c;
    train.lam = grid[2];
    for (index i = 0; i < 60; ++i) train.weights.push_back(i % 3 == 1 ? 0.0 : 1.5);
    train.solve();
    Wide loss = 0;
    for (index i = 1; i < 60; i += 3) loss += train.loss_value(train.y[at(i)], train.predictor(at(i), train.x)) / 20;
    CHECK(losses[0][4 + 2] == doctest::Approx(static_cast<double>(loss)).epsilon(1e-5));
  }
}

TEST_CASE("block cd: the solutions of proximal gradient") {
  for (const int kind : {0, 1, 2, 3, 4}) {
    BlockCase c = path_case(kind);
    CAPTURE(kind);
    c.l1 *= 3, c.lam *= 3;
    c.settings.tol = 1e-14;
    c.solve();
    LinearModel model = c.model();
    std::vector<double> rows;
    for (index i = 0; i < c.A.m; ++i)
      for (index j = 0; j < c.A.n; ++j) rows.push_back(c.A.at(i, j));
    TermMaker data("dense", operator_terms());
    model.A = data.array("matrix", rows, {c.A.m, c.A.n}).make<Operator>();
    const auto problem = std::make_shared<CompositeProblem>(
        Dtype::f64, 0, std::make_shared<ModelTerm>(std::move(model)), std::vector<Summand>{{c.make_simple(), nullptr}});
    CHECK(choose_method(*problem) == MinimizeMethod::method_cd);
    MinimizeSettings settings;
    settings.tol = 1e-12;
    settings.max_iter = 100000;
    auto solver = make_minimizer(problem, MinimizeMethod::method_fista, settings);
    std::vector<double> x(c.x.size());
    const MinimizeResult result = solver->solve(nullptr, nullptr, nullptr);
    solver->solution(CdCase::view(x));
    CHECK(c.result.objective <= result.objective * (1 + 1e-14));
    CHECK(c.result.dual <= result.objective * (1 + 1e-14));  // two sums, each rounded
    // A shift of all intercepts of a multinomial model changes nothing: coefficients only.
    for (index j = 0; j < c.size(); ++j) CHECK(c.x[at(j)] == doctest::Approx(x[at(j)]).epsilon(1e-8).scale(1));
  }
}

TEST_CASE("block cd: the best gap only falls, the objective too, without Newton as with it") {
  for (const int kind : {0, 1, 2, 3, 4})
    for (const int newton : {0, 1}) {
      BlockCase c = path_case(kind);
      c.l1 *= 0.3, c.lam *= 0.3;
      c.settings.newton = newton;
      c.settings.trace = 100;
      c.settings.max_iter = 20000;
      auto solver = make_coordinate_descent(c.problem(), c.settings);
      const MinimizeResult result = solver->solve(nullptr, nullptr, nullptr);
      CAPTURE(kind);
      CAPTURE(newton);
      CHECK(result.termination == static_cast<int>(Termination::CONVERGED));
      CHECK((newton == 1) == (result.newton_steps > 0));
      CHECK(result.iterations <= (newton == 1 ? 300 : 3000));
      for (std::size_t k = 6; k + 6 <= solver->trace().size(); k += 6) {
        CHECK(solver->trace()[k + 2] <= solver->trace()[k - 4] + 1e-12 * result.scale);
        CHECK(solver->trace()[k + 4] <= solver->trace()[k - 2] + 1e-12 * result.scale);
      }
    }
}

TEST_CASE("block cd: long groups, single groups, many threads, float data, warm starts") {
  BlockCase c = path_case(0);
  std::fill(c.group.begin(), c.group.end(), 0);  // longer than what has a matrix
  c.A = {60, 80, test_noise(4800, 5)};
  c.group.assign(80, 0);
  c.settings.tol = 1e-9;
  c.solve();
  CHECK(c.result.termination == static_cast<int>(Termination::CONVERGED));
  CHECK(static_cast<double>(c.check().objective - c.check().dual) <= 2e-9 * c.result.scale);
  c = path_case(1);
  std::vector<double> before;
  for (const int threads : {1, 2}) {  // the same bits
    c.settings.num_threads = threads;
    c.solve();
    if (threads == 2) CHECK(c.x == before);
    before = c.x;
  }
  c.start = before;
  c.solve();
  CHECK(c.result.iterations <= 5);
  for (const int kind : {0, 4}) {
    BlockCase d = path_case(kind);
    for (double& v : d.A.x) v = static_cast<double>(static_cast<float>(v));
    d.storage = Storage::single;
    d.solve();
    CHECK(d.result.termination == static_cast<int>(Termination::CONVERGED));
    CHECK(static_cast<double>(d.check().objective - d.check().dual) <= 2e-10 * d.result.scale);
  }
  BlockCase lasso = path_case(0);  // groups of one: the Lasso
  for (index j = 0; j < 40; ++j) lasso.group[at(j)] = j;
  CdCase scalar;
  scalar.A = lasso.A;
  scalar.y = lasso.y;
  scalar.intercept = true;
  scalar.settings.tol = lasso.settings.tol = 1e-14;
  lasso.solve();
  scalar.solve();
  for (index j = 0; j < 41; ++j) CHECK(lasso.x[at(j)] == doctest::Approx(scalar.x[at(j)]).epsilon(1e-7).scale(1));
}

TEST_CASE("block cd: what it refuses, it names") {
  BlockCase c = path_case(4);
  TermMaker mcp("mcp", prox_terms());
  LinearModel model = c.model();
  const auto nonconvex = std::make_shared<CompositeProblem>(Dtype::f64, 0, std::make_shared<ModelTerm>(model),
                                                            std::vector<Summand>{{mcp.make<Prox>(), nullptr}});
  CHECK(status_of([&] { make_coordinate_descent(nonconvex, c.settings); }) == Status::UNSUPPORTED);
  CHECK(message_of([&] { make_coordinate_descent(nonconvex, c.settings); }).find("nmapg") != std::string::npos);
  TermMaker simplex("simplex", prox_terms());
  const auto other = std::make_shared<CompositeProblem>(Dtype::f64, 0, std::make_shared<ModelTerm>(model),
                                                        std::vector<Summand>{{simplex.make<Prox>(), nullptr}});
  CHECK(message_of([&] { make_coordinate_descent(other, c.settings); }).find("group") != std::string::npos);
  CHECK(choose_method(*other) != MinimizeMethod::method_cd);
  TermMaker pairs("group_l2", prox_terms());  // 120 coefficients are no multiple of 7
  pairs.real("size", 7);
  const auto uneven = std::make_shared<CompositeProblem>(Dtype::f64, 0, std::make_shared<ModelTerm>(model),
                                                         std::vector<Summand>{{pairs.make<Prox>(), nullptr}});
  CHECK(status_of([&] { make_coordinate_descent(uneven, c.settings); }) == Status::SHAPE);
  auto solver = make_coordinate_descent(c.problem(), c.settings);
  std::vector<double> x(123, kNaN);
  CHECK(status_of([&] { solver->warm_start(CdCase::view(x)); }) == Status::NOT_FINITE);
}

}  // namespace
}  // namespace fenchel::test
