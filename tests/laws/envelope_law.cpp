// The envelope gradients are the derivatives of the optimal value: against fourth-order central differences.
#include <doctest/doctest.h>

#include "derivative_cases.hpp"

namespace {

using namespace law;

double value_of(const Instance& p) {
  Solver solver(p, "auto", options_of(1e-11));
  const fen_transport_result result = solver.solve();
  REQUIRE_MESSAGE(result.termination == FEN_CONVERGED, p.name());
  return result.dual;
}

// (8 (f(h) - f(-h)) - (f(2h) - f(-2h))) / 12h, error O(h^4).
double directional(Instance p, const std::string& name, const Vector& tangent, double h) {
  const Vector start = argument(p, name);
  double slope = 0;
  for (const auto& [step, weight] : {std::pair{1.0, 8.0}, {-1.0, -8.0}, {2.0, -1.0}, {-2.0, 1.0}}) {
    argument(p, name) = plus(start, step * h, tangent);
    slope += weight * value_of(p);
  }
  return slope / (12 * h);
}

// The value's derivative in a weight that is 0 is one-sided, and -inf for the entropy: x log x has no slope at 0.
Vector gradient_of(const Solver& solver, const std::string& name) {
  const Vector gradient = solver.gradient(name);
  if (name == "a") return on_support(gradient, solver.instance().a);
  if (name == "b") return on_support(gradient, solver.instance().b);
  return gradient;
}

}  // namespace

TEST_CASE("envelope gradients equal finite differences of the optimal value") {
  for (Instance p : derivative_cases()) {
    Solver solver(p, "auto", options_of(1e-12));
    solver.solve();
    Random random(11);
    for (const std::string& name : arguments_of(p)) {
      CAPTURE(p.name());
      CAPTURE(name);
      const Vector tangent = tangent_of(random, p, name);
      const Vector gradient = gradient_of(solver, name);
      REQUIRE(gradient.size() == tangent.size());
      const double h = name == "a" || name == "b" ? 1e-4 * 0.1 : 2e-4;
      const double measured = directional(p, name, tangent, h);
      CHECK(std::fabs(dot(gradient, tangent) - measured) <= 1e-7 * std::fmax(std::fabs(measured), norm(gradient)));
    }
  }
}

TEST_CASE(
    "the gradient with respect to the cost is the plan, and weight gradients of a balanced problem have zero mean") {
  for (const Instance& p : derivative_cases()) {
    if (!p.balanced()) continue;
    CAPTURE(p.name());
    Solver solver(p);
    solver.solve();
    if (p.kind == Kind::matrix) CHECK(solver.gradient("cost") == solver.plan());
    for (const char* side : {"a", "b"}) {
      const Vector gradient = solver.gradient(side);
      const Vector& weight = side[0] == 'a' ? p.a : p.b;
      double total = 0;
      for (std::size_t i = 0; i < weight.size(); ++i) total += weight[i] > 0 ? gradient[i] : 0;
      CHECK(std::fabs(total) <= 1e-13 * static_cast<double>(weight.size()));
    }
  }
}

TEST_CASE("the gradient of a euclidean cloud on itself is a finite subgradient") {
  Instance p = cloud_instance("euclidean", 12, 12, 2, 3);
  p.y = p.x;
  p.spec.eps = 0.05;
  Solver solver(p);
  solver.solve();
  for (const char* side : {"x", "y"})
    for (const double value : solver.gradient(side)) CHECK(std::isfinite(value));
}

TEST_CASE("f32 gradients agree with f64") {
  for (Instance p : derivative_cases()) {
    Solver exact(p);
    exact.solve();
    p.dtype = FEN_F32;
    Solver rounded(p);
    rounded.solve();
    for (const std::string& name : arguments_of(p)) {
      CAPTURE(p.name());
      CAPTURE(name);
      const Vector reference = gradient_of(exact, name);
      CHECK(norm(plus(gradient_of(rounded, name), -1, reference)) <= 2e-4 * std::fmax(norm(reference), 0.01));
    }
  }
}
