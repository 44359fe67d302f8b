#include "solvers/bilevel/outer_search.hpp"

#include <algorithm>
#include <cmath>

#include "doctest/doctest.h"

using namespace fenchel;

namespace {

using Vector = std::vector<double>;
constexpr OuterLimits kLimits{.tol = 1e-8, .max_iter = 200, .half_width = 14};

template <class F>
OuterReport search(F&& value_and_slope, Vector& t, OuterLimits limits = kLimits) {
  return outer_search(
      [&](const Vector& at, double& value, Vector& gradient) {
        value = value_and_slope(at, gradient);
        return true;
      },
      t, limits);
}

}  // namespace

TEST_CASE("one variable: a smooth minimum in at most 16 evaluations, from either side") {
  for (const double start : {-8.0, 9.0}) {
    Vector t{start};
    const OuterReport report = search(
        [](const Vector& at, Vector& g) {
          const double d = at[0] - 1.25;
          g[0] = d + 0.3 * std::cos(at[0]);
          return 5 + 0.5 * d * d + 0.3 * std::sin(at[0]);
        },
        t);
    CHECK(report.converged);
    CHECK(report.evaluations <= 16);
    CHECK(std::abs(t[0] - 1.25 + 0.3 * std::cos(t[0])) < 1e-3);
  }
}

TEST_CASE("one variable: probes ask for values alone where they may, and find the better valley all the same") {
  Vector t{-1};
  OuterLimits limits = kLimits;
  limits.values_alone = true;
  int values = 0, gradients = 0;
  const auto valleys = [&](const Vector& at, Vector& g) {  // minima near 0 (1) and 0.5 (0.5)
    const double left = std::cosh(9 * at[0] + 0.1), right = std::cosh(9 * (at[0] - 0.5)) - 0.5;
    (g.empty() ? values : gradients) += 1;
    if (!g.empty()) g[0] = 9 * std::sinh(left < right ? 9 * at[0] + 0.1 : 9 * (at[0] - 0.5));
    return std::min(left, right);
  };
  const OuterReport report = search(valleys, t, limits);
  CHECK(report.converged);
  CHECK(std::abs(t[0] - 0.5) < 1e-3);
  CHECK(values >= 4);
  CHECK(gradients == report.evaluations - values);
}

TEST_CASE("one variable: at a kink the bracket closes on it, although the slope never vanishes") {
  Vector t{4};
  const OuterReport report = search(
      [](const Vector& at, Vector& g) {
        g[0] = at[0] < 0.7 ? -2.0 : 3.0;
        return 1 + (at[0] < 0.7 ? -2 : 3) * (at[0] - 0.7);
      },
      t);
  CHECK(report.converged);
  CHECK(std::abs(t[0] - 0.7) < 1e-6);
  CHECK(report.evaluations <= 60);
}

TEST_CASE("one variable: a function that falls for ever ends at its bound, one that is flat at once") {
  Vector t{0}, flat{2};
  CHECK(search([](const Vector& at, Vector& g) { return g[0] = -1, 100 - at[0]; }, t).converged);
  CHECK(t[0] == 14);
  const OuterReport still = search([](const Vector&, Vector& g) { return g[0] = 0, 3.0; }, flat);
  CHECK(still.converged);
  CHECK(still.evaluations == 1);
}

TEST_CASE("many variables: Rosenbrock's valley, and bounds that hold") {
  Vector t{-1.2, 1};
  const auto valley = [](const Vector& x, Vector& g) {
    const double a = 1 - x[0], b = x[1] - x[0] * x[0];
    g[0] = -2 * a - 400 * x[0] * b;
    g[1] = 200 * b;
    return 1 + a * a + 100 * b * b;
  };
  const OuterReport report = search(valley, t, {.tol = 1e-12, .max_iter = 500, .half_width = 14});
  CHECK(report.converged);
  CHECK(std::abs(t[0] - 1) < 1e-4);
  CHECK(report.evaluations <= 120);
  Vector held{-1, -1};
  search(valley, held, {.tol = 1e-12, .max_iter = 500, .half_width = 0.5});
  CHECK(held[0] >= -1.5);
  CHECK(held[0] <= -0.5);
  CHECK(held[1] <= -0.5);
}

TEST_CASE("the best point is kept when evaluations run out or stop") {
  Vector t{5};
  int calls = 0;
  const OuterReport report = outer_search(
      [&](const Vector& at, double& value, Vector& g) {
        value = 1 + at[0] * at[0];
        g[0] = 2 * at[0];
        return ++calls < 2;
      },
      t, kLimits);
  CHECK(report.stopped);
  CHECK_FALSE(report.converged);
  CHECK(report.value <= 26);
  CHECK(report.value == 1 + t[0] * t[0]);
}

TEST_CASE("one variable: a bracket with an end on a plateau is cut, not taken for a minimum") {
  Vector t{9};  // slopes: next to nothing left of -4, a valley at 0
  const OuterReport report = search(
      [](const Vector& at, Vector& g) {
        const double bell = std::exp(-at[0] * at[0] / 4);
        g[0] = 0.5 * at[0] * bell + 0.1 / (1 + std::exp(-2 * (at[0] - 6)));
        return 10 - bell + 0.05 * std::log1p(std::exp(2 * (at[0] - 6)));
      },
      t);
  CHECK(report.converged);
  CHECK(std::abs(t[0]) < 0.05);
  CHECK(report.evaluations <= 40);
}

TEST_CASE("values of infinity are stepped back from") {
  Vector t{4};
  const OuterReport one = search(
      [](const Vector& at, Vector& g) {
        g[0] = std::nan("");
        if (at[0] < 0.5) return kInf;
        g[0] = 1;
        return at[0];
      },
      t);
  CHECK(one.value < 0.5 + 1e-4);
  Vector pair{3, 3};
  const OuterReport two = search(
      [](const Vector& at, Vector& g) {
        g = {std::nan(""), std::nan("")};
        if (at[0] < 1) return kInf;
        g = {2 * (at[0] - 1.5), 2 * (at[1] + 2)};
        return 1 + (at[0] - 1.5) * (at[0] - 1.5) + (at[1] + 2) * (at[1] + 2);
      },
      pair);
  CHECK(two.converged);
  CHECK(std::abs(pair[0] - 1.5) + std::abs(pair[1] + 2) < 1e-3);
}
