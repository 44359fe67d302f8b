// cd_failed_step_test.cpp -- after a step that fails, the next model is tried however little it promises: losses with
// flat parts (Huber far from its targets) ended where they began. And what `auto` picks by the bounds of a term.
#include "coordinate/cd_case.hpp"
#include "prox/vector_case.hpp"

namespace fenchel::test {
namespace {

TEST_CASE("cd: a failed step is not the end, for any scaling of the columns") {
  index passes = 0;
  for (unsigned seed = 0; seed < 30; ++seed)
    for (const int kind : {0, 1, 2, 3}) {
      CdCase c;
      c.loss = "huber";
      const index m = 50, n = 20;
      c.A = {m, n, normal_vector(1000, 100 + seed)};
      for (index i = 0; i < m; ++i) {
        if (kind == 1) c.A.at(i, 2) = 0;
        if (kind == 2) c.A.at(i, 1) = c.A.at(i, 0);
        if (kind == 3)
          for (index j = 0; j < n; ++j) c.A.at(i, j) *= std::pow(10.0, -3.0 * static_cast<double>(j) / 19);
      }
      c.y = normal_vector(50, 200 + seed, 1, 3);  // nearly all on the straight part at x = 0
      c.l1 = 0.1;
      c.settings.tol = 1e-9;
      CAPTURE(seed);
      CAPTURE(kind);
      c.solve();
      const CdCase::Check check = c.check();
      CHECK(c.result.termination == static_cast<int>(Termination::CONVERGED));
      CHECK(static_cast<double>(check.objective - check.dual) <= 2e-9 * c.result.scale);
      passes += c.result.iterations;
    }
  CHECK(passes <= 120 * 170);
}

TEST_CASE("auto: coordinate descent where its gap or its residual can close") {
  Matrix A{6, 4, test_noise(24, 1)};
  const auto chosen = [&](ProxCase g) {
    LinearModel model;
    model.A = A.stored(Storage::columns);
    model.loss = loss_named("least_squares");
    model.y = {1, 2, 3, 4, 5, 6};
    const CompositeProblem problem(Dtype::f64, 0, std::make_shared<ModelTerm>(std::move(model)), {{g.make(), nullptr}});
    return choose_method(problem);
  };
  const auto bounds = [](double low, double high) {
    return ProxCase("box").array("lowers", {-1, -1, low, -1}).array("uppers", {1, 1, high, 1});
  };
  for (const ProxCase& g : {ProxCase("l1"), ProxCase("l1").real("lam", 0), ProxCase("zero"),
                            ProxCase("box").real("lower", 0).real("upper", 1), bounds(0, 1), bounds(-kInf, kInf),
                            ProxCase("box").array("uppers", {1, 1, 1, 1}).real("lower", 0)}) {
    CAPTURE(g.label());
    CHECK(chosen(g) == MinimizeMethod::method_cd);
  }
  for (const ProxCase& g : {ProxCase("nonneg"), ProxCase("box").real("upper", 1), bounds(0, kInf), bounds(-kInf, 2),
                            ProxCase("box").array("uppers", {1, 1, 1, 1})}) {
    CAPTURE(g.label());
    CHECK(chosen(g) == MinimizeMethod::method_adaptive);
  }
}

}  // namespace
}  // namespace fenchel::test
