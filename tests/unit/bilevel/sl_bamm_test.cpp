// sl_bamm: lower levels with many solutions, where implicit differentiation has to say that there is no derivative.
#include <doctest/doctest.h>

#include "base/error.hpp"
#include "bilevel/first_order_problems.hpp"

namespace fenchel {
namespace {

using namespace first_order_problems;

double farthest(const Vector& a, const Vector& b) {
  double found = 0;
  for (std::size_t j = 0; j < a.size(); ++j) found = std::max(found, std::abs(a[j] - b[j]));
  return found;
}

void check_solution(OracleProblem& p, const Vector& x_true, const Vector& t_true, Vector t, Vector x,
                    const BilevelSettings& settings = {}) {
  const BilevelResult r = solve_bilevel(p.problem(), BilevelMethod::sl_bamm, settings, nullptr, nullptr, nullptr, t, x);
  CHECK(static_cast<Termination>(r.termination) == Termination::CONVERGED);
  CHECK(farthest(t, t_true) < 1e-3);
  CHECK(farthest(x, x_true) < 1e-3);
  CHECK(r.lower_residual < 1e-6);
  CHECK(r.lower_iterations < 20000);
}

TEST_CASE("sl_bamm: a flat lower level, from any start") {
  for (const std::size_t d : {1, 10, 100})
    for (const double scale : {0.0, 1.0, 30.0})
      for (const double shift : {0.0, -5.0}) {
        CAPTURE(d);
        CAPTURE(scale);
        CAPTURE(shift);
        auto p = flat_lower_level(d);
        Vector t = noise(d, d + 1), x = noise(2 * d, d + 2);
        for (double& v : t) v = shift + scale * v;
        for (double& v : x) v = 2 * shift + scale * v;
        check_solution(p, Vector(2 * d, 1.0), Vector(d, 1.0), t, x);
      }
}

TEST_CASE("sl_bamm: an over-parametrised lower level, from any start, with and without products") {
  for (const auto& [m, n] : {std::pair<std::size_t, std::size_t>{1, 2}, {5, 20}, {10, 100}})
    for (const double scale : {0.0, 1.0, 30.0})
      for (const bool products : {true, false}) {
        CAPTURE(m);
        CAPTURE(scale);
        CAPTURE(products);
        auto [p, x_true, t_true] = over_parametrised(m, n, 10 * m);
        if (!products) p.hvp = p.cross_t = nullptr;
        Vector t = noise(m, 77), x = noise(n, 78);
        for (double& v : t) v *= scale;
        for (double& v : x) v *= scale;
        check_solution(p, x_true, t_true, t, x);
      }
}

TEST_CASE("implicit differentiation of a lower level with many solutions is singular, and says what to use") {
  auto flat = flat_lower_level(10);
  auto over = over_parametrised(5, 20, 50).problem;
  for (OracleProblem* p : {&flat, &over})
    for (const bool whole : {true, false}) {
      Vector t(p->m, 0.5), x(p->n, 0.1), z(p->m);
      try {
        if (whole)
          solve_bilevel(p->problem(), BilevelMethod::implicit, {}, nullptr, nullptr, nullptr, t, x);
        else
          hypergradient(p->problem(), {}, t, x, z);
        FAIL("a derivative was found");
      } catch (const Error& e) {
        CHECK(e.status() == Status::SINGULAR);
        CHECK(std::string(e.what()).find("sl_bamm") != std::string::npos);
      }
      CHECK(t == Vector(p->m, 0.5));
      CHECK(x == Vector(p->n, 0.1));
    }
}

TEST_CASE("sl_bamm: no averaging for a strongly convex lower level") {
  auto p = quadratic({1, 2, 4}, {1, -1, 0.5}, 2, 0.1);
  BilevelSettings settings;
  settings.averaging = 0;
  check_solution(p, {1 / 1.1, -1 / 1.4, 0}, {1 / 1.1, -2 / 1.4}, {5, 5}, {3, 3, 3}, settings);
}

}  // namespace

TEST_CASE("implicit: a flat lower level is an error also where the first right-hand side hides it") {
  for (const double start : {0.0, 3.0}) {  // x = theta: the upper slope has no part in the kernel
    OracleProblem p = flat_lower_level(100);
    Vector t(p.m, start), x(p.n, start);
    const Vector before = t;
    try {
      solve_bilevel(p.problem(), BilevelMethod::implicit, {}, nullptr, nullptr, nullptr, t, x);
      FAIL("nothing was said");
    } catch (const Error& error) {
      CHECK(error.status() == Status::SINGULAR);
    }
    CHECK(t == before);
  }
}

}  // namespace fenchel
