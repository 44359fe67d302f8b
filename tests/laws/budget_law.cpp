// How much work is allowed: passes over the cost, Newton steps and conjugate-gradient iterations, about 1.3 times what
// was measured, so that a weaker step shows as a failure. Accuracy is part of the bargain: every solve must reach the
// default tolerance.
#include <doctest/doctest.h>

#include <algorithm>

#include "solve_cases.hpp"

namespace {

using namespace law;

struct Budget {
  int64_t passes, newton_steps, cg_iterations;
};

void keeps(const char* what, const Instance& p, const Budget& budget, const char* method = "auto") {
  Solver solver(p, method);
  const fen_transport_result r = solver.solve();
  const std::string name = what;
  CAPTURE(name);
  CAPTURE(std::string(method));
  MESSAGE(name, " ", std::string(method), ": ", r.passes, " passes, ", r.newton_steps, " Newton steps, ",
          r.cg_iterations, " CG iterations");
  CHECK(r.termination == FEN_CONVERGED);
  CHECK(std::fmax(r.error_a, r.error_b) <= r.tol);
  CHECK(r.passes <= budget.passes);
  CHECK(r.newton_steps <= budget.newton_steps);
  CHECK(r.cg_iterations <= budget.cg_iterations);
}

Instance assignment(int64_t n, double eta) {
  Instance p = matrix_instance(n, n, 1);
  p.a.assign(static_cast<std::size_t>(n), 1.0 / static_cast<double>(n));
  p.b = p.a;
  p.spec.eps = 1 / eta;
  return p;
}

// Two clouds of normal points, costs scaled to a largest one of 1; weights uniform in logarithm over the decades.
Instance clouds(int64_t n, double eps, double decades) {
  Random random(17);
  const auto normal = [&] {
    const double u = random.uniform(), v = random.uniform();
    return std::sqrt(-2 * std::log(1 - u)) * std::cos(6.283185307179586 * v);
  };
  Instance p;
  p.kind = Kind::cloud;
  p.n = p.m = n;
  p.d = 2;
  for (int64_t i = 0; i < 2 * n; ++i) p.x.push_back(normal());
  for (int64_t i = 0; i < 2 * n; ++i) p.y.push_back(0.5 * normal() + 1);
  for (Vector* w : {&p.a, &p.b}) {
    for (int64_t i = 0; i < n; ++i)
      w->push_back(decades > 0 ? std::pow(10.0, -decades * random.uniform()) : random.uniform());
    const double total = sum(*w);
    for (double& value : *w) value /= total;
  }
  double largest = 0;
  for (int64_t i = 0; i < n; ++i)
    for (int64_t j = 0; j < n; ++j) largest = std::fmax(largest, cost_entry(p, i, j));
  p.spec.eps = eps * largest;
  return p;
}

// Two synthetic 28 x 28 images: blobs over a background of 1 %, cost scaled to a largest one of 1; no pixel is 0.
Instance images(const char* cost, double eta, bool matrix) {
  Instance p;
  p.kind = Kind::grid;
  p.cost = cost;
  p.shape = {28, 28};
  p.n = p.m = 784;
  const double blobs[2][3][3] = {{{8, 9, 3}, {18, 12, 4}, {14, 21, 2.5}}, {{20, 20, 3}, {9, 17, 4}, {15, 7, 3.5}}};
  for (int side = 0; side < 2; ++side) {
    Vector& w = side == 0 ? p.a : p.b;
    for (int i = 0; i < 784; ++i) {
      double ink = 0;
      for (const auto& [row, col, width] : blobs[side]) {
        const double dr = i / 28 - row, dc = i % 28 - col;
        ink += std::exp(-(dr * dr + dc * dc) / (2 * width * width));
      }
      w.push_back(ink);
    }
    const double background = 0.01 * *std::max_element(w.begin(), w.end());
    for (double& value : w) value += background;
    const double total = sum(w);
    for (double& value : w) value /= total;
  }
  const double reach = 27.0 / 28.0;
  p.spec.eps = (p.cost == "l1" ? 2 * reach : 2 * reach * reach) / eta;
  if (!matrix) return p;
  Instance dense = p;
  dense.kind = Kind::matrix;
  for (int64_t i = 0; i < 784; ++i)
    for (int64_t j = 0; j < 784; ++j) dense.cost_matrix.push_back(cost_entry(p, i, j));
  return dense;
}

}  // namespace

TEST_CASE("auto: random assignment") {
  keeps("assignment n=200 eta=1200", assignment(200, 1200), {39, 24, 1011});
  keeps("assignment n=500 eta=1200", assignment(500, 1200), {34, 13, 186});
}

TEST_CASE("auto: images, and the same problems on the grid") {
  keeps("images sqeuclidean eta=1200", images("sqeuclidean", 1200, true), {41, 8, 142});
  keeps("images l1 eta=1200", images("l1", 1200, true), {51, 41, 1417});
  keeps("grid sqeuclidean eta=100", images("sqeuclidean", 100, false), {29, 0, 0});
  keeps("grid l1 eta=100", images("l1", 100, false), {33, 6, 91});
}

TEST_CASE("auto: point clouds from eps/range 1e-1 to 1e-5, random weights and weights of 12 decades") {
  struct Row {
    double eps;
    Budget even, decades;
  };
  const Row rows[] = {{1e-1, {11, 0, 0}, {11, 0, 0}},
                      {1e-2, {26, 0, 0}, {24, 0, 0}},
                      {1e-3, {58, 7, 112}, {50, 10, 95}},
                      {1e-4, {73, 20, 1139}, {81, 54, 1823}},
                      {1e-5, {80, 63, 5238}, {102, 371, 20000}}};
  for (const Row& row : rows) {
    char name[64];
    std::snprintf(name, sizeof name, "cloud n=300 eps=%g", row.eps);
    keeps(name, clouds(300, row.eps, 0), row.even);
    std::snprintf(name, sizeof name, "cloud n=300 eps=%g, 12 decades", row.eps);
    keeps(name, clouds(300, row.eps, 12), row.decades);
  }
}

TEST_CASE("the named methods on an easy problem") {
  const Instance p = clouds(300, 1e-2, 0);
  keeps("cloud n=300 eps=1e-2", p, {84, 0, 0}, "sinkhorn");
  keeps("cloud n=300 eps=1e-2", p, {26, 0, 0}, "sinkhorn_anderson");
  keeps("cloud n=300 eps=1e-2", p, {85, 0, 0}, "sinkhorn_scaled");
  keeps("cloud n=300 eps=1e-2", p, {195, 77, 283}, "sns");
}
