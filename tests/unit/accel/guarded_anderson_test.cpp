// guarded_anderson_test.cpp -- affine maps are solved in as many steps as they have dimensions, plain steps come back
// where extrapolation fails, straight travel is lengthened.
#include "accel/guarded_anderson.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

namespace fenchel {
namespace {

using Vector = std::vector<double>;

// Steps until |T(v) - v| <= tol; -1 after `most`.
template <class Map>
int steps(Map&& map, Vector v, int memory, double tol, int most) {
  GuardedAnderson<double> anderson;
  anderson.resize(static_cast<index>(v.size()), memory);
  Vector t(v.size());
  for (int k = 0; k < most; ++k) {
    map(v, t);
    double length = 0;
    for (std::size_t j = 0; j < v.size(); ++j) length += (t[j] - v[j]) * (t[j] - v[j]);
    if (std::sqrt(length) <= tol) return k;
    anderson.next(v.data(), t.data());
    v = t;
  }
  return -1;
}

TEST_CASE("guarded anderson: a slow spiral ends after its dimension") {
  // Three rotations that shrink by 5e-4 a turn: averaged with the identity, as splittings are on an active set.
  const auto spiral = [](const Vector& v, Vector& t) {
    for (std::size_t k = 0; k < 3; ++k) {
      const double angle = 0.3 * static_cast<double>(k + 1), shrink = 0.9995;
      const double x = v[2 * k] - 1, y = v[2 * k + 1] + 2;
      t[2 * k] = 1 + shrink * (std::cos(angle) * x - std::sin(angle) * y);
      t[2 * k + 1] = -2 + shrink * (std::sin(angle) * x + std::cos(angle) * y);
    }
  };
  CHECK(steps(spiral, Vector(6), 0, 1e-8, 50000) > 20000);
  const int fast = steps(spiral, Vector(6), 10, 1e-8, 50000);
  MESSAGE("spiral of six dimensions: ", fast, " steps");
  CHECK(fast > 0);
  CHECK(fast <= 30);
}

TEST_CASE("guarded anderson: straight travel to a far wall is lengthened") {
  const auto wall = [](const Vector& v, Vector& t) { t[0] = v[0] < 100 ? v[0] + 1e-3 : 0.5 * (v[0] + 100.0005); };
  CHECK(steps(wall, Vector(1), 0, 1e-6, 1000000) > 90000);
  const int fast = steps(wall, Vector(1), 5, 1e-6, 1000000);
  MESSAGE("wall: ", fast, " steps");
  CHECK(fast > 0);
  CHECK(fast <= 400);
}

TEST_CASE("guarded anderson: what extrapolation spoils is taken back") {
  // |v| changes its slope at 0, so that secants across it mislead; T is nonexpansive with fixed point 0.
  const auto kinked = [](const Vector& v, Vector& t) {
    for (std::size_t j = 0; j < v.size(); ++j) {
      const double rate = v[j] > 0 ? 0.9 : -0.5;
      t[j] = rate * v[j] * (j % 2 == 0 ? 1 : -1);
    }
  };
  const int plain = steps(kinked, {1, -2, 3, 1e-3, 5}, 0, 1e-12, 100000);
  const int guarded = steps(kinked, {1, -2, 3, 1e-3, 5}, 10, 1e-12, 100000);
  CHECK(plain > 0);
  CHECK(guarded > 0);
  CHECK(guarded <= 3 * plain);
  // A map that lengthens far out: every extrapolation to there is refused.
  GuardedAnderson<double> anderson;
  anderson.resize(1, 3);
  Vector v{1}, t{0.99};
  CHECK(anderson.next(v.data(), t.data()));
  v = t;
  t = {0.985};
  CHECK(anderson.next(v.data(), t.data()));
  CHECK(t[0] != 0.985);
  const Vector guess = t;
  v = guess;
  t = {guess[0] + 1};
  CHECK_FALSE(anderson.next(v.data(), t.data()));
  CHECK(t[0] == 0.985);
}

}  // namespace
}  // namespace fenchel
