#include "solvers/bilevel/oracles/lower_solver.hpp"

#include "allocations.hpp"
#include "base/error.hpp"
#include "bilevel/oracle_problems.hpp"
#include "doctest/doctest.h"

using namespace fenchel;
using namespace oracle_problems;

namespace {

struct Solved {
  LowerReport report;
  Vector x;
  BilevelCounts counts;
};

Solved solve_lower(Problem& problem, LowerMethod method, const Vector& t, double accuracy, Vector x = {},
                   index max_iter = 10000) {
  const BilevelProblem table = problem.table();
  BilevelCalls calls(table.oracles);
  BilevelSettings settings;
  settings.lower_method = static_cast<std::int32_t>(method);
  settings.lower_max_iter = max_iter;
  Control control;
  if (x.empty()) x.resize(at(problem.n));
  Solved out{
      make_lower_solver(calls, settings)->solve(t.data(), problem.constants(t.data()), accuracy, x, control), {}, {}};
  out.x = x;
  out.counts = calls.counts;
  return out;
}

constexpr LowerMethod kSmooth[] = {LowerMethod::automatic, LowerMethod::gradient, LowerMethod::fista,
                                   LowerMethod::lbfgs, LowerMethod::newton_cg};

double residual_of(Problem& problem, const Vector& x, const Vector& t) {
  Vector slope(x.size());
  problem.lower(x.data(), t.data(), slope.data(), nullptr);
  return norm2(slope);
}

}  // namespace

TEST_CASE("lower level: every method finds the closed form of a quadratic, with and without constants") {
  for (const bool known : {true, false}) {
    Quadratic problem(30, 3, 1, 20);
    if (!known) problem.has &= ~static_cast<unsigned>(Problem::kConstants);
    const Vector t{0.5, -1, 2};
    for (const LowerMethod method : kSmooth) {
      const Solved found = solve_lower(problem, method, t, 1e-11);
      CAPTURE(static_cast<int>(method));
      CHECK(found.report.converged);
      CHECK(found.report.residual == doctest::Approx(residual_of(problem, found.x, t)));
      CHECK(distance(found.x, problem.solution(t)) < 1e-11);
    }
  }
}

TEST_CASE("lower level: budgets of a logistic regression") {
  Logistic problem(120, 40, 40);
  const Vector t(40, -1.0);
  const Solved newton = solve_lower(problem, LowerMethod::newton_cg, t, 1e-9);
  CHECK(newton.report.converged);
  CHECK(newton.report.iterations <= 12);
  CHECK(newton.counts.hvps <= 130);
  const Solved lbfgs = solve_lower(problem, LowerMethod::lbfgs, t, 1e-9);
  CHECK(lbfgs.report.converged);
  CHECK(lbfgs.report.iterations <= 70);
  CHECK(lbfgs.counts.lower <= 85);
  CHECK(lbfgs.counts.hvps == 0);
  CHECK(distance(newton.x, lbfgs.x) < 1e-8);
}

TEST_CASE("lower level: a preconditioner saves products") {
  Quadratic problem(60, 2, 1, 1);  // the identity, scaled badly
  for (index j = 0; j < 60; ++j) problem.A(j, j) *= 1 + static_cast<double>(j * j);
  const Vector t{1, 1};
  const Solved plain = solve_lower(problem, LowerMethod::newton_cg, t, 1e-8);
  problem.has |= Problem::kPrecondition;
  const Solved helped = solve_lower(problem, LowerMethod::newton_cg, t, 1e-8);
  CHECK(plain.report.converged);
  CHECK(helped.report.converged);
  CHECK(4 * helped.counts.hvps < plain.counts.hvps);
}

TEST_CASE("lower level: an accuracy below rounding ends soon, honestly, at the floor") {
  Logistic problem(120, 20, 1);
  const Vector t{0.3};
  for (const LowerMethod method : kSmooth) {
    const Solved found = solve_lower(problem, method, t, 0, {}, 1000000);
    CAPTURE(static_cast<int>(method));
    CHECK(!found.report.converged);
    CHECK(found.report.residual < 1e-12);
    CHECK(found.report.residual == doctest::Approx(residual_of(problem, found.x, t)));
    CHECK(found.report.iterations < (method == LowerMethod::gradient ? 20000 : 2000));
  }
}

TEST_CASE("lower level: a better accuracy than 1e-13 is reached where rounding allows it") {
  Logistic problem(60, 10, 1);
  for (const LowerMethod method : {LowerMethod::lbfgs, LowerMethod::newton_cg, LowerMethod::fista})
    CHECK(solve_lower(problem, method, {0.5}, 1e-13).report.converged);
}

// h = sum x_j - t log x_j: x = t, outside for x <= 0; long steps leave the domain.
namespace {
class Barrier : public Problem {
 public:
  Barrier() : Problem(4, 1, kHvp | kCrossT) {
    inside = [](const double* x, const double*) { return std::all_of(x, x + 4, [](double v) { return v > 0; }); };
  }
  double lower(const double* x, const double* t, double* dx, double* dt) override {
    double value = 0;
    if (dt != nullptr) dt[0] = 0;
    for (index j = 0; j < n; ++j) {
      value += x[j] - t[0] * std::log(x[j]);
      if (dx != nullptr) dx[j] = 1 - t[0] / x[j];
      if (dt != nullptr) dt[0] -= std::log(x[j]);
    }
    return value;
  }
  double upper(const double* x, const double*, double* dx, double* dt) override {
    if (dt != nullptr) dt[0] = 0;
    for (index j = 0; dx != nullptr && j < n; ++j) dx[j] = 2 * x[j];
    return dot(x, x, n);
  }
  Vector hvp(const double* x, const double* t, const double* v) override {
    Vector out(4);
    for (index j = 0; j < n; ++j) out[at(j)] = t[0] / (x[j] * x[j]) * v[j];
    return out;
  }
  Vector cross_t(const double* x, const double*, const double* v) override {
    Vector out(1);
    for (index j = 0; j < n; ++j) out[0] -= v[j] / x[j];
    return out;
  }
};
}  // namespace

TEST_CASE("lower level: steps out of the domain are taken back; a start there is the caller's error") {
  Barrier problem;
  for (const LowerMethod method : kSmooth) {
    CAPTURE(static_cast<int>(method));
    const Solved found = solve_lower(problem, method, {0.5}, 1e-9, {30, 0.01, 2, 0.5});
    CHECK(found.report.converged);
    for (const double x : found.x) CHECK(x == doctest::Approx(0.5).epsilon(1e-7));
    CHECK_THROWS_AS(solve_lower(problem, method, {0.5}, 1e-9, {1, 1, -1, 1}), OutsideDomain);
  }
}

TEST_CASE("lower level: a step that the caller overstated is taken back where it leaves the domain") {
  Barrier problem;
  const BilevelProblem table = problem.table();
  BilevelCalls calls(table.oracles);
  BilevelSettings settings;
  settings.lower_method = static_cast<std::int32_t>(LowerMethod::gradient);
  settings.lower_step = 50;
  Control control;
  Vector x{1, 2, 3, 0.6};
  const double t = 0.5;
  CHECK(make_lower_solver(calls, settings)->solve(&t, {}, 1e-9, x, control).converged);
  CHECK(x[2] == doctest::Approx(0.5));
}

TEST_CASE("lower level: second-order methods refuse a prox") {
  ElasticNet problem(20, 8, 2);
  for (const LowerMethod method : {LowerMethod::lbfgs, LowerMethod::newton_cg})
    CHECK_THROWS_AS(solve_lower(problem, method, {0, 0}, 1e-9), Error);
  CHECK(solve_lower(problem, LowerMethod::automatic, {-2, -2}, 1e-11).report.converged);
}

TEST_CASE("lower level: no allocation inside iterations") {
  // The oracles of oracle_problems.hpp allocate; these do not.
  struct Diagonal {
    static std::int32_t lower(void*, const double* x, const double* t, std::uint32_t, double* value, double* dx,
                              double* dt) {
      double sum = 0;
      for (int j = 0; j < 10; ++j) {
        const double c = 1 + j;
        sum += 0.5 * c * x[j] * x[j] + std::log1p(x[j] * x[j]) - t[0] * x[j];
        if (dx != nullptr) dx[j] = c * x[j] + 2 * x[j] / (1 + x[j] * x[j]) - t[0];
      }
      *value = sum;
      if (dt != nullptr) dt[0] = 0;
      return 0;
    }
  };
  BilevelOracles o;
  o.n = 10;
  o.m = 1;
  o.lower = o.upper = &Diagonal::lower;
  for (const LowerMethod method : kSmooth) {
    CAPTURE(static_cast<int>(method));
    BilevelCalls calls(o);
    BilevelSettings settings;
    settings.lower_method = static_cast<std::int32_t>(method);
    const auto solver = make_lower_solver(calls, settings);
    Control control;
    Vector x(10, 3.0);
    const double t = 2;
    const std::int64_t before = allocations();
    const LowerReport report = solver->solve(&t, {}, 1e-9, x, control);
    CHECK(report.iterations > 3);
    CHECK(allocations() == before);
  }
}
