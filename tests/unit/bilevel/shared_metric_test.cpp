// shared_metric: the secant equation, linearity, and pairs that are refused.
#include "solvers/bilevel/oracles/shared_metric.hpp"

#include <cmath>

#include "doctest/doctest.h"

namespace fenchel {
namespace {

// The change of gradient of a diagonal quadratic along s.
Vector image(const Vector& s) {
  Vector y = s;
  for (std::size_t j = 0; j < y.size(); ++j) y[j] *= 1 + 3 * static_cast<double>(j);
  return y;
}

Vector wave(double phase) {
  Vector v(8);
  for (std::size_t j = 0; j < v.size(); ++j) v[j] = std::sin(phase + 1.7 * static_cast<double>(j * j));
  return v;
}

}  // namespace

TEST_CASE("shared metric: without pairs a multiple of the identity; the youngest pair is matched; linear") {
  SharedMetric metric(8);
  Vector out(8), sum(8);
  const Vector v = wave(0.3);
  metric.apply(v, 0.25, out);
  for (std::size_t j = 0; j < 8; ++j) CHECK(out[j] == 0.25 * v[j]);
  for (int k = 0; k < 40; ++k) {  // more than it keeps
    const Vector s = wave(k);
    REQUIRE(metric.see(s, image(s)));
    metric.apply(image(s), 0.25, out);
    for (std::size_t j = 0; j < 8; ++j) CHECK(std::abs(out[j] - s[j]) < 1e-12);
  }
  CHECK(metric.known() == 30);
  // Of a quadratic so many pairs know the inverse well.
  const Vector w = wave(99);
  metric.apply(image(w), 0.25, out);
  for (std::size_t j = 0; j < 8; ++j) CHECK(std::abs(out[j] - w[j]) < 0.05);
  Vector both = v, first(8);
  for (std::size_t j = 0; j < 8; ++j) both[j] -= 2 * w[j];
  metric.apply(both, 0.25, sum);
  metric.apply(v, 0.25, first);
  metric.apply(w, 0.25, out);
  for (std::size_t j = 0; j < 8; ++j) CHECK(std::abs(sum[j] - first[j] + 2 * out[j]) < 1e-12);
}

TEST_CASE("shared metric: no pair without positive curvature") {
  SharedMetric metric(2);
  CHECK_FALSE(metric.see({1, 0}, {-1, 0}));
  CHECK_FALSE(metric.see({1, 0}, {0, 1}));
  CHECK_FALSE(metric.see({0, 0}, {0, 0}));
  CHECK_FALSE(metric.see({1, 0}, {kNaN, 0}));
  CHECK(metric.known() == 0);
  CHECK(metric.see({1, 0}, {2, 0}));
  metric.forget();
  CHECK(metric.known() == 0);
}

}  // namespace fenchel
