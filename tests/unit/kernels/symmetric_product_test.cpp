// symmetric_product_test.cpp -- the product of a symmetric matrix' lower triangle with a vector, on every target.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "kernels/kernels.hpp"

namespace fenchel::kernels {
namespace {

template <class T>
void check_products() {
  for (int target = 0; table_at<T>(target) != nullptr; ++target) {
    for (const index n : {0, 1, 3, 4, 5, 31, 70}) {
      const index ld = n + 3;
      // The upper triangle is poison: it must not be read.
      std::vector<T> a(static_cast<std::size_t>(n * ld), std::numeric_limits<T>::quiet_NaN());
      std::vector<T> v(static_cast<std::size_t>(n)), out(v.size());
      const auto entry = [](index i, index j) { return std::sin(static_cast<double>(i * 17 + j * j + 1)); };
      for (index i = 0; i < n; ++i) {
        v[static_cast<std::size_t>(i)] = static_cast<T>(std::cos(static_cast<double>(i)));
        for (index j = 0; j <= i; ++j) a[static_cast<std::size_t>(i * ld + j)] = static_cast<T>(entry(i, j));
      }
      table_at<T>(target)->symmetric_product(a.data(), ld, n, v.data(), out.data());
      for (index i = 0; i < n; ++i) {
        double sum = 0;
        for (index j = 0; j < n; ++j) sum += entry(std::max(i, j), std::min(i, j)) * std::cos(static_cast<double>(j));
        INFO(table_at<T>(target)->target, " n ", n, " row ", i);
        CHECK(std::abs(static_cast<double>(out[static_cast<std::size_t>(i)]) - sum) <=
              8 * static_cast<double>(n) * static_cast<double>(std::numeric_limits<T>::epsilon()));
      }
    }
  }
}

TEST_CASE_TEMPLATE("symmetric_product is A v from the lower triangle", T, float, double) { check_products<T>(); }

}  // namespace
}  // namespace fenchel::kernels
