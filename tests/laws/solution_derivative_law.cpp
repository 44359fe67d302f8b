// solution_derivative_law.cpp -- derivatives of solutions of composite problems: central differences, adjointness, one
// condition whatever the solver, closed forms, and error bounds that hold.
#include <doctest/doctest.h>

#include <cmath>

#include "solution_case.hpp"

namespace law {
namespace {

struct Named {
  const char* what;
  SolutionCase problem;
  std::vector<std::string> parameters;
};

std::vector<Named> cases() {
  std::vector<Named> out;
  SolutionCase ridge = SolutionCase::seeded(12, 6, 1);
  ridge.penalty = "squared_l2";
  ridge.g_numbers = {{"lam", 0.7}};
  out.push_back({"ridge", ridge, {"f.y", "f.weights", "f.offset", "f.linear", "g.l2", "g.weights", "g.scale"}});

  SolutionCase lasso = SolutionCase::seeded(15, 8, 2);
  lasso.g_numbers = {{"lam", 0.6}};
  out.push_back({"lasso", lasso, {"f.y", "f.weights", "f.offset", "f.linear", "g.l1", "g.weights", "g.scale"}});

  SolutionCase net = SolutionCase::seeded(20, 6, 3);
  net.loss = "logistic";
  net.classes();
  net.penalty = "elastic_net";
  net.g_numbers = {{"l1", 0.2}, {"l2", 0.4}};
  out.push_back({"elastic net, logistic", net, {"f.weights", "f.offset", "f.linear", "g.l1", "g.l2", "g.scale"}});

  SolutionCase free = SolutionCase::seeded(16, 5, 4);
  free.f_numbers = {{"intercept", 1}};
  free.g_numbers = {{"lam", 0.4}};
  out.push_back({"lasso with an intercept", free, {"f.y", "f.weights", "g.l1"}});

  SolutionCase groups = SolutionCase::seeded(18, 8, 5);
  groups.penalty = "group_l2";
  groups.g_numbers = {{"lam", 0.8}, {"size", 2}};
  groups.g_vectors = {{"weights", {1, 0.5, 1.5, 1}}};
  groups.method = "fista";
  out.push_back({"group lasso", groups, {"f.y", "f.weights", "f.linear", "g.lam", "g.weights", "g.scale"}});

  SolutionCase sparse = groups;
  sparse.g_numbers = {{"lam", 0.5}, {"size", 2}, {"l1", 0.2}};
  out.push_back({"sparse group lasso", sparse, {"f.y", "g.lam", "g.l1"}});

  SolutionCase simplex = SolutionCase::seeded(12, 6, 6);
  simplex.penalty = "simplex";
  simplex.method = "fista";
  out.push_back({"least squares over the simplex", simplex, {"f.y", "f.weights", "f.linear"}});

  SolutionCase tv = SolutionCase::seeded(20, 10, 7);
  tv.penalty = "tv1d";
  tv.g_numbers = {{"lam", 0.5}};
  tv.method = "fista";
  out.push_back({"total variation", tv, {"f.y", "f.linear", "g.scale"}});

  SolutionCase box = SolutionCase::seeded(12, 6, 8);
  box.penalty = "box";
  box.g_numbers = {{"lower", -0.5}, {"upper", 0.2}};
  out.push_back({"a box", box, {"f.y", "f.weights", "f.linear"}});

  SolutionCase huber = SolutionCase::seeded(20, 5, 9);
  huber.loss = "huber";
  huber.f_numbers = {{"delta", 0.3}};
  huber.penalty = "squared_l2";
  huber.g_numbers = {{"lam", 0.5}};
  huber.method = "fista";
  out.push_back({"huber with a ridge", huber, {"f.y", "f.offset", "g.l2"}});
  return out;
}

// d x* along d by central differences; the case must be away from kinks.
Vector difference(const SolutionCase& problem, const std::string& name, const Vector& d) {
  const double h = 1e-5;
  const Vector middle = problem.parameter(name);
  Vector up = middle, down = middle;
  for (std::size_t i = 0; i < d.size(); ++i) up[i] += h * d[i], down[i] -= h * d[i];
  const Vector high = problem.with(name, up).solve(), low = problem.with(name, down).solve();
  Vector out(high.size());
  for (std::size_t j = 0; j < out.size(); ++j) out[j] = (high[j] - low[j]) / (2 * h);
  return out;
}

}  // namespace

TEST_CASE("jvp of a solution equals central differences, vjp is its adjoint") {
  for (const Named& named : cases()) {
    const Vector x = named.problem.solve();
    const Vector c = noise(x.size(), 77);
    for (const std::string& name : named.parameters) {
      CAPTURE(named.what);
      CAPTURE(name);
      const Vector d = noise(named.problem.parameter(name).size(), 78);
      const SolutionCase::Answer forward = named.problem.jvp(x, name, d);
      const SolutionCase::Answer reverse = named.problem.vjp(x, c, name);
      CHECK_MESSAGE(forward.status == FEN_OK, forward.message);
      REQUIRE_MESSAGE(reverse.status == FEN_OK, reverse.message);
      CHECK(forward.result.derivative_status <= FEN_DERIVATIVE_STATUS_UNCERTIFIED);
      CHECK(inner(c, forward.values) == doctest::Approx(inner(reverse.values, d)).epsilon(1e-9));
      const Vector expected = difference(named.problem, name, d);
      double scale = 1e-3;
      for (const double v : expected) scale = std::max(scale, std::abs(v));
      for (std::size_t j = 0; j < expected.size(); ++j)
        CHECK(std::abs(forward.values[j] - expected[j]) <= 1e-6 * scale + 1e-7);
    }
  }
}

TEST_CASE("one condition, any solver: the derivative does not depend on who found x") {
  SolutionCase lasso = SolutionCase::seeded(15, 8, 2);
  lasso.g_numbers = {{"lam", 0.6}};
  const Vector c = noise(8, 5);
  Vector first;
  for (const char* method : {"cd", "ista", "fista", "adaptive", "bcd"}) {
    lasso.method = method;
    lasso.tol = 1e-12;
    const SolutionCase::Answer answer = lasso.vjp(lasso.solve(), c, "f.y");
    CAPTURE(method);
    REQUIRE_MESSAGE(answer.status == FEN_OK, answer.message);
    if (first.empty()) first = answer.values;
    for (std::size_t i = 0; i < first.size(); ++i) CHECK(std::abs(answer.values[i] - first[i]) <= 1e-8);
  }
}

TEST_CASE("every linear solver gives the same derivative") {
  SolutionCase lasso = SolutionCase::seeded(15, 8, 2);
  lasso.g_numbers = {{"lam", 0.6}};
  const Vector x = lasso.solve(), c = noise(8, 5);
  const Vector expected = lasso.vjp(x, c, "f.y").values;
  for (int32_t solver = FEN_LINEAR_SOLVER_CG; solver <= FEN_LINEAR_SOLVER_LSMR; ++solver) {
    fen_derivative_options options;
    fen_derivative_options_init(&options, sizeof options);
    options.linear_solver = solver;
    const SolutionCase::Answer answer = lasso.vjp(x, c, "f.y", &options);
    CAPTURE(solver);
    REQUIRE_MESSAGE(answer.status == FEN_OK, answer.message);
    CHECK(answer.result.linear_solver == solver);
    for (std::size_t i = 0; i < expected.size(); ++i) CHECK(std::abs(answer.values[i] - expected[i]) <= 1e-8);
  }
}

TEST_CASE("a single value gives float the derivative of double") {
  SolutionCase net = SolutionCase::seeded(20, 6, 3);
  net.penalty = "elastic_net";
  net.g_numbers = {{"l1", 0.3}, {"l2", 0.5}};
  const Vector c = noise(6, 5);
  const SolutionCase::Answer wide = net.vjp(net.solve(), c, "g.l1");
  net.dtype = FEN_F32;
  net.tol = 1e-6;
  const SolutionCase::Answer narrow = net.vjp(net.solve(), c, "g.l1");
  REQUIRE_MESSAGE(narrow.status == FEN_OK, narrow.message);
  CHECK(narrow.values[0] == doctest::Approx(wide.values[0]).epsilon(1e-4));
}

TEST_CASE("the bound is never violated: 192 inexact solutions of certified problems") {
  int certified = 0, checked = 0;
  double tightest = kInfinity;
  for (std::uint64_t seed = 1; seed <= 4; ++seed)
    for (const char* loss : {"least_squares", "logistic"})
      for (const double l1 : {0.0, 0.3})
        for (const double l2 : {0.5, 3.0})
          for (const double noise_level : {1e-2, 1e-4, 1e-7})
            for (const double tol : {1e-2, 1e-8}) {
              SolutionCase net = SolutionCase::seeded(15, 5, seed);
              net.loss = loss;
              if (net.loss == "logistic") net.classes();
              net.penalty = "elastic_net";
              net.g_numbers = {{"l1", l1}, {"l2", l2}};
              const Vector truth = net.solve();
              Vector x = truth;
              const Vector shift = noise(x.size(), seed + 40);
              for (std::size_t j = 0; j < x.size(); ++j)
                if (x[j] != 0) x[j] += noise_level * shift[j];
              fen_derivative_options options;
              fen_derivative_options_init(&options, sizeof options);
              options.linear_solver = FEN_LINEAR_SOLVER_CG;
              options.tol = tol;
              const Vector c = noise(x.size(), seed + 60);
              for (const char* name : {"g.l2", "f.linear"}) {
                const SolutionCase::Answer exact = net.vjp(truth, c, name);
                const SolutionCase::Answer answer = net.vjp(x, c, name, &options);
                REQUIRE_MESSAGE(answer.status == FEN_OK, answer.message);
                if (!(answer.result.bound < kInfinity)) continue;
                double error = 0;
                for (std::size_t i = 0; i < exact.values.size(); ++i)
                  error += std::pow(exact.values[i] - answer.values[i], 2);
                error = std::sqrt(error);
                ++checked;
                if (answer.result.derivative_status == FEN_DERIVATIVE_STATUS_CERTIFIED) ++certified;
                CHECK(error <= answer.result.bound + 1e-12);
                if (error > 1e-12) tightest = std::min(tightest, answer.result.bound / error);
              }
            }
  CHECK(checked >= 144);
  CHECK(certified >= 100);
  CHECK(tightest < 1000);  // a bound of everything by infinity would prove nothing
}

TEST_CASE("the bound is never violated: multinomial models, and groups at inexact solutions") {
  int checked = 0;
  double tightest = kInfinity;
  for (std::uint64_t seed = 1; seed <= 6; ++seed)
    for (const bool classes : {true, false})
      for (const double noise_level : {1e-3, 1e-5, 1e-7})
        for (const char* name : {"g.weights", "f.weights", "f.linear", "g.lam"}) {
          if (classes && std::string(name) == "g.lam") continue;
          SolutionCase data = SolutionCase::seeded(15, 6, seed);
          fen_derivative_options options;
          fen_derivative_options_init(&options, sizeof options);
          options.tol = 1e-12;
          if (classes) {
            data.loss = "multinomial";
            data.f_numbers["classes"] = 3;
            for (double& y : data.f_vectors["y"]) y = y < -0.3 ? 0 : y < 0.4 ? 1 : 2;
            data.penalty = "squared_l2";
            data.g_numbers = {{"lam", 2.0}};
          } else {  // six rows that make f strongly convex with modulus 0.5
            data.rows = 21;
            for (int64_t i = 0; i < 36; ++i) data.A.push_back(i % 7 == 0 ? std::sqrt(0.5) : 0.0);
            data.f_vectors["y"].resize(21, 0.0);
            data.penalty = "group_l2";
            data.g_numbers = {{"lam", 0.4}, {"size", 2}};
            options.mu = 0.5;
          }
          const std::size_t size = classes ? 18 : 6;
          if (std::string(name) == "g.weights") data.g_vectors["weights"] = Vector(classes ? 18 : 3, 1.2);
          const auto live = data.make();
          const Array solution(FEN_F64, {static_cast<int64_t>(size)});
          fen_minimize_options solving;
          fen_minimize_options_init(&solving, sizeof solving);
          solving.tol = 1e-14;
          solving.max_iter = 1000000;
          fen_error err = fresh_error();
          fen_solver* solver = nullptr;
          check(fen_minimize_create(live->problem.get(), "auto", &solving, &solver, &err), err);
          check(fen_minimize_solve(solver, solution.view(), nullptr, &err), err);
          fen_solver_destroy(solver);
          const Vector truth = solution.values(), shift = noise(size, seed + 40);
          Vector near = truth;
          for (std::size_t j = 0; j < size; ++j)
            if (near[j] != 0) near[j] += noise_level * shift[j];
          const Array cotangent(FEN_F64, {static_cast<int64_t>(size)}, noise(size, seed + 60));
          const std::string which = name;
          const int64_t count = which == "f.weights"   ? data.rows
                                : which == "f.linear"  ? static_cast<int64_t>(size)
                                : which == "g.weights" ? (classes ? 18 : 3)
                                                       : 1;
          const auto derivative = [&](const Vector& x, fen_derivative_result* result) {
            const Array at(FEN_F64, {static_cast<int64_t>(size)}, x), out(FEN_F64, {count});
            const fen_solution_array outputs[] = {{name, out.view()}};
            fen_derivative_result_init(result, sizeof *result);
            check(
                fen_solution_vjp(live->problem.get(), at.view(), cotangent.view(), outputs, 1, &options, result, &err),
                err);
            return out.values();
          };
          fen_derivative_result exact_result, result;
          const Vector exact = derivative(truth, &exact_result), found = derivative(near, &result);
          if (!(result.bound < kInfinity)) continue;
          double squares = 0;
          for (std::size_t i = 0; i < exact.size(); ++i) squares += std::pow(exact[i] - found[i], 2);
          ++checked;
          CHECK(std::sqrt(squares) <= result.bound + 1e-11);
          if (squares > 1e-20) tightest = std::min(tightest, result.bound / std::sqrt(squares));
        }
  CHECK(checked >= 90);
  CHECK(tightest < 1000);
  MESSAGE("checked " << checked << ", tightest bound " << tightest << " times the error");
}

TEST_CASE("the upper bound of a box, as C of an SVM: differences, free and saturated coordinates, adjoint of jvp") {
  SolutionCase net = SolutionCase::seeded(15, 6, 4);  // least squares on a box: some coordinates at each bound
  net.penalty = "box";
  net.g_numbers = {{"lower", -0.3}, {"upper", 0.12}};
  const Vector x = net.solve(), c = noise(6, 70);
  int at_upper = 0, inside = 0;
  for (const double v : x) {
    at_upper += v == 0.12 ? 1 : 0;
    inside += v > -0.3 && v < 0.12 ? 1 : 0;
  }
  REQUIRE(at_upper > 0);
  REQUIRE(inside > 0);
  const SolutionCase::Answer back = net.vjp(x, c, "g.upper");
  REQUIRE_MESSAGE(back.status == FEN_OK, back.message);
  const Vector up = net.with("g.upper", {0.12 + 1e-6}).solve(), down = net.with("g.upper", {0.12 - 1e-6}).solve();
  double slope = 0;
  for (std::size_t j = 0; j < 6; ++j) slope += c[j] * (up[j] - down[j]) / 2e-6;
  CHECK(back.values[0] == doctest::Approx(slope).epsilon(1e-6));
  const SolutionCase::Answer forth = net.jvp(x, "g.upper", {1.0});
  CHECK(inner(forth.values, c) == doctest::Approx(back.values[0]).epsilon(1e-9));
  for (std::size_t j = 0; j < 6; ++j) CHECK(forth.values[j] == doctest::Approx((up[j] - down[j]) / 2e-6).epsilon(1e-6));
  net.g_numbers.erase("upper");
  const auto open = net.make();
  fen_error err = fresh_error();
  const Array at(FEN_F64, {6}, x), seed(FEN_F64, {6}, c), out(FEN_F64, {1});
  const fen_solution_array outputs[] = {{"g.upper", out.view()}};
  CHECK(fen_solution_vjp(open->problem.get(), at.view(), seed.view(), outputs, 1, nullptr, nullptr, &err) ==
        FEN_E_UNSUPPORTED);
}

TEST_CASE("singular: duplicated columns have no derivative, and no pseudo-inverse is given") {
  SolutionCase twins = SolutionCase::seeded(10, 2, 3);
  for (int64_t i = 0; i < twins.rows; ++i)
    twins.A[static_cast<std::size_t>(2 * i + 1)] = twins.A[static_cast<std::size_t>(2 * i)];
  twins.penalty = "";
  twins.method = "fista";
  const SolutionCase::Answer answer = twins.vjp({0.1, 0.2}, {1, 0}, "f.linear");
  CHECK(answer.status == FEN_E_SINGULAR);
  CHECK(answer.message.find("singular") != std::string::npos);
}

TEST_CASE("a coordinate at its kink is ambiguous, and require_certified refuses") {
  SolutionCase one = SolutionCase::seeded(1, 1, 3);
  one.A = {1};
  one.f_vectors["y"] = {1};
  one.penalty = "elastic_net";
  one.g_numbers = {{"l1", 1}, {"l2", 0.5}};  // x = 0 with the gradient exactly at the threshold
  const SolutionCase::Answer kink = one.vjp({0}, {1}, "f.y");
  CHECK(kink.status == FEN_OK);
  CHECK(kink.result.derivative_status == FEN_DERIVATIVE_STATUS_AMBIGUOUS);
  CHECK(kink.result.ambiguous == 1);
  fen_derivative_options options;
  fen_derivative_options_init(&options, sizeof options);
  options.require_certified = 1;
  CHECK(one.vjp({0}, {1}, "f.y", &options).status == FEN_E_UNCERTIFIED);
  one.g_numbers["l1"] = 0.5;  // x = 1/3, well inside
  const SolutionCase::Answer inside = one.vjp({1.0 / 3}, {1}, "f.y", &options);
  CHECK_MESSAGE(inside.status == FEN_OK, inside.message);
  CHECK(inside.values[0] == doctest::Approx(1 / 1.5).epsilon(1e-12));
}

TEST_CASE("ridge in closed form: dx / d lam = - (A'A + lam I)^{-1} x") {
  SolutionCase scalar = SolutionCase::seeded(2, 1, 3);
  scalar.A = {3, 4};
  scalar.f_vectors["y"] = {5, 10};
  scalar.penalty = "squared_l2";
  scalar.g_numbers = {{"lam", 2}};
  const double x = 55.0 / 27;
  CHECK(scalar.jvp({x}, "g.l2", {1}).values[0] == doctest::Approx(-x / 27).epsilon(1e-12));
  CHECK(scalar.vjp({x}, {1}, "f.y").values[1] == doctest::Approx(4.0 / 27).epsilon(1e-12));
}

TEST_CASE("a bad call says what is wrong and writes nothing") {
  SolutionCase lasso = SolutionCase::seeded(15, 8, 2);
  lasso.g_numbers = {{"lam", 0.6}};
  const Vector x = lasso.solve(), c = noise(8, 5);
  CHECK(lasso.vjp(x, c, "g.lam").status == FEN_E_UNSUPPORTED);
  Vector nan = c;
  nan[3] = std::nan("");
  CHECK(lasso.vjp(x, nan, "g.l1").status == FEN_E_NOT_FINITE);
  CHECK(lasso.vjp(nan, c, "g.l1").status == FEN_E_NOT_FINITE);
  CHECK(lasso.jvp(x, "f.y", {1, 2}).status == FEN_E_SHAPE);
  SolutionCase mcp = lasso;
  mcp.penalty = "mcp";
  mcp.g_numbers = {{"lam", 0.1}, {"gamma", 3}};
  const SolutionCase::Answer refused = mcp.vjp(x, c, "g.scale");
  CHECK(refused.status == FEN_E_UNSUPPORTED);
  CHECK(refused.values[0] == 0);
}

}  // namespace law
