// rate_test.cpp -- every step rule and every momentum by the code of its setting, measured against the bound of its
// theorem at every iteration, on a quadratic of condition 1000 with and without an l1 term whose answer is known.
#include <algorithm>

#include "proximal/proximal_case.hpp"

namespace fenchel {
namespace {

using namespace proximal_test;
using enum MinimizeMethod;

struct Known {
  static constexpr index n = 30;
  double lam, L = 1, mu = 1e-3;
  Vector q = Vector(at(n)), c = noise(n, 91), answer = Vector(at(n));
  double best = 0, start2 = 0, start_gap = 0, slope2 = 0;
  explicit Known(double weight) : lam(weight) {
    for (index j = 0; j < n; ++j) {
      const std::size_t k = at(j);
      q[k] = std::pow(1e-3, static_cast<double>(j) / (n - 1));
      c[k] *= q[k];  // |x*| about 1 in every direction
      const double v = -c[k] / q[k], t = lam / q[k];
      answer[k] = v > t ? v - t : v < -t ? v + t : 0.0;
      best += q[k] * answer[k] * answer[k] / 2 + c[k] * answer[k] + lam * std::fabs(answer[k]);
      start2 += answer[k] * answer[k];
      slope2 += c[k] * c[k];
    }
    start_gap = -best;
  }
  std::shared_ptr<const CompositeProblem> make() const {
    Summands g;
    if (lam > 0) g.push_back({ProxCase("l1").real("lam", lam).make(), nullptr});
    return problem(Dtype::f64, n, std::make_shared<DiagonalQuadratic>(q, c), g);
  }
  // F - F* after each iteration.
  Vector gaps(MinimizeMethod method, StepRule rule, Momentum momentum, index count, double regrowth = 1.05) const {
    MinimizeSettings settings;
    settings.step_rule = static_cast<std::int32_t>(rule);
    settings.momentum = static_cast<std::int32_t>(momentum);
    settings.optimal_value = best;
    settings.strong_convexity = mu;
    settings.regrowth = regrowth;
    settings.tol = 1e-300;
    settings.max_iter = count;
    settings.trace = static_cast<std::int32_t>(count);
    const Outcome out = solve(make(), method, settings);
    Vector result;
    for (std::size_t k = 0; k * kTraceColumns < out.trace.size(); ++k)
      result.push_back(out.trace[k * kTraceColumns + 2] - best);
    return result;
  }
};

// Iterations k = 1, 2, ... whose gap is above bound(k) + rounding.
template <class Bound>
int above(const Vector& gaps, Bound&& bound) {
  int count = 0;
  for (std::size_t k = 0; k < gaps.size(); ++k) count += gaps[k] > bound(static_cast<double>(k + 1)) + 1e-13 ? 1 : 0;
  return count;
}

constexpr index kCount = 1500;

TEST_CASE("rates: plain proximal gradient by every rule that has a theorem") {
  for (const double lam : {0.0, 1e-3}) {
    CAPTURE(lam);
    const Known known(lam);
    const double LR = known.L * known.start2;
    const auto fixed = known.gaps(method_ista, StepRule::fixed, Momentum::none, kCount);
    REQUIRE(fixed.size() == at(kCount));
    CHECK(above(fixed, [&](double k) { return LR / (2 * k); }) == 0);  // Beck and Teboulle, Theorem 3.1
    // Steps at least half of 1 / L.
    for (const double regrowth : {1.0, 1.05}) {
      const auto searched = known.gaps(method_ista, StepRule::backtracking, Momentum::none, kCount, regrowth);
      CHECK(above(searched, [&](double k) { return 2 * LR / (2 * k); }) == 0);
    }
    // Malitsky and Mishchenko (2024): sums of steps grow at least as k / (sqrt 2 L), the constant of the start 2 R^2.
    const auto adaptive = known.gaps(method_adaptive, StepRule::automatic, Momentum::automatic, kCount);
    CHECK(above(adaptive, [&](double k) { return 2 * std::sqrt(2.0) * LR / k; }) == 0);
    // and it pays: longer steps than 1 / L.
    CHECK(adaptive.back() < 0.5 * fixed.back());
  }
}

TEST_CASE("rates: polyak and distance over gradients") {
  const Known known(0);
  // The best of k Polyak steps on a smooth function: 2 L R^2 / k (Hazan and Kakade 2019).
  auto polyak = known.gaps(method_ista, StepRule::polyak, Momentum::none, kCount);
  for (std::size_t k = 1; k < polyak.size(); ++k) polyak[k] = std::min(polyak[k], polyak[k - 1]);
  CHECK(above(polyak, [&](double k) { return 2 * known.L * known.start2 / k; }) == 0);
  // Distance over gradients: R G / sqrt(k) up to a logarithm (Ivgi, Hinder and Carmon 2023), here of the best.
  auto dog = known.gaps(method_ista, StepRule::dog, Momentum::none, kCount);
  for (std::size_t k = 1; k < dog.size(); ++k) dog[k] = std::min(dog[k], dog[k - 1]);
  const double RG = std::sqrt(known.start2 * known.slope2);
  CHECK(above(dog, [&](double k) { return RG * std::log(10 + k) / std::sqrt(k); }) == 0);
  CHECK(dog.back() < 0.05 * known.start_gap);
}

TEST_CASE("rates: acceleration, with and without restarts") {
  for (const double lam : {0.0, 1e-3}) {
    CAPTURE(lam);
    const Known known(lam);
    const double LR = known.L * known.start2, root = std::sqrt(known.mu / known.L);
    const auto bound = [&](double k) { return 2 * LR / ((k + 1) * (k + 1)); };  // Beck and Teboulle, Theorem 4.4
    const auto nesterov = known.gaps(method_fista, StepRule::fixed, Momentum::nesterov, kCount);
    CHECK(above(nesterov, bound) == 0);
    CHECK(above(known.gaps(method_fista, StepRule::backtracking, Momentum::nesterov, kCount),
                [&](double k) { return 2 * bound(k); }) == 0);
    // MFISTA: the same bound, and never upwards.
    const auto monotone = known.gaps(method_fista, StepRule::fixed, Momentum::monotone, kCount);
    CHECK(above(monotone, bound) == 0);
    int rises = 0;
    for (std::size_t k = 1; k < monotone.size(); ++k) rises += monotone[k] > monotone[k - 1] + 1e-15 ? 1 : 0;
    CHECK(rises == 0);
    // Constant momentum: (1 - sqrt(mu / L))^k (F_0 - F* + mu R^2 / 2).
    const auto constant = known.gaps(method_fista, StepRule::fixed, Momentum::strongly_convex, kCount);
    CHECK(above(constant, [&](double k) {
            return std::pow(1 - root, k) * (known.start_gap + known.mu * known.start2 / 2);
          }) == 0);
    // Restarts find that rate without mu: within the bound of the best fixed interval, exp(-2 k / (e sqrt(8 L / mu)))
    // (O'Donoghue and Candes 2015, 3.1), from the first interval on, and far below momentum that never restarts.
    for (Momentum momentum : {Momentum::restart_function, Momentum::restart_gradient}) {
      CAPTURE(static_cast<int>(momentum));
      const auto restarted = known.gaps(method_fista, StepRule::fixed, momentum, kCount);
      const double interval = std::exp(1.0) * std::sqrt(8 * known.L / known.mu);
      CHECK(above(restarted, [&](double k) {
              return known.start_gap * std::exp(-2 * std::floor(k / interval)) + bound(1) * (k < interval ? 1 : 0);
            }) == 0);
      CHECK(restarted.back() < 1e-2 * std::max(nesterov.back(), 1e-12));
    }
  }
}

}  // namespace
}  // namespace fenchel
