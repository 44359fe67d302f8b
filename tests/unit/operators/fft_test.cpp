// fft_test.cpp -- the transform against the sum that defines it, for every length up to 200 and some long ones.
#include "operators/fft.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "operators/term_maker.hpp"

namespace fenchel {
namespace {

std::vector<Complex> noise(index n) {
  const auto values = test_noise(2 * n, 77);
  std::vector<Complex> out;
  for (std::size_t i = 0; i < values.size(); i += 2) out.push_back({values[i], values[i + 1]});
  return out;
}

// Entry k by definition, in long double.
Complex by_definition(const std::vector<Complex>& x, index k, index lines, index line) {
  const auto n = static_cast<index>(x.size()) / lines;
  long double re = 0, im = 0;
  for (index j = 0; j < n; ++j) {
    const long double angle = -2 * std::acos(-1.0L) * static_cast<long double>(j * k % n) / static_cast<long double>(n);
    const Complex v = x[static_cast<std::size_t>(j * lines + line)];
    re += v.re * std::cos(angle) - v.im * std::sin(angle);
    im += v.re * std::sin(angle) + v.im * std::cos(angle);
  }
  return {static_cast<double>(re), static_cast<double>(im)};
}

void check_length(index n, index lines, index stride) {
  CAPTURE(n);
  CAPTURE(lines);
  const Fft plan(n);
  std::vector<Complex> x = noise(n * lines), y = x;
  std::vector<Complex> work(static_cast<std::size_t>(plan.work_size(lines)), Complex{kNaN, kNaN});
  plan.transform(y.data(), lines, work.data(), false);
  const double tol = 4e-16 * std::sqrt(static_cast<double>(n)) * (4 + std::log2(static_cast<double>(n)));
  for (index k = 0; k < n; k += stride) {
    const index line = k % lines;
    const Complex expected = by_definition(x, k, lines, line), got = y[static_cast<std::size_t>(k * lines + line)];
    CHECK(std::hypot(got.re - expected.re, got.im - expected.im) <= tol);
  }
  plan.transform(y.data(), lines, work.data(), true);
  double apart = 0;
  for (std::size_t i = 0; i < x.size(); ++i)
    apart = std::max(
        apart, std::hypot(y[i].re / static_cast<double>(n) - x[i].re, y[i].im / static_cast<double>(n) - x[i].im));
  CHECK(apart <= 4e-16 * (4 + std::log2(static_cast<double>(n))) * 4);
}

TEST_CASE("every length, alone and interleaved") {
  for (index n = 1; n <= 200; ++n) {
    check_length(n, 1, 1);
    check_length(n, 3, 1);
  }
}

TEST_CASE("long ones: powers, smooth, prime, twice a prime") {
  for (const index n : {1024, 4096, 3600, 1001, 2187, 1009, 2 * 1009, 10007, 65536}) check_length(n, 1, n / 40 + 1);
  check_length(997, 2, 41);
}

TEST_CASE("smooth lengths") {
  CHECK(smooth_length(1) == 1);
  CHECK(smooth_length(7) == 8);
  CHECK(smooth_length(11) == 12);
  CHECK(smooth_length(101) == 108);
  CHECK(smooth_length(1024) == 1024);
}

}  // namespace
}  // namespace fenchel
