// smooth_newton_test.cpp -- Newton's method on smooth terms: few steps where a corner is rounded, the same solution as
// by proximal gradients, cancelled and stuck solves told apart.
#include "solvers/bilevel/smooth_newton.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "smooth/smooth_case.hpp"

namespace fenchel {
namespace {

std::shared_ptr<const Smooth> denoising(const std::vector<double>& y, std::vector<std::int64_t> shape, double lam,
                                        double eps, bool huber) {
  const auto identity =
      TermMaker("identity", operator_terms()).real("size", static_cast<double>(y.size())).make<Operator>();
  TermMaker data("least_squares", smooth_terms()), tv("smoothed_tv", smooth_terms());
  tv.array("shape", shape).real("lam", lam).real("eps", eps).real("huber", huber ? 1 : 0);
  return smooth_sum({data.term("A", identity).array("y", y).make<Smooth>(), tv.make<Smooth>()});
}

// Steps of two heights with noise.
std::vector<double> picture(index rows, index cols) {
  std::vector<double> y = test_noise(rows * cols, 5);
  for (index i = 0; i < rows; ++i)
    for (index j = 0; j < cols; ++j) {
      double& v = y[static_cast<std::size_t>(i * cols + j)];
      v = 0.1 * v + ((i / 8 + j / 6) % 2 == 0 ? 0.2 : 0.7);
    }
  return y;
}

TEST_CASE("few steps down to the rounding of the corner: 1e-1 to 1e-4, both functions, from nothing") {
  const std::vector<double> y = picture(32, 24);
  for (const bool huber : {false, true})
    for (const double eps : {1e-1, 1e-2, 1e-3, 1e-4}) {
      CAPTURE(huber);
      CAPTURE(eps);
      const auto f = denoising(y, {32, 24}, 0.1, eps, huber);
      SmoothNewton newton(f->size(), f->scratch_bytes());
      std::vector<double> x(y.size(), 0.0), g;
      const MinimizeResult result = newton.solve(*f, 1e-9, 1000, nullptr, x.data());
      CHECK(result.termination == static_cast<std::int32_t>(Termination::CONVERGED));
      CHECK(result.newton_steps <= (eps > 5e-4 ? 30 : 80));
      CHECK(result.cg_iterations > 0);
      evaluate(*f, x, &g);
      double size = 0, scale = 0;
      for (std::size_t i = 0; i < x.size(); ++i) size += g[i] * g[i], scale += y[i] * y[i];
      CHECK(std::sqrt(size) <= 1e-9 * std::sqrt(scale) * (1 + 1e-3));
    }
}

TEST_CASE("from the last solution fewer: the dual goes on too") {
  const std::vector<double> y = picture(32, 24);
  const auto f = denoising(y, {32, 24}, 0.1, 1e-3, false), next = denoising(y, {32, 24}, 0.11, 0.9e-3, false);
  SmoothNewton newton(f->size(), f->scratch_bytes()), afresh(f->size(), f->scratch_bytes());
  std::vector<double> x(y.size(), 0.0), cold(y.size(), 0.0);
  newton.solve(*f, 1e-9, 1000, nullptr, x.data());
  const MinimizeResult warm = newton.solve(*next, 1e-9, 1000, nullptr, x.data());
  const MinimizeResult first = afresh.solve(*next, 1e-9, 1000, nullptr, cold.data());
  CHECK(warm.termination == static_cast<std::int32_t>(Termination::CONVERGED));
  CHECK(warm.newton_steps < first.newton_steps);
  for (std::size_t i = 0; i < x.size(); ++i) CHECK(x[i] == doctest::Approx(cold[i]).epsilon(1e-7));
  CHECK(newton.solve(*next, 1e-9, 1000, nullptr, x.data()).newton_steps == 0);
}

TEST_CASE("a model without Hessian's diagonal; a limit of steps; a cancel") {
  SmoothCase c("logistic", 40, 6, 3);
  const auto model = c.make();
  TermMaker tv("smoothed_tv", smooth_terms());
  tv.array("shape", std::vector<std::int64_t>{6}).real("lam", 0.5);
  const auto f = smooth_sum({model, tv.make<Smooth>()});
  SmoothNewton newton(6, f->scratch_bytes());
  std::vector<double> x(6, 0.0), g;
  CHECK(newton.solve(*f, 1e-12, 100, nullptr, x.data()).termination ==
        static_cast<std::int32_t>(Termination::CONVERGED));
  evaluate(*f, x, &g);
  for (const double v : g) CHECK(std::abs(v) <= 1e-10);
  std::vector<double> y(6, 0.0);
  const MinimizeResult one = newton.solve(*f, 1e-12, 1, nullptr, y.data());
  CHECK(one.termination == static_cast<std::int32_t>(Termination::MAX_ITER));
  CHECK(one.newton_steps == 1);
  const std::atomic<bool> cancel{true};
  std::fill(y.begin(), y.end(), 0.0);
  const MinimizeResult none = newton.solve(*f, 1e-12, 100, &cancel, y.data());
  CHECK(none.termination == static_cast<std::int32_t>(Termination::CANCELLED));
  CHECK(none.newton_steps == 0);
}

}  // namespace
}  // namespace fenchel
