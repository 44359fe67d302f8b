// group_and_top_k_test.cpp -- group norms against their optimality conditions, selections against sorting.
#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>

#include "vector_case.hpp"

namespace fenchel {
namespace {

// -(x - v) / step is a subgradient of lam w ||x_b|| + l1 ||x_b||_1 (+ x >= 0) at x: the distance, group by group.
double group_violation(const std::vector<double>& v, const std::vector<double>& x, double step, double level, double l1,
                       bool positive, const std::vector<std::size_t>& members) {
  double norm = 0, worst = 0, dual = 0;
  for (const auto j : members) norm = std::hypot(norm, x[j]);
  for (const auto j : members) {
    const double u = (v[j] - x[j]) / step;
    if (norm == 0) {
      const double left = positive ? std::max(u - l1, 0.0) : std::max(std::abs(u) - l1, 0.0);
      dual = std::hypot(dual, left);
    } else if (x[j] != 0) {
      worst = std::max(worst, std::abs(u - level * x[j] / norm - std::copysign(l1, x[j])));
      if (positive) worst = std::max(worst, -x[j]);
    } else {
      worst = std::max(worst, (positive ? u : std::abs(u)) - l1);
    }
  }
  return std::max(worst, dual - level);
}

TEST_CASE("group norms satisfy their optimality conditions") {
  const auto v = normal_vector(60, 4);
  std::vector<index> group;
  std::vector<std::vector<std::size_t>> members(5);
  for (std::size_t j = 0; j < 60; ++j) {
    group.push_back(static_cast<index>(j * 5 % 7) == 6 ? -1 : static_cast<index>(j * 5 % 7) - 1);
    if (group[j] >= 0) members[static_cast<std::size_t>(group[j])].push_back(j);
  }
  const std::vector<double> weights{1, 0, 2.5, 0.1, 7};
  for (const bool positive : {false, true})
    for (const double l1 : {0.0, 0.4})
      for (const double step : {0.01, 0.5, 2.0}) {
        const auto term = ProxCase("group_l2")
                              .real("lam", 0.9)
                              .indices("group", group)
                              .array("weights", weights)
                              .real("l1", l1)
                              .real("positive", positive ? 1 : 0)
                              .make();
        const auto result = run_prox(*term, v, step);
        for (std::size_t b = 0; b < 5; ++b)
          CHECK(group_violation(v, result.x, step, 0.9 * weights[b], l1, positive, members[b]) < 1e-13 / step);
        for (std::size_t j = 0; j < 60; ++j)
          if (group[j] < 0) CHECK(result.x[j] == (positive ? std::max(v[j], 0.0) : v[j]));
        CHECK(result.value == doctest::Approx(value_of(*term, result.x)).epsilon(1e-13));
      }
}

TEST_CASE("group norms offer their groups, and only where these say all") {
  const auto open = ProxCase("group_l2").real("size", 3).make();
  CHECK(open->groups() == nullptr);
  CHECK((open->caps() & PROX_GROUPS) == 0);
  CHECK(ProxCase("group_l2").indices("group", {0, 1}).real("positive", 1).make()->groups() == nullptr);
  const auto term = ProxCase("group_l2").indices("group", {1, -1, 0, 1}).real("lam", 2).real("l1", 3).make();
  const Groups* groups = term->groups();
  REQUIRE(groups != nullptr);
  CHECK((term->caps() & PROX_GROUPS) != 0);
  CHECK(groups->count == 2);
  CHECK(std::vector<index>(groups->starts, groups->starts + 3) == std::vector<index>{0, 1, 3});
  CHECK(std::vector<index>(groups->members, groups->members + 3) == std::vector<index>{2, 0, 3});
  CHECK(groups->lam == 2);
  CHECK(groups->l1 == 3);
}

TEST_CASE("groups of huge, tiny and forbidden size") {
  const auto term = ProxCase("group_l2").real("size", 2).array("weights", {1, 1, kInf, 0}).make();
  const auto result = run_prox(*term, std::vector<double>{3e200, 4e200, 3e-200, 4e-200, 5, 6, -7, 8}, 1);
  CHECK(result.x == std::vector<double>{3e200, 4e200, 0, 0, 0, 0, -7, 8});
  CHECK(result.value == doctest::Approx(5e200));
}

TEST_CASE("selections keep what sorting keeps, the first of ties") {
  for (const std::size_t n : {1U, 4U, 9U, 1000U}) {
    auto v = normal_vector(n, n);
    for (std::size_t i = 0; i < n; i += 3) v[i] = static_cast<double>(i % 4) - 1.5;  // ties, also of opposite sign
    for (const std::size_t k : {1U, 2U, 5U, 400U}) {
      std::vector<std::size_t> order(n);
      std::iota(order.begin(), order.end(), 0);
      const auto expect = [&](const char* name, auto key) {
        std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return key(v[a]) > key(v[b]); });
        std::vector<double> kept(n, 0.0);
        for (std::size_t i = 0; i < std::min(k, n); ++i)
          if (key(v[order[i]]) > 0) kept[order[i]] = v[order[i]];
        const auto term = ProxCase(name).real("k", static_cast<double>(k)).make();
        CHECK(run_prox(*term, v, 0.3).x == kept);
        CHECK(value_of(*term, kept) == 0);
        std::iota(order.begin(), order.end(), 0);
      };
      expect("top_k", [](double a) { return a; });
      expect("abs_top_k", [](double a) { return std::abs(a); });
    }
  }
  const auto term = ProxCase("n_m_sparsity").real("n", 1).real("m", 3).make();
  CHECK(run_prox(*term, std::vector<double>{1, -2, 2, 0, 0, 0, -1, 1}, 1).x ==
        std::vector<double>{0, -2, 0, 0, 0, 0, -1, 0});
  CHECK(value_of(*term, std::vector<double>{1, 0, 0, 0, 2, 0, 0, 3}) == 0);
  CHECK(value_of(*term, std::vector<double>{1, 0, 1}) == kInf);
  CHECK(value_of(*ProxCase("top_k").real("k", 2).make(), std::vector<double>{-1, 0, 0}) == kInf);
}

TEST_CASE("soft top-k: optimality, and its two limits") {
  const auto v = normal_vector(200, 6);
  for (const double temperature : {1e-6, 0.01, 1.0, 50.0})
    for (const double step : {0.01, 1.0, 300.0}) {
      const auto term = ProxCase("soft_top_k").real("k", 9).real("temperature", temperature).make();
      const auto result = run_prox(*term, v, step);
      double sum = 0, low = kInf, high = -kInf;
      for (std::size_t i = 0; i < v.size(); ++i) {
        const double x = result.x[i];
        sum += x;
        if (x < 1e-8 || x > 1 - 1e-8) continue;  // x no longer tells the logit
        const double tau = v[i] - x - step * temperature * std::log(x / (1 - x));
        low = std::min(low, tau);
        high = std::max(high, tau);
      }
      CHECK(sum == doctest::Approx(9).epsilon(1e-12));
      CHECK((low > high || high - low < 1e-7 * std::max(1.0, step * temperature)));
      CHECK(result.value == doctest::Approx(value_of(*term, result.x)).epsilon(1e-9));
    }
  // Long steps: the soft top-k operator; then a low temperature: the hard one.
  std::vector<double> scaled(v), order(v);
  for (double& a : scaled) a *= 1e12;
  std::sort(order.rbegin(), order.rend());
  const auto soft = run_prox(*ProxCase("soft_top_k").real("k", 9).real("temperature", 0.5).make(), scaled, 1e12);
  const double tau = v[0] - 0.5 * std::log(soft.x[0] / (1 - soft.x[0]));
  for (std::size_t i = 0; i < v.size(); ++i)
    CHECK(soft.x[i] == doctest::Approx(1 / (1 + std::exp((tau - v[i]) / 0.5))).epsilon(1e-6));
  const auto hard = run_prox(*ProxCase("soft_top_k").real("k", 9).real("temperature", 1e-4).make(), scaled, 1e12);
  for (std::size_t i = 0; i < v.size(); ++i) CHECK(std::abs(hard.x[i] - (v[i] >= order[8] ? 1 : 0)) < 1e-6);
}

TEST_CASE("soft top-k: Fenchel and Young") {
  const auto v = normal_vector(50, 7);
  const auto term = ProxCase("soft_top_k").real("k", 4).real("temperature", 0.7).make();
  const auto result = run_prox(*term, v, 1.5);
  std::vector<double> u(v);
  double inner = 0;
  for (std::size_t i = 0; i < v.size(); ++i) {
    u[i] = (v[i] - result.x[i]) / 1.5;
    inner += u[i] * result.x[i];
  }
  CHECK(result.value + conjugate_of(*term, u) == doctest::Approx(inner).epsilon(1e-12));
}

}  // namespace
}  // namespace fenchel
