#include <atomic>

#include "base/error.hpp"
#include "bilevel/oracle_problems.hpp"
#include "doctest/doctest.h"

using namespace fenchel;
using namespace oracle_problems;

namespace {

struct Ended {
  BilevelResult result;
  Vector theta, x;
};

Ended maid(Problem& problem, const BilevelSettings& settings, const Vector& start) {
  Ended out{{}, start, Vector(at(problem.n))};
  out.result =
      solve_bilevel(problem.table(), BilevelMethod::maid, settings, nullptr, nullptr, nullptr, out.theta, out.x);
  return out;
}

BilevelSettings limited(index max_iter, double tol = 1e-6) {
  BilevelSettings settings;
  settings.max_iter = max_iter;
  settings.tol = tol;
  return settings;
}

Termination termination(const Ended& ended) { return static_cast<Termination>(ended.result.termination); }

}  // namespace

TEST_CASE("maid: the optimum of the normal equations, certified, in 40 outer steps") {
  for (const int accelerate : {0, 1})
    for (const LowerMethod method : {LowerMethod::automatic, LowerMethod::gradient, LowerMethod::fista}) {
      LeastSquares problem(40, 4, 3, 7);
      BilevelSettings settings = limited(40);
      settings.accelerate = accelerate;
      settings.lower_method = static_cast<std::int32_t>(method);
      const Ended found = maid(problem, settings, Vector(4));
      const double best = problem.value(problem.optimum()), start = problem.value(Vector(4));
      CAPTURE(accelerate);
      CAPTURE(static_cast<int>(method));
      CHECK(problem.value(found.theta) - best < 1e-3 * (start - best));
      CHECK(found.result.derivative_status == static_cast<std::int32_t>(DerivativeStatus::certified));
      CHECK(std::abs(found.result.value - problem.value(found.theta)) < 1e-3 * (start - best));
    }
}

TEST_CASE("maid: converged means a proved norm of the hypergradient") {
  LeastSquares problem(30, 3, 2, 8);
  const Ended found = maid(problem, limited(500, 1e-4), Vector(3));
  CHECK(termination(found) == Termination::CONVERGED);
  const double first = norm2(problem.gradient(Vector(3)));
  CHECK(norm2(problem.gradient(found.theta)) <= 2e-4 * first);
  CHECK(found.result.hypergradient + found.result.bound <= 2.1e-4 * first);
}

TEST_CASE("maid: the loss does not depend on first accuracy and step, with estimated constants either") {
  for (const bool known : {true, false}) {
    LeastSquares problem(40, 4, 5, 9);
    if (!known) problem.has &= ~static_cast<unsigned>(Problem::kConstants);
    const double best = problem.value(problem.optimum());
    for (const double accuracy : {1.0, 1e-1, 1e-2, 1e-3, 1e-4})
      for (const double step : {1.0, 0.01}) {
        BilevelSettings settings = limited(200, 1e-7);
        settings.accuracy = accuracy;
        settings.step = step;
        const Ended found = maid(problem, settings, Vector(4));
        CAPTURE(accuracy);
        CAPTURE(step);
        CHECK(problem.value(found.theta) <= 1.01 * best);
        CHECK((found.result.derivative_status == static_cast<std::int32_t>(DerivativeStatus::certified)) == known);
      }
  }
}

TEST_CASE("maid: an accuracy beyond rounding stalls, near the solution") {
  Logistic problem(80, 6, 6);
  const Ended found = maid(problem, limited(500, 1e-15), Vector(6));
  CHECK((termination(found) == Termination::STALLED || termination(found) == Termination::CONVERGED));
  CHECK(found.result.iterations < 500);
  CHECK(found.result.residual < 1e-5);
}

TEST_CASE("maid: a fixed accuracy stays, and stalls where it hides the descent") {
  LeastSquares problem(30, 3, 4, 8);
  BilevelSettings settings = limited(400, 1e-10);
  settings.adaptive = 0;
  settings.accuracy = 1e-2;
  settings.lower_method = static_cast<std::int32_t>(LowerMethod::gradient);
  const Ended found = maid(problem, settings, Vector(3));
  CHECK(found.result.accuracy == 1e-2);
  CHECK(termination(found) == Termination::STALLED);
  settings.adaptive = 1;
  CHECK(problem.value(maid(problem, settings, Vector(3)).theta) < problem.value(found.theta));
}

TEST_CASE("maid: bounds bind, with and without logarithms; modes that know no error are refused") {
  LeastSquares problem(20, 2, 2, 4);
  const Vector free = problem.optimum();
  BilevelProblem table = problem.table();
  table.upper_bound = {free[0] - 0.5, kInf};
  Vector theta{free[0] - 2, 0}, x(20);
  const BilevelResult result =
      solve_bilevel(table, BilevelMethod::maid, limited(200), nullptr, nullptr, nullptr, theta, x);
  CHECK(static_cast<Termination>(result.termination) == Termination::CONVERGED);
  CHECK(theta[0] == table.upper_bound[0]);
  CHECK(std::abs(problem.gradient(theta)[1]) < 1e-4 * norm2(problem.gradient({free[0] - 2, 0})));
  BilevelSettings logs = limited(200);
  logs.log_theta = 1;
  table.lower_bound = {1e-3, 1e-3};
  table.upper_bound = {3, 5};
  theta = {1, 1};
  solve_bilevel(table, BilevelMethod::maid, logs, nullptr, nullptr, nullptr, theta, x);
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(theta[i] >= table.lower_bound[i]);
    CHECK(theta[i] <= table.upper_bound[i]);
  }
  BilevelSettings unrolled = limited(10);
  unrolled.hypergradient_mode = static_cast<std::int32_t>(HypergradientMode::unrolled_reverse);
  CHECK_THROWS_AS(maid(problem, unrolled, Vector(2)), Error);
}

TEST_CASE("maid: a prox lower level, uncertified, finds what the implicit method finds") {
  ElasticNet problem(60, 12, 2);
  Vector theta{-1, -1}, x(12);
  const BilevelResult exact =
      solve_bilevel(problem.table(), BilevelMethod::implicit, limited(100, 1e-10), nullptr, nullptr, nullptr, theta, x);
  const Ended found = maid(problem, limited(300, 1e-6), {-1, -1});
  CHECK(found.result.value < 1.01 * exact.value);
  CHECK(found.result.derivative_status != static_cast<std::int32_t>(DerivativeStatus::certified));
}

TEST_CASE("maid: every call may fail, and cancelling keeps the best so far") {
  index k = 1;
  for (;; ++k) {
    Quadratic problem(4, 2, 1, 3);
    problem.fail_at = k;
    Vector theta{1, 2}, x(4, 0.5);
    try {
      solve_bilevel(problem.table(), BilevelMethod::maid, limited(3), nullptr, nullptr, nullptr, theta, x);
      CHECK(problem.calls < k);
      break;
    } catch (const Error& error) {
      CHECK(error.status() == Status::CALLBACK);
      CHECK(theta == Vector{1, 2});
      CHECK(x == Vector(4, 0.5));
    }
  }
  CHECK(k > 20);
  Quadratic problem(4, 2, 1, 3);
  BilevelSettings settings = limited(100, 1e-12);
  settings.monitor_interval = 0;
  Vector theta{1, 2}, x(4);
  int calls = 0;
  const BilevelResult result = solve_bilevel(
      problem.table(), BilevelMethod::maid, settings, nullptr,
      [](void* user, const Progress&) { return ++*static_cast<int*>(user) == 3 ? 1 : 0; }, &calls, theta, x);
  CHECK(static_cast<Termination>(result.termination) == Termination::CANCELLED);
  CHECK(result.iterations == 3);
  CHECK(result.value < result.first_value);
}

TEST_CASE("maid: a trial out of the domain, or not finite, is a shorter step") {
  for (const std::int32_t kind : {0, 1}) {
    LeastSquares problem(20, 2, 2, 4);
    const Vector best = problem.optimum();
    problem.inside = [&](const double*, const double* t) {
      return std::hypot(t[0] - best[0], t[1] - best[1]) < 4 || kind == 0;
    };
    BilevelSettings settings = limited(200);
    settings.step = 1e6;
    const Ended found = maid(problem, settings, {best[0] + 2, best[1] - 1});
    CHECK(problem.value(found.theta) < 1.0001 * problem.value(best));
  }
}

TEST_CASE("maid: products that fail at a later theta end it with the best so far") {
  class Broken final : public LeastSquares {
   public:
    Broken() : LeastSquares(20, 2, 2, 4) {}
    Vector cross_t(const double* x, const double* t, const double* v) override {
      Vector out = LeastSquares::cross_t(x, t, v);
      if (++asked == 3) out[0] = NAN;
      return out;
    }
    int asked = 0;
  } problem;
  const Ended found = maid(problem, limited(50), {30, -20});
  CHECK(termination(found) == Termination::DIVERGED);
  CHECK(problem.value(found.theta) < problem.value({30, -20}));
}

TEST_CASE("bilevel: the error of the hypergradient returned is estimated, by implicit and maid") {
  for (const BilevelMethod method : {BilevelMethod::implicit, BilevelMethod::maid}) {
    LeastSquares problem(60, 3, 2, 8);
    Vector theta(3), x(60);
    BilevelSettings settings = limited(60, 1e-5);
    settings.lower_method = static_cast<std::int32_t>(LowerMethod::gradient);
    settings.lower_tol = settings.linear_tol = 1e-4;
    const BilevelResult found = solve_bilevel(problem.table(), method, settings, nullptr, nullptr, nullptr, theta, x);
    CHECK(found.estimate > 0);
    CHECK(found.estimate < found.bound);
  }
}
