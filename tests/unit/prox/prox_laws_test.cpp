// prox_laws_test.cpp -- what every term of the catalogue must do: minimise, return its value, agree with itself in
// both dtypes and in place, pass NaN on. A new file is tested by itself (prox_examples.hpp).
#include "prox_examples.hpp"
#include "prox_subject.hpp"

namespace fenchel {
namespace {

TEST_CASE("prox laws: the proximal point minimises, and its value comes with it") {
  for (const ProxCase& example : prox_examples()) {
    Subject s(example);
    each_point(s, [&](Draws& draws, const Vector<double>& v, double step) {
      Vector<double> x;
      const double value = s.apply<double>(v, {step}, x);
      // The square that rounding leaves of a distance of 0.
      const double least = std::pow(1e-12 * (largest(v) + largest(x)), 2) / step;
      const double size = std::abs(value) + s.objective(x, v, step) - value;
      HOLDS(std::abs(value - s.value(x)) <= s.accuracy * (1 + std::abs(value)), s, "returns the value at the result",
            value << " is not " << s.value(x) << ", step " << step);
      const double mine = s.objective(x, v, step);
      HOLDS(std::isfinite(mine), s, "is finite at the result", mine << ", step " << step);
      const auto beaten_by = [&](const Vector<double>& rival, const char* which) {
        const double theirs = s.objective(rival, v, step);
        HOLDS(mine <= theirs + s.accuracy * (size + std::abs(theirs)) + least, s, "minimises",
              std::string(which) << " has " << theirs << " < " << mine << ", step " << step);
      };
      beaten_by(v, "v itself");
      beaten_by(Vector<double>(v.size(), 0), "0");
      for (int k = 0; k < 12; ++k) {
        const double radius = std::pow(10.0, -k / 2.0) * (largest(v) + 0.1);
        const Vector<double> d = draws.vector(s.n, radius);
        beaten_by(mix(1, x, 1, d), "a point nearby");
        beaten_by(s.at(mix(1, v, 1, d), step), "the proximal point of a neighbour");
        beaten_by(s.at(mix(1, v, 1, d), step * std::pow(10.0, 2 * draws.uniform() - 1)), "one with another step");
        Vector<double> one = x;
        one[static_cast<std::size_t>(k) % one.size()] += d[0];
        beaten_by(one, "a point that differs in one coordinate");
        one[static_cast<std::size_t>(k) % one.size()] = k % 2 == 0 ? 0 : v[static_cast<std::size_t>(k) % one.size()];
        beaten_by(one, "a point with one coordinate kept or dropped");
      }
    });
  }
}

TEST_CASE("prox laws: in place as out of place; float as double") {
  for (const ProxCase& example : prox_examples()) {
    Subject s(example);
    each_point(s, [&](Draws&, const Vector<double>& wide, double step) {
      const Vector<float> v = as<float>(wide);
      const Vector<double> same = as<double>({v.begin(), v.end()});
      Vector<float> x;
      Vector<double> y;
      const double value = s.apply<float>(v, {static_cast<float>(step)}, x);
      const double want = s.apply<double>(same, {static_cast<double>(static_cast<float>(step))}, y);

      Vector<float> narrow = v;
      s.guarded(
          [&](Scratch m) { return s.prox->prox(s.n, narrow.data(), {static_cast<float>(step)}, narrow.data(), m); });
      HOLDS(std::memcmp(narrow.data(), x.data(), x.size() * sizeof(float)) == 0, s, "in place as out of place", "f32");
      Vector<double> place = same;
      s.guarded([&](Scratch m) {
        return s.prox->prox(s.n, place.data(), {static_cast<double>(static_cast<float>(step))}, place.data(), m);
      });
      HOLDS(std::memcmp(place.data(), y.data(), y.size() * sizeof(double)) == 0, s, "in place as out of place", "f64");

      const Vector<double> seen(x.begin(), x.end());
      const double scale = 1 + largest(same) + largest(y);
      if (s.can(PROX_CONVEX))
        HOLDS(apart(seen, y) <= 1e-5 * scale, s, "float as double", apart(seen, y) << " apart, step " << step);
      HOLDS(std::abs(value - s.value(x)) <= 1e-5 * (1 + std::abs(value)), s, "returns the value at the result in float",
            value << " is not " << s.value(x));
      if (!s.can(PROX_INDICATOR) && std::isfinite(s.value(seen))) {
        const double mine = s.objective(seen, same, step), best = s.objective(y, same, step);
        HOLDS(mine <= best + 1e-5 * (1 + std::abs(best) + std::abs(want)), s, "minimises in float",
              mine << " instead of " << best << ", step " << step);
      }
    });
  }
}

TEST_CASE("prox laws: NaN in gives NaN out; extreme steps and one coordinate do no harm") {
  for (const ProxCase& example : prox_examples()) {
    Subject s(example);
    Draws draws{Philox(5, 5)};
    for (index k = 0; k < s.n; ++k) {
      Vector<double> v = draws.vector(s.n, 2), x;
      const Vector<double> clean = s.at(v, 0.5);
      v[static_cast<std::size_t>(k)] = kNaN;
      s.apply<double>(v, {0.5}, x);
      bool any = false;
      for (index j = 0; j < s.n; ++j) {
        const auto i = static_cast<std::size_t>(j);
        any = any || x[i] != x[i];
        if (s.can(PROX_SEPARABLE) && j != k) HOLDS(x[i] == clean[i], s, "NaN stays in its coordinate", j);
      }
      const bool here = x[static_cast<std::size_t>(k)] != x[static_cast<std::size_t>(k)];
      HOLDS(s.can(PROX_SEPARABLE) ? here : any, s, "NaN in gives NaN out", "coordinate " << k);
      Vector<float> narrow = as<float>(v), y;
      s.apply<float>(narrow, {0.5F}, y);
      any = false;
      for (const float a : y) any = any || a != a;
      HOLDS(any, s, "NaN in gives NaN out", "float, coordinate " << k);
    }
    for (const double step : {1e-12, 1e12})
      for (const double scale : {0.0, 1e-8, 1e8}) {
        const Vector<double> v = draws.vector(s.n, scale);
        for (const double a : s.at(v, step))
          HOLDS(std::isfinite(a), s, "is finite at extreme steps", a << ", step " << step << ", scale " << scale);
      }
  }
}

TEST_CASE("prox laws: one step for all coordinates is that step for each") {
  for (const ProxCase& example : prox_examples()) {
    Subject s(example);
    if (!s.can(PROX_VECTOR_STEP)) continue;
    each_point(s, [&](Draws& draws, const Vector<double>& v, double step) {
      Vector<double> x, y, steps(v.size(), step);
      const double a = s.apply<double>(v, {step}, x), b = s.apply<double>(v, {1, steps.data()}, y);
      HOLDS(apart(x, y) <= s.accuracy * (1 + largest(v)), s, "a constant vector step is a step", apart(x, y));
      HOLDS(std::abs(a - b) <= s.accuracy * (1 + std::abs(a)), s, "a constant vector step is a step", a << " " << b);
      for (double& t : steps) t *= 0.2 + 3 * draws.uniform();
      const double at_result = s.apply<double>(v, {1, steps.data()}, x);
      const auto objective = [&](const Vector<double>& z) {
        double sum = s.value(z);
        for (std::size_t i = 0; i < z.size(); ++i) sum += (z[i] - v[i]) * (z[i] - v[i]) / (2 * steps[i]);
        return sum;
      };
      const double mine = objective(x);
      for (int k = 0; k < 12; ++k) {
        const Vector<double> d = draws.vector(s.n, std::pow(10.0, -k / 2.0) * (largest(v) + 0.1));
        for (const Vector<double>& rival : {mix(1, x, 1, d), s.at(mix(1, v, 1, d), step), y})
          HOLDS(mine <= objective(rival) + s.accuracy * (std::abs(mine) + 2 * std::abs(at_result) + 1e-12 * largest(v)),
                s, "minimises with a vector step", objective(rival) << " < " << mine);
      }
    });
  }
}

}  // namespace
}  // namespace fenchel
