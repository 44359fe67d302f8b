// exponential_cone_test.cpp -- Moreau's decomposition at many points, also where the root of the projection is so steep
// that a plain formula loses everything: x = P(v) is in the cone, v - x in its polar, and they are at right angles.
#include <doctest/doctest.h>

#include <cmath>

#include "base/random.hpp"
#include "prox_case.hpp"

namespace fenchel {
namespace {

TEST_CASE("prox: the exponential cone's projection is exact at every aspect ratio") {
  const auto cone = ProxCase("exponential_cone").make();
  const Philox random(11, 3);
  double worst = 0;
  for (std::uint64_t k = 0; k < 60000; ++k) {
    double v[3], x[3], u[3], zero[3], size = 0, along = 0, left = 0;
    for (std::uint64_t i = 0; i < 3; ++i) {
      const double magnitude = std::pow(10.0, 8 * random.uniform(6 * k + i) - 5);
      v[i] = random.uniform(6 * k + 3 + i) < 0.5 ? magnitude : -magnitude;
      size = std::max(size, std::abs(v[i]));
    }
    CHECK(cone->prox(3, v, {1}, x, {}) == 0);
    for (int i = 0; i < 3; ++i) u[i] = v[i] - x[i];
    cone->prox(3, u, {1}, zero, {});
    for (int i = 0; i < 3; ++i) {
      along += x[i] * u[i];
      left = std::max(left, std::abs(zero[i]));
    }
    const double error = std::max(left / size, std::abs(along) / (size * size));
    worst = std::max(worst, error);
    if (!(error <= 1e-13)) FAIL_CHECK("v = " << v[0] << " " << v[1] << " " << v[2] << ": error " << error);
    if (!(x[1] > 0 ? x[1] * std::exp(x[0] / x[1]) <= x[2] + 1e-12 * size : x[0] <= 0 && x[1] == 0 && x[2] >= 0))
      FAIL_CHECK("v = " << v[0] << " " << v[1] << " " << v[2] << ": not in the cone");
  }
  CHECK(worst > 0);
}

}  // namespace
}  // namespace fenchel
