// proximal_gradient_test.cpp -- ista, fista, adaptive, nmapg, iht: known answers, rates against theory, iteration
// budgets, ends of every kind.
#include <chrono>
#include <thread>

#include "proximal/proximal_case.hpp"

namespace fenchel {
namespace {

using namespace proximal_test;
using enum MinimizeMethod;

struct Budget {
  MinimizeMethod method;
  StepRule rule;
  Momentum momentum;
  index iterations;
};

TEST_CASE("proximal gradient: the tiny Lasso, exact numbers within iteration budgets") {
  const TinyLasso tiny;
  // Budgets are about 1.3 times what was measured at the tolerance 1e-8.
  for (const Budget& budget : std::vector<Budget>{
           {method_ista, StepRule::fixed, Momentum::none, 285},
           {method_ista, StepRule::backtracking, Momentum::none, 107},
           {method_ista, StepRule::local_curvature, Momentum::none, 84},
           {method_fista, StepRule::fixed, Momentum::automatic, 81},
           {method_fista, StepRule::backtracking, Momentum::automatic, 64},
           {method_fista, StepRule::backtracking, Momentum::restart_function, 70},
           {method_fista, StepRule::backtracking, Momentum::monotone, 145},
           {method_fista, StepRule::fixed, Momentum::nesterov, 230},
           {method_adaptive, StepRule::automatic, Momentum::automatic, 84},
           {method_nmapg, StepRule::automatic, Momentum::automatic, 158},
           {method_iht, StepRule::automatic, Momentum::automatic, 115},
       }) {
    for (Dtype dtype : {Dtype::f64, Dtype::f32}) {
      MinimizeSettings settings;
      settings.step_rule = static_cast<std::int32_t>(budget.rule);
      settings.momentum = static_cast<std::int32_t>(budget.momentum);
      const Outcome out = solve(tiny.lasso(dtype), budget.method, settings);
      CAPTURE(static_cast<int>(budget.method));
      CAPTURE(static_cast<int>(budget.rule));
      CAPTURE(static_cast<int>(budget.momentum));
      CAPTURE(static_cast<int>(dtype));
      MESSAGE(out.result.iterations, " iterations ", out.result.gradients, " gradients ", out.result.values, " values ",
              out.result.backtracks, " backtracks");
      CHECK(out.end() == Termination::CONVERGED);
      CHECK(out.certificate() == Certificate::RESIDUAL);
      CHECK(out.result.iterations <= budget.iterations);
      CHECK(out.result.residual <= out.result.tol);
      CHECK(distance(out.x, tiny.answer) <= (dtype == Dtype::f64 ? 1e-6 : 1e-3));
      CHECK(out.result.objective == doctest::Approx(tiny.value).epsilon(dtype == Dtype::f64 ? 1e-10 : 1e-5));
    }
  }
}

MinimizeSettings with(StepRule rule, Momentum momentum, double tol = 0, index max_iter = 10000) {
  MinimizeSettings settings;
  settings.step_rule = static_cast<std::int32_t>(rule);
  settings.momentum = static_cast<std::int32_t>(momentum);
  settings.tol = tol;
  settings.max_iter = max_iter;
  return settings;
}

TEST_CASE("proximal gradient: ProximalAlgorithms.jl's iteration limits at its tolerance") {
  // Its test_lasso_small.jl: residual over the step at most 1e-4 within 150 iterations plain, 300 with line search, 100
  // and 200 fast; every entry within 1e-4.
  const TinyLasso tiny;
  const double tol = 1e-4 / solve(tiny.lasso(), method_ista).result.scale;
  struct Limit {
    MinimizeMethod method;
    StepRule rule;
    index iterations;
  };
  for (const Limit& limit :
       {Limit{method_ista, StepRule::fixed, 150}, Limit{method_ista, StepRule::backtracking, 300},
        Limit{method_fista, StepRule::fixed, 100}, Limit{method_fista, StepRule::backtracking, 200},
        Limit{method_adaptive, StepRule::automatic, 150}}) {
    const Outcome out = solve(tiny.lasso(), limit.method, with(limit.rule, Momentum::automatic, tol));
    CHECK(out.result.iterations < limit.iterations);
    CHECK(distance(out.x, tiny.answer) <= 1e-4);
  }
}

TEST_CASE("proximal gradient: elastic net, exact numbers") {
  const TinyLasso tiny;
  const auto p =
      problem(Dtype::f64, 5, tiny.f(), {{ProxCase("elastic_net").real("l1", 1).real("l2", 1).make(), nullptr}});
  const Vector answer{-0.6004983388704322, 0, 0, 0.195182724252491, 0.764119601328903};
  for (MinimizeMethod method : {method_ista, method_fista, method_adaptive, method_nmapg, method_iht, method_davis_yin,
                                method_admm, method_condat_vu}) {
    CAPTURE(static_cast<int>(method));
    const Outcome out = solve(p, method);
    CHECK(out.end() == Termination::CONVERGED);
    CHECK(distance(out.x, answer) <= 1e-7);
  }
}

TEST_CASE("proximal gradient: orthonormal design is solved by the prox itself, to 1e-12") {
  // Columns of a Hadamard matrix: A^T A = 8 I.
  Vector A(64);
  for (unsigned i = 0; i < 8; ++i)
    for (unsigned j = 0; j < 8; ++j) A[i * 8 + j] = __builtin_popcount(i & j) % 2 == 0 ? 1.0 : -1.0;
  const Vector b = noise(8, 3);
  Vector corr(8);
  for (std::size_t j = 0; j < 8; ++j)
    for (std::size_t i = 0; i < 8; ++i) corr[j] += A[i * 8 + j] * b[i] / 8;
  for (ProxCase term : {ProxCase("l1").real("lam", 1.3), ProxCase("l0").real("lam", 0.4),
                        ProxCase("mcp").real("lam", 1.0).real("gamma", 2.0), ProxCase("scad").real("lam", 1.0)}) {
    CAPTURE(term.label());
    const auto g = term.make();
    Vector expected(8), scratch(64);
    g->prox(8, corr.data(), Step<double>{.scalar = 1.0 / 8}, expected.data(),
            Scratch(reinterpret_cast<std::byte*>(scratch.data()), 512));
    const auto p = problem(Dtype::f64, 8, std::make_shared<Squares>(8, 8, A, b, 8.0), {{g, nullptr}});
    for (MinimizeMethod method : {method_ista, method_fista, method_adaptive, method_nmapg, method_iht}) {
      CAPTURE(static_cast<int>(method));
      const Outcome out = solve(p, method, with(StepRule::fixed, Momentum::automatic, 1e-13));
      CHECK(out.end() == Termination::CONVERGED);
      CHECK(distance(out.x, expected) <= 1e-12);
      CHECK(out.certificate() == (p->convex() ? Certificate::RESIDUAL : Certificate::STATIONARITY));
    }
  }
}

TEST_CASE("proximal gradient: rates against the theorems") {
  // An ill-conditioned Lasso: smooth decay of the singular values.
  constexpr index m = 20, n = 30;
  Vector A = noise(m * n, 5), b = noise(m, 6);
  for (index j = 0; j < n; ++j)
    for (index i = 0; i < m; ++i) A[at(i * n + j)] *= std::pow(0.8, static_cast<double>(j));
  double L = 0;
  for (double a : A) L += a * a;  // the Frobenius norm bounds |A|^2
  const auto p = problem(Dtype::f64, n, std::make_shared<Squares>(m, n, A, b, L),
                         {{ProxCase("l1").real("lam", 1e-3).make(), nullptr}});
  const Outcome exact = solve(p, method_fista, with(StepRule::backtracking, Momentum::automatic, 1e-14, 200000));
  double start2 = 0;
  for (double x : exact.x) start2 += x * x;
  const auto run = [&](MinimizeMethod method, Momentum momentum) {
    MinimizeSettings settings = with(StepRule::fixed, momentum, 1e-300, 2000);
    settings.trace = 2000;
    return solve(p, method, settings).trace;
  };
  const std::vector<double> ista = run(method_ista, Momentum::none), fista = run(method_fista, Momentum::nesterov);
  REQUIRE(ista.size() == 2000 * kTraceColumns);
  int within_ista = 0, within_fista = 0;
  for (std::size_t k = 1; k <= 2000; ++k) {
    const double t = static_cast<double>(k);
    within_ista += ista[(k - 1) * kTraceColumns + 2] - exact.result.objective <= L * start2 / (2 * t) ? 1 : 0;
    within_fista +=
        fista[(k - 1) * kTraceColumns + 2] - exact.result.objective <= 2 * L * start2 / ((t + 1) * (t + 1)) ? 1 : 0;
  }
  CHECK(within_ista == 2000);
  CHECK(within_fista == 2000);
  // and acceleration accelerates
  CHECK(fista[1999 * kTraceColumns + 2] - exact.result.objective <
        0.1 * (ista[1999 * kTraceColumns + 2] - exact.result.objective));
}

TEST_CASE("proximal gradient: linear rates under strong convexity") {
  constexpr index n = 20;
  Vector q(at(n)), c = noise(n, 8);
  for (index j = 0; j < n; ++j) q[at(j)] = std::pow(10.0, -2.0 * static_cast<double>(j) / (n - 1));  // 1 ... 0.01
  const auto p = problem(Dtype::f64, n, std::make_shared<DiagonalQuadratic>(q, c),
                         {{ProxCase("l1").real("lam", 0.01).make(), nullptr}});
  const double mu = 0.01;
  const auto distance_after = [&](MinimizeMethod method, Momentum momentum, index k) {
    MinimizeSettings settings = with(StepRule::fixed, momentum, 1e-300, k);
    settings.strong_convexity = mu;
    Vector x = solve(p, method, settings).x;
    double sum = 0;
    for (index j = 0; j < n; ++j) {
      const double v = -c[at(j)] / q[at(j)], t = 0.01 / q[at(j)];
      const double star = v > t ? v - t : v < -t ? v + t : 0.0;
      sum += (x[at(j)] - star) * (x[at(j)] - star);
    }
    return sum;
  };
  const double start = distance_after(method_ista, Momentum::none, 1) / ((1 - mu) * (1 - mu));
  // |x_k - x*|^2 <= (1 - mu/L)^{2k} |x_0 - x*|^2 for the quadratic; twice 100 iterations apart.
  for (index k : {100, 300, 500})
    CHECK(distance_after(method_ista, Momentum::none, k) <=
          std::pow(1 - mu, 2 * static_cast<double>(k - 1)) * start * 1.1);
  // Nesterov's constant momentum: F falls by 1 - sqrt(mu/L) = 0.9 an iteration; |x - x*|^2 <= 2/mu (1 + L/mu ...)
  // 0.9^k.
  for (index k : {100, 200})
    CHECK(distance_after(method_fista, Momentum::strongly_convex, k) <=
          2 / mu * (1 + mu) * std::pow(0.9, static_cast<double>(k)) * start * 1.1);
  CHECK(distance_after(method_fista, Momentum::strongly_convex, 300) <
        1e-3 * distance_after(method_ista, Momentum::none, 300));
}

TEST_CASE("proximal gradient: the tiny nonconvex program reaches a stationary point within budget") {
  // ProximalAlgorithms.jl test_nonconvex_qp.jl: Q = diag(-0.5, 1), q = (0.3, 0.5), box +-1.
  const auto p = problem(Dtype::f64, 2, std::make_shared<DiagonalQuadratic>(Vector{-0.5, 1}, Vector{0.3, 0.5}),
                         {{ProxCase("box").real("lower", -1).real("upper", 1).make(), nullptr}});
  for (MinimizeMethod method : {method_ista, method_fista, method_adaptive, method_nmapg, method_iht}) {
    CAPTURE(static_cast<int>(method));
    const Outcome out = solve(p, method);
    CHECK(out.end() == Termination::CONVERGED);
    CHECK(out.certificate() == Certificate::STATIONARITY);
    CHECK(out.result.dual == -kInf);
    CHECK(out.result.gap == kInf);
    CHECK(out.result.iterations <= 100);
    // from 0 the gradient pushes x_0 to -1, the global minimiser
    CHECK(distance(out.x, {-1, -0.5}) <= 1e-7);
  }
}

TEST_CASE("proximal gradient: polyak and dog steps need no Lipschitz constant") {
  const TinyLasso tiny;
  MinimizeSettings settings = with(StepRule::polyak, Momentum::none, 1e-6, 20000);
  settings.optimal_value = tiny.value;
  const Outcome polyak = solve(tiny.lasso(Dtype::f64, false), method_ista, settings);
  CHECK(polyak.result.objective - tiny.value <= 1e-6);
  settings = with(StepRule::dog, Momentum::none, 1e-6, 20000);
  const Outcome dog = solve(tiny.lasso(Dtype::f64, false), method_ista, settings);
  MESSAGE("polyak ", polyak.result.iterations, " dog ", dog.result.iterations, " excess ",
          dog.result.objective - tiny.value);
  CHECK(dog.result.objective - tiny.value <= 1e-4);
  settings.step_rule = static_cast<std::int32_t>(StepRule::polyak);
  settings.optimal_value = -kInf;
  CHECK_THROWS_AS(solve(tiny.lasso(), method_ista, settings), Error);
  CHECK_THROWS_AS(solve(tiny.lasso(Dtype::f64, false), method_ista, with(StepRule::fixed, Momentum::none)), Error);
}

TEST_CASE("proximal gradient: cancel, time limit, callbacks and NaN leave the best iterate") {
  const TinyLasso tiny;
  MinimizeSettings settings = with(StepRule::fixed, Momentum::none, 1e-300, 1000000000);
  settings.time_limit = 0.05;
  settings.step = 1e-3;
  const auto slow = std::make_shared<Oracle>(1, SMOOTH_CONVEX, kInf, [](const double* x, double* g) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    if (g != nullptr) g[0] = x[0] - 1;
    return 0.5 * (x[0] - 1) * (x[0] - 1);
  });
  const Outcome out = solve(problem(Dtype::f64, 1, slow, {}), method_ista, settings);
  CHECK(out.end() == Termination::TIME_LIMIT);
  CHECK(out.result.seconds < 5);
  CHECK(out.x[0] > 0);
  CHECK(out.result.objective < 0.5);

  auto solver = make_proximal(tiny.lasso(), method_ista, MinimizeSettings{});
  const std::atomic<bool> cancel{true};
  CHECK(solver->solve(&cancel, nullptr, nullptr).termination == static_cast<int>(Termination::CANCELLED));
  CHECK(solver->solved());
  MinimizeSettings eager;
  eager.monitor_interval = 0;
  solver = make_proximal(tiny.lasso(), method_fista, eager);
  const MonitorFn refuse = [](void*, const Progress&) -> std::int32_t { return -7; };
  try {
    solver->solve(nullptr, refuse, nullptr);
    FAIL("the monitor's failure was lost");
  } catch (const Error& error) {
    CHECK(error.status() == Status::CALLBACK);
    CHECK(error.detail() == -7);
  }
  CHECK(solver->result().termination == static_cast<int>(Termination::CANCELLED));
  CHECK(std::isfinite(solver->result().objective));

  // A callback of f that asks to stop at its fifth call, that fails, that returns NaN from then on.
  for (int kind = 0; kind < 3; ++kind) {
    int calls = 0;
    const auto f = std::make_shared<Oracle>(2, SMOOTH_CONVEX, kInf, [&](const double* x, double* g) {
      if (++calls >= 12) {
        if (kind == 0) throw Stopped{};
        if (kind == 1) throw Error(Status::CALLBACK, "f failed", -3);
        if (g != nullptr) g[0] = g[1] = kNaN;
        return kNaN;
      }
      if (g != nullptr) {
        g[0] = 100 * (x[0] - 1);
        g[1] = x[1] - 1;
      }
      return 50 * (x[0] - 1) * (x[0] - 1) + 0.5 * (x[1] - 1) * (x[1] - 1);
    });
    for (MinimizeMethod method :
         {method_ista, method_fista, method_adaptive, method_nmapg, method_iht, method_davis_yin}) {
      CAPTURE(kind);
      CAPTURE(static_cast<int>(method));
      calls = 0;
      auto callback = make_proximal(problem(Dtype::f64, 2, f, {}), method, MinimizeSettings{});
      if (kind == 1) {
        CHECK_THROWS_AS(callback->solve(nullptr, nullptr, nullptr), Error);
        CHECK(callback->result().termination == static_cast<int>(Termination::CANCELLED));
      } else {
        callback->solve(nullptr, nullptr, nullptr);
        CHECK(callback->result().termination ==
              static_cast<int>(kind == 0 ? Termination::CANCELLED : Termination::DIVERGED));
      }
      Vector x(2);
      callback->solution(view_of(x));
      CHECK(std::isfinite(x[0]));
      CHECK(std::isfinite(x[1]));
      CHECK(std::isfinite(callback->result().residual));
      CHECK((x[0] != 0 || x[1] != 0));
    }
  }
}

TEST_CASE("proximal gradient: warm starts, zero data, misfits") {
  const TinyLasso tiny;
  auto solver = make_proximal(tiny.lasso(), method_adaptive, MinimizeSettings{});
  Vector x = tiny.answer;
  solver->warm_start(view_of(x));
  CHECK(solver->solve(nullptr, nullptr, nullptr).iterations <= 20);
  x[2] = kNaN;
  CHECK_THROWS_AS(solver->warm_start(view_of(x)), Error);
  x.resize(4);
  CHECK_THROWS_AS(solver->warm_start(view_of(x)), Error);
  // All-zero data: x = 0 at once.
  const auto zero = problem(Dtype::f64, 5, std::make_shared<Squares>(4, 5, tiny.A, Vector(4), tiny.top()),
                            {{ProxCase("l1").make(), nullptr}});
  for (MinimizeMethod method : {method_ista, method_fista, method_adaptive, method_nmapg, method_iht, method_davis_yin,
                                method_admm, method_condat_vu}) {
    CAPTURE(static_cast<int>(method));
    const Outcome out = solve(zero, method);
    CHECK(out.end() == Termination::CONVERGED);
    CHECK(out.result.iterations <= 2);
    CHECK(distance(out.x, Vector(5)) == 0);
  }
  // Each refusal names the lack and who would work.
  const auto behind = problem(Dtype::f64, 5, tiny.f(), {{ProxCase("l1").make(), matrix(4, 5, tiny.A)}});
  for (MinimizeMethod method : {method_ista, method_fista, method_adaptive, method_nmapg, method_iht, method_davis_yin,
                                method_douglas_rachford, method_pdhg}) {
    try {
      make_proximal(behind, method, MinimizeSettings{});
      FAIL("no refusal");
    } catch (const Error& error) {
      CHECK(error.status() == Status::UNSUPPORTED);
      CHECK(std::string(error.what()).find("condat_vu, admm") != std::string::npos);
    }
  }
}

TEST_CASE("proximal gradient: iht recovers a sparse vector and is stationary") {
  constexpr index m = 40, n = 100, k = 5;
  Vector A = noise(m * n, 11), truth(at(n)), b(at(m));
  for (index j = 0; j < k; ++j) truth[at(7 + 13 * j)] = j % 2 == 0 ? 2.0 : -1.5;
  for (index i = 0; i < m; ++i)
    for (index j = 0; j < n; ++j) b[at(i)] += A[at(i * n + j)] * truth[at(j)];
  for (Dtype dtype : {Dtype::f64, Dtype::f32}) {
    const auto p = problem(dtype, n, std::make_shared<Squares>(m, n, A, b, 0.0),
                           {{ProxCase("abs_top_k").real("k", k).make(), nullptr}});
    const Outcome out = solve(p, method_iht);
    MESSAGE("iht ", out.result.iterations, " iterations");
    CHECK(out.end() == Termination::CONVERGED);
    CHECK(out.certificate() == Certificate::STATIONARITY);
    CHECK(out.result.iterations <= 60);
    CHECK(out.result.support == k);
    CHECK(distance(out.x, truth) <= (dtype == Dtype::f64 ? 1e-7 : 1e-4));
  }
}

}  // namespace
}  // namespace fenchel
