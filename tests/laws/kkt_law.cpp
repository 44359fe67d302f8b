// kkt_law.cpp -- derivatives of quadratic programs: central differences, adjointness, agreement with the maps of
// composite problems, and the cases in which peers answer with a pseudo-inverse.
#include <doctest/doctest.h>

#include "kkt_case.hpp"

namespace law {
namespace {

const std::vector<std::string> kSolution = {"x", "nu", "lam"};

// n, p, m, active
const std::vector<std::vector<std::size_t>> kSizes = {{6, 2, 5, 2}, {5, 0, 7, 3}, {4, 3, 0, 0},
                                                      {7, 1, 9, 0}, {5, 0, 0, 0}, {40, 8, 30, 11}};

std::vector<std::string> parameters(const Program& program) {
  std::vector<std::string> out = {"P", "q"};
  if (program.p > 0) out.insert(out.end(), {"E", "e"});
  if (program.m > 0) out.insert(out.end(), {"G", "h"});
  return out;
}
std::vector<std::size_t> first(std::size_t count) {
  std::vector<std::size_t> out(count);
  for (std::size_t i = 0; i < count; ++i) out[i] = i;
  return out;
}
double largest(const Vector& v) {
  double most = 0;
  for (const double e : v) most = std::max(most, std::abs(e));
  return most;
}
double difference(const Vector& a, const Vector& b) {
  double most = 0;
  for (std::size_t i = 0; i < a.size(); ++i) most = std::max(most, std::abs(a[i] - b[i]));
  return most;
}

// min 1/2 |x - y|^2 over the simplex, as a program: sum x = 1, -x <= 0.
Program projection(const Vector& y, const std::vector<std::size_t>& zero) {
  Program out;
  out.n = out.m = y.size();
  out.p = 1;
  out.data["P"].assign(out.n * out.n, 0.0);
  out.data["G"].assign(out.n * out.n, 0.0);
  for (std::size_t i = 0; i < out.n; ++i) out.data["P"][i * out.n + i] = 1, out.data["G"][i * out.n + i] = -1;
  for (const double v : y) out.data["q"].push_back(-v);
  out.data["E"].assign(out.n, 1.0);
  out.data["e"] = {1};
  out.data["h"].assign(out.n, 0.0);
  out.solve(zero);
  return out;
}

}  // namespace

TEST_CASE("kkt: jvp equals central differences to 1e-6, vjp is its adjoint to 1e-10, in every parameter") {
  for (const auto& s : kSizes) {
    const Program program = Program::seeded(s[0], s[1], s[2], s[3], 11 + s[0]);
    std::map<std::string, Vector> seed;
    for (const std::string& name : kSolution)
      if (program.count(name) > 0) seed[name] = noise(program.count(name), 90);
    const std::vector<std::string> names = parameters(program);
    const Program::Answer reverse = program.vjp(seed, names);
    REQUIRE_MESSAGE(reverse.status == FEN_OK, reverse.message);
    CHECK(reverse.result.derivative_status == FEN_DERIVATIVE_STATUS_CERTIFIED);
    CHECK(reverse.result.bound < 1e-9);
    CHECK(reverse.result.active == static_cast<int64_t>(s[0] + s[1] + s[3]));
    for (const std::string& name : names) {
      CAPTURE(name);
      CAPTURE(s[0]);
      const Vector d = noise(program.count(name), 91);
      const Program::Answer forward = program.jvp({{name, d}});
      REQUIRE_MESSAGE(forward.status == FEN_OK, forward.message);
      double left = 0, size = 1e-3;
      for (const auto& [part, cotangent] : seed) {
        left += inner(cotangent, forward.values.at(part));
        size = std::max(size, largest(forward.values.at(part)));
      }
      CHECK(std::abs(left - inner(reverse.values.at(name), d)) <= 1e-10 * size * static_cast<double>(s[0]));
      const double h = 1e-5;
      Program up = program, down = program;
      for (std::size_t i = 0; i < d.size(); ++i) up.data[name][i] += h * d[i], down.data[name][i] -= h * d[i];
      up.solve(first(s[3]));
      down.solve(first(s[3]));
      for (const std::string& part : kSolution)
        for (std::size_t i = 0; i < program.count(part); ++i)
          CHECK(std::abs((up.data[part][i] - down.data[part][i]) / (2 * h) - forward.values.at(part)[i]) <=
                1e-6 * size);
    }
  }
}

TEST_CASE("kkt: the cotangent of P is symmetric, and an unsymmetric P is read as its symmetric part") {
  Program program = Program::seeded(6, 2, 5, 2, 17);
  const std::map<std::string, Vector> seed = {{"x", noise(6, 3)}};
  const Vector before = program.vjp(seed, {"P"}).values["P"];
  for (std::size_t i = 0; i < 6; ++i)
    for (std::size_t j = 0; j < 6; ++j) CHECK(before[i * 6 + j] == doctest::Approx(before[j * 6 + i]).epsilon(1e-14));
  program.data["P"][1] += 0.25, program.data["P"][6] -= 0.25;
  CHECK(difference(program.vjp(seed, {"P"}).values["P"], before) <= 1e-12);
}

TEST_CASE("kkt: an inexact point costs no accuracy: the step to the solution comes first") {
  const Program program = Program::seeded(6, 2, 5, 2, 23);
  const std::map<std::string, Vector> seed = {{"x", noise(6, 3)}, {"lam", noise(5, 4)}};
  const Program::Answer exact = program.vjp(seed, {"q", "G", "h"});
  for (const double level : {1e-3, 1e-5, 1e-7}) {
    Program rough = program;
    double moved = 0;
    for (const std::string& name : kSolution) {
      const Vector shift = noise(program.count(name), 31);
      for (std::size_t i = 0; i < shift.size(); ++i)
        rough.data[name][i] += level * shift[i], moved += std::pow(level * shift[i], 2);
    }
    const Program::Answer answer = rough.vjp(seed, {"q", "G", "h"});
    CAPTURE(level);
    REQUIRE_MESSAGE(answer.status == FEN_OK, answer.message);
    for (const char* name : {"q", "G", "h"}) CHECK(difference(answer.values.at(name), exact.values.at(name)) <= 1e-9);
    CHECK(answer.result.derivative_status ==
          (level < 3e-5 ? FEN_DERIVATIVE_STATUS_CERTIFIED : FEN_DERIVATIVE_STATUS_NOT_CONVERGED));
    CHECK(answer.result.x_error <= 2 * std::sqrt(moved) + 1e-12);
    CHECK(answer.result.optimality > 0.1 * level);
  }
}

TEST_CASE("kkt: every linear solver for it gives the same derivative, and cg is refused") {
  const Program program = Program::seeded(6, 2, 5, 2, 29);
  const std::map<std::string, Vector> seed = {{"x", noise(6, 3)}};
  const Vector expected = program.vjp(seed, {"q"}).values["q"];
  for (const int32_t solver :
       {FEN_LINEAR_SOLVER_DIRECT, FEN_LINEAR_SOLVER_MINRES, FEN_LINEAR_SOLVER_GMRES, FEN_LINEAR_SOLVER_LSMR}) {
    fen_derivative_options options = derivative_settings();
    options.linear_solver = solver;
    const Program::Answer answer = program.vjp(seed, {"q"}, &options);
    CAPTURE(solver);
    REQUIRE_MESSAGE(answer.status == FEN_OK, answer.message);
    CHECK(difference(answer.values.at("q"), expected) <= 1e-8);
  }
  fen_derivative_options options = derivative_settings();
  options.linear_solver = FEN_LINEAR_SOLVER_CG;
  CHECK(program.vjp(seed, {"q"}, &options).status == FEN_E_UNSUPPORTED);
}

TEST_CASE("kkt: projection onto the simplex agrees with the derivative of its prox") {
  const Vector y = {0.9, 0.55, -0.6, 0.3, -0.1};
  const Program program = projection(y, {2, 4});
  for (const double v : program.data.at("x")) CHECK(v >= -1e-15);
  const Vector c = noise(5, 3);
  const Program::Answer answer = program.vjp({{"x", c}}, {"q"});
  REQUIRE_MESSAGE(answer.status == FEN_OK, answer.message);
  const Term simplex = make_term("prox", "simplex", {}, {}, nullptr, FEN_F64);
  const Array v(FEN_F64, {5}, y), seed(FEN_F64, {5}, c);
  const Array out(FEN_F64, {5});
  fen_error err = fresh_error();
  check(fen_prox_vjp(simplex.get(), v.view(), 1.0, seed.view(), out.view(), &err), err);
  for (std::size_t j = 0; j < 5; ++j) CHECK(std::abs(answer.values.at("q")[j] + out[j]) <= 1e-12);  // q = -y
}

TEST_CASE("kkt: a box agrees with the derivative of the composite problem, solved by the library") {
  SolutionCase box = SolutionCase::seeded(12, 6, 8);
  box.penalty = "box";
  box.g_numbers = {{"lower", -0.2}, {"upper", 0.15}};
  const Vector x = box.solve(), c = noise(6, 5);
  Program program;
  program.n = 6, program.m = 12;
  program.data["P"].assign(36, 0.0), program.data["q"].assign(6, 0.0), program.data["G"].assign(72, 0.0);
  program.data["x"] = x;
  Vector gradient(6, 0.0);
  for (std::size_t i = 0; i < 6; ++i) {
    for (std::size_t r = 0; r < 12; ++r) {
      program.data["q"][i] -= box.A[r * 6 + i] * box.f_vectors["y"][r];
      for (std::size_t j = 0; j < 6; ++j) program.data["P"][i * 6 + j] += box.A[r * 6 + i] * box.A[r * 6 + j];
    }
    program.data["G"][i * 6 + i] = 1, program.data["G"][(6 + i) * 6 + i] = -1;
    program.data["h"].push_back(0.15);
  }
  program.data["h"].resize(12, 0.2);
  for (std::size_t i = 0; i < 6; ++i) {
    gradient[i] = program.data["q"][i];
    for (std::size_t j = 0; j < 6; ++j) gradient[i] += program.data["P"][i * 6 + j] * x[j];
    program.data["lam"].push_back(std::max(0.0, -gradient[i]));
  }
  for (std::size_t i = 0; i < 6; ++i) program.data["lam"].push_back(std::max(0.0, gradient[i]));
  const SolutionCase::Answer composite = box.vjp(x, c, "f.linear");
  const Program::Answer kkt = program.vjp({{"x", c}}, {"q"});
  REQUIRE_MESSAGE(kkt.status == FEN_OK, kkt.message);
  CHECK(kkt.result.derivative_status == FEN_DERIVATIVE_STATUS_CERTIFIED);
  CHECK(difference(kkt.values.at("q"), composite.values) <= 1e-8);
}

TEST_CASE("kkt: the vertex of a linear program (cvxpylayers#127) has the derivative 0 by q, exactly, and B^-1 by h") {
  Program lp;  // min -x1 - 2 x2 subject to x1 <= 1, x2 <= 1, x1 + x2 <= 3
  lp.n = 2, lp.m = 3;
  lp.data = {{"q", {-1, -2}}, {"G", {1, 0, 0, 1, 1, 1}}, {"h", {1, 1, 3}}, {"x", {1, 1}}, {"lam", {1, 2, 0}}};
  const Program::Answer answer = lp.vjp({{"x", {1, 1}}}, {"q", "h"});
  REQUIRE_MESSAGE(answer.status == FEN_OK, answer.message);
  CHECK(answer.result.derivative_status == FEN_DERIVATIVE_STATUS_CERTIFIED);
  CHECK(std::abs(answer.values.at("q")[0]) + std::abs(answer.values.at("q")[1]) == 0);
  CHECK(answer.values.at("h")[0] == doctest::Approx(1).epsilon(1e-14));
  CHECK(answer.values.at("h")[2] == 0);
}

TEST_CASE("kkt: singular programs are said to be: an edge of optima, redundant constraints, a flat direction") {
  Program edge;  // min -x1 over x1 <= 1, -x2 <= 0, x2 <= 1 at (1, 0.5): every x2 is optimal
  edge.n = 2, edge.m = 3;
  edge.data = {{"q", {-1, 0}}, {"G", {1, 0, 0, -1, 0, 1}}, {"h", {1, 0, 1}}, {"x", {1, 0.5}}, {"lam", {1, 0, 0}}};
  const Program::Answer flat = edge.vjp({{"x", {1, 0}}}, {"q"});
  CHECK(flat.status == FEN_E_SINGULAR);
  CHECK(flat.message.find("kernel") != std::string::npos);
  CHECK(flat.values.at("q")[0] == 0);

  Program twice = Program::seeded(6, 2, 5, 2, 11);
  for (std::size_t j = 0; j < 6; ++j) twice.data["G"][6 + j] = twice.data["G"][j];  // row 1 repeats row 0
  twice.data["h"][1] = twice.data["h"][0];
  for (std::size_t j = 0; j < 6; ++j)  // stationarity with the two multipliers there are
    twice.data["q"][j] -=
        twice.data["lam"][1] * (twice.data["G"][j] - Program::seeded(6, 2, 5, 2, 11).data["G"][6 + j]);
  const Program::Answer redundant = twice.vjp({{"x", noise(6, 1)}}, {"q"});
  CHECK(redundant.status == FEN_E_SINGULAR);
  CHECK(redundant.message.find("dependent") != std::string::npos);

  Program many = Program::seeded(3, 0, 6, 2, 11);  // four active constraints in three dimensions
  many.data["h"][2] = inner({many.data["G"].begin() + 6, many.data["G"].begin() + 9}, many.data["x"]);
  many.data["h"][3] = inner({many.data["G"].begin() + 9, many.data["G"].begin() + 12}, many.data["x"]);
  for (std::size_t i = 2; i < 4; ++i) {
    many.data["lam"][i] = 0.5;
    for (std::size_t j = 0; j < 3; ++j) many.data["q"][j] -= 0.5 * many.data["G"][i * 3 + j];
  }
  CHECK(many.vjp({{"x", noise(3, 1)}}, {"q"}).status == FEN_E_SINGULAR);
}

TEST_CASE("kkt: a weakly active constraint is ambiguous, however the solver left its pair") {
  // min 1/2 (x - t)^2 with x <= 1 at t = 1: multiplier and slack are both 0.
  Program weak;
  weak.n = weak.m = 1;
  for (const auto& [x, lam] : std::vector<std::pair<double, double>>{
           {1, 0}, {1 - 1e-6, 1e-6}, {1, 1e-12}, {1 - 1e-5, 2e-5}, {1 + 1e-12, -1e-12}}) {
    weak.data = {{"P", {1}}, {"q", {-1}}, {"G", {1}}, {"h", {1}}, {"x", {x}}, {"lam", {lam}}};
    const Program::Answer answer = weak.vjp({{"x", {1}}}, {"q"});
    CAPTURE(x);
    REQUIRE_MESSAGE(answer.status == FEN_OK, answer.message);
    CHECK(answer.result.derivative_status == FEN_DERIVATIVE_STATUS_AMBIGUOUS);
    CHECK(answer.result.ambiguous == 1);
    const double slope = answer.values.at("q")[0];
    CHECK((slope == 0 || slope == doctest::Approx(-1)));  // that of one side
    fen_derivative_options options = derivative_settings();
    options.require_certified = 1;
    CHECK(weak.vjp({{"x", {1}}}, {"q"}, &options).status == FEN_E_UNCERTIFIED);
  }
  weak.data = {{"P", {1}}, {"q", {-1.001}}, {"G", {1}},
               {"h", {1}}, {"x", {1}},      {"lam", {0.001}}};  // a small multiplier is none
  CHECK(weak.vjp({{"x", {1}}}, {"q"}).result.derivative_status == FEN_DERIVATIVE_STATUS_CERTIFIED);
}

TEST_CASE("kkt: a point far from any solution is said to be, and its derivative is never certified") {
  Program program = Program::seeded(6, 2, 5, 2, 23);
  for (double& v : program.data["x"]) v += 0.3;
  const Program::Answer answer = program.vjp({{"x", noise(6, 3)}}, {"q"});
  if (answer.status == FEN_OK) CHECK(answer.result.derivative_status == FEN_DERIVATIVE_STATUS_NOT_CONVERGED);
}

TEST_CASE("kkt: the bound is never violated: 160 programs, multipliers and f32 among them") {
  int certified = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed)
    for (const double scale : {1e-3, 1.0, 1e3, 1e5})
      for (const double tol : {1e-10, 1e-3}) {
        Program program = Program::seeded(8, 2, 6, 3, seed);
        for (const char* name : {"P", "q", "nu", "lam"})  // other units of the objective
          for (double& v : program.data[name]) v *= scale;
        const std::map<std::string, Vector> given = {{"x", noise(8, 3)}, {"lam", noise(6, 4)}};
        const Program::Answer exact = program.vjp(given, {"q", "G"});
        fen_derivative_options options = derivative_settings();
        options.linear_solver = FEN_LINEAR_SOLVER_MINRES;
        options.tol = tol;
        const Program::Answer answer = program.vjp(given, {"q", "G"}, &options);
        REQUIRE_MESSAGE(answer.status == FEN_OK, answer.message);
        if (!(answer.result.bound < kInfinity)) continue;
        ++certified;
        double error = 0;
        for (const char* name : {"q", "G"})
          for (std::size_t i = 0; i < exact.values.at(name).size(); ++i)
            error += std::pow(exact.values.at(name)[i] - answer.values.at(name)[i], 2);
        CHECK(std::sqrt(error) <= answer.result.bound + exact.result.bound);
      }
  CHECK(certified >= 120);
  Program narrow = Program::seeded(6, 2, 5, 2, 23);
  const Vector wide = narrow.vjp({{"x", noise(6, 3)}}, {"q"}).values["q"];
  narrow.dtype = FEN_F32;
  const Program::Answer answer = narrow.vjp({{"x", noise(6, 3)}}, {"q"});
  REQUIRE_MESSAGE(answer.status == FEN_OK, answer.message);
  CHECK(difference(answer.values.at("q"), wide) <= 1e-5);
}

}  // namespace law
