// equilibration_test.cpp -- rows and columns of R K C are of like size, blocks that cannot be scaled by rows are not,
// and norm() bounds it.
#include "solvers/proximal/equilibration.hpp"

#include <algorithm>

#include "proximal/proximal_case.hpp"

namespace fenchel {
namespace {

using namespace proximal_test;

double spread(const Vector& sizes) {
  return *std::max_element(sizes.begin(), sizes.end()) / *std::min_element(sizes.begin(), sizes.end());
}

TEST_CASE("equilibration: sizes alike, bound above the norm") {
  constexpr index m = 12, n = 20;
  Vector A = noise(m * n, 3);
  const Vector r = noise(m, 4), c = noise(n, 5);
  for (index i = 0; i < m; ++i)
    for (index j = 0; j < n; ++j) A[at(i * n + j)] *= std::pow(10.0, 2 * r[at(i)] + 2 * c[at(j)]);
  const auto l1 = ProxCase("l1").make();
  const auto rows_alike = ProxCase("simplex").make();  // one step for all rows
  for (const bool free_rows : {true, false})
    for (const bool free_cols : {true, false}) {
      CAPTURE(free_rows);
      CAPTURE(free_cols);
      const auto h = free_cols ? l1 : ProxCase("simplex").make();
      const auto p = problem(Dtype::f64, n, nullptr,
                             {{h, nullptr}, {free_rows ? l1 : rows_alike, matrix(m, n, A)}, {l1, nullptr}});
      const Equilibration lengths(*p, 0, 0, true, nullptr);
      REQUIRE(lengths.rows().size() == at(m + n));
      REQUIRE(lengths.cols().size() == at(n));
      Vector by_row(at(m)), by_col(at(n));
      for (index i = 0; i < m; ++i)
        for (index j = 0; j < n; ++j) {
          const double size = std::fabs(A[at(i * n + j)]) * lengths.rows()[at(i)] * lengths.cols()[at(j)];
          by_row[at(i)] += size;
          by_col[at(j)] += size;
        }
      for (index j = 0; j < n; ++j) by_col[at(j)] += lengths.rows()[at(m + j)] * lengths.cols()[at(j)];
      if (free_rows) CHECK(spread(by_row) <= 2);
      if (free_cols) CHECK(spread(by_col) <= 4);
      if (!free_rows) CHECK(spread(Vector(lengths.rows().begin(), lengths.rows().begin() + m)) == 1);
      if (!free_cols) CHECK(spread(lengths.cols()) == 1);
      // |R K C| from below by power iterations.
      Vector v(at(n), 1.0), w(at(m + n));
      double norm = 0;
      for (int k = 0; k < 300; ++k) {
        for (index i = 0; i < m + n; ++i) {
          w[at(i)] = 0;
          for (index j = 0; j < n; ++j)
            w[at(i)] += (i < m ? A[at(i * n + j)] : i - m == j ? 1.0 : 0.0) * lengths.cols()[at(j)] * v[at(j)];
          w[at(i)] *= lengths.rows()[at(i)] * lengths.rows()[at(i)];
        }
        double size = 0;
        for (index j = 0; j < n; ++j) {
          v[at(j)] = 0;
          for (index i = 0; i < m + n; ++i) v[at(j)] += (i < m ? A[at(i * n + j)] : i - m == j ? 1.0 : 0.0) * w[at(i)];
          v[at(j)] *= lengths.cols()[at(j)];
          size += v[at(j)] * v[at(j)];
        }
        norm = std::sqrt(std::sqrt(size));
        for (double& e : v) e /= std::sqrt(size);
      }
      CHECK(lengths.norm() >= norm * (1 - 1e-12));
      CHECK(lengths.norm() <= 1.1 * norm);
    }
}

TEST_CASE("equilibration: csc and dense say the same") {
  const Vector A{1e3, 0, 2, 0, 5, 0, 0, 1e-2, 0, 3, 0, 4};  // 3 x 4
  const auto dense = matrix(3, 4, A);
  const std::vector<index> col_starts{0, 2, 3, 4, 6}, col_rows{0, 1, 2, 0, 1, 2};
  ProxCase columns("csc", operator_terms());  // the operator borrows from it
  columns.array("values", {1e3, 5, 3, 2, 1e-2, 4}).indices("indptr", col_starts).indices("indices", col_rows);
  const auto csc = std::static_pointer_cast<const Operator>(columns.real("rows", 3).make_term());
  const auto l1 = ProxCase("l1").make();
  const Equilibration a(*problem(Dtype::f64, 4, nullptr, {{l1, dense}}), 0, -1, true, nullptr);
  const Equilibration b(*problem(Dtype::f64, 4, nullptr, {{l1, csc}}), 0, -1, true, nullptr);
  CHECK(distance(a.rows(), b.rows()) <= 1e-14);
  CHECK(distance(a.cols(), b.cols()) <= 1e-14);
}

}  // namespace
}  // namespace fenchel
