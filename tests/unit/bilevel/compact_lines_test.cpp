#include "solvers/bilevel/compact_lines.hpp"

#include <cmath>

#include "coordinate/test_model.hpp"
#include "doctest/doctest.h"

using namespace fenchel::test;

namespace fenchel {
namespace {

Matrix sparse(index m, index n) {
  Matrix a(m, n, test_noise(m * n, 11));
  for (index j = 0; j < n; ++j)
    for (index i = 0; i < m; ++i)
      if ((i * 7 + j * 3) % 5 != 0 || j == 4 || i == 2) a.at(i, j) = 0;  // an empty row and an empty column
  return a;
}

}  // namespace

TEST_CASE("compact lines: rows and columns of every sparse storage, to a float's accuracy") {
  const index m = 17, n = 23;
  Matrix a = sparse(m, n);
  const std::vector<double> u = test_noise(m, 1), v = test_noise(n, 2);
  std::vector<double> by_rows(17), by_columns(23), squares(23);
  for (const Storage how : {Storage::csc, Storage::csr, Storage::csc64}) {
    const auto stored = a.stored(how);
    const CompactLines rows(*stored->stored(), CompactLines::By::rows);
    const CompactLines columns(*stored->stored(), CompactLines::By::columns);
    REQUIRE((rows.faithful() && columns.faithful()));
    rows.dots(v.data(), by_rows.data());
    columns.dots(u.data(), by_columns.data());
    columns.squares(u.data(), squares.data());
    for (index i = 0; i < m; ++i) {
      double sum = 0;
      for (index j = 0; j < n; ++j) sum += a.at(i, j) * v[static_cast<std::size_t>(j)];
      CHECK(std::abs(by_rows[static_cast<std::size_t>(i)] - sum) < 1e-6);
    }
    for (index j = 0; j < n; ++j) {
      double sum = 0, square = 0;
      for (index i = 0; i < m; ++i) {
        sum += a.at(i, j) * u[static_cast<std::size_t>(i)];
        square += a.at(i, j) * a.at(i, j) * u[static_cast<std::size_t>(i)];
      }
      CHECK(std::abs(by_columns[static_cast<std::size_t>(j)] - sum) < 1e-6);
      CHECK(std::abs(squares[static_cast<std::size_t>(j)] - square) < 1e-6);
    }
  }
}

TEST_CASE("compact lines: indices beyond 16 bits, columns that are scaled") {
  const index n = 70000;
  const std::vector<std::int32_t> indptr{0, 3}, indices{0, 65536, 69999};
  const std::vector<double> values{1, 2, 4};
  std::vector<double> scale(static_cast<std::size_t>(n), 1.0), v(static_cast<std::size_t>(n), 0.0), out(1), back(v);
  scale[65536] = 10;
  v[65536] = 3;
  v[69999] = 1;
  StoredMatrix a{.layout = StoredMatrix::Layout::csr, .rows = 1, .cols = n, .nnz = 3};
  a.values = values.data();
  a.indptr = indptr.data();
  a.indices = indices.data();
  a.column_scale = scale.data();
  CompactLines(a, CompactLines::By::rows).dots(v.data(), out.data());
  CHECK(out[0] == 64);
  const double one = 1;
  CompactLines(a, CompactLines::By::columns).dots(&one, back.data());
  CHECK(back[0] == 1);
  CHECK(back[65536] == 20);
  CHECK(back[69999] == 4);
}

TEST_CASE("compact lines: values that a float cannot hold are refused") {
  for (const double value : {1e31, -1e200, 1e-31, 5e-324}) {
    Matrix a = sparse(6, 8);
    a.at(0, 0) = value;
    CHECK_FALSE(CompactLines(*a.stored(Storage::csr)->stored(), CompactLines::By::columns).faithful());
  }
}

}  // namespace fenchel
