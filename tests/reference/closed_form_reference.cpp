// Problems with answers in closed form.
#include <doctest/doctest.h>

#include "law_problem.hpp"

namespace {

using namespace law;

Instance matrix_of(int64_t n, int64_t m, const Vector& cost, double eps) {
  Instance p;
  p.n = n;
  p.m = m;
  p.cost_matrix = cost;
  p.a.assign(static_cast<std::size_t>(n), 1.0 / static_cast<double>(n));
  p.b.assign(static_cast<std::size_t>(m), 1.0 / static_cast<double>(m));
  p.spec = spec_of(eps);
  return p;
}

// A Gaussian's weights at n points of [-half, half], and the points.
Instance gaussians(double mean_a, double var_a, double mean_b, double var_b, int64_t n, double half, double eps) {
  Instance p;
  p.kind = Kind::cloud;
  p.n = p.m = n;
  p.d = 1;
  for (int64_t i = 0; i < n; ++i) p.x.push_back(half * (2 * static_cast<double>(i) / static_cast<double>(n - 1) - 1));
  p.y = p.x;
  for (const double x : p.x) {
    p.a.push_back(std::exp(-(x - mean_a) * (x - mean_a) / (2 * var_a)));
    p.b.push_back(std::exp(-(x - mean_b) * (x - mean_b) / (2 * var_b)));
  }
  for (Vector* w : {&p.a, &p.b}) {
    const double total = sum(*w);
    for (double& value : *w) value /= total;
  }
  p.spec = spec_of(eps);
  return p;
}

}  // namespace

TEST_CASE("1 x 1: the plan is the mass and the value is the cost") {
  for (const std::string& method : names_of("transport_method"))
    for (const double cost : {0.0, 2.5, -3.0}) {
      CAPTURE(method);
      Instance p = matrix_of(1, 1, {cost}, 0.1);
      p.a = p.b = {2.0};
      Solver solver(p, method);
      const fen_transport_result r = solver.solve();
      CHECK(r.termination == FEN_CONVERGED);
      CHECK(solver.plan()[0] == doctest::Approx(2.0).epsilon(1e-14));
      CHECK(r.cost == doctest::Approx(2 * cost).epsilon(1e-14));
      // kl(P | a b^T) with P = 2, a b = 4: 2 log(2/4) - 2 + 4.
      CHECK(r.dual == doctest::Approx(2 * cost + 0.1 * (2 - 2 * std::log(2.0))).epsilon(1e-13));
    }
}

TEST_CASE("2 x 2 balanced: e / (1 + e) and 1 / (1 + e), halved") {
  for (const std::string& method : names_of("transport_method")) {
    CAPTURE(method);
    Solver solver(matrix_of(2, 2, {0, 1, 1, 0}, 1), method, options_of(1e-14));
    const fen_transport_result r = solver.solve();
    const Vector plan = solver.plan();
    const double e = std::exp(1.0);
    CHECK(plan[0] == doctest::Approx(0.5 * e / (1 + e)).epsilon(1e-13));
    CHECK(plan[1] == doctest::Approx(0.5 / (1 + e)).epsilon(1e-13));
    CHECK(std::fabs(plan[0] - 0.36552929) <= 5e-9);
    CHECK(std::fabs(plan[1] - 0.13447071) <= 5e-9);
    CHECK(r.cost == doctest::Approx(1 / (1 + e)).epsilon(1e-13));
    CHECK(plan[0] == plan[3]);
    CHECK(plan[1] == plan[2]);
  }
}

TEST_CASE("2 x 2 unbalanced, eps = rho = 1: the regulariser's convention is pinned") {
  for (const int32_t reg_type : {FEN_REG_KL, FEN_REG_ENTROPY}) {
    Instance p = matrix_of(2, 2, {0, 1, 1, 0}, 1);
    p.spec = spec_of(1, 1, 1, reg_type);
    Solver solver(p, "auto", options_of(1e-14));
    solver.solve();
    const Vector plan = solver.plan();
    CHECK(std::fabs(plan[0] - (reg_type == FEN_REG_KL ? 0.32205361 : 0.51122814)) <= 1e-7);
    CHECK(std::fabs(plan[1] - (reg_type == FEN_REG_KL ? 0.1184769 : 0.18807032)) <= 1e-7);
    // By symmetry u = v and w u^2 s = 0.5 / u, with w = 1 (entropy) or 1/4 (kl) and s = 1 + 1/e.
    const double s = 1 + std::exp(-1.0);
    const double u = std::cbrt(0.5 / (reg_type == FEN_REG_KL ? 0.25 * s : s));
    const double scale = reg_type == FEN_REG_KL ? 0.25 : 1.0;
    CHECK(plan[0] == doctest::Approx(scale * u * u).epsilon(1e-12));
    CHECK(plan[1] == doctest::Approx(scale * u * u * std::exp(-1.0)).epsilon(1e-12));
  }
}

TEST_CASE("a large eps gives the product of the weights") {
  Random random(3);
  Instance p = matrix_instance(20, 30, 2);
  p.spec.eps = 1e9;
  Solver solver(p, "auto", options_of(1e-14));
  solver.solve();
  const Vector plan = solver.plan();
  double worst = 0;
  for (std::size_t i = 0; i < 20; ++i)
    for (std::size_t j = 0; j < 30; ++j) worst = std::fmax(worst, std::fabs(plan[i * 30 + j] / (p.a[i] * p.b[j]) - 1));
  CHECK(worst <= 1e-8);
}

TEST_CASE("Gaussians: value, cost and covariance of the entropic plan (Janati et al. 2020)") {
  const double ma = -0.5, mb = 0.7, A = 0.8, B = 0.3;
  for (const double s : {0.3, 0.6, 1.0}) {
    CAPTURE(s);
    const Instance p = gaussians(ma, A, mb, B, 401, 9, 2 * s * s);
    Solver solver(p, "auto", options_of(1e-12));
    const fen_transport_result r = solver.solve();
    CHECK(r.termination == FEN_CONVERGED);
    const double D = std::sqrt(4 * A * B + s * s * s * s);
    const double value =
        (ma - mb) * (ma - mb) + A + B - D + s * s * (1 - std::log(2 * s * s)) + s * s * std::log(D + s * s);
    CHECK(std::fabs(r.dual - value) <= 1e-9);
    const Vector plan = solver.plan();
    double covariance = 0;
    for (std::size_t i = 0; i < 401; ++i)
      for (std::size_t j = 0; j < 401; ++j) covariance += plan[i * 401 + j] * (p.x[i] - ma) * (p.y[j] - mb);
    CHECK(std::fabs(covariance - (D - s * s) / 2) <= 1e-9);
    CHECK(std::fabs(r.cost - ((ma - mb) * (ma - mb) + A + B - (D - s * s))) <= 1e-9);
  }
}

TEST_CASE("Gaussians on a grid of two axes: values add") {
  const double A = 0.02, B = 0.01, s = 0.1;
  const Instance line = gaussians(0, A, 0.1, B, 40, 1, 2 * s * s);
  Instance grid;
  grid.kind = Kind::grid;
  grid.shape = {40, 40};
  grid.n = grid.m = 1600;
  for (std::size_t i = 0; i < 1600; ++i) {
    grid.a.push_back(line.a[i / 40] * line.a[i % 40]);
    grid.b.push_back(line.b[i / 40] * line.b[i % 40]);
  }
  // The grid's neighbours are 1/40 apart, the line's 2/39: in units of the spacing squared, eps is the same.
  const double unit = (1.0 / 40) / (2.0 / 39);
  grid.spec = spec_of(line.spec.eps * unit * unit);
  Solver one(line, "auto", options_of(1e-12)), two(grid, "auto", options_of(1e-11));
  const double expected = 2 * one.solve().dual * unit * unit;
  const fen_transport_result r = two.solve();
  CHECK(r.termination == FEN_CONVERGED);
  CHECK(std::fabs(r.dual - expected) <= 1e-11);
}

TEST_CASE("a translated cloud: the divergence is the squared length of the translation") {
  // The plan's potentials of y = x + v are those of x with itself, up to linear terms.
  Random random(4);
  Instance p = cloud_instance("sqeuclidean", 60, 60, 3, 4);
  const double v[3] = {0.3, -0.2, 0.5};
  for (std::size_t i = 0; i < 180; ++i) p.y[i] = p.x[i] + v[i % 3];
  p.b = p.a;
  const Array x(FEN_F64, {60, 3}, p.x), y(FEN_F64, {60, 3}, p.y), a(FEN_F64, {60}, p.a);
  for (const double eps : {0.01, 0.1, 10.0}) {
    CAPTURE(eps);
    const fen_transport_spec spec = spec_of(eps);
    const fen_sinkhorn_options options = options_of(1e-12);
    double value = 0;
    const Array x_grad(FEN_F64, {60, 3});
    fen_error err = fresh_error();
    check(fen_sinkhorn_divergence(x.view(), y.view(), a.view(), a.view(), "sqeuclidean", &spec, "auto", &options,
                                  &value, x_grad.view(), nullptr, nullptr, nullptr, nullptr, &err),
          err);
    CHECK(std::fabs(value - 0.38) <= 1e-10);
    for (std::size_t i = 0; i < 180; ++i) CHECK(std::fabs(x_grad[i] + 2 * p.a[i / 3] * v[i % 3]) <= 1e-9);
  }
}

TEST_CASE("all points the same: the plan is the product, every cost is 0") {
  for (const std::string& cost : names_of("cost")) {
    CAPTURE(cost);
    Instance p = cloud_instance(cost, 7, 5, 2, 3);
    p.x.assign(14, 0.75);
    p.y.assign(10, 0.75);
    Solver solver(p);
    const fen_transport_result r = solver.solve();
    CHECK(r.termination == FEN_CONVERGED);
    CHECK(std::fabs(r.cost) <= 1e-15);
    CHECK(std::fabs(r.dual) <= 1e-13);
    const Vector plan = solver.plan();
    for (std::size_t i = 0; i < 7; ++i)
      for (std::size_t j = 0; j < 5; ++j) CHECK(plan[i * 5 + j] == doctest::Approx(p.a[i] * p.b[j]).epsilon(1e-13));
  }
}
