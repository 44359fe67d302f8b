// What f2sa, bome and sl_bamm owe alike: the minimum without a step size, bounds, an honest end, refusals, and a way
// back from outside the domain.
#include <doctest/doctest.h>

#include "base/error.hpp"
#include "bilevel/first_order_problems.hpp"

namespace fenchel {
namespace {

using first_order_problems::OracleProblem;
using first_order_problems::quadratic;

struct Case {
  BilevelMethod method;
  double accuracy;  // of theta, at the settings below
};
const Case kCases[] = {{BilevelMethod::f2sa, 1e-4}, {BilevelMethod::bome, 1e-4}, {BilevelMethod::sl_bamm, 1e-4}};

BilevelSettings settings_of(const Case& c) {
  BilevelSettings s;
  (void)c;
  return s;
}

BilevelResult solve(OracleProblem& p, const Case& c, const BilevelSettings& s, Vector& t, Vector& x,
                    MonitorFn monitor = nullptr, void* user = nullptr) {
  return solve_bilevel(p.problem(), c.method, s, nullptr, monitor, user, t, x);
}

TEST_CASE("first order: the closed form, whatever the scale, with and without constants") {
  for (const Case& c : kCases)
    for (const double scale : {1e-3, 1.0, 1e3})
      for (const bool known : {false, true}) {
        CAPTURE(static_cast<int>(c.method));
        CAPTURE(scale);
        CAPTURE(known);
        auto p = quadratic({scale, 2 * scale, 4 * scale}, {1, -1, 0.5}, 2, 0.1 / scale / scale);
        p.has_constants = known;
        p.known.mu = scale;
        p.known.lipschitz = 4 * scale;
        p.known.upper_lipschitz = 1;
        Vector t{0, 0}, x{0, 0, 0};
        const BilevelResult r = solve(p, c, settings_of(c), t, x);
        CHECK(static_cast<Termination>(r.termination) == Termination::CONVERGED);
        CHECK(r.residual <= settings_of(c).tol);
        for (std::size_t j = 0; j < 2; ++j) {
          const double a = scale * (j == 0 ? 1 : 2), b = j == 0 ? 1 : -1;
          CHECK(std::abs(t[j] / scale - b * a / scale / (1 + 0.1 * a * a / scale / scale)) < c.accuracy);
          CHECK(std::abs(x[j] - t[j] / a) < c.accuracy);
        }
        CHECK(r.value == doctest::Approx(0.31331168831));
        CHECK(r.value < r.first_value);
        CHECK(r.lower_residual <= 1e-7 * scale + 1e-8);
        CHECK(r.mu == (known ? scale : 0));
      }
}

// 1.3 times what was measured.
TEST_CASE("first order: calls of the oracles stay few") {
  struct Budget {
    BilevelMethod method;
    index lower, upper, products;
  };
  for (const Budget& b : {Budget{BilevelMethod::f2sa, 760, 400, 0}, Budget{BilevelMethod::bome, 760, 400, 0},
                          Budget{BilevelMethod::sl_bamm, 830, 3800, 1560}}) {
    auto p = quadratic({1, 2, 4}, {1, -1, 0.5}, 2, 0.1);
    Vector t{0, 0}, x{0, 0, 0};
    const BilevelResult r = solve_bilevel(p.problem(), b.method, {}, nullptr, nullptr, nullptr, t, x);
    CHECK(r.lower_gradients <= b.lower);
    CHECK(r.upper_gradients <= b.upper);
    CHECK(r.lower_hvps + r.cross_products <= b.products);
    CHECK(p.calls == r.lower_gradients + r.upper_gradients);
  }
}

TEST_CASE("first order: bounds bind") {
  for (const Case& c : kCases) {
    auto p = quadratic({1, 2, 4}, {1, -1, 0.5}, 2, 0.1);
    BilevelProblem bounded = p.problem();
    bounded.lower_bound = {-1, -0.5};
    bounded.upper_bound = {0.5, kInf};
    Vector t{0, 0}, x{0, 0, 0};
    const BilevelResult r = solve_bilevel(bounded, c.method, settings_of(c), nullptr, nullptr, nullptr, t, x);
    CHECK(t[0] == 0.5);
    CHECK(t[1] == -0.5);
    CHECK(r.residual == 0);
    CHECK(static_cast<Termination>(r.termination) == Termination::CONVERGED);
  }
}

TEST_CASE("first order: an unmet tolerance is not called met") {
  for (const Case& c : kCases) {
    auto p = quadratic({1, 20, 400}, {1, -1, 0.5}, 2, 0.1);
    BilevelSettings s = settings_of(c);
    s.max_iter = 3;
    Vector t{0, 0}, x{0, 0, 0};
    const BilevelResult r = solve(p, c, s, t, x);
    CHECK(static_cast<Termination>(r.termination) == Termination::MAX_ITER);
    CHECK(r.iterations == 3);
    CHECK(r.residual > s.tol);
    s.max_iter = 1000;
    s.tol = 0;
    t = {0, 0}, x = {0, 0, 0};
    const BilevelResult exact = solve(p, c, s, t, x);
    CHECK(static_cast<Termination>(exact.termination) != Termination::CONVERGED);
  }
}

TEST_CASE("first order: refusals") {
  for (const Case& c : kCases) {
    auto p = quadratic({1, 2, 4}, {1, -1, 0.5}, 2, 0.1);
    BilevelSettings s = settings_of(c);
    s.require_certified = 1;
    Vector t{0, 0}, x{0, 0, 0};
    CHECK_THROWS_AS(solve(p, c, s, t, x), Error);
    BilevelProblem with_prox = p.problem();
    with_prox.oracles.prox = [](void*, const double*, const double*, double, double*, double*) -> std::int32_t {
      return 0;
    };
    CHECK_THROWS_AS(solve_bilevel(with_prox, c.method, settings_of(c), nullptr, nullptr, nullptr, t, x), Error);
  }
}

TEST_CASE("first order: an oracle that fails at call k fails the solve and changes nothing") {
  for (const Case& c : kCases)
    for (int k = 1;; k += k < 40 ? 1 : 37) {
      auto p = quadratic({1, 2, 4}, {1, -1, 0.5}, 2, 0.1);
      p.fail_at = k;
      p.answer = -7;
      Vector t{0.1, 0.2}, x{0.5, 0.5, 0.5};
      bool failed = false;
      try {
        solve(p, c, settings_of(c), t, x);
      } catch (const Error& e) {
        failed = true;
        CHECK(e.status() == Status::CALLBACK);
      }
      if (p.calls < k) {
        CHECK(!failed);
        CHECK(k > 100);
        break;
      }
      CHECK(failed);
      CHECK(t == Vector{0.1, 0.2});
      CHECK(x == Vector{0.5, 0.5, 0.5});
    }
}

TEST_CASE("first order: outside the domain, or NaN, at call k, and the solve finds its way") {
  for (const Case& c : kCases)
    for (const bool nan : {false, true})
      for (int k = 1, solved = 0;; k += k < 60 ? 1 : 37) {
        CAPTURE(k);
        auto p = quadratic({1, 2, 4}, {1, -1, 0.5}, 2, 0.1);
        p.fail_at = k;
        p.answer = nan ? 0 : 1;
        p.with_nan = true;
        Vector t{0.1, 0.2}, x{0.5, 0.5, 0.5};
        try {
          const BilevelResult r = solve(p, c, settings_of(c), t, x);
          if (c.method != BilevelMethod::sl_bamm) CHECK(r.value <= r.first_value);
          CHECK(std::isfinite(r.value));
          ++solved;
        } catch (const Error& e) {
          CHECK((e.status() == Status::CALLBACK || e.status() == Status::RANGE));
          CHECK(k < 120);  // at the start only
          CHECK(t == Vector{0.1, 0.2});
        }
        if (p.calls < k) {
          CHECK(solved > 10);
          break;
        }
      }
}

// h = 2 sum x_j^2 / 2 - x_j t_j and f = sum x_j^2 / 2 - log(1 - x_j), which ends at x_j = 1.
TEST_CASE("first order: a domain with a wall") {
  for (const Case& c : kCases) {
    auto p = quadratic({2, 2}, {0, 0}, 2, 0);
    p.f = [](const double* x, const double*, double* dx, double* dt) {
      double value = 0;
      for (std::size_t j = 0; j < 2; ++j) {
        value += x[j] < 1 ? -10 * x[j] - std::log(1 - x[j]) : kNaN;
        if (dx != nullptr) dx[j] = -10 + 1 / (1 - x[j]);
        if (dt != nullptr) dt[j] = 0;
      }
      return value;
    };
    Vector t{0, 0}, x{0, 0};
    BilevelSettings s = settings_of(c);
    s.max_iter *= 3;
    const BilevelResult r = solve(p, c, s, t, x);
    CHECK(std::abs(x[0] - 0.9) < 1e-3);
    CHECK(std::abs(t[1] - 1.8) < 2e-3);
    CHECK(r.residual < 1e-2);
  }
}

TEST_CASE("first order: a cancel keeps the best so far, a limit of k and a cancel at k agree, runs repeat bit by bit") {
  for (const Case& c : kCases) {
    Vector previous_t, previous_x;
    for (int turn = 0; turn < 2; ++turn) {
      auto p = quadratic({1, 20, 400}, {1, -1, 0.5}, 2, 0.1);
      BilevelSettings s = settings_of(c);
      s.monitor_interval = 0;
      Vector t{0, 0}, x{0, 0, 0};
      const auto at_four = [](void*, const Progress& at) -> std::int32_t { return at.iteration == 4 ? 1 : 0; };
      const BilevelResult r = solve(p, c, s, t, x, at_four);
      CHECK(static_cast<Termination>(r.termination) == Termination::CANCELLED);
      CHECK(r.iterations == 4);
      CHECK(r.estimate == kInf);
      if (turn == 1) CHECK((t == previous_t && x == previous_x));
      previous_t = t;
      previous_x = x;
      s.max_iter = 4;
      Vector t_limit{0, 0}, x_limit{0, 0, 0};
      solve(p, c, s, t_limit, x_limit);
      CHECK(t_limit == t);
    }
    auto p = quadratic({1, 20, 400}, {1, -1, 0.5}, 2, 0.1);
    BilevelSettings s = settings_of(c);
    s.time_limit = 1e-9;
    Vector t{0, 0}, x{0, 0, 0};
    const BilevelResult r = solve(p, c, s, t, x);
    CHECK(static_cast<Termination>(r.termination) == Termination::TIME_LIMIT);
  }
}

}  // namespace
}  // namespace fenchel
