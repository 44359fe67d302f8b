// Against golden.inc: problems solved to 30 digits by golden.py.
#include <doctest/doctest.h>

#include "law_problem.hpp"

namespace {

using namespace law;

constexpr double kAbsent = std::numeric_limits<double>::quiet_NaN();  // the potential of a weight that is 0

struct Golden {
  const char* name;
  int64_t n, m;
  double eps, rho_a, rho_b;
  int32_t reg_type;
  Vector a, b, cost_matrix, phi, psi, plan;
  double cost, value;
};

const std::vector<Golden>& goldens() {
  static const std::vector<Golden> all = {
#include "golden.inc"
  };
  return all;
}

Instance instance_of(const Golden& g) {
  Instance p;
  p.n = g.n;
  p.m = g.m;
  p.a = g.a;
  p.b = g.b;
  p.cost_matrix = g.cost_matrix;
  p.spec = spec_of(g.eps, g.rho_a, g.rho_b, g.reg_type);
  return p;
}

double difference(const Vector& value, const Vector& expected) {
  double worst = 0;
  for (std::size_t i = 0; i < expected.size(); ++i)
    if (!std::isnan(expected[i])) worst = std::fmax(worst, std::fabs(value[i] - expected[i]));
  return worst;
}

}  // namespace

TEST_CASE("every method reproduces problems solved to 30 digits") {
  REQUIRE(goldens().size() == 11);
  for (const Golden& g : goldens())
    for (const std::string& method : names_of("transport_method")) {
      CAPTURE(std::string(g.name));
      CAPTURE(method);
      Solver solver(instance_of(g), method, options_of(1e-13));
      const fen_transport_result r = solver.solve();
      CHECK((r.termination == FEN_CONVERGED || r.termination == FEN_STALLED));
      CHECK(difference(solver.phi(), g.phi) <= 1e-10 * (1 + g.eps));
      CHECK(difference(solver.psi(), g.psi) <= 1e-10 * (1 + g.eps));
      CHECK(difference(solver.plan(), g.plan) <= 1e-11);
      CHECK(std::fabs(r.cost - g.cost) <= 1e-11);
      CHECK(std::fabs(r.dual - g.value) <= 1e-12 * (1 + g.eps));
      CHECK(std::fabs(r.primal - g.value) <= 1e-11 * (1 + g.eps));
    }
}

TEST_CASE("float32 reproduces them to float32") {
  for (const Golden& g : goldens()) {
    CAPTURE(std::string(g.name));
    Instance p = instance_of(g);
    p.dtype = FEN_F32;
    Solver solver(p);
    const fen_transport_result r = solver.solve();
    CHECK(r.termination == FEN_CONVERGED);
    CHECK(difference(solver.plan(), g.plan) <= 3e-5);
    CHECK(std::fabs(r.cost - g.cost) <= 3e-5);
    CHECK(std::fabs(r.dual - g.value) <= 1e-6 * (1 + g.eps));
  }
}
