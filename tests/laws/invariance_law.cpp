// What changing the problem in a known way must do to its solution: transposition, scaling, shifts, permutation, units.
#include <doctest/doctest.h>

#include <algorithm>

#include "solve_cases.hpp"

namespace {

using namespace law;

constexpr double kTight = 1e-12;

struct Solution {
  Vector phi, psi, plan;
  fen_transport_result result;
};

Solution solution_of(const Instance& p) {
  Solver solver(p, "auto", options_of(kTight));
  Solution out;
  out.result = solver.solve();
  out.phi = solver.phi();
  out.psi = solver.psi();
  if (p.kind != Kind::grid) out.plan = solver.plan();
  return out;
}

std::vector<Instance> cases() {
  std::vector<Instance> all;
  for (const Instance& geometry : geometries())
    if (geometry.dtype == FEN_F64)
      for (const Form& form : forms()) all.push_back(formed(geometry, form));
  return all;
}

// Potentials agree where there is mass; entropy potentials are -inf elsewhere.
double potential_difference(const Vector& x, const Vector& y, const Vector& weight) {
  double worst = 0;
  for (std::size_t i = 0; i < x.size(); ++i)
    if (weight[i] > 0) worst = std::fmax(worst, std::fabs(x[i] - y[i]));
  return worst;
}

Vector transposed(const Vector& plan, int64_t n, int64_t m) {
  Vector out(plan.size());
  for (int64_t i = 0; i < n; ++i)
    for (int64_t j = 0; j < m; ++j)
      out[static_cast<std::size_t>(j * n + i)] = plan[static_cast<std::size_t>(i * m + j)];
  return out;
}

}  // namespace

TEST_CASE("transposing the problem swaps the potentials and transposes the plan") {
  for (const Instance& p : cases()) {
    CAPTURE(p.name());
    Instance t = p;
    std::swap(t.n, t.m);
    std::swap(t.a, t.b);
    std::swap(t.x, t.y);
    std::swap(t.spec.rho_a, t.spec.rho_b);
    if (p.kind == Kind::matrix) t.cost_matrix = transposed(p.cost_matrix, p.n, p.m);
    const Solution one = solution_of(p), two = solution_of(t);
    CHECK(potential_difference(one.phi, two.psi, p.a) <= 1e-9);
    CHECK(potential_difference(one.psi, two.phi, p.b) <= 1e-9);
    CHECK(std::fabs(one.result.dual - two.result.dual) <= 1e-11);
    if (p.kind != Kind::grid) CHECK(l1_distance(transposed(one.plan, p.n, p.m), two.plan) <= 1e-9);
  }
}

TEST_CASE("scaling cost, eps and rho scales potentials and values, and keeps the plan") {
  for (const Instance& p : cases()) {
    if (p.kind != Kind::matrix) continue;
    for (const double s : {1e-6, 37.0, 1e8}) {
      CAPTURE(p.name());
      CAPTURE(s);
      Instance scaled = p;
      for (double& c : scaled.cost_matrix) c *= s;
      scaled.spec.eps *= s;
      scaled.spec.rho_a *= s;
      scaled.spec.rho_b *= s;
      const Solution one = solution_of(p), two = solution_of(scaled);
      CHECK(l1_distance(one.plan, two.plan) <= 1e-9);
      CHECK(std::fabs(two.result.dual / s - one.result.dual) <= 1e-11);
      Vector phi = two.phi;
      for (double& value : phi) value /= s;
      CHECK(potential_difference(phi, one.phi, p.a) <= 1e-9);
    }
  }
}

TEST_CASE("adding r_i + c_j to the cost of a balanced problem shifts the potentials and keeps the plan") {
  for (const Instance& p : cases()) {
    if (p.kind != Kind::matrix || !p.balanced()) continue;
    CAPTURE(p.name());
    Random random(31);
    const Vector r = random.vector(p.n, -2, 2), c = random.vector(p.m, -2, 2);
    Instance shifted = p;
    for (int64_t i = 0; i < p.n; ++i)
      for (int64_t j = 0; j < p.m; ++j)
        shifted.cost_matrix[static_cast<std::size_t>(i * p.m + j)] +=
            r[static_cast<std::size_t>(i)] + c[static_cast<std::size_t>(j)];
    const Solution one = solution_of(p), two = solution_of(shifted);
    CHECK(l1_distance(one.plan, two.plan) <= 1e-9);
    // Gauge: sum a phi = sum b psi in both, so the shift is determined.
    const double gauge = (dot(p.b, c) - dot(p.a, r)) / (2 * sum(p.a));
    Vector phi = plus(one.phi, 1, r), psi = plus(one.psi, 1, c);
    for (double& value : phi) value += gauge;
    for (double& value : psi) value -= gauge;
    CHECK(potential_difference(two.phi, phi, p.a) <= 1e-9);
    CHECK(potential_difference(two.psi, psi, p.b) <= 1e-9);
    CHECK(std::fabs(two.result.dual - one.result.dual - dot(p.a, r) - dot(p.b, c)) <= 1e-10);
  }
}

TEST_CASE("balanced potentials satisfy the gauge sum a phi = sum b psi") {
  for (const Instance& p : cases()) {
    if (!p.balanced()) continue;
    CAPTURE(p.name());
    const Solution s = solution_of(p);
    double left = 0, right = 0;
    for (std::size_t i = 0; i < p.a.size(); ++i) left += p.a[i] > 0 ? p.a[i] * s.phi[i] : 0;
    for (std::size_t j = 0; j < p.b.size(); ++j) right += p.b[j] > 0 ? p.b[j] * s.psi[j] : 0;
    CHECK(std::fabs(left - right) <= 1e-12 * sum(p.a));
  }
}

TEST_CASE("kl and entropy have the same balanced plan, and potentials that differ by eps log of the weights") {
  for (Instance p : cases()) {
    if (!p.balanced() || p.kind == Kind::grid) continue;
    CAPTURE(p.name());
    p.spec.reg_type = FEN_REG_KL;
    const Solution kl = solution_of(p);
    p.spec.reg_type = FEN_REG_ENTROPY;
    const Solution entropy = solution_of(p);
    CHECK(l1_distance(kl.plan, entropy.plan) <= 1e-9);
    CHECK(std::fabs(kl.result.cost - entropy.result.cost) <= 1e-10);
    double constant = 0;
    bool first = true;
    for (std::size_t i = 0; i < p.a.size(); ++i) {
      if (!(p.a[i] > 0)) continue;
      const double difference = entropy.phi[i] - kl.phi[i] - p.spec.eps * std::log(p.a[i]);
      if (first) constant = difference;
      first = false;
      CHECK(std::fabs(difference - constant) <= 1e-9);
    }
  }
}

TEST_CASE("permuting points permutes the solution") {
  Instance p = cloud_instance("sqeuclidean", 33, 27, 2, 8);
  p.spec.eps = 0.02;
  const Solution one = solution_of(p);
  Instance moved = p;
  const auto from = [&](int64_t i) { return static_cast<std::size_t>((i * 10 + 3) % p.n); };  // 10 and 33 are coprime
  for (int64_t i = 0; i < p.n; ++i) {
    moved.a[static_cast<std::size_t>(i)] = p.a[from(i)];
    for (std::size_t k = 0; k < 2; ++k) moved.x[static_cast<std::size_t>(i) * 2 + k] = p.x[from(i) * 2 + k];
  }
  const Solution two = solution_of(moved);
  for (int64_t i = 0; i < p.n; ++i) CHECK(std::fabs(two.phi[static_cast<std::size_t>(i)] - one.phi[from(i)]) <= 1e-9);
  CHECK(potential_difference(one.psi, two.psi, p.b) <= 1e-9);
}

TEST_CASE("a grid is the point cloud of its points") {
  for (const char* cost : {"sqeuclidean", "l1"}) {
    Instance grid = grid_instance(cost, {5, 4, 3}, 6);
    grid.spec.eps = 0.05;
    Instance cloud = grid;
    cloud.kind = Kind::cloud;
    cloud.d = 3;
    for (int64_t i = 0; i < grid.n; ++i)
      for (const double coordinate :
           {static_cast<double>(i / 12) / 5, static_cast<double>(i / 3 % 4) / 4, static_cast<double>(i % 3) / 3})
        cloud.x.push_back(coordinate);
    cloud.y = cloud.x;
    const Solution one = solution_of(grid), two = solution_of(cloud);
    CAPTURE(cost);
    CHECK(potential_difference(one.phi, two.phi, grid.a) <= 1e-9);
    CHECK(potential_difference(one.psi, two.psi, grid.b) <= 1e-9);
    CHECK(std::fabs(one.result.cost - two.result.cost) <= 1e-10);
  }
}

TEST_CASE("a matrix of a cloud's costs gives the cloud's solution") {
  for (const std::string& cost : names_of("cost")) {
    Instance cloud = cloud_instance(cost, 40, 30, 5, 12);
    cloud.spec.eps = cost == "cosine" ? 0.01 : 0.1;
    Instance matrix = cloud;
    matrix.kind = Kind::matrix;
    for (int64_t i = 0; i < cloud.n; ++i)
      for (int64_t j = 0; j < cloud.m; ++j) matrix.cost_matrix.push_back(cost_entry(cloud, i, j));
    CAPTURE(cost);
    const Solution one = solution_of(cloud), two = solution_of(matrix);
    CHECK(potential_difference(one.phi, two.phi, cloud.a) <= 1e-9);
    CHECK(l1_distance(one.plan, two.plan) <= 1e-9);
  }
}
