// map_law.cpp -- the same derivative from every optimality condition that holds at the solution: projected gradient,
// mirror descent, support; and from solutions that other methods found.
#include <doctest/doctest.h>

#include "solution_case.hpp"

namespace law {
namespace {

fen_derivative_options options_for(int32_t map) {
  fen_derivative_options options;
  fen_derivative_options_init(&options, sizeof options);
  options.optimality_map = map;
  return options;
}

double difference(const Vector& a, const Vector& b) {
  double most = 0;
  for (std::size_t i = 0; i < a.size(); ++i) most = std::max(most, std::abs(a[i] - b[i]));
  return most;
}

// Mirror descent with the entropy on the simplex of this radius, on 1/2 |A x - y|^2: x is never 0.
Vector mirror_descent(const SolutionCase& problem, double radius, double step, int iterations) {
  const auto n = static_cast<std::size_t>(problem.cols), m = static_cast<std::size_t>(problem.rows);
  Vector x(n, radius / static_cast<double>(n));
  for (int k = 0; k < iterations; ++k) {
    Vector gradient(n, 0.0);
    for (std::size_t i = 0; i < m; ++i) {
      double residual = -problem.f_vectors.at("y")[i];
      for (std::size_t j = 0; j < n; ++j) residual += problem.A[i * n + j] * x[j];
      for (std::size_t j = 0; j < n; ++j) gradient[j] += problem.A[i * n + j] * residual;
    }
    double least = kInfinity, sum = 0;
    for (const double g : gradient) least = std::min(least, g);
    for (std::size_t j = 0; j < n; ++j) sum += x[j] *= std::exp(-step * (gradient[j] - least));
    for (double& v : x) v *= radius / sum;
  }
  return x;
}

SolutionCase simplex(double radius) {
  SolutionCase out = SolutionCase::seeded(12, 6, 6);
  out.penalty = "simplex";
  out.g_numbers = {{"radius", radius}};
  out.method = "fista";
  return out;
}

}  // namespace

TEST_CASE(
    "maps: mirror descent and projected gradient have one derivative, to 1e-8, at one solution and at that of each") {
  for (const double radius : {1.0, 2.5}) {
    const SolutionCase problem = simplex(radius);
    const Vector x = problem.solve(), c = noise(6, 5), smooth = mirror_descent(problem, radius, 0.1, 40000);
    REQUIRE(difference(x, smooth) < 1e-9);
    int zeros = 0;
    for (const double v : x) zeros += v == 0 ? 1 : 0;
    CHECK(zeros >= 1);
    for (const double v : smooth) CHECK(v > 0);
    const fen_derivative_options prox = options_for(FEN_OPTIMALITY_MAP_PROXIMAL);
    for (const char* name : {"f.y", "f.weights", "f.linear"}) {
      const SolutionCase::Answer projected = problem.vjp(x, c, name, &prox);
      CHECK(projected.result.estimate <= 1e-7);
      const Vector& expected = projected.values;
      for (const int32_t solver : {FEN_LINEAR_SOLVER_AUTOMATIC, FEN_LINEAR_SOLVER_CG, FEN_LINEAR_SOLVER_MINRES}) {
        fen_derivative_options mirror = options_for(FEN_OPTIMALITY_MAP_MIRROR);
        mirror.linear_solver = solver;
        CAPTURE(name);
        CAPTURE(solver);
        for (const Vector* at : {&x, &smooth}) {
          const SolutionCase::Answer answer = problem.vjp(*at, c, name, &mirror);
          REQUIRE_MESSAGE(answer.status == FEN_OK, answer.message);
          CHECK(answer.result.derivative_status == FEN_DERIVATIVE_STATUS_UNCERTIFIED);
          CHECK(difference(answer.values, expected) <= 1e-8);
          CHECK(answer.result.estimate <= 1e-7);
        }
      }
    }
    const Vector d = noise(12, 8);
    const fen_derivative_options mirror = options_for(FEN_OPTIMALITY_MAP_MIRROR);
    CHECK(inner(c, problem.jvp(x, "f.y", d, &mirror).values) ==
          doctest::Approx(inner(problem.vjp(x, c, "f.y", &mirror).values, d)).epsilon(1e-10));
  }
}

TEST_CASE("maps: support and proximal gradient agree for penalties that have both") {
  SolutionCase lasso = SolutionCase::seeded(15, 8, 2);
  lasso.g_numbers = {{"lam", 0.6}};
  SolutionCase groups = SolutionCase::seeded(18, 8, 5);
  groups.penalty = "group_l2";
  groups.g_numbers = {{"lam", 0.8}, {"size", 2}};
  groups.method = "fista";
  for (const SolutionCase* problem : {&lasso, &groups}) {
    const Vector x = problem->solve(), c = noise(x.size(), 5);
    const fen_derivative_options prox = options_for(FEN_OPTIMALITY_MAP_PROXIMAL);
    const SolutionCase::Answer support = problem->vjp(x, c, "f.y"), fixed = problem->vjp(x, c, "f.y", &prox);
    REQUIRE_MESSAGE(fixed.status == FEN_OK, fixed.message);
    CHECK(difference(support.values, fixed.values) <= 1e-8);
    CHECK(fixed.result.active >= support.result.active);
  }
}

TEST_CASE("maps: what a map is not for is refused, and a vertex with a vanishing multiplier is ambiguous") {
  SolutionCase lasso = SolutionCase::seeded(15, 8, 2);
  lasso.g_numbers = {{"lam", 0.6}};
  const Vector x = lasso.solve(), c = noise(8, 5);
  const fen_derivative_options mirror = options_for(FEN_OPTIMALITY_MAP_MIRROR), wrong = options_for(3);
  CHECK(lasso.vjp(x, c, "f.y", &mirror).status == FEN_E_UNSUPPORTED);
  CHECK(lasso.vjp(x, c, "f.y", &wrong).status == FEN_E_RANGE);
  SolutionCase two = SolutionCase::seeded(2, 2, 1);
  two.A = {1, 0, 0, 1};
  two.f_vectors["y"] = {1, 0};  // the projection is (1, 0), where the second multiplier is 0
  two.penalty = "simplex";
  const SolutionCase::Answer kink = two.vjp({1, 0}, {1, 2}, "f.y", &mirror);
  REQUIRE_MESSAGE(kink.status == FEN_OK, kink.message);
  CHECK(kink.result.derivative_status == FEN_DERIVATIVE_STATUS_AMBIGUOUS);
  const SolutionCase::Answer off = two.vjp({0.2, 0.2}, {1, 2}, "f.y", &mirror);
  CHECK(off.status == FEN_E_RANGE);
}

TEST_CASE("maps: sparse designs keep their columns, and give what the same matrix gives dense") {
  SolutionCase net = SolutionCase::seeded(60, 40, 12);
  for (std::size_t i = 0; i < net.A.size(); ++i)
    if (i % 17 != 0) net.A[i] = 0;
  net.loss = "logistic";
  net.classes();
  net.penalty = "elastic_net";
  net.g_numbers = {{"l1", 0.01}, {"l2", 0.1}};
  net.f_numbers = {{"intercept", 1}};
  const Vector x = net.solve(), c = noise(x.size(), 5);
  const Vector expected = net.vjp(x, c, "f.weights").values;
  SolutionCase sparse = net;
  sparse.sparse = true;
  for (const int32_t solver : {FEN_LINEAR_SOLVER_DIRECT, FEN_LINEAR_SOLVER_CG}) {
    fen_derivative_options options = options_for(FEN_OPTIMALITY_MAP_AUTOMATIC);
    options.linear_solver = solver;
    const SolutionCase::Answer answer = sparse.vjp(x, c, "f.weights", &options);
    REQUIRE_MESSAGE(answer.status == FEN_OK, answer.message);
    CHECK(difference(answer.values, expected) <= 1e-8);
  }
}

}  // namespace law
