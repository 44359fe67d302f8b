// tv_test.cpp -- total variation. One dimension: the optimality conditions, jump by jump, in long double. Two
// dimensions: a duality gap measured again here, and one dimension as a special case.
#include <doctest/doctest.h>

#include <algorithm>
#include <limits>

#include "vector_case.hpp"

namespace fenchel {
namespace {

// The dual z_i = sum_{j <= i} (y_j - x_j) / step: |z_i| <= lam_i, z_i = -lam_i sign(x_{i+1} - x_i) at a jump, z_n = 0.
template <class T>
double tv1d_violation(const std::vector<T>& y, const std::vector<T>& x, long double step,
                      const std::vector<double>& lam) {
  long double z = 0, worst = 0;
  for (std::size_t i = 0; i < y.size(); ++i) {
    z += static_cast<long double>(y[i]) - static_cast<long double>(x[i]);
    const long double bound = i + 1 < y.size() ? step * lam[i] : 0.0L;
    worst = std::max(worst, std::fabs(z) - bound);
    if (i + 1 < y.size() && x[i + 1] != x[i])
      worst = std::max(worst, std::fabs(z - (x[i + 1] < x[i] ? bound : -bound)));
  }
  return static_cast<double>(worst);
}

std::vector<double> steps_signal(std::size_t n, double noise) {
  auto y = normal_vector(n, n + 1, noise);
  for (std::size_t i = 0; i < n; ++i) y[i] += static_cast<double>((i * 7 / n) * 5 % 4);
  return y;
}

template <class T>
void check_tv1d(const std::vector<double>& signal, double step, const std::vector<double>& lam, bool weighted) {
  const auto y = cast_to<T>(signal);
  ProxCase one("tv1d");
  if (weighted) one.array("weights", lam);
  if (!weighted) one.real("lam", lam[0]);
  const auto term = one.make();
  const auto result = run_prox(*term, y, step);
  double size = 0;
  for (const T a : y) size = std::max(size, std::abs(static_cast<double>(a)));
  INFO("n ", y.size(), " step ", step, " lam ", lam[0], " |y| ", size);
  const auto n = static_cast<double>(y.size());
  CHECK(tv1d_violation(y, result.x, static_cast<long double>(static_cast<T>(step)), lam) <=
        4 * n * static_cast<double>(std::numeric_limits<T>::epsilon()) * size);
  CHECK(run_prox(*term, y, step, true).x == result.x);
  CHECK(result.value == value_of(*term, result.x));
}

TEST_CASE_TEMPLATE("tv1d is exact for any signal, step and weights", T, float, double) {
  for (const std::size_t n : {2U, 3U, 10U, 1000U, 30000U}) {
    std::vector<double> alternating, ramp, weights, slow;  // slow: a scan that returns again and again
    for (std::size_t i = 0; i < n; ++i) {
      alternating.push_back(i % 2 == 0 ? 1 : -1);
      ramp.push_back(static_cast<double>(i));
      slow.push_back(1e-3 * static_cast<double>(i) + (i + 1 == n ? -1e6 : 0));
      weights.push_back(i % 11 == 3 ? 0 : static_cast<double>(i % 5) * 0.5);
    }
    weights.pop_back();
    for (const auto& y : {normal_vector(n, 2), steps_signal(n, 0.1), alternating, ramp, slow,
                          std::vector<double>(n, 3.0), normal_vector(n, 3, 1e-3, 100)})
      for (const double step : {1e-4, 0.3, 10.0, 1e3, 1e7}) {
        check_tv1d<T>(y, step, std::vector<double>(n - 1, 0.7), false);
        check_tv1d<T>(y, step, weights, true);
      }
  }
}

TEST_CASE("tv1d: no weight leaves the signal, a large one its mean, one sample itself") {
  const auto y = steps_signal(100, 1);
  CHECK(run_prox(*ProxCase("tv1d").real("lam", 0).make(), y, 1).value == 0);
  const auto same = run_prox(*ProxCase("tv1d").real("lam", 0).make(), y, 1).x;
  double mean = 0;
  for (std::size_t i = 0; i < 100; ++i) {
    CHECK(same[i] == doctest::Approx(y[i]).epsilon(1e-14));
    mean += y[i] / 100;
  }
  for (const double x : run_prox(*ProxCase("tv1d").make(), y, 1e30).x) CHECK(x == doctest::Approx(mean).epsilon(1e-14));
  CHECK(run_prox(*ProxCase("tv1d").make(), std::vector<double>{4}, 1).x[0] == 4);
}

TEST_CASE("tv1d: derivative, conjugate, NaN") {
  const auto y = steps_signal(60, 0.5), c = normal_vector(60, 31), d = normal_vector(60, 32);
  std::vector<double> weights(59, 1.0);
  weights[20] = 0;
  for (const auto& one : {ProxCase("tv1d").real("lam", 0.4), ProxCase("tv1d").array("weights", weights)}) {
    const auto term = one.make();
    for (const double step : {0.1, 1.0, 5.0, 1e5}) CHECK(vjp_error(*term, y, step, c, d) < 1e-6);
    const auto result = run_prox(*term, y, 0.8);
    std::vector<double> u(y);
    double inner = 0;
    for (std::size_t i = 0; i < y.size(); ++i) {
      u[i] = (y[i] - result.x[i]) / 0.8;
      inner += u[i] * result.x[i];
    }
    CHECK(conjugate_of(*term, u) == 0);
    CHECK(inner == doctest::Approx(result.value).epsilon(1e-12));
    for (double& a : u) a *= 1.5;
    CHECK(conjugate_of(*term, u) == kInf);
    auto bad = y;
    bad[7] = kNaN;
    for (const double x : run_prox(*term, bad, 1).x) CHECK(x != x);
  }
}

// The least of || x - v ||^2 / 2 + lam TV(x), from below: projected gradient steps on the dual, plain and many.
double tv2d_lower_bound(index rows, index cols, const std::vector<double>& v, double lam, bool isotropic) {
  const std::size_t n = v.size(), across = static_cast<std::size_t>(cols);
  std::vector<double> down(n, 0), right(n, 0), x(v);
  for (int k = 0; k < 40000; ++k) {
    for (std::size_t i = 0; i < n; ++i) {
      double a = down[i] + (i + across < n ? x[i + across] - x[i] : 0) / 8;
      double b = right[i] + ((i + 1) % across != 0 ? x[i + 1] - x[i] : 0) / 8;
      const double scale = std::max(1.0, std::hypot(a, b) / lam);
      down[i] = isotropic ? a / scale : std::clamp(a, -lam, lam);
      right[i] = isotropic ? b / scale : std::clamp(b, -lam, lam);
    }
    for (std::size_t i = 0; i < n; ++i)
      x[i] = v[i] + down[i] + right[i] - (i >= across ? down[i - across] : 0) - (i % across != 0 ? right[i - 1] : 0);
  }
  CHECK(rows * cols == static_cast<index>(n));
  double bound = 0;
  for (std::size_t i = 0; i < n; ++i) bound += (v[i] * v[i] - x[i] * x[i]) / 2;
  return bound;
}

TEST_CASE("tv2d reaches the gap it promises, measured by an independent dual bound") {
  for (const auto& [rows, cols] : std::vector<std::pair<index, index>>{{9, 14}, {1, 20}, {20, 1}, {17, 6}}) {
    const auto n = static_cast<std::size_t>(rows * cols);
    const auto v = normal_vector(n, n, 1, 3);
    for (const double isotropic : {0.0, 1.0})
      for (const double lam : {0.05, 0.4, 3.0})
        for (const double tol : {1e-3, 1e-8}) {
          const auto term = ProxCase("tv2d")
                                .real("rows", static_cast<double>(rows))
                                .real("cols", static_cast<double>(cols))
                                .real("isotropic", isotropic)
                                .real("lam", 0.5 * lam)
                                .real("tol", tol)
                                .make();
          const auto result = run_prox(*term, v, 2);
          double mine = 2 * result.value, flat = 0;
          for (std::size_t i = 0; i < n; ++i) {
            mine += (result.x[i] - v[i]) * (result.x[i] - v[i]) / 2;
            flat += (v[i] - 3) * (v[i] - 3) / 2;
          }
          INFO(rows, " x ", cols, " isotropic ", isotropic, " lam ", lam, " tol ", tol);
          CHECK(mine - tv2d_lower_bound(rows, cols, v, lam, isotropic != 0) <= 2 * tol * flat + 1e-7);
        }
  }
}

TEST_CASE("tv2d of one row is tv1d; large steps leave the mean; float follows double") {
  const auto v = steps_signal(300, 0.4);
  const auto line = run_prox(*ProxCase("tv1d").make(), v, 0.7).x;
  for (const double isotropic : {0.0, 1.0}) {
    ProxCase one("tv2d");
    one.real("rows", 1).real("cols", 300).real("isotropic", isotropic).real("tol", 1e-12);
    const auto x = run_prox(*one.make(), v, 0.7).x;
    for (std::size_t i = 0; i < 300; ++i) CHECK(x[i] == doctest::Approx(line[i]).epsilon(1e-4));
  }
  ProxCase image("tv2d");
  image.real("rows", 15).real("cols", 20);
  const auto x = run_prox(*image.make(), v, 0.5).x;
  const auto y = run_prox(*image.make(), cast_to<float>(v), 0.5).x;
  for (std::size_t i = 0; i < 300; ++i) CHECK(std::abs(x[i] - static_cast<double>(y[i])) < 1e-2);
  double mean = 0;
  for (const double a : v) mean += a / 300;
  for (const double a : run_prox(*image.make(), v, 1e6).x) CHECK(a == doctest::Approx(mean));
  auto bad = v;
  bad[17] = kNaN;
  for (const double a : run_prox(*image.make(), bad, 1).x) CHECK(a != a);
}

}  // namespace
}  // namespace fenchel
