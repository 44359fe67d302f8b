#include "solvers/bilevel/outer_search.hpp"

#include <algorithm>
#include <cmath>

#include "allocations.hpp"
#include "doctest/doctest.h"
#include "solvers/bilevel/outer_scan.hpp"

using namespace fenchel;

namespace {

using Vector = std::vector<double>;
const OuterLimits kLimits{.tol = 1e-8, .max_iter = 200, .half_width = 14};

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
  CHECK(still.evaluations <= 16);  // far to both sides
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
  CHECK(one.walled);
  CHECK_FALSE(one.converged);
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

namespace {

// sum ((t_i - b_i) / c_i)^2 / 2 + 1, c the scales.
auto bowl(const Vector& scale, double minimum) {
  return [scale, minimum](const Vector& t, Vector& g) {
    double value = 1;
    for (std::size_t i = 0; i < t.size(); ++i) {
      const double u = t[i] / scale[i] - minimum;
      value += 0.5 * u * u;
      g[i] = u / scale[i];
    }
    return value;
  };
}
// Rosenbrock's in u = t / scale.
auto bent_valley(const Vector& scale) {
  return [scale](const Vector& t, Vector& g) {
    const double x = t[0] / scale[0], y = t[1] / scale[1], a = 1 - x, b = y - x * x;
    g[0] = (-2 * a - 400 * x * b) / scale[0];
    g[1] = 200 * b / scale[1];
    return 1 + a * a + 100 * b * b;
  };
}

}  // namespace

TEST_CASE("variables that are no logarithms: answers scale with them to the bit, evaluations stay") {
  for (const double start : {0.0, 0.4}) {
    index evaluations[2][3];
    double ends[2][3];
    int k = 0;
    for (const double scale : {std::ldexp(1.0, -20), 1.0, std::ldexp(1.0, 20)}) {
      const Vector units{start * scale}, pair_units{start * scale, start * scale};
      OuterLimits limits{.tol = 1e-10, .max_iter = 200, .half_width = kInf};
      limits.units = &units;
      Vector one{start * scale}, two{start * scale, start * scale};
      const OuterReport first = search(bowl({scale}, 3), one, limits);
      CHECK(first.converged);
      CHECK(std::abs(one[0] / scale - 3) < 1e-4);
      limits.units = &pair_units;
      const OuterReport second = search(bent_valley({scale, scale}), two, limits);
      CHECK(second.converged);
      CHECK(std::abs(two[0] / scale - 1) < 1e-3);
      evaluations[0][k] = first.evaluations;
      evaluations[1][k] = second.evaluations;
      ends[0][k] = one[0] / scale;
      ends[1][k++] = two[0] / scale;
    }
    for (int which = 0; which < 2; ++which)
      for (int other = 1; other < 3; ++other) {
        CHECK(evaluations[which][other] == evaluations[which][0]);
        CHECK(ends[which][other] == ends[which][0]);
      }
  }
}

TEST_CASE("one variable that is no logarithm: minima 1e-6 to 1e6 units away, from either side") {
  for (const double far : {1e-6, 1e-3, 1.0, 1e3, 1e6})
    for (const double unit : {0.0, 1.0}) {
      const Vector units{unit};
      OuterLimits limits{.tol = 1e-10, .max_iter = 200, .half_width = kInf};
      limits.units = &units;
      Vector t{unit};
      const OuterReport report = search(bowl({far}, -2), t, limits);
      CAPTURE(far);
      CAPTURE(unit);
      CHECK(report.converged);
      CHECK(std::abs(t[0] / far + 2) < 1e-4);
      CHECK(report.evaluations <= 30);
    }
}

TEST_CASE("variables of scales 1e-6 to 1e6 together: from 0, from starts and within bounds of their size") {
  const Vector scale{1e-6, 1e-3, 1, 1e3, 1e6};
  Vector low(5), high(5), starts(5), none(5, 0.0), widths(5);
  for (std::size_t i = 0; i < 5; ++i) {
    low[i] = -4 * scale[i];
    high[i] = 4 * scale[i];
    starts[i] = (i % 2 == 0 ? 0.3 : 8) * scale[i];
    widths[i] = 2 * scale[i];
  }
  OuterLimits limits{.tol = 1e-10, .max_iter = 200, .half_width = kInf};
  const auto check = [&](Vector t, const Vector& units, index most) {
    limits.units = &units;
    const OuterReport report = search(bowl(scale, 2), t, limits);
    CHECK(report.converged);
    CHECK(report.evaluations <= most);
    for (std::size_t i = 0; i < 5; ++i) CHECK(std::abs(t[i] / scale[i] - 2) < 1e-3);
  };
  check(starts, starts, 30);
  check(none, none, 100);  // nothing is known but the first gradient: units grow
  limits.low = &low;
  limits.high = &high;
  check(none, widths, 30);
  const Vector pair_scale{1e-6, 1e6}, pair_units{1.2e-6, 1e6};
  limits.low = limits.high = nullptr;
  limits.units = &pair_units;
  Vector pair{-1.2e-6, 1e6};  // Rosenbrock's own start
  const OuterReport report = search(bent_valley(pair_scale), pair, limits);
  CHECK(report.converged);
  CHECK(std::abs(pair[0] / 1e-6 - 1) < 1e-3);
  CHECK(report.evaluations <= 120);
}

TEST_CASE("units far too long or far too short are mended on the way") {
  for (const double wrong : {1e-9, 1e-5, 1e5, 1e9}) {
    const Vector units{wrong, 1.0};
    OuterLimits limits{.tol = 1e-10, .max_iter = 200, .half_width = kInf};
    limits.units = &units;
    Vector t{0, 0};
    const OuterReport report = search(bowl({1, 1}, 2), t, limits);
    CAPTURE(wrong);
    CHECK(report.converged);
    CHECK(report.evaluations <= 80);
    CHECK(std::abs(t[0] - 2) + std::abs(t[1] - 2) < 1e-3);
  }
}

TEST_CASE("minima beyond bounds are found at them bit for bit, from beside them too") {
  const Vector low{-0.7, 0.1, -10}, high{0.3, 1.9, 10};
  for (const double beside : {0.0, 1e-16, 1e-12, 0.2})
    for (const bool logarithms : {false, true}) {
      const Vector units(3, 0.0);
      OuterLimits limits{.tol = 1e-10, .max_iter = 200, .half_width = 14, .low = &low, .high = &high};
      if (!logarithms) limits.units = &units;
      Vector t{0.3 - beside, 0.1 + beside, 0.5};
      const OuterReport report = search(
          [](const Vector& at, Vector& g) {
            g = {-1, 2 + 0.1 * at[2], at[2] - 0.25 + 0.1 * at[1]};
            return 3 - at[0] + 2 * at[1] + 0.5 * at[2] * at[2] - 0.25 * at[2] + 0.1 * at[1] * at[2];
          },
          t, limits);
      CHECK(report.converged);
      CHECK(t[0] == 0.3);
      CHECK(t[1] == 0.1);
      CHECK(std::abs(t[2] - 0.24) < 1e-4);
    }
}

TEST_CASE("of values equal to rounding the point with the smaller gradient is kept, and keep says so") {
  OuterLimits limits{.tol = 0, .max_iter = 30, .half_width = 14};
  double last = 0, kept = kNaN;
  limits.keep = [&] { kept = last; };
  Vector t{1};
  search(
      [&](const Vector& at, Vector& g) {  // near 0 every value is 1
        last = at[0];
        g[0] = at[0];
        return 1 + 0.5 * at[0] * at[0];
      },
      t, limits);
  CHECK(std::abs(t[0]) < 1e-12);
  CHECK(kept == t[0]);
}

TEST_CASE("a search behind a wall keeps the best and does not say that it converged") {
  Vector t{2, 3};
  const OuterReport report = search(
      [](const Vector& at, Vector& g) {
        g = {1, 2 * at[1]};
        return at[0] < 1 ? kInf : at[0] + at[1] * at[1];
      },
      t);
  CHECK(report.walled);
  CHECK_FALSE(report.converged);
  CHECK(t[0] >= 1);
  CHECK(report.value < 5);
}

TEST_CASE("searches allocate before the first evaluation and not after") {
  for (const std::size_t size : {1, 2})
    for (const bool logarithms : {true, false}) {
      const Vector units(size, 0.0);
      OuterLimits limits{.tol = 1e-10, .max_iter = 200, .half_width = 14, .values_alone = true};
      if (!logarithms) limits.units = &units;
      Vector t(size, -1.0);
      std::int64_t first = -1, last = -1;
      const OuterReport report = search(
          [&](const Vector& at, Vector& g) {
            if (first < 0) first = allocations();
            last = allocations();
            const double a = 1 - at[0], b = at.back() - at[0] * at[0];
            if (!g.empty()) {
              g.back() = 200 * b;
              g[0] = (size == 1 ? 200 * b : 0) - 2 * a - 400 * at[0] * b;
            }
            return 1 + a * a + 100 * b * b;
          },
          t, limits);
      CHECK(report.evaluations > 5);
      CHECK(last == first);
    }
}

TEST_CASE("a scan finds the deepest of many valleys, and plateaus are left without one") {
  const auto wavy = [](const Vector& at, Vector& g) {  // kinks every 0.4, the deepest valley near 1.8
    const double d = at[0] - 1.7, wave = std::sin(at[0] * 7.853981633974483);
    if (!g.empty())
      g[0] = 0.02 * d + 0.05 * std::copysign(7.853981633974483, wave) * std::cos(at[0] * 7.853981633974483);
    return 1 + 0.01 * d * d + 0.05 * std::abs(wave);
  };
  double best = kInf;
  Vector unused{0};
  for (int i = 0; i <= 4000; ++i) {
    unused[0] = -2 + 0.002 * i;
    Vector slope{0};
    best = std::min(best, wavy(unused, slope));
  }
  OuterLimits limits{.tol = 1e-5, .max_iter = 200, .half_width = 14};
  limits.values_alone = true;
  Vector missed{0.1}, found{0.1};
  CHECK(search(wavy, missed, limits).value > best * (1 + 1e-3));
  limits.scan = 64;
  const OuterReport report = search(wavy, found, limits);
  CHECK(report.converged);
  CHECK(report.value <= best * (1 + 1e-6));
  CHECK(report.evaluations <= 120);

  limits.scan = 0;
  Vector flat{-10};
  const OuterReport plateau = search(
      [](const Vector& at, Vector& g) {  // next to level left of -4
        const double bell = std::exp(-0.5 * (at[0] - 1) * (at[0] - 1));
        if (!g.empty()) g[0] = (at[0] - 1) * bell + 1e-7;
        return 10 - bell + 1e-7 * at[0];
      },
      flat, limits);
  CHECK(plateau.converged);
  CHECK(std::abs(flat[0] - 1) < 0.01);
}

TEST_CASE("where a scan looks next: the lowest bound, nothing where no bound is low enough") {
  OuterScan scan(8);
  CHECK(std::isnan(scan.next(-10, 10, 0, 0.01)));
  for (const double t : {-2.0, 2.0, 6.0}) scan.add(t, 0.5 * t * t, t);  // a parabola
  CHECK(scan.least() == 2);
  CHECK(scan.most() == 18);
  const double at = scan.next(-10, 10, 0.01, 0.01);
  CHECK(at == doctest::Approx(0));
  scan.add(0, 0, 0);
  CHECK(std::isnan(scan.next(-10, 10, 3, 0.01)));  // nothing is lower by 3
  CHECK(std::isnan(scan.next(2.5, 10, 0.01, 0.01)));
  scan.add(1, kInf, 0);  // refused, not remembered
  CHECK(scan.most() == 18);
}
