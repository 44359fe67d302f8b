#include "solvers/bilevel/kernel_ridge.hpp"

#include <cmath>

#include "base/random.hpp"
#include "doctest/doctest.h"

using namespace fenchel;

namespace {

using Vector = std::vector<double>;

Vector random(std::size_t count, std::uint64_t seed) {
  Vector out(count);
  for (std::size_t i = 0; i < count; ++i) out[i] = 2 * Philox(seed, 1).uniform(i) - 1;
  return out;
}
ArrayView view(Vector& data, index rows, index cols = 0) {
  if (cols == 0) return {.dtype = Dtype::f64, .ndim = 1, .data = data.data(), .shape = {rows}, .strides = {8}};
  return {.dtype = Dtype::f64, .ndim = 2, .data = data.data(), .shape = {rows, cols}, .strides = {8 * cols, 8}};
}

struct Data {
  index n = 12, m = 7, d = 3;
  Vector X = random(36, 1), y = random(12, 2), T = random(21, 3), t = random(7, 4);
  KernelTuneProblem problem(Kernel kernel, bool held) {
    KernelTuneProblem out{kernel, view(X, n, d), view(y, n), {}, {}};
    if (held) out.held_X = view(T, m, d), out.held_y = view(t, m);
    return out;
  }
};

TuneSettings by(Risk risk) {
  TuneSettings settings;
  settings.risk = static_cast<std::int32_t>(risk);
  settings.sigma = 0.3;
  return settings;
}

TuneResult at(const KernelTuneProblem& problem, Risk risk, Vector theta) {
  TuneSettings settings = by(risk);
  settings.max_iter = 1;
  return tune_kernel(problem, settings, nullptr, nullptr, theta, {});
}

}  // namespace

TEST_CASE("kernel ridge: cotangents of targets, Gram matrix and lam are central differences to nine digits") {
  const index n = 8;
  Vector half = random(64, 5), K(64), y = random(8, 6), c = random(8, 7), alpha(8), by_y(8), by_K(64);
  for (index i = 0; i < n; ++i)
    for (index j = 0; j < n; ++j)
      for (index k = 0; k < n; ++k)
        K[static_cast<std::size_t>(i * n + j)] +=
            half[static_cast<std::size_t>(i * n + k)] * half[static_cast<std::size_t>(j * n + k)];
  double by_lam = 0;
  const auto loss = [&](Vector gram, Vector targets, double lam) {
    Vector a(8);
    kernel_ridge(view(gram, n, n), view(targets, n), lam, view(a, n), {});
    double sum = 0;
    for (std::size_t i = 0; i < 8; ++i) sum += c[i] * a[i];
    return sum;
  };
  kernel_ridge(view(K, n, n), view(y, n), 0.7, view(alpha, n), {view(c, n), view(by_y, n), view(by_K, n, n), &by_lam});
  CHECK(by_lam == doctest::Approx((loss(K, y, 0.7 + 1e-5) - loss(K, y, 0.7 - 1e-5)) / 2e-5).epsilon(1e-8));
  for (std::size_t i = 0; i < 8; ++i) {
    Vector up = y, down = y;
    up[i] += 1e-4, down[i] -= 1e-4;
    CHECK(by_y[i] == doctest::Approx((loss(K, up, 0.7) - loss(K, down, 0.7)) / 2e-4).epsilon(1e-9));
    const std::size_t j = (3 * i + 1) % 8;  // a symmetric change moves both halves
    Vector more = K, less = K;
    more[i * 8 + j] += 1e-5, less[i * 8 + j] -= 1e-5;
    if (i != j) more[j * 8 + i] += 1e-5, less[j * 8 + i] -= 1e-5;
    const double both = i == j ? by_K[i * 8 + j] : by_K[i * 8 + j] + by_K[j * 8 + i];
    CHECK(both == doctest::Approx((loss(more, y, 0.7) - loss(less, y, 0.7)) / 2e-5).epsilon(1e-7));
  }
}

TEST_CASE("kernel ridge tuned: derivatives by lam and gamma are central differences, for every kernel and risk") {
  Data data;
  for (const Kernel kernel : {Kernel::linear, Kernel::rbf})
    for (const Risk risk : {Risk::holdout, Risk::sure, Risk::gcv, Risk::leave_one_out}) {
      CAPTURE(static_cast<int>(kernel));
      CAPTURE(static_cast<int>(risk));
      const KernelTuneProblem problem = data.problem(kernel, risk == Risk::holdout);
      const Vector theta = kernel == Kernel::rbf ? Vector{0.3, 0.8} : Vector{0.3};
      double squares = 0;
      for (std::size_t i = 0; i < theta.size(); ++i) {
        Vector up = theta, down = theta;
        up[i] *= std::exp(1e-4), down[i] *= std::exp(-1e-4);
        squares += std::pow((at(problem, risk, up).criterion - at(problem, risk, down).criterion) / 2e-4, 2);
      }
      CHECK(at(problem, risk, theta).derivative == doctest::Approx(std::sqrt(squares)).epsilon(1e-6));
    }
}

TEST_CASE("kernel ridge: leave_one_out is leaving out one sample after the other, degrees the trace of the smoother") {
  Data data;
  const TuneResult found = at(data.problem(Kernel::linear, false), Risk::leave_one_out, {0.5});
  double sum = 0, degrees = 0;
  for (index out = 0; out < data.n; ++out) {
    Data less = data, one = data;
    less.X.erase(less.X.begin() + 3 * out, less.X.begin() + 3 * out + 3);
    less.y.erase(less.y.begin() + out);
    less.n = data.n - 1;
    less.T.assign(data.X.begin() + 3 * out, data.X.begin() + 3 * out + 3);
    less.t = {data.y[static_cast<std::size_t>(out)]};
    less.m = 1;
    sum += at(less.problem(Kernel::linear, true), Risk::holdout, {0.5}).criterion;
    one.y.assign(12, 0.0);  // the smoother's diagonal, one column after the other
    one.y[static_cast<std::size_t>(out)] = 1;
    one.T = less.T;
    one.t = {0.0};
    one.m = 1;
    degrees += std::sqrt(at(one.problem(Kernel::linear, true), Risk::holdout, {0.5}).criterion);
  }
  CHECK(found.criterion == doctest::Approx(sum / 12).epsilon(1e-10));
  CHECK(found.degrees == doctest::Approx(degrees).epsilon(1e-10));
}

TEST_CASE("kernel ridge tuned: no grid finds less; bad calls are refused") {
  Data data;
  for (std::size_t i = 0; i < 12; ++i) data.y[i] = std::sin(3 * data.X[3 * i]) + 0.1 * data.y[i];
  const KernelTuneProblem problem = data.problem(Kernel::rbf, false);
  Vector theta{0.1, 1.0}, alpha(12);
  const TuneResult found = tune_kernel(problem, by(Risk::leave_one_out), nullptr, nullptr, theta, view(alpha, data.n));
  CHECK(found.termination == static_cast<std::int32_t>(Termination::CONVERGED));
  for (int i = -4; i <= 4; ++i)
    for (int j = -4; j <= 4; ++j) {
      const Vector near{theta[0] * std::exp(0.1 * i), theta[1] * std::exp(0.1 * j)};
      CHECK(found.criterion <= at(problem, Risk::leave_one_out, near).criterion * (1 + 1e-4));
    }
  CHECK_THROWS_AS(at(problem, Risk::cross_validation, {0.1, 1.0}), Error);
  CHECK_THROWS_AS(kernel_of("sigmoid"), Error);
  Vector K{1, 2, 2, 1}, y{1, 1}, a(2);
  CHECK_THROWS_AS(kernel_ridge(view(K, 2, 2), view(y, 2), 0.1, view(a, 2), {}), Error);
}
