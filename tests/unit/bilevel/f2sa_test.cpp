// f2sa: the penalty's bias law, Richardson's answer to it, and no second derivative ever.
#include <doctest/doctest.h>

#include "bilevel/first_order_problems.hpp"
#include "solvers/bilevel/oracles/paired_descent.hpp"

namespace fenchel {
namespace {

// f = (x - 1)^2 / 2 + t^2 / 2, h = (x - t)^2: dF/dt = 2 t - 1, G = t - 2 lambda (1 - t) / (1 + 2 lambda).
first_order_problems::OracleProblem documented() {
  first_order_problems::OracleProblem p;
  p.n = p.m = 1;
  p.h = [](const double* x, const double* t, double* dx, double* dt) {
    if (dx != nullptr) *dx = 2 * (*x - *t);
    if (dt != nullptr) *dt = -2 * (*x - *t);
    return (*x - *t) * (*x - *t);
  };
  p.f = [](const double* x, const double* t, double* dx, double* dt) {
    if (dx != nullptr) *dx = *x - 1;
    if (dt != nullptr) *dt = *t;
    return (*x - 1) * (*x - 1) / 2 + *t * *t / 2;
  };
  return p;
}

TEST_CASE("the bias of the penalty's gradient times lambda tends to a constant") {
  auto p = documented();
  BilevelCalls calls(p.problem().oracles);
  Control control;
  PairedDescent pair(calls, control);
  const double t = 0.7;
  pair.start(&t, {}, {3.0});
  double before = kInf;
  for (const auto& [lambda, product] : {std::pair{10.0, 0.143}, {100.0, 0.149}, {1000.0, 0.1499}}) {
    pair.set_penalty(lambda);
    REQUIRE(pair.settle(&t, 1e-13, 1e-12, 10, 10000));
    const double error = std::abs(pair.gradient[0] - (2 * t - 1));
    CHECK(std::abs(error * lambda - product) < 5e-4);
    CHECK(error < before / 9);  // slope -1
    before = error;
  }
}

TEST_CASE("f2sa extrapolates the bias away and estimates what is left") {
  for (const double penalty : {10.0, 100.0, 1000.0}) {
    auto p = documented();
    BilevelSettings settings;
    settings.max_iter = 1;
    settings.penalty = penalty;
    settings.penalty_power = 0;
    Vector t{0.7}, x{3.0};
    const BilevelResult r = solve_bilevel(p.problem(), BilevelMethod::f2sa, settings, nullptr, nullptr, nullptr, t, x);
    CHECK(static_cast<Termination>(r.termination) == Termination::MAX_ITER);
    CHECK(r.penalty == penalty);
    const double error = std::abs(r.hypergradient - 0.4);
    CHECK(error < 0.2 / (penalty * penalty));  // second order
    CHECK(error < r.estimate);
    CHECK(r.estimate < 0.1 / penalty);
  }
}

TEST_CASE("f2sa: ridge with a penalty each, its gradient at the end against the implicit one's") {
  const first_order_problems::Ridge ridge(40, 12, 11);
  auto p = ridge.problem();
  BilevelSettings settings;
  settings.log_theta = 1;
  settings.reach = 100;
  Vector t(12, 1.0), x(12, 0.0), z(12);
  const BilevelResult r = solve_bilevel(p.problem(), BilevelMethod::f2sa, settings, nullptr, nullptr, nullptr, t, x);
  CHECK(r.lower_hvps == 0);
  CHECK(r.cross_products == 0);
  CHECK(r.finite_differences == 0);
  CHECK(static_cast<Termination>(r.termination) == Termination::CONVERGED);
  BilevelSettings tight;
  tight.lower_tol = 1e-11;
  Vector x_exact(12, 0.0);
  const BilevelResult exact = hypergradient(p.problem(), tight, t, x_exact, z);
  CHECK(std::abs(exact.hypergradient - r.hypergradient) <= r.estimate + 1e-8);
  CHECK(std::abs(exact.value - r.value) < 1e-6 * exact.value);
  Vector t_implicit(12, 1.0), x_implicit(12, 0.0);
  const BilevelResult other =
      solve_bilevel(p.problem(), BilevelMethod::implicit, settings, nullptr, nullptr, nullptr, t_implicit, x_implicit);
  CHECK(r.value < other.value * (1 + 1e-6));
}

}  // namespace
}  // namespace fenchel
