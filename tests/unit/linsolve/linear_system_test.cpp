// Every back end on the same systems, and the failures of the peers' conjugate gradients as cases by name.
#include "linsolve/linear_system.hpp"

#include <cmath>
#include <initializer_list>
#include <vector>

#include "base/random.hpp"
#include "doctest/doctest.h"
#include "linsolve/repeated_solver.hpp"

using namespace fenchel;

namespace {

class Dense final : public SquareMap {
 public:
  Dense(index n, std::vector<double> a, bool symmetric, bool jacobi = false)
      : n_(n), a_(std::move(a)), symmetric_(symmetric), jacobi_(jacobi) {}
  index size() const override { return n_; }
  bool symmetric() const override { return symmetric_; }
  void apply(const double* v, double* out) override {
    ++applied;
    for (index i = 0; i < n_; ++i) {
      out[i] = 0;
      for (index j = 0; j < n_; ++j) out[i] += at(i, j) * v[j];
    }
  }
  void apply_transposed(const double* u, double* out) override {
    ++applied;
    for (index j = 0; j < n_; ++j) {
      out[j] = 0;
      for (index i = 0; i < n_; ++i) out[j] += at(i, j) * u[i];
    }
  }
  bool precondition(const double* r, double* z) override {
    if (!jacobi_) return false;
    for (index i = 0; i < n_; ++i) z[i] = r[i] / at(i, i);
    return true;
  }
  double at(index i, index j) const { return a_[static_cast<std::size_t>(i * n_ + j)]; }
  index applied = 0;

 private:
  index n_;
  std::vector<double> a_;
  bool symmetric_, jacobi_;
};

std::vector<double> randoms(index count, std::uint64_t seed) {
  const Philox random(seed, 0);
  std::vector<double> out(static_cast<std::size_t>(count));
  std::uint64_t position = 0;
  for (double& v : out) v = random.uniform(position++) - 0.5;
  return out;
}

// B B^T / n + shift I, columns scaled by `spread` ^ j.
Dense positive(index n, double shift, double spread, bool jacobi = false) {
  const std::vector<double> B = randoms(n * n, 7);
  std::vector<double> a(static_cast<std::size_t>(n * n));
  for (index i = 0; i < n; ++i)
    for (index j = 0; j < n; ++j) {
      double sum = i == j ? shift : 0.0;
      for (index k = 0; k < n; ++k)
        sum += B[static_cast<std::size_t>(i * n + k)] * B[static_cast<std::size_t>(j * n + k)];
      a[static_cast<std::size_t>(i * n + j)] = sum * std::pow(spread, static_cast<double>(i + j));
    }
  return Dense(n, a, true, jacobi);
}

Dense diagonal(std::initializer_list<double> d, bool symmetric = true) {
  const auto n = static_cast<index>(d.size());
  std::vector<double> a(static_cast<std::size_t>(n * n), 0.0);
  index i = 0;
  for (const double v : d) a[static_cast<std::size_t>(i * n + i)] = v, ++i;
  return Dense(n, a, symmetric);
}

double distance(const std::vector<double>& x, const std::vector<double>& y) {
  double sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i) sum += (x[i] - y[i]) * (x[i] - y[i]);
  return std::sqrt(sum);
}

constexpr LinearSolver kExact[] = {LinearSolver::cg, LinearSolver::direct, LinearSolver::minres, LinearSolver::gmres,
                                   LinearSolver::lsmr};

LinearReport solve(SquareMap& A, LinearSolver solver, const std::vector<double>& b, std::vector<double>& x,
                   const LinearLimits& limits = {}) {
  Buffer<double> memory;
  return solve_linear(A, solver, b.data(), x.data(), limits, memory);
}

}  // namespace

TEST_CASE("every back end solves a positive definite system to the tolerance, from any start") {
  Dense A = positive(40, 0.5, 1.0);
  const std::vector<double> truth = randoms(40, 3);
  std::vector<double> b(40);
  A.apply(truth.data(), b.data());
  for (const LinearSolver solver : kExact)
    for (const bool warm : {false, true}) {
      std::vector<double> x = warm ? randoms(40, 11) : std::vector<double>(40, 0.0);
      A.applied = 0;
      const LinearReport report = solve(A, solver, b, x);
      CAPTURE(static_cast<int>(solver));
      CHECK(report.converged);
      CHECK_FALSE(report.singular);
      CHECK(report.residual <= 1e-10 * report.scale);
      CHECK(report.products == A.applied);
      CHECK(distance(x, truth) < 1e-8);
      if (solver != LinearSolver::direct) CHECK(report.iterations <= 3 * 40);
    }
}

TEST_CASE("peers' bug: conjugate gradients on a multiple of the identity return zero or the previous iterate") {
  Dense A = diagonal({2, 2, 2});
  Dense spread = diagonal({1, 2, 3});
  const std::vector<double> b{2, -4, 6};
  for (const LinearSolver solver : kExact) {
    std::vector<double> x(3, 0.0), y(3, 0.0);
    CHECK(solve(A, solver, b, x).converged);
    CHECK(distance(x, {1, -2, 3}) < 1e-12);
    CHECK(solve(spread, solver, b, y).converged);
    CHECK(distance(y, {2, -2, 2}) < 1e-9);
  }
}

TEST_CASE("peers' bug: a scalar system, an empty one, a right-hand side that is zero or tiny") {
  Dense scalar = diagonal({4});
  Dense empty(0, {}, true);
  for (const LinearSolver solver : kExact) {
    std::vector<double> x{0}, none, stale{5};
    CHECK(solve(scalar, solver, {8}, x).converged);
    CHECK(x[0] == doctest::Approx(2).epsilon(1e-12));
    CHECK(solve(empty, solver, {}, none).converged);
    CHECK(solve(scalar, solver, {0}, stale).converged);
    CHECK(stale[0] == 0);  // a start must not leak out as the answer
    std::vector<double> tiny{0};
    CHECK(solve(scalar, solver, {1e-30}, tiny).converged);
    CHECK(tiny[0] == doctest::Approx(2.5e-31).epsilon(1e-12));
  }
}

TEST_CASE("an indefinite system: cg refuses, the others solve it") {
  Dense A = diagonal({1, -2, 3, -4});
  const std::vector<double> b{1, 1, 1, 1};
  std::vector<double> x(4, 0.0);
  const LinearReport refused = solve(A, LinearSolver::cg, b, x);
  CHECK(refused.singular);
  CHECK_FALSE(refused.converged);
  for (const LinearSolver solver :
       {LinearSolver::direct, LinearSolver::minres, LinearSolver::gmres, LinearSolver::lsmr}) {
    std::vector<double> y(4, 0.0);
    CHECK(solve(A, solver, b, y).converged);
    CHECK(distance(y, {1, -0.5, 1.0 / 3, -0.25}) < 1e-9);
  }
}

TEST_CASE("a singular system whose right-hand side leaves the range is called singular, never pseudo-inverted") {
  Dense A = diagonal({1, 2, 0});
  const std::vector<double> b{1, 1, 1};
  for (const LinearSolver solver : kExact) {
    std::vector<double> x(3, 0.0);
    const LinearReport report = solve(A, solver, b, x);
    CAPTURE(static_cast<int>(solver));
    CHECK(report.singular);
    CHECK_FALSE(report.converged);
    CHECK(report.residual >= 0.99);
  }
}

TEST_CASE("an unsymmetric system: gmres with and without restarts, lsmr and LU") {
  const index n = 30;
  std::vector<double> a = randoms(n * n, 5);
  for (index i = 0; i < n; ++i) a[static_cast<std::size_t>(i * n + i)] += 4;
  Dense A(n, a, false);
  const std::vector<double> truth = randoms(n, 9);
  std::vector<double> b(static_cast<std::size_t>(n));
  A.apply(truth.data(), b.data());
  for (const index restart : {5, 50}) {
    std::vector<double> x(static_cast<std::size_t>(n), 0.0);
    LinearLimits limits;
    limits.restart = restart;
    CHECK(solve(A, LinearSolver::gmres, b, x, limits).converged);
    CHECK(distance(x, truth) < 1e-8);
  }
  for (const LinearSolver solver : {LinearSolver::lsmr, LinearSolver::direct, LinearSolver::automatic}) {
    std::vector<double> x(static_cast<std::size_t>(n), 0.0);
    CHECK(solve(A, solver, b, x).converged);
    CHECK(distance(x, truth) < 1e-8);
  }
}

TEST_CASE("Jacobi's preconditioner takes the scaling out: at most half of the products") {
  Dense plain = positive(60, 1.0, 1.08);
  Dense scaled = positive(60, 1.0, 1.08, true);
  const std::vector<double> b = randoms(60, 2);
  std::vector<double> x(60, 0.0), y(60, 0.0);
  const LinearReport slow = solve(plain, LinearSolver::cg, b, x, {.max_iter = 5000});
  const LinearReport fast = solve(scaled, LinearSolver::cg, b, y, {.max_iter = 5000});
  CHECK(slow.converged);
  CHECK(fast.converged);
  CHECK(2 * fast.iterations <= slow.iterations);
}

TEST_CASE("Ritz values lie inside the spectrum and find its ends") {
  Dense A = diagonal({0.25, 1, 2, 5, 9});
  std::vector<double> x(5, 0.0);
  const LinearReport report = solve(A, LinearSolver::cg, {1, 1, 1, 1, 1}, x, {.tol = 1e-14});
  CHECK(report.ritz_low == doctest::Approx(0.25).epsilon(2e-3));
  CHECK(report.ritz_high == doctest::Approx(9).epsilon(2e-3));
}

TEST_CASE("the Neumann series: an eigencomponent's error is (1 - a l)^K, and the residual says so") {
  Dense A = diagonal({1, 0.5});
  std::vector<double> x(2, 0.0);
  LinearLimits limits{.tol = 1e-3, .max_iter = 10, .step = 0.8};
  const LinearReport report = solve(A, LinearSolver::neumann, {1, 1}, x, limits);
  CHECK(x[0] == doctest::Approx(1 - std::pow(0.2, 10)).epsilon(1e-12));
  CHECK(x[1] == doctest::Approx(2 * (1 - std::pow(0.6, 10))).epsilon(1e-12));
  CHECK(report.residual == doctest::Approx(std::hypot(std::pow(0.2, 10), std::pow(0.6, 10))).epsilon(1e-9));
  CHECK_FALSE(report.converged);
  limits = {.tol = 1e-8, .max_iter = 200};
  CHECK(solve(A, LinearSolver::neumann, {1, 1}, x, limits).converged);
}

TEST_CASE("too few iterations: the best x so far, its true residual, and no claim") {
  Dense A = positive(50, 1e-3, 1.05);
  const std::vector<double> b = randoms(50, 4);
  for (const LinearSolver solver : {LinearSolver::cg, LinearSolver::minres, LinearSolver::gmres, LinearSolver::lsmr}) {
    std::vector<double> x(50, 0.0), Ax(50);
    const LinearReport report = solve(A, solver, b, x, {.max_iter = 3});
    CHECK_FALSE(report.converged);
    A.apply(x.data(), Ax.data());
    CHECK(report.residual == doctest::Approx(distance(Ax, b)).epsilon(1e-9));
  }
}

TEST_CASE("a repeated solver factors once, by Cholesky or LU, and answers as solve_linear") {
  for (const double low : {1.0, -20.5}) {  // definite, indefinite
    const index n = 40;
    std::vector<double> a(1600);
    for (index i = 0; i < n; ++i)
      for (index j = 0; j < n; ++j)
        a[static_cast<std::size_t>(i * n + j)] =
            i == j ? low + static_cast<double>(i) : 0.1 / static_cast<double>(1 + i + j);
    Dense A(n, a, true);
    RepeatedSolver solver(A, LinearSolver::automatic, {});
    for (int round = 0; round < 3; ++round) {
      const std::vector<double> b = randoms(n, 5 + static_cast<std::uint64_t>(round));
      std::vector<double> x(40), expected(40);
      const LinearReport report = solver.solve(b.data(), x.data(), 1e-10);
      CHECK(report.converged);
      CHECK(report.products == (round == 0 ? n + 1 : 1));
      Buffer<double> memory;
      solve_linear(A, LinearSolver::direct, b.data(), expected.data(), {}, memory);
      for (std::size_t i = 0; i < x.size(); ++i) CHECK(std::abs(x[i] - expected[i]) <= 1e-12);
    }
  }
  Dense singular(2, {1, 1, 1, 1}, true);
  RepeatedSolver solver(singular, LinearSolver::direct, {});
  const double b[2] = {1, 0};
  double x[2] = {7, 7};
  for (int round = 0; round < 2; ++round) {
    const LinearReport report = solver.solve(b, x, 1e-10);
    CHECK(report.singular);
    CHECK_FALSE(report.converged);
  }
}
