// claim7.cpp -- a hypergradient by a few terms of the Neumann series (Lorraine et al., 2020), the check at 20 features:
// logistic regression with one penalty a weight; K terms against conjugate gradients. Every further term multiplies the
// error by 1 - a mu at the most, a = 1 / L. Prints its table; exit code 1 where a pass rule fails: below 1 % at K = 20,
// a cosine above 0.95 at K = 0.
#include <cstdio>

#include "bilevel/first_order_problems.hpp"

namespace fenchel {
namespace {

using namespace first_order_problems;

constexpr std::size_t kRows = 200, kCols = 20;

double logistic(const Vector& A, const Vector& y, const double* x, double* dx) {
  double value = 0;
  if (dx != nullptr) std::fill(dx, dx + kCols, 0.0);
  for (std::size_t i = 0; i < kRows; ++i) {
    double z = 0;
    for (std::size_t j = 0; j < kCols; ++j) z += A[i * kCols + j] * x[j];
    value += std::log1p(std::exp(-y[i] * z)) / kRows;
    const double slope = -y[i] / (1 + std::exp(y[i] * z)) / kRows;
    for (std::size_t j = 0; dx != nullptr && j < kCols; ++j) dx[j] += slope * A[i * kCols + j];
  }
  return value;
}

// h = mean logistic + sum_j exp(t_j) x_j^2 / 2, f = mean logistic on other rows.
OracleProblem problem(std::uint64_t seed) {
  const Vector truth = noise(kCols, seed);
  const auto draw = [&](std::uint64_t own) {
    std::pair<Vector, Vector> set{noise(kRows * kCols, seed + own), noise(kRows, seed + own + 1)};
    for (std::size_t i = 0; i < kRows; ++i) {
      double z = set.second[i];
      for (std::size_t j = 0; j < kCols; ++j) z += set.first[i * kCols + j] * truth[j];
      set.second[i] = z > 0 ? 1 : -1;
    }
    return set;
  };
  const auto training = draw(1), validation = draw(3);
  OracleProblem p;
  p.n = p.m = kCols;
  p.h = [=](const double* x, const double* t, double* dx, double* dt) {
    double value = logistic(training.first, training.second, x, dx);
    for (std::size_t j = 0; j < kCols; ++j) {
      const double lam = std::exp(t[j]);
      value += lam * x[j] * x[j] / 2;
      if (dx != nullptr) dx[j] += lam * x[j];
      if (dt != nullptr) dt[j] = lam * x[j] * x[j] / 2;
    }
    return value;
  };
  p.f = [=](const double* x, const double*, double* dx, double* dt) {
    if (dt != nullptr) std::fill(dt, dt + kCols, 0.0);
    return logistic(validation.first, validation.second, x, dx);
  };
  p.hvp = [=](const double* x, const double* t, const double* v, double* out) {
    for (std::size_t j = 0; j < kCols; ++j) out[j] = std::exp(t[j]) * v[j];
    for (std::size_t i = 0; i < kRows; ++i) {
      double z = 0, s = 0;
      for (std::size_t j = 0; j < kCols; ++j) {
        z += training.first[i * kCols + j] * x[j];
        s += training.first[i * kCols + j] * v[j];
      }
      const double q = 1 / (1 + std::exp(-z));
      for (std::size_t j = 0; j < kCols; ++j) out[j] += q * (1 - q) * s / kRows * training.first[i * kCols + j];
    }
  };
  p.cross_t = [=](const double* x, const double* t, const double* v, double* out) {
    for (std::size_t j = 0; j < kCols; ++j) out[j] = std::exp(t[j]) * x[j] * v[j];
  };
  return p;
}

}  // namespace
}  // namespace fenchel

int main() {
  using namespace fenchel;
  auto p = problem(1);
  const Vector t(kCols, std::log(0.15));
  Vector x(kCols), exact(kCols), z(kCols);
  BilevelSettings settings;
  settings.lower_tol = 1e-12;
  settings.linear_tol = 1e-13;
  settings.linear_solver = static_cast<std::int32_t>(LinearSolver::cg);
  hypergradient(p.problem(), settings, t, x, exact);
  settings.linear_solver = static_cast<std::int32_t>(LinearSolver::neumann);
  std::printf("logistic, 20 penalties: Neumann against conjugate gradients\n   K    error     cosine\n");
  double first_cosine = 0, last = 0;
  for (const index terms : {0, 1, 2, 5, 10, 20}) {
    settings.linear_max_iter = terms + 1;  // K = 0 is the identity: one term
    hypergradient(p.problem(), settings, t, x, z);
    Vector apart(kCols);
    for (std::size_t j = 0; j < kCols; ++j) apart[j] = z[j] - exact[j];
    const double cosine = dot(z, exact) / norm2(z) / norm2(exact);
    last = norm2(apart) / norm2(exact);
    if (terms == 0) first_cosine = cosine;
    std::printf("  %2d   %.2e   %.6f\n", static_cast<int>(terms), last, cosine);
  }
  const bool small = last<0.01, aligned = first_cosine> 0.95;
  std::printf("  below 1 %% at K = 20: %s\n  cosine above 0.95 at K = 0: %s\n", small ? "yes" : "NO",
              aligned ? "yes" : "NO");
  return small && aligned ? 0 : 1;
}
