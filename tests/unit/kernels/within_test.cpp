// within_test.cpp -- the check that all values lie between two bounds, on every target: any length, any place, NaN.
#include <doctest/doctest.h>

#include <limits>
#include <vector>

#include "kernels/kernels.hpp"

namespace fenchel::kernels {
namespace {

template <class T>
void check_within() {
  constexpr T most = std::numeric_limits<T>::max(), inf = std::numeric_limits<T>::infinity();
  const T nan = std::numeric_limits<T>::quiet_NaN();
  for (int target = 0; table_at<T>(target) != nullptr; ++target) {
    const auto within = table_at<T>(target)->within;
    for (const index n : {0, 1, 2, 3, 7, 8, 9, 31, 64, 65, 100}) {
      INFO(table_at<T>(target)->target, " n ", n);
      std::vector<T> x(static_cast<std::size_t>(n) + 2, nan);  // what lies beside is not read
      T* values = x.data() + 1;
      for (index i = 0; i < n; ++i) values[i] = i % 2 == 0 ? T(-2) : T(3);
      CHECK(within(values, n, T(-2), T(3)));  // the bounds belong to it
      CHECK(within(values, n, -most, most));
      CHECK(within(values, n, -inf, inf));
      for (index i = 0; i < n; ++i) {
        const T kept = values[i];
        for (const T bad : {nan, -nan, inf, -inf, T(3.5), T(-2.5)}) {
          values[i] = bad;
          CHECK_FALSE(within(values, n, T(-2), T(3)));
          CHECK(within(values, n, -most, most) == (bad == T(3.5) || bad == T(-2.5)));
          CHECK(within(values, n, -inf, inf) == !(bad != bad));
        }
        for (const T good : {T(0), -T(0), std::numeric_limits<T>::denorm_min()}) {
          values[i] = good;
          CHECK(within(values, n, T(-2), T(3)));
          CHECK(within(values, n, T(0), T(3)) == (n <= 2 && i == 0));  // no other -2
        }
        values[i] = kept;
      }
    }
  }
}

TEST_CASE_TEMPLATE("within says whether all values lie between the bounds", T, float, double) { check_within<T>(); }

}  // namespace
}  // namespace fenchel::kernels
