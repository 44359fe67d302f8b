// grid_rows_test.cpp -- the rows of total variation on every target against the formulas of the table, entry by entry.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "kernels/prox_kernels.hpp"

namespace fenchel::kernels {
namespace {

template <class T>
std::vector<T> values(std::size_t n, int seed) {
  std::vector<T> out(n);
  for (std::size_t i = 0; i < n; ++i) out[i] = static_cast<T>(std::sin(static_cast<double>(i * 13 + 1) * seed));
  return out;
}

template <class T>
void check_rows(const ProxTable<T>& table, std::size_t n, bool first, bool last) {
  const auto v = values<T>(n, 1), x = values<T>(n, 2), below = values<T>(n, 3), above = values<T>(n, 4);
  auto down = values<T>(n, 5), right = values<T>(n, 6), z_down = values<T>(n, 7), z_right = values<T>(n, 8);
  if (last) down.assign(n, T(0));
  right[n - 1] = z_right[n - 1] = 0;
  const double tol = 20 * static_cast<double>(std::numeric_limits<T>::epsilon());
  const auto d = [](T a) { return static_cast<double>(a); };
  std::vector<T> out(n), next_down(n), next_right(n), new_down(z_down), new_right(z_right);
  const auto length = static_cast<index>(n);
  table.grid_primal(length, v.data(), {down.data(), right.data()}, first ? nullptr : above.data(), out.data());
  const T factor = T(0.625), lam = T(0.75);
  const T sum = table.grid_dual(length, x.data(), last ? nullptr : below.data(), {down.data(), right.data()}, lam,
                                factor, {new_down.data(), new_right.data()}, {next_down.data(), next_right.data()});
  double astray = 0;
  for (std::size_t i = 0; i < n; ++i) {
    INFO(table.target, " n ", n, " at ", i);
    const double point = d(v[i]) + d(down[i]) + d(right[i]) - (i > 0 ? d(right[i - 1]) : 0) - (first ? 0 : d(above[i]));
    CHECK(std::abs(d(out[i]) - point) <= tol);
    double a = d(down[i]) + (last ? 0 : d(below[i]) - d(x[i])) / 8;
    double b = d(right[i]) + (i + 1 < n ? d(x[i + 1]) - d(x[i]) : 0) / 8;
    const double norm = std::hypot(a, b);
    if (norm > d(lam)) a *= d(lam) / norm, b *= d(lam) / norm;
    CHECK(std::abs(d(new_down[i]) - a) <= tol);
    CHECK(std::abs(d(new_right[i]) - b) <= tol);
    CHECK(std::abs(d(next_down[i]) - (a + d(factor) * (a - d(z_down[i])))) <= tol);
    CHECK(std::abs(d(next_right[i]) - (b + d(factor) * (b - d(z_right[i])))) <= tol);
    astray += (d(down[i]) - a) * (a - d(z_down[i])) + (d(right[i]) - b) * (b - d(z_right[i]));
  }
  CHECK(std::abs(d(sum) - astray) <= tol * static_cast<double>(n));
}

TEST_CASE_TEMPLATE("grid rows: every target follows the formulas", T, float, double) {
  for (int i = 0; prox_table_at<T>(i) != nullptr; ++i)
    for (const std::size_t n : {1, 2, 7, 8, 9, 33})
      for (const bool first : {false, true})
        for (const bool last : {false, true}) check_rows(*prox_table_at<T>(i), n, first, last);
}

}  // namespace
}  // namespace fenchel::kernels
