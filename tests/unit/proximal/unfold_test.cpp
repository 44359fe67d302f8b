// unfold_test.cpp -- unfolded iterations: the same points as plain loops, exact layers, derivatives against
// differences.
#include "solvers/proximal/unfold.hpp"

#include "proximal/proximal_case.hpp"

namespace fenchel {
namespace {

using namespace proximal_test;

struct Case {
  static constexpr index m = 8, n = 12, layers = 6;
  Vector A = noise(m * n, 51), b = noise(m, 52), steps = noise(layers, 53), thresholds = noise(layers, 54),
         x0 = noise(n, 55), c = noise(n, 56);
  Case() {
    for (double& s : steps) s = 0.1 + 0.05 * s;
    for (double& h : thresholds) h = 1 + 0.5 * h;
  }
  std::shared_ptr<const CompositeProblem> make(const ProxCase& g, Dtype dtype = Dtype::f64) const {
    return problem(dtype, n, std::make_shared<Squares>(m, n, A, b, 0.0), {{g.make(), nullptr}});
  }
  UnfoldInput input() { return {view_of(steps), view_of(thresholds), view_of(x0)}; }
  double loss(const CompositeProblem& p) {
    Vector x(at(n));
    unfold(p, input(), view_of(x), {});
    double sum = 0;
    for (index j = 0; j < n; ++j) sum += c[at(j)] * x[at(j)];
    return sum;
  }
};

TEST_CASE("unfold: derivatives agree with central differences") {
  for (const ProxCase& g : {ProxCase("l1").real("lam", 0.3), ProxCase("l0").real("lam", 0.02),
                            ProxCase("elastic_net").real("l1", 0.2).real("l2", 0.5),
                            ProxCase("group_l2").real("size", 3), ProxCase("mcp").real("lam", 0.3).real("gamma", 3)}) {
    CAPTURE(g.label());
    Case test;
    const auto p = test.make(g);
    Vector steps(at(Case::layers)), thresholds(at(Case::layers)), x0(at(Case::n));
    unfold_vjp(*p, test.input(), view_of(test.c), {view_of(steps), view_of(thresholds), view_of(x0)});
    const auto agrees = [&](Vector& parameter, const Vector& gradient) {
      double scale = 1e-3, most = 0;
      for (double v : gradient) scale = std::fmax(scale, std::fabs(v));
      for (std::size_t i = 0; i < parameter.size(); ++i) {
        const double h = 1e-6, kept = parameter[i];
        parameter[i] = kept + h;
        const double above = test.loss(*p);
        parameter[i] = kept - h;
        const double below = test.loss(*p);
        parameter[i] = kept;
        most = std::fmax(most, std::fabs((above - below) / (2 * h) - gradient[i]));
      }
      CHECK(most <= 1e-6 * scale);
    };
    agrees(test.steps, steps);
    agrees(test.thresholds, thresholds);
    agrees(test.x0, x0);
  }
}

TEST_CASE("unfold: single precision follows double through schedules, forwards and back") {
  for (const ProxCase& g : {ProxCase("l1").real("lam", 0.3), ProxCase("elastic_net").real("l1", 0.2).real("l2", 0.5),
                            ProxCase("group_l2").real("size", 3)}) {
    CAPTURE(g.label());
    Case test;
    Vector x[2], steps[2], thresholds[2], x0[2];
    for (int k = 0; k < 2; ++k) {
      const auto p = test.make(g, k == 0 ? Dtype::f64 : Dtype::f32);
      x[k].resize(at(Case::n));
      steps[k].resize(at(Case::layers));
      thresholds[k].resize(at(Case::layers));
      x0[k].resize(at(Case::n));
      unfold(*p, test.input(), view_of(x[k]), {});
      unfold_vjp(*p, test.input(), view_of(test.c), {view_of(steps[k]), view_of(thresholds[k]), view_of(x0[k])});
    }
    const auto size = [](const Vector& v) { return distance(v, Vector(v.size())); };
    CHECK(distance(x[0], x[1]) <= 2e-5 * size(x[0]));
    CHECK(distance(steps[0], steps[1]) <= 1e-4 * size(steps[0]));
    CHECK(distance(thresholds[0], thresholds[1]) <= 1e-4 * size(thresholds[0]));
    CHECK(distance(x0[0], x0[1]) <= 1e-4 * size(x0[0]));
    CHECK(distance(x[0], x[1]) > 0);  // it was not computed in double after all
  }
}

TEST_CASE("unfold: a schedule of steps is the same as one layer at a time") {
  Case test;
  for (Dtype dtype : {Dtype::f64, Dtype::f32}) {
    const auto p = test.make(ProxCase("l1").real("lam", 0.3), dtype);
    Vector whole(at(Case::n)), x = test.x0;
    unfold(*p, test.input(), view_of(whole), {});
    for (index t = 0; t < Case::layers; ++t) {
      Vector step(1, test.steps[at(t)]), threshold(1, test.thresholds[at(t)]), next(at(Case::n));
      unfold(*p, {view_of(step), view_of(threshold), view_of(x)}, view_of(next), {});
      x = next;
    }
    CHECK(distance(whole, x) == 0);
  }
}

TEST_CASE("unfold: constant steps are ista, objectives fall, one layer solves an orthonormal design") {
  const TinyLasso tiny;
  const index layers = 50;
  Vector steps(at(layers), 1 / tiny.top()), x(5), objectives(at(layers));
  for (Dtype dtype : {Dtype::f64, Dtype::f32}) {
    const auto p = tiny.lasso(dtype);
    unfold(*p, {view_of(steps), {}, {}}, view_of(x), view_of(objectives));
    MinimizeSettings settings;
    settings.step_rule = static_cast<std::int32_t>(StepRule::fixed);
    settings.tol = 1e-300;
    settings.max_iter = layers;
    settings.trace = static_cast<std::int32_t>(layers);
    const Outcome ista = solve(p, MinimizeMethod::method_ista, settings);
    for (index t = 0; t < layers; ++t) {
      CHECK(objectives[at(t)] == ista.trace[at(t) * kTraceColumns + 2]);
      if (t > 0) CHECK(objectives[at(t)] <= objectives[at(t - 1)] * (1 + 1e-6));
    }
  }
  const Vector b = noise(5, 61);
  const auto q = problem(Dtype::f64, 5,
                         std::make_shared<Squares>(
                             5, 5,
                             [] {
                               Vector eye(25);
                               for (std::size_t j = 0; j < 5; ++j) eye[6 * j] = 1;
                               return eye;
                             }(),
                             b, 1.0),
                         {{ProxCase("l1").real("lam", 0.25).make(), nullptr}});
  Vector one(1, 1.0);
  unfold(*q, {view_of(one), {}, {}}, view_of(x), {});
  for (std::size_t j = 0; j < 5; ++j) CHECK(x[j] == (b[j] > 0.25 ? b[j] - 0.25 : b[j] < -0.25 ? b[j] + 0.25 : 0.0));
}

TEST_CASE("unfold: refusals") {
  Case test;
  const auto p = test.make(ProxCase("l1"));
  Vector x(at(Case::n)), shorter(3);
  const auto refuses = [&](Status status, const UnfoldInput& input) {
    try {
      unfold(*p, input, view_of(x), {});
      FAIL("no refusal");
    } catch (const Error& error) {
      CHECK(error.status() == status);
    }
  };
  refuses(Status::SHAPE, {view_of(test.steps), view_of(shorter), {}});
  refuses(Status::SHAPE, {{}, {}, {}});
  test.steps[1] = 0;
  refuses(Status::RANGE, test.input());
  test.steps[1] = kNaN;
  refuses(Status::NOT_FINITE, test.input());
  const auto behind = problem(Dtype::f64, Case::n, std::make_shared<Squares>(Case::m, Case::n, test.A, test.b, 0.0),
                              {{ProxCase("l1").make(), matrix(Case::m, Case::n, test.A)}});
  Vector one(1, 1.0);
  CHECK_THROWS_AS(unfold(*behind, {view_of(one), {}, {}}, view_of(x), {}), Error);
}

}  // namespace
}  // namespace fenchel
