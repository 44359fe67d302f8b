// symmetric_eigen_test.cpp -- residuals and orthogonality of eigenvectors on matrices that are hard for divide and
// conquer (clusters, glued blocks, grading, sizes round the leaves), the subset above a floor, and singular parts.
#include "linsolve/symmetric_eigen.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "base/buffer.hpp"
#include "base/random.hpp"
#include "linsolve/singular_parts.hpp"
#include "linsolve/tridiagonal_eigen.hpp"

namespace fenchel {
namespace {

using Matrix = std::vector<double>;

Matrix noise(index count, std::uint64_t seed) {
  const Philox random(seed, 1);
  Matrix a(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < a.size(); ++i) a[i] = 2 * random.uniform(i) - 1;
  return a;
}

// T by its diagonal and off-diagonal.
struct Tridiagonal {
  std::string name;
  Matrix d, e;
};

std::vector<Tridiagonal> tridiagonals(index n) {
  const auto count = static_cast<std::size_t>(n);
  const auto make = [&](const char* name, auto diagonal, auto beside) {
    Tridiagonal t{name, Matrix(count), Matrix(count)};
    for (index i = 0; i < n; ++i) {
      t.d[static_cast<std::size_t>(i)] = diagonal(i);
      t.e[static_cast<std::size_t>(i)] = beside(i);
    }
    return t;
  };
  const Matrix r = noise(2 * n, 7);
  const auto at = [&](index i) { return r[static_cast<std::size_t>(i)]; };
  return {
      make("noise", at, [&](index i) { return at(n + i); }),
      make(
          "Toeplitz", [](index) { return 2.0; }, [](index) { return -1.0; }),
      make(
          "Wilkinson", [&](index i) { return std::abs(static_cast<double>(2 * i - n + 1)) / 2; },
          [](index) { return 1.0; }),
      make(
          "glued Wilkinson", [](index i) { return std::abs(static_cast<double>(i % 21) - 10); },
          [](index i) { return i % 21 == 20 ? 1e-8 : 1.0; }),
      make(
          "graded", [](index i) { return std::pow(10.0, -static_cast<double>(i) / 4); },
          [](index i) { return 0.3 * std::pow(10.0, -static_cast<double>(i) / 4); }),
      make(
          "diagonal", [](index i) { return static_cast<double>(i % 3); }, [](index) { return 0.0; }),
      make(
          "zero diagonal", [](index) { return 0.0; }, [](index i) { return i % 2 == 0 ? 1.0 : -1e-9; }),
      make(
          "clusters", [&](index i) { return static_cast<double>(i % 4) + 1e-14 * at(i); },
          [&](index i) { return 1e-13 * at(n + i); }),
      make(
          "zero", [](index) { return 0.0; }, [](index) { return 0.0; }),
  };
}

// The largest of |A v - lambda v| over the largest |lambda|, and of |V V^T - 1|.
struct Errors {
  double residual = 0, skew = 0;
};
Errors errors(index n, const Matrix& a, const Matrix& rows, const Matrix& values, index found) {
  const auto size = static_cast<std::size_t>(n);
  Errors worst;
  double norm = 0;
  for (const double value : values) norm = std::max(norm, std::abs(value));
  for (std::size_t i = 0; i < static_cast<std::size_t>(found); ++i)
    for (std::size_t r = 0; r < size; ++r) {
      double product = 0, dot = 0;
      for (std::size_t c = 0; c < size; ++c) {
        product += a[r * size + c] * rows[i * size + c];
        if (r < static_cast<std::size_t>(found)) dot += rows[r * size + c] * rows[i * size + c];
      }
      worst.residual = std::max(worst.residual, std::abs(product - values[i] * rows[i * size + r]) / (norm + 1e-300));
      if (r < static_cast<std::size_t>(found)) worst.skew = std::max(worst.skew, std::abs(dot - (i == r ? 1 : 0)));
    }
  return worst;
}

TEST_CASE("tridiagonal eigenvalue problem: residual and orthogonality on hard cases") {
  for (const index n : {1, 2, 24, 25, 49, 97, 210}) {
    for (Tridiagonal t : tridiagonals(n)) {
      const auto size = static_cast<std::size_t>(n);
      Matrix a(size * size, 0), rows(size * size);
      for (std::size_t i = 0; i < size; ++i) {
        a[i * size + i] = t.d[i];
        if (i + 1 < size) a[i * size + i + 1] = a[(i + 1) * size + i] = t.e[i];
      }
      Buffer<std::byte> memory(tridiagonal_eigen_bytes(n));
      REQUIRE(tridiagonal_eigen(n, t.d.data(), t.e.data(), -kInf, rows.data(), Scratch(memory)) == n);
      const Errors worst = errors(n, a, rows, t.d, n);
      INFO(t.name, " n ", n);
      CHECK(std::is_sorted(t.d.rbegin(), t.d.rend()));
      CHECK(worst.residual < 4e-15 * std::sqrt(static_cast<double>(n)));
      CHECK(worst.skew < 4e-15 * std::sqrt(static_cast<double>(n)));
    }
  }
}

TEST_CASE("symmetric eigenvalue problem: residual, orthogonality, size of the entries, the subset above a floor") {
  for (const index n : {1, 2, 3, 17, 64, 90, 201}) {
    const auto size = static_cast<std::size_t>(n);
    for (const double scale : {1.0, 1e160, 1e-170}) {
      for (const int kind : {0, 1, 2, 3}) {
        const Matrix random = noise(n * n, 3);
        Matrix a(size * size, 0);
        for (std::size_t i = 0; i < size; ++i)
          for (std::size_t j = 0; j <= i; ++j) {
            const double value = kind == 0   ? random[i * size + j]
                                 : kind == 1 ? (i == j ? 1.0 : 0.0)
                                 : kind == 2 ? 1.0
                                             : std::pow(10.0, -static_cast<double>(i + j) / 8);
            a[i * size + j] = a[j * size + i] = scale * value;
          }
        Matrix rows(a), values(size);
        Buffer<std::byte> memory(symmetric_eigen_bytes(n));
        REQUIRE(symmetric_eigen(n, rows.data(), values.data(), -kInf, Scratch(memory)) == n);
        INFO("n ", n, " kind ", kind, " scale ", scale);
        const Errors worst = errors(n, a, rows, values, n);
        CHECK(worst.residual < 4e-15 * std::sqrt(static_cast<double>(n)));
        CHECK(worst.skew < 4e-15 * std::sqrt(static_cast<double>(n)));

        const double floor = values[size / 2] + 1e-9 * values[0];
        Matrix some(a), again(size);
        const index found = symmetric_eigen(n, some.data(), again.data(), floor, Scratch(memory));
        index above = 0;
        for (const double value : values) above += value > floor ? 1 : 0;
        CHECK(found == above);
        CHECK(again == values);
        const Errors of_some = errors(n, a, some, again, found);
        CHECK(of_some.residual < 4e-15 * std::sqrt(static_cast<double>(n)));
        CHECK(of_some.skew < 4e-15 * std::sqrt(static_cast<double>(n)));
      }
    }
  }
  Matrix bad(9, 1.0), values(3);
  bad[3] = std::nan("");
  Buffer<std::byte> memory(symmetric_eigen_bytes(3));
  CHECK(symmetric_eigen(3, bad.data(), values.data(), -kInf, Scratch(memory)) == -1);
}

TEST_CASE("singular parts: the sum is the matrix, the vectors are orthonormal, whatever the range of the values") {
  for (const auto& [rows, cols] : std::vector<std::pair<index, index>>{{150, 150}, {300, 60}, {60, 300}}) {
    const auto count = static_cast<std::size_t>(rows * cols);
    for (const double decay : {0.0, 0.05, 0.3, 2.0}) {
      // Columns and rows scaled: singular values over many decades.
      Matrix a = noise(rows * cols, 5);
      for (index i = 0; i < rows; ++i)
        for (index j = 0; j < cols; ++j)
          a[static_cast<std::size_t>(i * cols + j)] *= std::pow(10.0, -decay * static_cast<double>(i + j) / 8);
      Buffer<std::byte> memory(singular_parts_bytes(rows, cols));
      Scratch scratch(memory);
      SingularParts parts;
      REQUIRE(singular_parts(rows, cols, a.data(), 0, parts, scratch));
      INFO(rows, " x ", cols, " decay ", decay);
      REQUIRE(parts.count == parts.k);
      const double size = parts.values[0];
      double skew = 0, across = 0;
      for (index p = 0; p < parts.k; ++p)
        for (index q = 0; q < p; ++q) {
          double s = 0, l = 0;
          for (index j = 0; j < parts.k; ++j) s += parts.shorter[p * parts.k + j] * parts.shorter[q * parts.k + j];
          for (index j = 0; j < parts.m; ++j) l += parts.longer[p * parts.m + j] * parts.longer[q * parts.m + j];
          skew = std::max(skew, std::abs(s));
          // What turning a part by the others' would change of the matrix.
          across = std::max(across, std::abs(l) / std::max({parts.values[p], parts.values[q], 1e-300}));
        }
      CHECK(skew < 1e-13);
      CHECK(across < 1e-13 * size);
      Matrix out(count, 0.0), ones(static_cast<std::size_t>(parts.k), 1.0);
      add_parts(rows, cols, parts, ones.data(), out.data(), scratch);
      double apart = 0;
      for (std::size_t i = 0; i < count; ++i) apart = std::max(apart, std::abs(out[i] - a[i]));
      CHECK(apart < 1e-13 * size);
    }
  }
}

}  // namespace
}  // namespace fenchel
