#include "solvers/bilevel/oracles/hypergradient.hpp"

#include "allocations.hpp"
#include "base/error.hpp"
#include "bilevel/oracle_problems.hpp"
#include "doctest/doctest.h"
#include "solvers/bilevel/oracles/checkpoints.hpp"

using namespace fenchel;
using namespace oracle_problems;

namespace {

BilevelSettings with(HypergradientMode mode, double lower_tol = 1e-12) {
  BilevelSettings settings;
  settings.hypergradient_mode = static_cast<std::int32_t>(mode);
  settings.lower_tol = lower_tol;
  settings.linear_tol = 1e-13;
  return settings;
}

struct Taken {
  BilevelResult result;
  Vector x, z;
};

Taken take(Problem& problem, const Vector& t, const BilevelSettings& settings, Vector x = {}) {
  if (x.empty()) x.resize(at(problem.n));
  Taken out{{}, x, Vector(t.size())};
  out.result = hypergradient(problem.table(), settings, t, out.x, out.z);
  return out;
}

constexpr HypergradientMode kImplicit[] = {HypergradientMode::implicit, HypergradientMode::implicit_forward};
constexpr HypergradientMode kUnrolled[] = {HypergradientMode::unrolled_reverse, HypergradientMode::unrolled_forward};
constexpr HypergradientMode kAll[] = {HypergradientMode::implicit,         HypergradientMode::implicit_forward,
                                      HypergradientMode::unrolled_reverse, HypergradientMode::unrolled_forward,
                                      HypergradientMode::truncated,        HypergradientMode::one_step};

// dF/dt of the K-step problem: x_K is affine in t, x_K = x* + (I - s A)^K (x_0 - x*).
Vector unrolled_gradient(const Quadratic& problem, const Vector& t, index iterations, index kept, double s) {
  const auto contract = [&](Vector v, index k) {
    for (; k > 0; --k) axpy(-s, problem.A.times(v.data()), v);
    return v;
  };
  const Vector limit = problem.solution(t);
  Vector x = limit;
  for (double& v : x) v = -v;
  x = contract(x, iterations);
  axpy(1.0, limit, x);
  axpy(-1.0, problem.b, x);  // df/dx at x_K; now (I - (I - s A)^kept) A^{-1} of it
  Vector q = x;
  axpy(-1.0, contract(x, kept), q);
  Vector z = problem.C.transposed(solve(problem.A, q).data());
  for (std::size_t i = 0; i < z.size(); ++i) z[i] = problem.w * t[i] - z[i];
  return z;
}

}  // namespace

TEST_CASE("hypergradient: the closed form of a quadratic to 1e-10, dense and by conjugate gradients") {
  for (const index n : {1, 12, 80}) {
    Quadratic problem(n, 3, 1, 30);
    const Vector t{0.4, -1, 0.2};
    for (const HypergradientMode mode : kImplicit) {
      const Taken found = take(problem, t, with(mode));
      CAPTURE(n);
      CHECK(distance(found.z, problem.gradient(t)) < 1e-10);
      CHECK(found.result.derivative_status == static_cast<std::int32_t>(DerivativeStatus::certified));
      CHECK(distance(found.z, problem.gradient(t)) <= found.result.bound + 1e-12);
    }
  }
}

TEST_CASE("hypergradient: peers' bugs: an isotropic Hessian, one unknown, a right-hand side of zero") {
  Quadratic problem(20, 2, 2, 2);
  const Vector t{1, -1};
  for (const HypergradientMode mode : kImplicit) {
    BilevelSettings settings = with(mode);
    settings.linear_solver = static_cast<std::int32_t>(LinearSolver::cg);
    CHECK(distance(take(problem, t, settings).z, problem.gradient(t)) < 1e-10);
    Quadratic solved(20, 2, 1, 9);
    solved.b = solved.solution(t);  // df/dx is rounding: the answer is df/dtheta, never x or a stale vector
    CHECK(distance(take(solved, t, settings).z, {solved.w * t[0], solved.w * t[1]}) < 1e-10);
  }
}

TEST_CASE("hypergradient: logistic regression against central differences, every mode that converges") {
  for (const index m : {1, 6}) {
    Logistic problem(80, 6, m);
    const Vector t(at(m), 0.5);
    const Vector exact = differences(problem, t, with(HypergradientMode::implicit, 1e-13), 1e-4);
    for (const HypergradientMode mode : kAll) {
      BilevelSettings settings = with(mode, 1e-11);
      settings.unroll_iter = settings.kept_iter = 3000;
      const Taken found = take(problem, t, settings);
      CAPTURE(static_cast<int>(mode));
      CHECK(distance(found.z, exact) < 1e-6);
      CHECK(found.result.termination == static_cast<std::int32_t>(Termination::CONVERGED));
    }
  }
}

TEST_CASE("hypergradient: differences in place of missing products, flagged and not certified") {
  Logistic problem(80, 6, 6);
  const Vector t(6, 0.5);
  const Taken exact = take(problem, t, with(HypergradientMode::implicit));
  CHECK(exact.result.finite_differences == 0);
  for (const unsigned has : {0u, 1u, 2u, 4u}) {
    problem.has = has;
    for (const HypergradientMode mode : kAll) {
      BilevelSettings settings = with(mode, 1e-10);
      settings.linear_tol = 1e-9;
      settings.unroll_iter = settings.kept_iter = 2000;
      settings.mu = 1e-3;
      if (mode == HypergradientMode::one_step)
        settings.lower_method = static_cast<std::int32_t>(LowerMethod::newton_cg);
      const Taken found = take(problem, t, settings);
      CAPTURE(has);
      CAPTURE(static_cast<int>(mode));
      CHECK(distance(found.z, exact.z) < 1e-6);
      CHECK(found.result.bound == kInf);
      CHECK(found.result.derivative_status != static_cast<std::int32_t>(DerivativeStatus::certified));
      CHECK(found.result.finite_differences == 1);
    }
  }
}

TEST_CASE("hypergradient: a prox lower level, few unknowns and many, against central differences") {
  for (const index m : {1, 2})
    for (const index n : {12, 70}) {
      ElasticNet problem(60, n, m);
      const Vector t(at(m), -1.5);
      const Vector exact = differences(problem, t, with(HypergradientMode::implicit, 1e-12), 1e-5);
      for (const HypergradientMode mode : kAll) {
        if (mode == HypergradientMode::one_step) continue;  // wrong by its contraction rate
        BilevelSettings settings = with(mode, 1e-10);
        settings.lower_max_iter = 100000;
        settings.unroll_iter = settings.kept_iter = n > 12 && m == 1 ? 20000 : 4000;
        const bool slow = n > 12 && (mode == HypergradientMode::unrolled_forward || m == 1) &&
                          mode != HypergradientMode::implicit && mode != HypergradientMode::implicit_forward;
        if (slow) continue;
        const Taken found = take(problem, t, settings);
        CAPTURE(static_cast<int>(mode));
        CAPTURE(n);
        CAPTURE(m);
        CHECK(distance(found.z, exact) < 1e-6);
        CHECK(found.result.bound == kInf);
      }
    }
}

TEST_CASE("hypergradient: a Lasso that is all zeros has the derivative zero") {
  ElasticNet problem(30, 10, 1);
  for (const HypergradientMode mode : kAll) {
    const Taken found = take(problem, {10}, with(mode));
    CHECK(found.z[0] == 0);
    CHECK(norm2(found.x) == 0);
  }
}

TEST_CASE("hypergradient: K unrolled steps of a quadratic are (I - s A)^K, the last ones the Neumann series") {
  Quadratic problem(15, 4, 1, 10);
  const Vector t{0.3, 1, -1, 0.5};
  for (const index iterations : {1, 2, 7, 50}) {
    for (const HypergradientMode mode : kUnrolled) {
      BilevelSettings settings = with(mode);
      settings.unroll_iter = iterations;
      settings.lower_step = 0.08;
      CHECK(distance(take(problem, t, settings).z, unrolled_gradient(problem, t, iterations, iterations, 0.08)) <
            1e-10);
    }
    for (const index kept : {1, 5, 100}) {
      BilevelSettings settings = with(HypergradientMode::truncated);
      settings.unroll_iter = iterations;
      settings.kept_iter = kept;
      settings.lower_step = 0.08;
      const Vector exact = unrolled_gradient(problem, t, iterations, std::min(kept, iterations), 0.08);
      CHECK(distance(take(problem, t, settings).z, exact) < 1e-10);
    }
  }
}

// MAML: the start is theta. With x = theta + u, u_0 = 0: h(theta + u), and x_K - c = (I - s A)^K (theta - c).
TEST_CASE("hypergradient: MAML's (I - s A)^K, and iMAML's lam (A + lam I)^-1") {
  class Maml final : public Quadratic {
   public:
    explicit Maml(double lam_) : Quadratic(8, 8, 0.5, 4), lam(lam_) {}
    double lower(const double* u, const double* t, double* dx, double* dt) override {
      const Vector x = sum(u, t);
      const Vector ax = A.times(x.data());
      for (index j = 0; j < n; ++j) {
        const double slope = ax[at(j)] + a[at(j)];
        if (dx != nullptr) dx[j] = slope + lam * u[j];
        if (dt != nullptr) dt[j] = slope;
      }
      return 0.5 * dot(ax, x) + dot(a, x) + 0.5 * lam * dot(u, u, n);
    }
    double upper(const double* u, const double* t, double* dx, double* dt) override {
      Vector r = sum(u, t);
      axpy(-1.0, b, r);
      for (double* out : {dx, dt})
        if (out != nullptr) copy(r.data(), n, out);
      return 0.5 * dot(r, r);
    }
    Vector hvp(const double*, const double*, const double* v) override {
      Vector out = A.times(v);
      axpy(lam, v, n, out.data());
      return out;
    }
    Vector cross_t(const double*, const double*, const double* v) override { return A.times(v); }
    Vector cross(const double*, const double*, const double* v) override { return A.times(v); }
    Vector sum(const double* u, const double* t) const {
      Vector x(u, u + n);
      axpy(1.0, t, n, x.data());
      return x;
    }
    double lam;
  };
  const Vector t{1, 0, -1, 2, 0.5, 0, 0, 3};
  for (const index iterations : {1, 3, 8}) {
    Maml task(0);
    task.has &= ~static_cast<unsigned>(Problem::kConstants);
    constexpr double s = 0.2;
    const auto contract = [&](Vector v) {
      for (index k = 0; k < iterations; ++k) axpy(-s, task.A.times(v.data()), v);
      return v;
    };
    Vector centre = solve(task.A, task.a);  // -c
    Vector x = t;
    axpy(1.0, centre, x);
    x = contract(x);
    axpy(-1.0, centre, x);
    axpy(-1.0, task.b, x);
    const Vector exact = contract(x);
    for (const HypergradientMode mode : kUnrolled) {
      BilevelSettings settings = with(mode);
      settings.unroll_iter = iterations;
      settings.lower_step = s;
      CHECK(distance(take(task, t, settings).z, exact) < 1e-12);
    }
  }
  Maml task(1.5);
  task.has &= ~static_cast<unsigned>(Problem::kConstants);
  Matrix shifted = task.A;
  Vector r = t;  // lam t - a
  for (index j = 0; j < 8; ++j) shifted(j, j) += 1.5, r[at(j)] = 1.5 * t[at(j)] - task.a[at(j)];
  Vector x = solve(shifted, r);
  axpy(-1.0, task.b, x);
  Vector exact = solve(shifted, x);
  for (double& v : exact) v *= 1.5;
  for (const HypergradientMode mode : kImplicit) CHECK(distance(take(task, t, with(mode)).z, exact) < 1e-10);
}

TEST_CASE("hypergradient: checkpoints: any budget gives the same bits, within it") {
  Logistic problem(40, 9, 9);
  const Vector t(9, -0.5);
  BilevelSettings settings = with(HypergradientMode::unrolled_reverse);
  settings.unroll_iter = 700;
  const Taken whole = take(problem, t, settings);
  CHECK(whole.result.memory == 699 * 9 * 8);  // the last one is at hand
  for (const index bytes : {1024, 1100, 3000, 20000}) {
    settings.checkpoint_bytes = bytes;
    const Taken found = take(problem, t, settings);
    CHECK(found.result.memory <= bytes);
    CHECK(found.z == whole.z);
    CHECK(found.x == whole.x);
    CHECK(found.result.lower_gradients < (bytes < 3000 ? 5 : 4) * whole.result.lower_gradients);
  }
  settings.checkpoint_bytes = 1024;
  settings.unroll_iter = 7000;  // ten times as many iterations: the same memory
  CHECK(take(problem, t, settings).result.memory <= 1024);
  settings.hypergradient_mode = static_cast<std::int32_t>(HypergradientMode::truncated);
  settings.kept_iter = 20;
  CHECK(take(problem, t, settings).result.memory <= 20 * 9 * 8);
  Quadratic wide(200, 1, 1, 2);  // one iterate is more than the budget
  CHECK_THROWS_AS(take(wide, {1}, settings), Error);
}

TEST_CASE("hypergradient: checkpoints: the binomial schedule reaches its number of steps") {
  for (const index slots : {1, 2, 3, 5, 8})
    for (const index steps : {1, 2, 3, 10, 55, 56, 57, 300}) {
      Checkpoints kept(slots, 1);
      const double zero = 0;
      kept.push(0, &zero);
      index advances = 0;
      for (index end = steps; end > 0; --end) {
        index at = kept.number(), stride = kept.stride(at, end), keep = at + stride;
        for (; at < end - 1; ++at, ++advances)
          if (stride > 0 && at == keep) {
            kept.push(at, &zero);
            stride = kept.stride(at, end);
            keep = at + stride;
          }
        if (kept.number() == end - 1) kept.pop();
      }
      CAPTURE(slots);
      CAPTURE(steps);
      // C(slots + r, slots) steps take at most r passes over them.
      double reach = 1;
      index passes = 0;
      while (reach < static_cast<double>(steps)) {
        ++passes;
        reach *= static_cast<double>(slots + passes) / static_cast<double>(passes);
      }
      CHECK(advances <= passes * steps);
      CHECK(kept.bytes() <= slots * 8);
    }
}

TEST_CASE("hypergradient: without constants the unrolled step is found") {
  Quadratic problem(15, 4, 1, 10);
  problem.has &= ~static_cast<unsigned>(Problem::kConstants);
  const Vector t{0.3, 1, -1, 0.5};
  for (const HypergradientMode mode : kUnrolled) {
    BilevelSettings settings = with(mode, 1e-9);
    settings.unroll_iter = 2000;
    const Taken found = take(problem, t, settings, Vector(15, 3.0));
    CHECK(distance(found.z, problem.gradient(t)) < 1e-9);
    settings.unroll_iter = 5;
    CHECK(take(problem, t, settings).result.derivative_status ==
          static_cast<std::int32_t>(DerivativeStatus::not_converged));
  }
}

TEST_CASE("hypergradient: one step is exact after Newton's, wrong by the contraction rate after gradient descent") {
  Logistic problem(80, 6, 6);
  const Vector t(6, 1.5);
  const Vector exact = take(problem, t, with(HypergradientMode::implicit)).z;
  BilevelSettings settings = with(HypergradientMode::one_step);
  CHECK(distance(take(problem, t, settings).z, exact) < 1e-9);
  Quadratic easy(10, 2, 3, 4);  // s = 1 / 4: the rate is 1 / 4
  const Vector u{1, -2};
  settings.lower_method = static_cast<std::int32_t>(LowerMethod::gradient);
  const Taken found = take(easy, u, settings);
  Vector bias = easy.gradient(u);
  for (std::size_t i = 0; i < 2; ++i) bias[i] -= easy.w * u[i];
  CHECK(distance(found.z, easy.gradient(u)) > 0.01 * norm2(bias));
  CHECK(distance(found.z, easy.gradient(u)) < 0.6 * norm2(bias));
  CHECK(distance(found.z, unrolled_gradient(easy, u, 400, 1, 0.25)) < 1e-10);
}

TEST_CASE("hypergradient: the bound and the estimate at inexact solutions") {
  Logistic problem(80, 6, 6);
  const Vector t(6, 0.0);
  const Vector exact = take(problem, t, with(HypergradientMode::implicit, 1e-13)).z;
  for (const double tol : {1e-1, 1e-2, 1e-3, 1e-4}) {
    BilevelSettings settings = with(HypergradientMode::implicit, tol);
    settings.lower_method = static_cast<std::int32_t>(LowerMethod::gradient);
    settings.linear_solver = static_cast<std::int32_t>(LinearSolver::cg);
    settings.linear_tol = tol / 10;
    const Taken found = take(problem, t, settings);
    const double error = distance(found.z, exact);
    CAPTURE(tol);
    CHECK(found.result.estimate > 0.8 * error);
    CHECK(found.result.estimate < 1.25 * error);
    CHECK(found.result.bound == kInf);  // no constants
  }
}

TEST_CASE("hypergradient: require_certified refuses what proves nothing") {
  Quadratic problem(10, 2, 1, 4);
  for (const HypergradientMode mode : kAll) {
    BilevelSettings settings = with(mode);
    settings.require_certified = 1;
    const bool proves = mode == HypergradientMode::implicit || mode == HypergradientMode::implicit_forward;
    if (proves)
      CHECK(take(problem, {1, 2}, settings).result.bound < 1e-6);
    else
      CHECK_THROWS_AS(take(problem, {1, 2}, settings), Error);
  }
  problem.has &= ~static_cast<unsigned>(Problem::kConstants);
  BilevelSettings settings = with(HypergradientMode::implicit);
  settings.require_certified = 1;
  CHECK_THROWS_AS(take(problem, {1, 2}, settings), Error);
}

TEST_CASE("hypergradient: a flat lower level is singular in the implicit modes") {
  // h = x_0^2 / 2 - t x_0, x_1 free; f = (t - x_1)^2 / 2 + (x_0 - 1)^2 / 2 (sl-BAMM's counterexample).
  class Flat final : public Problem {
   public:
    Flat() : Problem(2, 1, kHvp | kCrossT | kCross) {}
    double lower(const double* x, const double* t, double* dx, double* dt) override {
      if (dx != nullptr) dx[0] = x[0] - t[0], dx[1] = 0;
      if (dt != nullptr) dt[0] = -x[0];
      return 0.5 * x[0] * x[0] - t[0] * x[0];
    }
    double upper(const double* x, const double* t, double* dx, double* dt) override {
      if (dx != nullptr) dx[0] = x[0] - 1, dx[1] = x[1] - t[0];
      if (dt != nullptr) dt[0] = t[0] - x[1];
      return 0.5 * (t[0] - x[1]) * (t[0] - x[1]) + 0.5 * (x[0] - 1) * (x[0] - 1);
    }
    Vector hvp(const double*, const double*, const double* v) override { return {v[0], 0}; }
    Vector cross_t(const double*, const double*, const double* v) override { return {-v[0]}; }
    Vector cross(const double*, const double*, const double* v) override { return {-v[0], 0}; }
  } flat;
  for (const std::int32_t solver : {0, static_cast<std::int32_t>(LinearSolver::cg)}) {
    BilevelSettings settings = with(HypergradientMode::implicit);
    settings.linear_solver = solver;
    CHECK_THROWS_AS(take(flat, {0.5}, settings), Error);
  }
}

TEST_CASE("hypergradient: every call may fail; theta, x and z stay as they were") {
  for (const HypergradientMode mode : kAll) {
    index k = 1;
    for (;; ++k) {
      Quadratic problem(4, 2, 1, 3);
      problem.fail_at = k;
      BilevelSettings settings = with(mode);
      settings.unroll_iter = 12;
      settings.checkpoint_bytes = 1024;
      Vector x(4, 0.5), z(2, 7.0);
      try {
        hypergradient(problem.table(), settings, {1, 2}, x, z);
        CHECK(problem.calls < k);
        break;
      } catch (const Error& error) {
        CHECK(error.status() == Status::CALLBACK);
        CHECK(x == Vector(4, 0.5));
        CHECK(z == Vector(2, 7.0));
      }
    }
    CHECK(k > 6);
  }
}

namespace {

// h = sum_j (1 + j) x_j^2 / 2 + log(1 + x_j^2) - t x_j, f = ||x - 1||^2 / 2: oracles that do not allocate.
struct Diagonal {
  static constexpr int kSize = 60;
  static std::int32_t lower(void*, const double* x, const double* t, std::uint32_t, double* value, double* dx,
                            double* dt) {
    double sum = 0, total = 0;
    for (int j = 0; j < kSize; ++j) {
      sum += 0.5 * (1 + j) * x[j] * x[j] + std::log1p(x[j] * x[j]) - t[0] * x[j];
      total += x[j];
      if (dx != nullptr) dx[j] = (1 + j) * x[j] + 2 * x[j] / (1 + x[j] * x[j]) - t[0];
    }
    *value = sum;
    if (dt != nullptr) dt[0] = -total;
    return 0;
  }
  static std::int32_t upper(void*, const double* x, const double*, std::uint32_t, double* value, double* dx,
                            double* dt) {
    *value = 0;
    for (int j = 0; j < kSize; ++j) {
      *value += 0.5 * (x[j] - 1) * (x[j] - 1);
      if (dx != nullptr) dx[j] = x[j] - 1;
    }
    if (dt != nullptr) dt[0] = 0;
    return 0;
  }
  static std::int32_t hvp(void*, const double* x, const double*, std::uint32_t, std::int64_t count, const double* v,
                          double* out) {
    for (std::int64_t k = 0; k < count; ++k)
      for (int j = 0; j < kSize; ++j) {
        const double square = x[j] * x[j], bend = 2 * (1 - square) / ((1 + square) * (1 + square));
        out[k * kSize + j] = (1 + j + bend) * v[k * kSize + j];
      }
    return 0;
  }
  static BilevelOracles oracles() {
    BilevelOracles o;
    o.n = kSize;
    o.m = 1;
    o.lower = &lower;
    o.upper = &upper;
    o.lower_hvp = &hvp;
    return o;
  }
};

}  // namespace

TEST_CASE("hypergradient: a solver that is used again does not allocate") {
  for (const HypergradientMode mode : kAll) {
    BilevelCalls calls(Diagonal::oracles());
    const BilevelSettings settings = with(mode, 1e-9);
    const auto lower = make_lower_solver(calls, settings);
    const auto derivative = make_hypergradient(calls, *lower, settings);
    Control control;
    HypergradientState state;
    state.x = state.adjoint = Vector(Diagonal::kSize);
    state.z = Vector(1);
    const double first = 2, second = 3;
    derivative->at(&first, {1e-9, 0, true}, state, control);
    const std::int64_t before = allocations();
    derivative->at(&second, {1e-9, 0, true}, state, control);
    CAPTURE(static_cast<int>(mode));
    CHECK(allocations() == before);
  }
}

TEST_CASE("maid: iterations do not allocate") {
  std::int64_t counts[2] = {0, 0};
  index iterations[2] = {0, 0};
  for (const int k : {0, 1}) {
    BilevelSettings settings;
    settings.max_iter = k == 0 ? 2 : 8;
    settings.tol = 1e-13;
    Vector theta{-20}, x(Diagonal::kSize);
    const std::int64_t before = allocations();
    iterations[k] =
        solve_bilevel({Diagonal::oracles(), {}, {}}, BilevelMethod::maid, settings, nullptr, nullptr, nullptr, theta, x)
            .iterations;
    counts[k] = allocations() - before;
  }
  CHECK(iterations[1] > iterations[0]);
  CHECK(counts[1] == counts[0]);
}

TEST_CASE("hypergradient: an oracle that is not finite at the start is a RANGE error, and changes nothing") {
  class Broken final : public Quadratic {
   public:
    explicit Broken(int which_) : Quadratic(5, 2, 1, 3), which(which_) {}
    double upper(const double* x, const double* t, double* dx, double* dt) override {
      const double value = Quadratic::upper(x, t, dx, dt);
      return which == 0 ? NAN : value;
    }
    Vector hvp(const double* x, const double* t, const double* v) override {
      Vector out = Quadratic::hvp(x, t, v);
      if (which == 1) out[3] = INFINITY;
      return out;
    }
    Vector cross_t(const double* x, const double* t, const double* v) override {
      Vector out = Quadratic::cross_t(x, t, v);
      if (which == 2) out[1] = NAN;
      return out;
    }
    const int which;
  };
  for (const int which : {0, 1, 2}) {
    Broken problem(which);
    Vector x(5, 0.5), z(2, 7.0);
    try {
      hypergradient(problem.table(), with(HypergradientMode::implicit), {1, 2}, x, z);
      CHECK(false);
    } catch (const Error& error) {
      CHECK(error.status() == Status::RANGE);
    }
    CHECK(x == Vector(5, 0.5));
    CHECK(z == Vector(2, 7.0));
  }
}
