// The search of `implicit` over oracles: bounds bit for bit, a Hessian that turns singular on the way.
#include <cmath>

#include "base/error.hpp"
#include "bilevel/oracle_problems.hpp"
#include "doctest/doctest.h"
#include "solvers/bilevel/oracles/bilevel_run.hpp"

using namespace fenchel;
using namespace oracle_problems;

namespace {

// h = sum_j (x_j - t_j)^2 / 2 + max(wall - t_0, 0) (x_m - 1)^2 / 2 and f = ||x - b||^2 / 2, so that x* = (t, 1) and F =
// ||t - b||^2 / 2 + (1 - b_m)^2 / 2. The Hessian is singular from t_0 = wall on, where nothing holds x_m.
class Walled : public Problem {
 public:
  Walled(Vector minimum, double wall)
      : Problem(static_cast<index>(minimum.size()) + 1, static_cast<index>(minimum.size()),
                kHvp | kCrossT | kCross | kConstants),
        b(std::move(minimum)),
        wall_(wall) {}
  double stiff(const double* t) const { return std::max(wall_ - t[0], 0.0); }
  double lower(const double* x, const double* t, double* dx, double* dt) override {
    double value = 0;
    for (index j = 0; j < m; ++j) {
      value += 0.5 * (x[j] - t[j]) * (x[j] - t[j]);
      if (dx != nullptr) dx[j] = x[j] - t[j];
      if (dt != nullptr) dt[j] = t[j] - x[j];
    }
    const double last = x[m] - 1;
    if (dx != nullptr) dx[m] = stiff(t) * last;
    if (dt != nullptr && stiff(t) > 0) dt[0] -= 0.5 * last * last;
    return value + 0.5 * stiff(t) * last * last;
  }
  double upper(const double* x, const double*, double* dx, double* dt) override {
    double value = 0.5 * x[m] * x[m];
    for (index j = 0; j < m; ++j) {
      value += 0.5 * (x[j] - b[at(j)]) * (x[j] - b[at(j)]);
      if (dx != nullptr) dx[j] = x[j] - b[at(j)];
      if (dt != nullptr) dt[j] = 0;
    }
    if (dx != nullptr) dx[m] = x[m];
    return value;
  }
  Vector hvp(const double*, const double* t, const double* v) override {
    Vector out(v, v + n);
    out[at(m)] *= stiff(t);
    return out;
  }
  Vector cross_t(const double* x, const double* t, const double* v) override {
    Vector out(at(m));
    for (index j = 0; j < m; ++j) out[at(j)] = -v[j];
    if (stiff(t) > 0) out[0] -= (x[m] - 1) * v[m];
    return out;
  }
  Vector cross(const double* x, const double* t, const double* d) override {
    Vector out(at(n));
    for (index j = 0; j < m; ++j) out[at(j)] = -d[j];
    if (stiff(t) > 0) out[at(m)] = -(x[m] - 1) * d[0];
    return out;
  }
  BilevelConstants constants(const double* t) override { return {std::min(1.0, stiff(t)), 10, 0, 4, 1, 1}; }

  Vector b;

 private:
  double wall_;
};

struct Found {
  BilevelResult result;
  Vector theta, x;
  Termination end() const { return static_cast<Termination>(result.termination); }
  bool certified() const { return result.derivative_status == static_cast<std::int32_t>(DerivativeStatus::certified); }
};

Found implicit(const BilevelProblem& problem, const Vector& start, const BilevelSettings& settings = {}) {
  Found out{{}, start, Vector(static_cast<std::size_t>(problem.oracles.n))};
  out.result = solve_bilevel(problem, BilevelMethod::implicit, settings, nullptr, nullptr, nullptr, out.theta, out.x);
  return out;
}

}  // namespace

TEST_CASE("implicit: a Hessian that turns singular beyond the start loses nothing that was found") {
  for (const Vector& minimum : {Vector{3.0}, Vector{3.0, -2.0}}) {
    Walled problem(minimum, 1);
    const Found found = implicit(problem.table(), Vector(minimum.size(), 0.5));
    CHECK(found.result.refused <= 40);
    CHECK(found.end() == Termination::STALLED);  // what is better lies behind the wall
    CHECK(found.result.refused > 0);
    CHECK(found.certified());
    CHECK(found.theta[0] < 1);
    CHECK(found.theta[0] > 0.9);
    CHECK(found.result.value < found.result.first_value);
    double value = 0.5;
    for (std::size_t i = 0; i < minimum.size(); ++i)
      value += 0.5 * (found.theta[i] - minimum[i]) * (found.theta[i] - minimum[i]);
    CHECK(std::abs(found.result.value - value) < 1e-6);
    for (std::size_t i = 0; i < minimum.size(); ++i) CHECK(std::abs(found.x[i] - found.theta[i]) < 1e-6);
  }
}

TEST_CASE("implicit: a singular Hessian passed on the way to a minimum is stepped back from, and that is convergence") {
  for (const Vector& minimum : {Vector{0.9}, Vector{0.9, -2.0}}) {
    Walled problem(minimum, 1);
    BilevelSettings settings;
    settings.tol = 1e-9;
    const Found found = implicit(problem.table(), Vector(minimum.size(), -2.0), settings);
    CHECK(found.end() == Termination::CONVERGED);
    CHECK(found.certified());
    for (std::size_t i = 0; i < minimum.size(); ++i) CHECK(std::abs(found.theta[i] - minimum[i]) < 1e-3);
  }
}

TEST_CASE("a singular Hessian at the start is an error, later of maid the end with the best found") {
  Walled problem({3.0}, 1);
  for (const BilevelMethod method : {BilevelMethod::implicit, BilevelMethod::maid}) {
    Vector theta{1.5}, x{0, 1};
    try {
      solve_bilevel(problem.table(), method, {}, nullptr, nullptr, nullptr, theta, x);
      FAIL("nothing to step back to");
    } catch (const Error& error) {
      CHECK(error.status() == Status::SINGULAR);
    }
  }
  Vector theta{0.5}, x(2);
  const BilevelResult found =
      solve_bilevel(problem.table(), BilevelMethod::maid, {}, nullptr, nullptr, nullptr, theta, x);
  CHECK(static_cast<Termination>(found.termination) != Termination::CONVERGED);
  CHECK(theta[0] >= 0.5);
  CHECK(theta[0] < 1);
  CHECK(found.value <= found.first_value);
}

TEST_CASE("implicit: bounds that hold are met bit for bit, with logarithms too") {
  for (const bool logarithms : {false, true})
    for (const double beside : {0.0, 1e-16, 1e-9, 0.1}) {
      Walled problem({0.0, 0.9}, 4);  // both minima beyond bounds
      BilevelProblem table = problem.table();
      table.lower_bound = {0.3, 0.1};
      table.upper_bound = {2.7, 0.7};
      BilevelSettings settings;
      settings.log_theta = logarithms ? 1 : 0;
      const Found found = implicit(table, {0.3 + beside, 0.7 - beside}, settings);
      CAPTURE(logarithms);
      CAPTURE(beside);
      CHECK(found.end() == Termination::CONVERGED);
      CHECK(found.theta[0] == 0.3);
      CHECK(found.theta[1] == 0.7);
      CHECK(found.certified());
    }
}

TEST_CASE("the best point: certified before lower, lower before later, of equals the one nearer stationarity") {
  Incumbent best;
  const Vector x{0};
  CHECK(best.offer({1}, x, 2.0, kInf, false, 1.0));
  CHECK_FALSE(best.offer({2}, x, 2.0, kInf, false, 1.0));
  CHECK(best.offer({3}, x, 2.0 + 4e-16, kInf, false, 0.5));  // equal to rounding
  CHECK_FALSE(best.offer({4}, x, 2.0 + 1e-12, kInf, false, 0.0));
  CHECK(best.offer({5}, x, 3.0, 0.5, true, 1.0));  // proved
  CHECK_FALSE(best.offer({6}, x, 1.0, kInf, false, 0.0));
  CHECK(best.offer({7}, x, 3.2, 0.1, true, 2.0));  // a lower upper bound
  CHECK_FALSE(best.offer({8}, x, 3.2, 0.1, true, 2.0));
  CHECK(best.offer({9}, x, 3.2, 0.1, true, 1.0));
  for (int k = 0; k < 100; ++k)  // ties do not add up
    best.offer({10}, x, best.value() * (1 + 4e-16), 0.0, true, 0.5 / (k + 1));
  CHECK(best.value() <= 3.2 * (1 + 2e-15));
}
