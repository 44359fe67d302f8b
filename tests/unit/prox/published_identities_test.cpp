// published_identities_test.cpp -- the rest of ProximalOperators.jl's tests, re-expressed: pairs of terms that are the
// same function (test_equivalences, test_calculus), known subgradients (test_gradients), optimality conditions
// (test_optimality_conditions), predicates (test_calls), in float and double.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>

#include "vector_case.hpp"

namespace fenchel {
namespace {

std::vector<double> positive(std::size_t n, std::uint64_t seed, double from = 0.1) {
  std::vector<double> v = normal_vector(n, seed);
  for (double& a : v) a = from + std::abs(a);
  return v;
}

std::vector<double> negated(std::vector<double> v) {
  for (double& a : v) a = -a;
  return v;
}

template <class T>
void same_term(const ProxCase& one, const ProxCase& other, index n) {
  const auto f = one.make(), g = other.make();
  const double tol = sizeof(T) == 8 ? 1e-13 : 2e-6;
  for (std::uint64_t seed = 0; seed < 6; ++seed)
    for (const double step : {1.0, 0.07, 4.0}) {
      CAPTURE(one.label());
      CAPTURE(other.label());
      CAPTURE(step);
      const auto v = cast_to<T>(normal_vector(static_cast<std::size_t>(n), seed, 3));
      const auto a = run_prox(*f, v, step), b = run_prox(*g, v, step);
      for (std::size_t j = 0; j < v.size(); ++j)
        CHECK(std::abs(static_cast<double>(a.x[j] - b.x[j])) <= tol * (1 + std::abs(static_cast<double>(v[j]))) * 5);
      if (std::isfinite(a.value) && std::isfinite(b.value))
        CHECK(std::abs(a.value - b.value) <= 10 * tol * (1 + std::abs(a.value)) * static_cast<double>(n));
    }
}

// x minimises g + ||. - (x + step u)||^2 / (2 step) where u is a subgradient of a convex g at x.
void has_subgradient(const ProxCase& g, const std::vector<double>& x, const std::vector<double>& u) {
  CAPTURE(g.label());
  for (const double step : {0.3, 1.0, 7.0}) {
    std::vector<double> v = x;
    for (std::size_t j = 0; j < x.size(); ++j) v[j] += step * u[j];
    const auto found = run_prox(*g.make(), v, step).x;
    for (std::size_t j = 0; j < x.size(); ++j) CHECK(found[j] == doctest::Approx(x[j]).epsilon(1e-13).scale(10));
  }
}

ProxCase box(double half) { return ProxCase("box").real("lower", -half).real("upper", half); }
ProxCase conjugate(const ProxCase& g) { return ProxCase("conjugate").term("term", g); }

}  // namespace

TEST_CASE_TEMPLATE("ProximalOperators.jl's pairs: norms and balls are conjugates", T, float, double) {
  for (const double lam : {0.4, 3.7}) {
    same_term<T>(ProxCase("l1").real("lam", lam), conjugate(box(lam)), 20);
    same_term<T>(box(lam), conjugate(ProxCase("l1").real("lam", lam)), 20);
    same_term<T>(ProxCase("linf_ball").real("radius", lam), conjugate(ProxCase("l1").real("lam", lam)), 20);
    same_term<T>(ProxCase("l2").real("lam", lam), conjugate(ProxCase("l2_ball").real("radius", lam)), 20);
    same_term<T>(ProxCase("l2_ball").real("radius", lam), conjugate(ProxCase("l2").real("lam", lam)), 20);
    same_term<T>(ProxCase("linf").real("lam", lam), conjugate(ProxCase("l1_ball").real("radius", lam)), 20);
    same_term<T>(ProxCase("squared_l2").real("lam", lam), conjugate(ProxCase("squared_l2").real("lam", 1 / lam)), 30);
    same_term<T>(ProxCase("max").real("lam", lam), conjugate(ProxCase("simplex").real("radius", lam)), 20);
  }
  const std::vector<double> w = positive(30, 5);
  same_term<T>(ProxCase("l1").array("weights", w),
               conjugate(ProxCase("box").array("lowers", negated(w)).array("uppers", w)), 30);
  same_term<T>(ProxCase("box").array("lowers", negated(w)).array("uppers", w),
               conjugate(ProxCase("l1").array("weights", w)), 30);
}

TEST_CASE_TEMPLATE("ProximalOperators.jl's pairs: points, orthants, barriers, elastic nets", T, float, double) {
  const std::vector<double> p = normal_vector(50, 9);
  const auto origin = box(0);
  same_term<T>(ProxCase("translated").array("shift", p).term("term", origin),
               ProxCase("box").array("lowers", p).array("uppers", p), 50);
  same_term<T>(ProxCase("zero"), ProxCase("box"), 50);
  same_term<T>(ProxCase("nonneg"), ProxCase("box").real("lower", 0), 50);
  same_term<T>(ProxCase("elastic_net").real("l1", 0.3).real("l2", 0.8),
               ProxCase("regularized").real("rho", 0.8).term("term", ProxCase("l1").real("lam", 0.3)), 20);
  // -mu sum log(a x + b), both ways round.
  const auto barrier = ProxCase("neg_log").real("lam", 1.5);
  const auto stretched = ProxCase("dilated").real("factor", 2).term("term", barrier);
  const auto moved = ProxCase("translated").array("shift", std::vector<double>(10, -0.5)).term("term", barrier);
  same_term<T>(ProxCase("translated").array("shift", std::vector<double>(10, -0.25)).term("term", stretched),
               ProxCase("dilated").real("factor", 2).term("term", moved), 10);
  // The norm of a block and of its entries, one at a time.
  same_term<T>(ProxCase("group_l2").real("size", 100).real("lam", 0).real("l1", 1), ProxCase("l1"), 100);
  same_term<T>(ProxCase("group_l2").real("size", 100), ProxCase("l2"), 100);
  // Scaled twice is scaled by the product.
  const auto twice = ProxCase("scaled").real("factor", 5).term("term", ProxCase("huber"));
  same_term<T>(ProxCase("scaled").real("factor", 15).term("term", ProxCase("huber")),
               ProxCase("scaled").real("factor", 3).term("term", twice), 20);
}

TEST_CASE_TEMPLATE("ProximalOperators.jl's pairs: simplex and l1 ball, hinge and box", T, float, double) {
  const double tol = sizeof(T) == 8 ? 1e-13 : 1e-5;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const double r = 0.1 + 0.5 * static_cast<double>(seed);
    const auto simplex = ProxCase("simplex").real("radius", r).make(),
               ball = ProxCase("l1_ball").real("radius", r).make();
    const auto hinge = ProxCase("hinge").real("lam", r).make(),
               unit = ProxCase("box").real("lower", 0).real("upper", 1).make();
    const auto x = cast_to<T>(normal_vector(20, seed));
    auto magnitudes = x, moved = x, slack = x;
    const T least = *std::min_element(x.begin(), x.end());
    const double step = 0.3 + 0.2 * static_cast<double>(seed);
    for (std::size_t j = 0; j < x.size(); ++j) {
      magnitudes[j] = std::abs(x[j]);
      moved[j] = x[j] - least + static_cast<T>(r / 20);
      slack[j] = (1 - x[j]) / static_cast<T>(r * step);
    }
    const auto a = run_prox(*simplex, magnitudes, 1).x, b = run_prox(*ball, x, 1).x;
    const auto c = run_prox(*simplex, x, 1).x, d = run_prox(*ball, moved, 1).x;
    const auto h = run_prox(*hinge, x, step).x, z = run_prox(*unit, slack, 1).x;
    double l1 = 0, before = 0, total = 0;
    for (std::size_t j = 0; j < x.size(); ++j) {
      // The l1 ball is the simplex with signs, once x is outside of it.
      l1 += std::abs(static_cast<double>(b[j])), before += std::abs(static_cast<double>(x[j]));
      total += static_cast<double>(c[j]);
    }
    for (std::size_t j = 0; j < x.size(); ++j) {
      if (before >= r) CHECK(std::abs(static_cast<double>(std::copysign(a[j], x[j]) - b[j])) <= tol);
      CHECK(std::abs(static_cast<double>(c[j] - d[j])) <= tol);
      CHECK(std::abs(static_cast<double>(h[j] - x[j]) - r * step * static_cast<double>(z[j])) <= 10 * tol);
      CHECK(c[j] >= 0);
    }
    CHECK(std::abs(total - r) <= tol * (1 + r) * 10);
    CHECK(l1 <= r * (1 + 10 * tol));
  }
}

TEST_CASE("ProximalOperators.jl's subgradients") {
  const std::vector<double> x = {-2, -1, 0, 1, 2, 3}, sign = {-1, -1, 0, 1, 1, 1};
  const auto combined = [&](double a, double b) {
    std::vector<double> u(6);
    for (std::size_t j = 0; j < 6; ++j) u[j] = a * sign[j] + b * x[j];
    return u;
  };
  has_subgradient(ProxCase("elastic_net").real("l1", 2).real("l2", 3), x, combined(2, 3));
  has_subgradient(ProxCase("l1").real("lam", 2), x, combined(2, 0));
  has_subgradient(ProxCase("squared_l2").real("lam", 2), x, combined(0, 2));
  has_subgradient(ProxCase("linf").real("lam", 2), x, {0, 0, 0, 0, 0, 2});
  has_subgradient(ProxCase("linf").real("lam", 2), {-4, -1, 0, 1, 2, 3}, {-2, 0, 0, 0, 0, 0});
  has_subgradient(ProxCase("max").real("lam", 2), {-4, 2, 3}, {0, 0, 2});
  const double c = 2 / std::sqrt(5.0);
  has_subgradient(ProxCase("l2").real("lam", 2), {-1, 0, 2}, {-c, 0, 2 * c});
  has_subgradient(ProxCase("l2").real("lam", 2), {0, 0, 0}, {0, 0, 0});
  has_subgradient(ProxCase("linear").array("c", {-1, 2, 3}), {1, 5, 3.14}, {-1, 2, 3});
  // The sum of positive parts is a pinball loss.
  has_subgradient(ProxCase("pinball").real("tau", 1), {-1, 1, 2}, {0, 1, 1});
  const auto barrier = ProxCase("dilated").real("factor", 2).term("term", ProxCase("neg_log").real("lam", 1.5));
  has_subgradient(ProxCase("translated").array("shift", {-0.5, -0.5, -0.5}).term("term", barrier), {1, 2, 3},
                  {-1, -0.6, -3.0 / 7});
  // mu max(0, 1 - b x), b = (1, 2, 1, 2, 1), entry by entry.
  for (const auto& [b, at, slope] :
       std::vector<std::array<double, 3>>{{1, -2, -2}, {2, -1, -4}, {1, 0, -2}, {2, 2, 0}, {1, 3, 0}})
    has_subgradient(ProxCase("dilated").real("factor", b).term("term", ProxCase("hinge").real("lam", 2)), {at},
                    {slope});
}

TEST_CASE("ProximalOperators.jl's predicates") {
  const auto has = [](const ProxCase& g, unsigned wanted, unsigned unwanted) {
    CAPTURE(g.label());
    const unsigned caps = g.make()->caps();
    CHECK((caps & wanted) == wanted);
    CHECK((caps & unwanted) == 0);
  };
  const unsigned cone = PROX_CONVEX | PROX_INDICATOR | PROX_HOMOGENEOUS;
  has(ProxCase("l1"), PROX_CONVEX | PROX_SEPARABLE | PROX_HOMOGENEOUS, PROX_INDICATOR);
  has(ProxCase("l2"), PROX_CONVEX | PROX_HOMOGENEOUS, PROX_INDICATOR | PROX_SEPARABLE);
  has(ProxCase("linf"), PROX_CONVEX | PROX_HOMOGENEOUS, PROX_INDICATOR | PROX_SEPARABLE);
  has(ProxCase("squared_l2"), PROX_CONVEX | PROX_SEPARABLE | PROX_QUADRATIC, PROX_INDICATOR);
  has(ProxCase("elastic_net"), PROX_CONVEX | PROX_SEPARABLE, PROX_INDICATOR | PROX_HOMOGENEOUS);
  has(ProxCase("l0"), PROX_SEPARABLE, PROX_CONVEX | PROX_INDICATOR);
  has(ProxCase("abs_top_k").real("k", 3), PROX_INDICATOR, PROX_CONVEX);
  has(ProxCase("rank_r").real("rows", 3).real("cols", 4).real("rank", 2), PROX_INDICATOR, PROX_CONVEX);
  has(ProxCase("nuclear").real("rows", 3).real("cols", 4), PROX_CONVEX | PROX_HOMOGENEOUS, PROX_INDICATOR);
  has(ProxCase("simplex"), PROX_CONVEX | PROX_INDICATOR, PROX_SEPARABLE | PROX_HOMOGENEOUS);
  has(ProxCase("l1_ball"), PROX_CONVEX | PROX_INDICATOR, PROX_SEPARABLE | PROX_HOMOGENEOUS);
  has(ProxCase("nonneg"), cone | PROX_SEPARABLE, 0);
  for (const char* name : {"second_order_cone", "rotated_cone", "exponential_cone"})
    has(ProxCase(name), cone, PROX_SEPARABLE);
  has(ProxCase("psd").real("size", 3), cone, PROX_SEPARABLE);
}

}  // namespace fenchel
