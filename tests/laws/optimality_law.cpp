// What every solve must deliver, whatever method, geometry, dtype and form: optimality conditions from the potentials
// and the instance's own numbers, an honest report, and agreement of the methods with each other.
#include <doctest/doctest.h>

#include "solve_cases.hpp"

namespace {

using namespace law;

// What the marginal of that side must be: the weight, or weight * exp(-potential / rho).
Vector target(const Vector& weight, const Vector& potential, double rho) {
  Vector out = weight;
  for (std::size_t i = 0; i < out.size() && rho < kInfinity; ++i)
    out[i] = weight[i] > 0 ? weight[i] * std::exp(-potential[i] / rho) : 0.0;
  return out;
}

double relative_mass(const Instance& p) { return std::sqrt(sum(p.a) * sum(p.b)); }

// f32: potentials of size c are known to c 2^-24, which moves the plan by c 2^-24 / eps.
double rounding(const Instance& p) { return p.dtype == FEN_F32 ? 1e-4 : 1e-12; }

}  // namespace

TEST_CASE("solves converge, and marginals recomputed from the potentials meet the tolerance") {
  for_each_solve([](const Instance& p, const std::string& method) {
    CAPTURE(p.name());
    CAPTURE(method);
    Solver solver(p, method);
    const fen_transport_result r = solver.solve();
    CHECK(r.termination == FEN_CONVERGED);
    // f32: raised to its own floor, 4 rounding errors of the (bound of the) range over eps.
    CHECK(r.tol >= (p.dtype == FEN_F32 ? 1e-5 : 1e-9));
    CHECK(r.tol <= (p.dtype == FEN_F32 ? 1e-4 : 1e-9));
    CHECK(r.error_a <= r.tol);
    CHECK(r.error_b <= r.tol);
    const Vector phi = solver.phi(), psi = solver.psi();
    const Vector plan = plan_of(p, phi, psi);
    const double scale = relative_mass(p);
    const double row_error = l1_distance(marginal(plan, p.n, p.m, true), target(p.a, phi, p.spec.rho_a)) / scale;
    const double col_error = l1_distance(marginal(plan, p.n, p.m, false), target(p.b, psi, p.spec.rho_b)) / scale;
    CHECK(row_error <= r.error_a + rounding(p));
    CHECK(col_error <= r.error_b + rounding(p));
  });
}

TEST_CASE("the result reports mass, cost and a gap that are those of the plan") {
  for_each_solve([](const Instance& p, const std::string& method) {
    CAPTURE(p.name());
    CAPTURE(method);
    Solver solver(p, method);
    const fen_transport_result r = solver.solve();
    const Vector plan = plan_of(p, solver.phi(), solver.psi());
    double cost = 0, magnitude = 0;
    for (int64_t i = 0; i < p.n; ++i)
      for (int64_t j = 0; j < p.m; ++j) {
        const double share = plan[static_cast<std::size_t>(i * p.m + j)] * cost_entry(p, i, j);
        cost += share;
        magnitude += std::fabs(share);
      }
    CHECK(std::fabs(r.mass - sum(plan)) <= rounding(p) * sum(plan));
    CHECK(std::fabs(r.cost - cost) <= rounding(p) * std::fmax(magnitude, 0.1));
    CHECK(r.certificate == FEN_CERTIFICATE_GAP);
    const double size = std::fabs(r.primal) + std::fabs(r.dual) + relative_mass(p);
    CHECK(r.gap >= -1e-14 * size - (p.dtype == FEN_F32 ? 1e-6 : 0) * size);
    CHECK(r.gap <= 20 * r.tol * size);
    CHECK(r.gap == r.primal - r.dual);
  });
}

TEST_CASE("the plan given out is the potentials' plan; rows and columns without mass are exactly 0") {
  for_each_solve([](const Instance& p, const std::string& method) {
    if (p.kind == Kind::grid) return;
    CAPTURE(p.name());
    CAPTURE(method);
    Solver solver(p, method);
    solver.solve();
    const Vector plan = solver.plan();
    const Vector expected = plan_of(p, solver.phi(), solver.psi());
    CHECK(l1_distance(plan, expected) <= rounding(p) * sum(expected));
    bool empty_lines = true, negative = false;
    for (int64_t i = 0; i < p.n; ++i)
      for (int64_t j = 0; j < p.m; ++j) {
        const double value = plan[static_cast<std::size_t>(i * p.m + j)];
        const bool empty = p.a[static_cast<std::size_t>(i)] == 0 || p.b[static_cast<std::size_t>(j)] == 0;
        empty_lines = empty_lines && (!empty || value == 0);
        negative = negative || value < 0;
      }
    CHECK(empty_lines);
    CHECK_FALSE(negative);
  });
}

TEST_CASE("products with the plan, plain, transposed and normalised, are those of the dense plan") {
  for (const Instance& geometry : geometries())
    for (const Form& form : forms()) {
      const Instance p = formed(geometry, form);
      CAPTURE(p.name());
      Solver solver(p);
      solver.solve();
      const Vector plan = plan_of(p, solver.phi(), solver.psi());
      Random random(5);
      for (const bool transpose : {false, true}) {
        const int64_t from = transpose ? p.n : p.m, to = transpose ? p.m : p.n;
        const Vector v = random.vector(from * 2, -1, 1);
        Vector product(static_cast<std::size_t>(to * 2)), mass(static_cast<std::size_t>(to));
        for (int64_t i = 0; i < p.n; ++i)
          for (int64_t j = 0; j < p.m; ++j) {
            const double value = plan[static_cast<std::size_t>(i * p.m + j)];
            const std::size_t row = static_cast<std::size_t>(transpose ? j : i),
                              col = static_cast<std::size_t>(transpose ? i : j);
            mass[row] += value;
            for (std::size_t k = 0; k < 2; ++k) product[2 * row + k] += value * v[2 * col + k];
          }
        const uint32_t flag = transpose ? FEN_APPLY_TRANSPOSE : 0;
        CHECK(l1_distance(solver.apply(flag, 2, v), product) <= 2 * rounding(p) * sum(plan));
        for (std::size_t i = 0; i < product.size(); ++i) product[i] = mass[i / 2] > 0 ? product[i] / mass[i / 2] : 0.0;
        const double worst = max_difference(solver.apply(flag | FEN_APPLY_NORMALIZE, 2, v), product);
        CHECK(worst <= rounding(p));
      }
    }
}

TEST_CASE("all methods find the same solution") {
  for (const Instance& geometry : geometries())
    for (const Form& form : forms()) {
      const Instance p = formed(geometry, form);
      Solver reference(p, "auto");
      const fen_transport_result expected = reference.solve();
      for (const std::string& method : names_of("transport_method")) {
        if (!solves(method, p)) continue;
        CAPTURE(p.name());
        CAPTURE(method);
        Solver solver(p, method);
        const fen_transport_result r = solver.solve();
        // Values differ in second order of the error; potentials in first, magnified by the conditioning.
        const double tol = p.dtype == FEN_F32 ? 1e-4 : 1e-8;
        CHECK(std::fabs(r.dual - expected.dual) <= tol * (std::fabs(expected.dual) + relative_mass(p)));
        double worst = 0;
        const Vector phi = solver.phi(), reference_phi = reference.phi();
        for (std::size_t i = 0; i < phi.size(); ++i)
          if (p.a[i] > 0) worst = std::fmax(worst, std::fabs(phi[i] - reference_phi[i]));
        CHECK(worst <= (p.dtype == FEN_F32 ? 3e-3 : 3e-7));
      }
    }
}
