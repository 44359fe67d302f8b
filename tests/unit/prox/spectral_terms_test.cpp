// spectral_terms_test.cpp -- terms of singular values on matrices whose decomposition is known, U diag(sigma) V^T with
// orthogonal factors made here, and the subgradients of the nuclear norm.
#include <doctest/doctest.h>

#include <algorithm>

#include "vector_case.hpp"

namespace fenchel {
namespace {

using Matrix = std::vector<double>;

// Orthonormal rows, k of length m, by Gram and Schmidt, twice.
Matrix orthonormal(std::size_t k, std::size_t m, std::uint64_t seed) {
  Matrix q = normal_vector(k * m, seed);
  for (int twice = 0; twice < 2; ++twice)
    for (std::size_t i = 0; i < k; ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        double dot = 0;
        for (std::size_t c = 0; c < m; ++c) dot += q[i * m + c] * q[j * m + c];
        for (std::size_t c = 0; c < m; ++c) q[i * m + c] -= dot * q[j * m + c];
      }
      double squares = 0;
      for (std::size_t c = 0; c < m; ++c) squares += q[i * m + c] * q[i * m + c];
      for (std::size_t c = 0; c < m; ++c) q[i * m + c] /= std::sqrt(squares);
    }
  return q;
}

Matrix compose(std::size_t rows, std::size_t cols, const std::vector<double>& sigma) {
  const std::size_t k = sigma.size();
  const Matrix u = orthonormal(k, rows, rows), w = orthonormal(k, cols, cols + 1000);
  Matrix a(rows * cols, 0);
  for (std::size_t i = 0; i < k; ++i)
    for (std::size_t r = 0; r < rows; ++r)
      for (std::size_t c = 0; c < cols; ++c) a[r * cols + c] += u[i * rows + r] * sigma[i] * w[i * cols + c];
  return a;
}

double apart(const Matrix& a, const Matrix& b) {
  double most = 0;
  for (std::size_t i = 0; i < a.size(); ++i) most = std::max(most, std::abs(a[i] - b[i]));
  return most;
}

TEST_CASE("nuclear norm, spectral ball, rank: singular values known beforehand") {
  for (const auto& [rows, cols] :
       std::vector<std::pair<std::size_t, std::size_t>>{{30, 7}, {7, 30}, {12, 12}, {1, 9}, {200, 40}}) {
    const std::size_t k = std::min(rows, cols);
    // Wide ranges, repeated values, zeros: what a Gram matrix alone would spoil.
    for (const int kind : {0, 1, 2}) {
      std::vector<double> sigma(k);
      for (std::size_t i = 0; i < k; ++i)
        sigma[i] = kind == 0   ? std::pow(10.0, -12.0 * static_cast<double>(i) / static_cast<double>(k))
                   : kind == 1 ? static_cast<double>(1 + i % 3)
                               : (i < k / 2 ? 1.0 + static_cast<double>(i) : 0.0);
      const Matrix a = compose(rows, cols, sigma);
      const double size = *std::max_element(sigma.begin(), sigma.end());
      const auto with = [&](const char* name) {
        ProxCase one(name);
        return one.real("rows", static_cast<double>(rows)).real("cols", static_cast<double>(cols));
      };
      const auto mapped = [&](auto f) {
        std::vector<double> after(sigma);
        for (double& s : after) s = f(s);
        return after;
      };
      for (const double t : {1e-9, 1e-4, 0.3, 1.5, 100.0}) {
        INFO(rows, " x ", cols, " kind ", kind, " t ", t);
        const auto after = mapped([t](double s) { return std::max(s - t, 0.0); });
        const auto result = run_prox(*with("nuclear").real("lam", 2).make(), a, t / 2);
        CHECK(apart(result.x, compose(rows, cols, after)) <= 2e-14 * size * static_cast<double>(k));
        double sum = 0;
        for (const double s : after) sum += 2 * s;
        CHECK(result.value == doctest::Approx(sum).epsilon(1e-12));
        const auto ball = run_prox(*with("spectral_ball").real("radius", t).make(), a, 5);
        CHECK(apart(ball.x, compose(rows, cols, mapped([t](double s) { return std::min(s, t); }))) <=
              2e-14 * size * static_cast<double>(k));
        if (t > 1e-6 * size)  // below, the rounding of v itself is more than the ball allows
          CHECK(value_of(*with("spectral_ball").real("radius", t).make(), ball.x) == 0);
      }
      if (kind == 0 && k > 3) {
        auto kept = sigma;
        std::fill(kept.begin() + 3, kept.end(), 0.0);
        const auto term = with("rank_r").real("rank", 3).make();
        const auto result = run_prox(*term, a, 1);
        CHECK(apart(result.x, compose(rows, cols, kept)) <= 2e-14 * size * static_cast<double>(k));
        CHECK(value_of(*term, result.x) == 0);
        CHECK(value_of(*term, a) == kInf);
      }
    }
  }
}

TEST_CASE("semidefinite cone: eigenvalues known beforehand, skew parts dropped") {
  const std::size_t k = 20;
  const Matrix q = orthonormal(k, k, 5);
  Matrix a(k * k, 0), positive(k * k, 0), negative(k * k, 0);
  for (std::size_t i = 0; i < k; ++i) {
    const double value = i < 4 ? -3.0 : i < 8 ? 0.0 : static_cast<double>(i) - 12;
    for (std::size_t r = 0; r < k; ++r)
      for (std::size_t c = 0; c < k; ++c) {
        positive[r * k + c] += std::max(value, 0.0) * q[i * k + r] * q[i * k + c];
        negative[r * k + c] += std::min(value, 0.0) * q[i * k + r] * q[i * k + c];
      }
  }
  const auto term = ProxCase("psd").real("size", static_cast<double>(k)).make();
  for (std::size_t r = 0; r < k; ++r)
    for (std::size_t c = 0; c < k; ++c)
      a[r * k + c] = positive[r * k + c] + negative[r * k + c] + (r < c ? 1.0 : r > c ? -1.0 : 0.0);
  const auto result = run_prox(*term, a, 3);
  CHECK(apart(result.x, positive) < 1e-13);
  CHECK(value_of(*term, result.x) == 0);
  CHECK(value_of(*term, a) == kInf);
  CHECK(value_of(*term, negative) == kInf);
  CHECK(conjugate_of(*term, negative) == 0);
  CHECK(conjugate_of(*term, positive) == kInf);
}

}  // namespace
}  // namespace fenchel
