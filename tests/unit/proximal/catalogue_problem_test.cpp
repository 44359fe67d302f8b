// catalogue_problem_test.cpp -- proximal methods on terms of the catalogue: free intercepts, logistic losses, f32,
// groups.
#include "proximal/proximal_case.hpp"

namespace fenchel {
namespace {

using namespace proximal_test;
using enum MinimizeMethod;

std::shared_ptr<const Smooth> model(const char* name, std::shared_ptr<const Operator> A, Vector& y, Vector* offset,
                                    bool intercept, bool mean) {
  for (const TermInfo* info : smooth_terms()) {
    if (std::strcmp(info->name, name) != 0) continue;
    std::vector<Params::Value> values{{"A", 0, {}, A}, {"y", 0, view_of(y), nullptr}};
    if (offset != nullptr) values.push_back({"offset", 0, view_of(*offset), nullptr});
    values.push_back({"intercept", intercept ? 1.0 : 0.0, {}, nullptr});
    values.push_back({"mean", mean ? 1.0 : 0.0, {}, nullptr});
    return std::static_pointer_cast<const Smooth>(info->make(Params(info->params, values)));
  }
  FAIL("no such smooth term");
  return nullptr;
}

constexpr MinimizeMethod kAll[] = {method_ista, method_fista,     method_adaptive, method_nmapg,
                                   method_iht,  method_davis_yin, method_admm,     method_condat_vu};

TEST_CASE("proximal on the catalogue: scikit-learn's toy Lasso with a free intercept") {
  Vector x{-1, 0, 1}, y{4, 5, 6};  // y = x + 5
  const auto A = matrix(3, 1, x);
  const double alphas[] = {0.1, 0.5, 1.0}, answers[] = {0.85, 0.25, 0.0};
  for (Dtype dtype : {Dtype::f64, Dtype::f32})
    for (int k = 0; k < 3; ++k)
      for (MinimizeMethod method : kAll) {
        CAPTURE(static_cast<int>(method));
        CAPTURE(alphas[k]);
        const auto f = model("least_squares", A, y, nullptr, true, true);
        const auto p = problem(dtype, 0, f, {{ProxCase("l1").real("lam", alphas[k]).make(), nullptr}});
        REQUIRE(p->size() == 2);
        const Outcome out = solve(p, method);
        CHECK(out.end() == Termination::CONVERGED);
        CHECK(distance(out.x, {answers[k], 5.0}) <= (dtype == Dtype::f64 ? 1e-6 : 2e-3));
      }
}

TEST_CASE("proximal on the catalogue: ProximalAlgorithms.jl's small sparse logistic regression") {
  TinyLasso tiny;
  Vector ones(4, 1.0), offset = tiny.b;
  for (double& o : offset) o = -o;
  const Vector answer{0, 0, 0.2114635341704963, 0, 2.845881348733116};
  for (MinimizeMethod method : kAll) {
    CAPTURE(static_cast<int>(method));
    const auto f = model("logistic", matrix(4, 5, tiny.A), ones, &offset, false, false);
    const Outcome out = solve(problem(Dtype::f64, 5, f, {{ProxCase("l1").real("lam", 0.1).make(), nullptr}}), method);
    MESSAGE("logistic method ", static_cast<int>(method), ": ", out.result.iterations, " iterations, newton ",
            out.result.newton_steps);
    CHECK(out.end() == Termination::CONVERGED);
    CHECK(distance(out.x, answer) <= 1e-5);
    // condat_vu steps by the global curvature 1/4 |A|^2, which this model is far from.
    CHECK(out.result.iterations <= (method == method_condat_vu ? 2000 : method == method_admm ? 180 : 115));
  }
}

TEST_CASE("proximal on the catalogue: a gap for linear models, and when the support was found") {
  TinyLasso tiny;
  Vector y = tiny.b, signs{1, -1, 1, 1};
  for (Dtype dtype : {Dtype::f64, Dtype::f32})
    for (const bool squares : {true, false})
      for (MinimizeMethod method : {method_ista, method_fista, method_adaptive, method_iht}) {
        CAPTURE(static_cast<int>(dtype));
        CAPTURE(squares);
        CAPTURE(static_cast<int>(method));
        const auto f = squares ? model("least_squares", matrix(4, 5, tiny.A), y, nullptr, false, false)
                               : model("logistic", matrix(4, 5, tiny.A), signs, nullptr, false, false);
        const auto g = ProxCase("l1").real("lam", squares ? 2.9 : 0.5).make();
        const auto p = problem(dtype, 5, f, {{g, nullptr}});
        MinimizeSettings exact;
        exact.tol = 1e-13;
        const double best = solve(problem(Dtype::f64, 5, f, {{g, nullptr}}), method_fista, exact).result.objective;
        const Outcome out = solve(p, method);
        CHECK(out.certificate() == Certificate::GAP);
        CHECK(out.result.dual <= best * (1 + 1e-12));
        CHECK(out.result.gap >= (out.result.objective - best) - 1e-12);
        CHECK(out.result.gap <= (dtype == Dtype::f64 ? 1e-6 : 1e-3) * (1 + best));
        // The support: some entries are zero, the last change is within the run, and the trace agrees.
        REQUIRE(out.result.support < 5);
        CHECK(out.result.support_iteration > 0);
        CHECK(out.result.support_iteration <= out.result.iterations);
        MinimizeSettings traced;
        traced.trace = 5000;
        const Outcome again = solve(p, method, traced);
        const std::size_t rows = again.trace.size() / kTraceColumns;
        for (std::size_t k = 0; k < rows; ++k)
          if (static_cast<index>(again.trace[k * kTraceColumns]) >= again.result.support_iteration)
            CHECK(static_cast<index>(again.trace[k * kTraceColumns + 5]) == again.result.support);
      }
  // Nothing is zero: nothing was found. A nonconvex term: no gap.
  const auto f = model("least_squares", matrix(4, 5, tiny.A), y, nullptr, false, false);
  CHECK(solve(problem(Dtype::f64, 5, f, {{ProxCase("squared_l2").make(), nullptr}}), method_fista)
            .result.support_iteration == -1);
  const Outcome concave = solve(problem(Dtype::f64, 5, f, {{ProxCase("mcp").make(), nullptr}}), method_ista);
  CHECK(concave.certificate() == Certificate::STATIONARITY);
  CHECK(concave.result.gap == kInf);
}

TEST_CASE("proximal on the catalogue: methods agree on a logistic model with intercept and two penalties") {
  constexpr index m = 40, n = 12;
  Vector A = noise(m * n, 71), y = noise(m, 72);
  for (double& label : y) label = label > -0.2 ? 1.0 : -1.0;
  const auto f = model("logistic", matrix(m, n, A), y, nullptr, true, false);
  const auto l1 = ProxCase("l1").real("lam", 0.7).make();
  const auto box = ProxCase("box").real("lower", -0.3).real("upper", 0.3).make();
  Vector first;
  for (MinimizeMethod method : {method_davis_yin, method_admm, method_condat_vu}) {
    CAPTURE(static_cast<int>(method));
    const Outcome out = solve(problem(Dtype::f64, 0, f, {{l1, nullptr}, {box, nullptr}}), method);
    MESSAGE("two penalties method ", static_cast<int>(method), ": ", out.result.iterations, " iterations");
    CHECK(out.end() == Termination::CONVERGED);
    if (first.empty()) first = out.x;
    CHECK(distance(out.x, first) <= 1e-5);
  }
  double most = 0;
  for (index j = 0; j < n; ++j) most = std::fmax(most, std::fabs(first[at(j)]));
  CHECK(most <= 0.3 + 1e-7);
  CHECK(first[at(n)] != 0);  // the intercept is free
}

TEST_CASE("proximal on the catalogue: a dual point is a subgradient where it should be") {
  const TinyLasso tiny;
  const auto p = tiny.lasso();
  for (MinimizeMethod method : kAll) {
    CAPTURE(static_cast<int>(method));
    auto solver = make_proximal(p, method, MinimizeSettings{});
    solver->solve(nullptr, nullptr, nullptr);
    Vector u(5);
    solver->dual(0, view_of(u));
    // 2.9 sign(x) on the support, at most 2.9 in modulus off it
    CHECK(u[0] == doctest::Approx(-2.9).epsilon(1e-5));
    CHECK(u[3] == doctest::Approx(2.9).epsilon(1e-5));
    CHECK(u[4] == doctest::Approx(2.9).epsilon(1e-5));
    CHECK(std::fabs(u[1]) <= 2.9 * (1 + 1e-6));
    CHECK(std::fabs(u[2]) <= 2.9 * (1 + 1e-6));
    CHECK_THROWS_AS(solver->dual(1, view_of(u)), Error);
  }
}

}  // namespace
}  // namespace fenchel
