// Implicit derivatives: jvp against fourth-order central differences of the solution, vjp as the adjoint of jvp.
#include <doctest/doctest.h>

#include "derivative_cases.hpp"

namespace {

using namespace law;

struct Solution {
  Vector phi, psi, plan;
};

Solution solution_of(const Instance& p) {
  Solver solver(p, "auto", options_of(1e-14));
  solver.solve();  // STALLED at the floor of the dtype is as good as it gets
  return {solver.phi(), solver.psi(), solver.plan()};
}

std::vector<int64_t> shape_of(const Instance& p, const std::string& name) {
  if (name == "a" || name == "phi") return {p.n};
  if (name == "b" || name == "psi") return {p.m};
  if (name == "x") return {p.n, p.d};
  if (name == "y") return {p.m, p.d};
  return {p.n, p.m};
}

// The arrays of a bundle by name; `view` is set up from them.
struct Bundle {
  std::vector<std::pair<std::string, Array>> arrays;
  void add(const Instance& p, const std::string& name, const Vector& values) {
    arrays.emplace_back(name, Array(p.dtype, shape_of(p, name), values));
  }
  Vector get(const std::string& name) const {
    for (const auto& [key, array] : arrays)
      if (key == name) return array.values();
    throw Failure(0, "no " + name);
  }
  fen_transport_bundle view() const {
    fen_transport_bundle out{};
    out.struct_size = sizeof out;
    const std::pair<const char*, const fen_array**> slots[] = {
        {"a", &out.a}, {"b", &out.b},     {"cost", &out.cost}, {"x", &out.x},
        {"y", &out.y}, {"phi", &out.phi}, {"psi", &out.psi},   {"plan", &out.plan}};
    for (const auto& [key, array] : arrays)
      for (const auto& [name, slot] : slots)
        if (key == name) *slot = array.view();
    return out;
  }
};

Solution jvp(const Solver& solver, const std::vector<std::pair<std::string, Vector>>& tangents, double tol = 1e-13) {
  const Instance& p = solver.instance();
  Bundle bundle;
  for (const auto& [name, value] : tangents) bundle.add(p, name, value);
  for (const char* name : {"phi", "psi", "plan"}) bundle.add(p, name, {});
  const fen_transport_bundle view = bundle.view();
  fen_error err = fresh_error();
  check(fen_transport_jvp(solver.handle(), tol, &view, &err), err);
  return {bundle.get("phi"), bundle.get("psi"), bundle.get("plan")};
}

Bundle vjp(const Solver& solver, const Solution& cotangent, const std::vector<std::string>& wanted,
           double tol = 1e-13) {
  const Instance& p = solver.instance();
  Bundle bundle;
  for (const std::string& name : wanted) bundle.add(p, name, {});
  if (!cotangent.phi.empty()) bundle.add(p, "phi", cotangent.phi);
  if (!cotangent.psi.empty()) bundle.add(p, "psi", cotangent.psi);
  if (!cotangent.plan.empty()) bundle.add(p, "plan", cotangent.plan);
  const fen_transport_bundle view = bundle.view();
  fen_error err = fresh_error();
  check(fen_transport_vjp(solver.handle(), tol, &view, &err), err);
  return bundle;
}

Solution difference(Instance p, const std::string& name, const Vector& tangent, double h) {
  const Vector start = argument(p, name);
  Solution slope{Vector(static_cast<std::size_t>(p.n)), Vector(static_cast<std::size_t>(p.m)),
                 Vector(static_cast<std::size_t>(p.n * p.m))};
  for (const auto& [step, weight] : {std::pair{1.0, 8.0}, {-1.0, -8.0}, {2.0, -1.0}, {-2.0, 1.0}}) {
    argument(p, name) = plus(start, step * h, tangent);
    const Solution at = solution_of(p);
    slope.phi = plus(slope.phi, weight / (12 * h), at.phi);
    slope.psi = plus(slope.psi, weight / (12 * h), at.psi);
    slope.plan = plus(slope.plan, weight / (12 * h), at.plan);
  }
  return slope;
}

double relative(const Vector& value, const Vector& reference) {
  return norm(plus(value, -1, reference)) / std::fmax(norm(reference), 1e-300);
}

std::vector<std::pair<std::string, Vector>> random_tangents(Random& random, Instance& p) {
  std::vector<std::pair<std::string, Vector>> tangents;
  for (const std::string& name : arguments_of(p)) tangents.emplace_back(name, tangent_of(random, p, name));
  if (p.kind == Kind::cloud) tangents.emplace_back("cost", random.vector(p.n * p.m, -1, 1));
  return tangents;
}

Solution random_cotangent(Random& random, const Instance& p) {
  return {on_support(random.vector(p.n, -1, 1), p.a), on_support(random.vector(p.m, -1, 1), p.b),
          random.vector(p.n * p.m, -1, 1)};
}

}  // namespace

TEST_CASE("jvp equals central differences of the solution") {
  for (Instance p : derivative_cases()) {
    Solver solver(p, "auto", options_of(1e-14));
    solver.solve();
    Random random(21);
    for (const std::string& name : arguments_of(p)) {
      CAPTURE(p.name());
      CAPTURE(name);
      const Vector tangent = tangent_of(random, p, name);
      const Solution computed = jvp(solver, {{name, tangent}});
      const Solution measured = difference(p, name, tangent, name == "a" || name == "b" ? 2e-5 : 2e-4);
      CHECK(relative(on_support(computed.phi, p.a), on_support(measured.phi, p.a)) <= 1e-6);
      CHECK(relative(on_support(computed.psi, p.b), on_support(measured.psi, p.b)) <= 1e-6);
      CHECK(relative(computed.plan, measured.plan) <= 1e-6);
    }
  }
}

TEST_CASE("vjp is the adjoint of jvp") {
  for (Instance p : derivative_cases()) {
    CAPTURE(p.name());
    Solver solver(p, "auto", options_of(1e-13));
    solver.solve();
    Random random(22);
    const auto tangents = random_tangents(random, p);
    const Solution cotangent = random_cotangent(random, p);
    std::vector<std::string> wanted;
    for (const auto& [name, value] : tangents) wanted.push_back(name);
    const Solution forward = jvp(solver, tangents);
    const Bundle backward = vjp(solver, cotangent, wanted);
    const double left =
        dot(cotangent.phi, forward.phi) + dot(cotangent.psi, forward.psi) + dot(cotangent.plan, forward.plan);
    double right = 0, scale = 0;
    for (const auto& [name, value] : tangents) {
      right += dot(backward.get(name), value);
      scale += norm(backward.get(name)) * norm(value);
    }
    CHECK(std::fabs(left - right) <= 1e-9 * scale);
  }
}

TEST_CASE("vjp with parts of the bundle absent is vjp with zeros there") {
  for (Instance p : derivative_cases()) {
    CAPTURE(p.name());
    Solver solver(p, "auto", options_of(1e-13));
    solver.solve();
    Random random(23);
    const Solution full = random_cotangent(random, p);
    const Solution zero{Vector(full.phi.size()), Vector(full.psi.size()), Vector(full.plan.size())};
    const Vector phi_alone = vjp(solver, {full.phi, {}, {}}, {"a"}).get("a");
    const Vector phi_zeros = vjp(solver, {full.phi, zero.psi, zero.plan}, {"a", "b"}).get("a");
    CHECK(relative(phi_alone, phi_zeros) <= 1e-10);
    const Vector plan_alone = vjp(solver, {{}, {}, full.plan}, {"b"}).get("b");
    const Vector plan_zeros = vjp(solver, {zero.phi, zero.psi, full.plan}, {"b", "a"}).get("b");
    CHECK(relative(plan_alone, plan_zeros) <= 1e-10);
  }
}

TEST_CASE("the derivative of the cost under a transport of the plan is found through vjp") {
  // <C, P> has gradient P + (dP/dC)^T C with respect to C: a loss that users write.
  Instance p = matrix_instance(12, 9, 5);
  p.spec.eps = 0.05;
  Solver solver(p, "auto", options_of(1e-14));
  solver.solve();
  const Vector through = vjp(solver, {{}, {}, p.cost_matrix}, {"cost"}).get("cost");
  const Vector gradient = plus(solver.plan(), 1, through);
  Random random(24);
  const Vector tangent = random.vector(p.n * p.m, -1, 1);
  double slope = 0;
  for (const auto& [step, weight] : {std::pair{1.0, 8.0}, {-1.0, -8.0}, {2.0, -1.0}, {-2.0, 1.0}}) {
    Instance moved = p;
    moved.cost_matrix = plus(p.cost_matrix, step * 1e-4, tangent);
    slope += weight * dot(moved.cost_matrix, solution_of(moved).plan) / (12 * 1e-4);
  }
  CHECK(std::fabs(slope - dot(gradient, tangent)) <= 1e-7 * norm(gradient) * norm(tangent));
}

TEST_CASE("f32 derivatives agree with f64") {
  for (Instance p : derivative_cases()) {
    Random random(25);
    const Solution cotangent = random_cotangent(random, p);
    Solver exact(p);
    exact.solve();
    p.dtype = FEN_F32;
    Solver rounded(p);
    rounded.solve();
    std::vector<std::string> wanted = arguments_of(p);
    const Bundle reference = vjp(exact, cotangent, wanted);
    const Bundle single = vjp(rounded, cotangent, wanted, 0);
    for (const std::string& name : wanted) {
      CAPTURE(p.name());
      CAPTURE(name);
      CHECK(relative(single.get(name), reference.get(name)) <= 1e-2);
    }
  }
}
