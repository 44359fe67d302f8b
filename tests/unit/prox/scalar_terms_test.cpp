// scalar_terms_test.cpp -- the closed forms of the separable terms against brute-force minimisation of the formula,
// written again here in long double: at every v and step, F(prox) <= min F + 1e-12 of its size.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "prox_case.hpp"

namespace fenchel {
namespace {

using Real = long double;
constexpr Real kHuge = std::numeric_limits<Real>::infinity();

struct Formula {
  ProxCase term;
  std::function<Real(Real)> g;
  std::vector<double> kinks;
};

Real positive(Real x) { return std::max(x, Real(0)); }

std::vector<Formula> formulas() {
  const auto abs = [](Real x) { return std::fabs(x); };
  const auto mcp = [](Real lam, Real gamma) {
    return [=](Real x) {
      const Real a = std::fabs(x);
      return a <= gamma * lam ? lam * a - a * a / (2 * gamma) : gamma * lam * lam / 2;
    };
  };
  const auto scad = [](Real lam, Real gamma) {
    return [=](Real x) {
      const Real a = std::fabs(x);
      return a <= lam           ? lam * a
             : a <= gamma * lam ? (2 * gamma * lam * a - a * a - lam * lam) / (2 * (gamma - 1))
                                : lam * lam * (gamma + 1) / 2;
    };
  };
  const auto case_of = [](const char* name) { return ProxCase(name); };
  std::vector<Formula> all;
  const auto add = [&](ProxCase term, std::function<Real(Real)> g, std::vector<double> kinks = {}) {
    all.push_back({std::move(term), std::move(g), std::move(kinks)});
  };
  add(case_of("zero"), [](Real) { return Real(0); });
  add(case_of("l1").real("lam", 1.7), [=](Real x) { return 1.7L * abs(x); });
  add(case_of("elastic_net").real("l1", 0.6).real("l2", 2.5), [=](Real x) { return 0.6L * abs(x) + 1.25L * x * x; });
  add(case_of("squared_l2").real("lam", 3), [](Real x) { return 1.5L * x * x; });
  add(case_of("positive_l1").real("lam", 0.5), [](Real x) { return x < 0 ? kHuge : 0.5L * x; });
  add(case_of("nonneg"), [](Real x) { return x < 0 ? kHuge : 0; });
  add(case_of("box").real("lower", -0.25).real("upper", 3), [](Real x) { return x < -0.25L || x > 3 ? kHuge : 0; },
      {-0.25, 3});
  add(case_of("l0").real("lam", 0.8), [](Real x) { return x == 0 ? Real(0) : 0.8L; });
  add(case_of("jump_relu").real("lam", 0.8), [](Real x) { return x == 0 ? Real(0) : x < 0 ? kHuge : 0.8L; });
  for (const double q : {0.5, 2.0 / 3.0, 0.1, 0.9})
    add(case_of("lq").real("q", q).real("lam", 1.3), [=](Real x) { return 1.3L * std::pow(abs(x), Real(q)); });
  for (const double gamma : {0.3, 1.0, 3.0})
    add(case_of("mcp").real("lam", 0.7).real("gamma", gamma), mcp(0.7L, Real(gamma)));
  for (const double gamma : {1.1, 2.0, 3.7})
    add(case_of("scad").real("lam", 0.7).real("gamma", gamma), scad(0.7L, Real(gamma)), {0.7, -0.7});
  for (const double eps : {0.01, 1.0, 20.0})
    add(case_of("log_sum").real("lam", 2).real("eps", eps), [=](Real x) { return 2 * std::log1p(abs(x) / Real(eps)); });
  add(case_of("huber").real("lam", 2).real("delta", 0.5),
      [=](Real x) { return 2 * (abs(x) <= 0.5L ? x * x / 2 : 0.5L * (abs(x) - 0.25L)); });
  for (const double tau : {0.0, 0.3, 0.5})
    add(case_of("pinball").real("lam", 2).real("tau", tau),
        [=](Real x) { return 2 * std::max(Real(tau) * x, (Real(tau) - 1) * x); });
  add(case_of("hinge").real("lam", 2), [](Real x) { return 2 * positive(1 - x); }, {1});
  add(case_of("squared_hinge").real("lam", 2), [](Real x) { return positive(1 - x) * positive(1 - x); });
  add(case_of("eps_insensitive").real("eps", 0.4).real("lam", 2),
      [=](Real x) { return 2 * positive(abs(x) - Real(0.4)); }, {0.4, -0.4});
  add(case_of("logistic").real("lam", 2), [=](Real x) { return 2 * (positive(-x) + std::log1p(std::exp(-abs(x)))); });
  add(case_of("neg_log").real("lam", 0.4), [](Real x) { return x <= 0 ? kHuge : -Real(0.4) * std::log(x); });
  add(case_of("kl").real("lam", 2).real("count", 3), [](Real x) { return x <= 0 ? kHuge : 2 * (x - 3 * std::log(x)); });
  add(case_of("kl").real("lam", 2).real("count", 0), [](Real x) { return x < 0 ? kHuge : 2 * x; });
  add(case_of("entropy").real("lam", 2), [](Real x) { return x < 0 ? kHuge : x == 0 ? Real(0) : 2 * x * std::log(x); });
  add(case_of("cubic").real("lam", 2), [=](Real x) { return 2 * abs(x) * x * x; });
  return all;
}

// min over x of F by a grid that is dense, in relative terms, round 0, v and the kinks, then golden sections.
Real least(const std::function<Real(Real)>& F, double v, const std::vector<double>& kinks) {
  std::vector<Real> grid = {0, v};
  for (int e = -240; e <= 100; ++e) {
    const Real d = std::pow(10.0L, Real(e) / 20);
    for (const Real centre : {Real(0), Real(v)}) {
      grid.push_back(centre + d);
      grid.push_back(centre - d);
    }
  }
  grid.insert(grid.end(), kinks.begin(), kinks.end());
  for (int k = 1; k < 200; ++k) grid.push_back(v * Real(k) / 200);
  std::sort(grid.begin(), grid.end());
  std::vector<std::pair<Real, std::size_t>> order;
  for (std::size_t i = 0; i < grid.size(); ++i) order.emplace_back(F(grid[i]), i);
  std::sort(order.begin(), order.end());
  Real best = order[0].first;
  for (std::size_t k = 0; k < 4; ++k) {
    const std::size_t i = order[k].second;
    Real low = grid[i == 0 ? 0 : i - 1], high = grid[std::min(i + 1, grid.size() - 1)];
    const Real ratio = 0.61803398874989484820L;
    for (int round = 0; round < 90; ++round) {
      const Real a = high - ratio * (high - low), b = low + ratio * (high - low);
      const Real Fa = F(a), Fb = F(b);
      best = std::min({best, Fa, Fb});
      (Fa < Fb ? high : low) = Fa < Fb ? b : a;
    }
  }
  return best;
}

double draw(std::uint64_t key) {
  key += 0x9E3779B97F4A7C15U;
  key = (key ^ (key >> 30)) * 0xBF58476D1CE4E5B9U;
  key = (key ^ (key >> 27)) * 0x94D049BB133111EBU;
  return static_cast<double>((key ^ (key >> 31)) >> 11) * 0x1p-53;
}

TEST_CASE("prox: closed forms minimise their formula, over six decades of steps") {
  std::uint64_t key = 0;
  for (const Formula& formula : formulas()) {
    const auto prox = formula.term.make();
    for (int trial = 0; trial < 150; ++trial) {
      const double step = std::pow(10.0, 6 * draw(key++) - 3);
      const double size_of_v = std::pow(10.0, 4 * draw(key++) - 2);
      const double v = draw(key++) < 0.5 ? -size_of_v : size_of_v;
      const double x = prox->prox1(0, v, step);
      const auto F = [&](Real at) { return formula.g(at) + (at - v) * (at - v) / (2 * Real(step)); };
      const Real mine = F(x), size = std::fabs(formula.g(x)) + (Real(x) - v) * (Real(x) - v) / (2 * Real(step));
      const Real excess = (mine - least(F, v, formula.kinks)) / (size == 0 ? 1 : size);
      INFO(formula.term.label() << " v " << v << " step " << step << " x " << x << " excess " << double(excess));
      CHECK(excess <= 1e-12L);
      CHECK(prox->value1(0, x) == doctest::Approx(double(formula.g(x))).epsilon(1e-13));
    }
  }
}

TEST_CASE("prox: an infinite weight fixes a coordinate at 0, a zero weight frees it, whatever lam") {
  for (const char* name :
       {"l1", "elastic_net", "squared_l2", "positive_l1", "l0", "jump_relu", "lq", "mcp", "scad", "log_sum"}) {
    INFO(std::string(name));
    const auto prox = ProxCase(name).array("weights", {kInf, 0, 1}).make();
    CHECK(prox->size() == 3);
    for (const double v : {-2.5, 1e-9, 2.5, 1e200}) {
      CHECK(prox->prox1(0, v, 0.1) == 0);
      if (v > 0) CHECK(prox->prox1(1, v, 0.1) == v);
    }
    CHECK(prox->value1(0, 0) == 0);
    CHECK(prox->value1(0, 1e-3) == kInf);
    CHECK(prox->value1(1, 1e-3) == 0);
    CHECK(prox->subdiff_distance1(0, 0, 5) == 0);
    CHECK((prox->caps() & PROX_FULL_DOMAIN) == 0);
  }
  CHECK(ProxCase("l1").real("lam", 0).array("weights", {kInf}).make()->prox1(0, 3, 1) == 0);
}

TEST_CASE("prox: box refuses crossed bounds and sizes that differ") {
  CHECK_THROWS_AS(ProxCase("box").real("lower", 1).real("upper", 0).make(), Error);
  CHECK_THROWS_AS(ProxCase("box").array("lowers", {0, 2}).array("uppers", {1, 1}).make(), Error);
  CHECK_THROWS_AS(ProxCase("box").array("lowers", {0, 0}).array("uppers", {1, 1, 1}).make(), Error);
  // A bound that float cannot hold is reached, not crossed.
  const auto prox = ProxCase("box").real("lower", 0.1).real("upper", 0.1).make();
  const float v = 3;
  float x = 0;
  CHECK(prox->prox(1, &v, {}, &x, {}) == 0);
  CHECK(prox->value(1, &x, {}) == 0);
}

}  // namespace
}  // namespace fenchel
