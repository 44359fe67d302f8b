// tile_consumers_test.cpp -- what reads tiles, and the plain vector kernels, against naive loops.
#include <doctest/doctest.h>

#include <algorithm>

#include "kernels/kernel_cases.hpp"

namespace kernel_cases {
namespace {

std::vector<index> lengths() {
  std::vector<index> m;
  for (index i = 0; i <= 70; ++i) m.push_back(i);
  m.insert(m.end(), {1023, 1024, 1025, 2500});
  return m;
}

template <class T>
bool close(double got, Wide expected, Wide size, Wide factor) {
  return std::fabs(static_cast<Wide>(got) - expected) <= factor * kEps<T> * size;
}

TEST_CASE_TEMPLATE("kernels: weighted sums of rows and products with a vector", T, float, double) {
  on_every_target<T>([](const Table<T>& table) {
    for (index m : lengths()) {
      for (index rows : {1, 2, 3, 4, 5, 9}) {
        INFO(std::string(table.target), " m ", m, " rows ", rows);
        const index ld = m + 1;
        const Unaligned<T> tile = random_vector<T>((rows - 1) * ld + m, 0, 1, 41);
        const Unaligned<T> w = random_vector<T>(rows, -1, 1, 43), v = random_vector<T>(m, -1, 1, 47);
        const Unaligned<T> start = random_vector<T>(m, -1, 1, 53);
        Unaligned<T> acc = start;
        table.accumulate_rows(tile.data(), ld, rows, m, w.data(), acc.data());
        index wrong = 0;
        for (index j = 0; j < m; ++j) {
          Wide sum = static_cast<Wide>(start[j]);
          for (index r = 0; r < rows; ++r) sum += static_cast<Wide>(w[r]) * static_cast<Wide>(tile[r * ld + j]);
          wrong += close<T>(static_cast<double>(acc[j]), sum, static_cast<Wide>(rows + 1), 2) ? 0 : 1;
        }
        std::vector<double> out(static_cast<std::size_t>(rows), -1.0);
        table.dot_rows(tile.data(), ld, rows, m, v.data(), out.data());
        for (index r = 0; r < rows; ++r) {
          Wide sum = 0, size = 0;
          for (index j = 0; j < m; ++j) {
            const Wide term = static_cast<Wide>(tile[r * ld + j]) * static_cast<Wide>(v[j]);
            sum += term;
            size += std::fabs(term);
          }
          wrong += close<T>(out[static_cast<std::size_t>(r)], sum, size, 8) ? 0 : 1;
        }
        CHECK(wrong == 0);
      }
    }
  });
}

TEST_CASE_TEMPLATE("kernels: maxima", T, float, double) {
  const T inf = std::numeric_limits<T>::infinity(), nan = std::numeric_limits<T>::quiet_NaN();
  on_every_target<T>([&](const Table<T>& table) {
    for (index m : lengths()) {
      INFO(std::string(table.target), " m ", m);
      Unaligned<T> t = random_vector<T>(m, -9, -1, 59);
      const Unaligned<T> other = random_vector<T>(m, -9, -1, 61);
      CHECK(table.max_value(t.data(), m) == (m == 0 ? -inf : *std::max_element(t.data(), t.data() + m)));
      Unaligned<T> acc = other;
      table.max_into(t.data(), m, acc.data());
      for (index j = 0; j < m; ++j) REQUIRE(acc[j] == std::max(t[j], other[j]));
      const Unaligned<T> lowest(m, -inf);
      CHECK(table.max_value(lowest.data(), m) == -inf);
      for (index at : {index{0}, m / 2, m - 1}) {
        if (m == 0) continue;
        const T kept = t[at];
        t[at] = nan;
        CHECK(std::isnan(table.max_value(t.data(), m)));
        acc = other;
        table.max_into(t.data(), m, acc.data());
        CHECK(std::isnan(acc[at]));
        acc[at] = nan;
        table.max_into(other.data(), m, acc.data());
        CHECK(std::isnan(acc[at]));
        t[at] = kept;
      }
    }
  });
}

// exp2 as the tiles have it: 0 below kFlush.
template <class T>
Wide flushed(Wide t) {
  return t < static_cast<Wide>(kFlush<T>) ? 0 : std::exp2(t);
}

TEST_CASE_TEMPLATE("kernels: exp2 with a shift", T, float, double) {
  const T inf = std::numeric_limits<T>::infinity();
  on_every_target<T>([&](const Table<T>& table) {
    for (index m : lengths()) {
      INFO(std::string(table.target), " m ", m);
      // multiples of 1/32, the ties of every rounding inside exp2: t + shift is exact, so that only exp2 is judged
      Unaligned<T> t(m), shift(m), e(m);
      for (index j = 0; j < m; ++j) {
        t[j] = std::round(kFlush<T> * static_cast<T>(j % 29) / T(27)) + static_cast<T>(j % 67) / T(32);
        shift[j] = static_cast<T>(j % 5);
      }
      if (m > 3) t[3] = -inf;
      const double sum = table.exp2_shift(t.data(), T(2), e.data(), m);
      Wide expected_sum = 0;
      index wrong = 0;
      for (index j = 0; j < m; ++j) {
        const Wide expected = flushed<T>(static_cast<Wide>(t[j]) + 2);
        expected_sum += expected;
        wrong += std::fabs(static_cast<Wide>(e[j]) - expected) <= 2 * kEps<T> * expected ? 0 : 1;
      }
      CHECK(close<T>(sum, expected_sum, expected_sum, 4));
      Unaligned<T> in_place = t;
      CHECK(table.exp2_shift(in_place.data(), T(2), in_place.data(), m) == sum);
      for (index j = 0; j < m; ++j) wrong += in_place[j] == e[j] ? 0 : 1;

      if (m > 5) shift[5] = -inf;
      if (m > 3) shift[3] = -inf;  // t is -inf too
      Unaligned<T> acc(m, T(1));
      table.exp2_into(t.data(), shift.data(), m, acc.data());
      for (index j = 0; j < m; ++j) {
        const Wide term = shift[j] == -inf ? 0 : flushed<T>(static_cast<Wide>(t[j]) - static_cast<Wide>(shift[j]));
        wrong += std::fabs(static_cast<Wide>(acc[j]) - 1 - term) <= 2 * kEps<T> * (1 + term) ? 0 : 1;
      }
      CHECK(wrong == 0);
    }
  });
}

TEST_CASE_TEMPLATE("kernels: compression of a row", T, float, double) {
  on_every_target<T>([](const Table<T>& table) {
    for (index m : lengths()) {
      for (int with_columns : {0, 1}) {
        for (double threshold : {0.0, 0.5, 0.97, 2.0}) {
          INFO(std::string(table.target), " m ", m, " threshold ", threshold, " columns ", with_columns);
          const Unaligned<T> e = random_vector<T>(m, 0, 1, 67), columns = random_vector<T>(m, 0, 3, 71);
          std::vector<std::int32_t> expected;
          for (index j = 0; j < m; ++j) {
            const T row = static_cast<T>(threshold);
            if (e[j] >= (with_columns != 0 ? std::min(row, columns[j]) : row))
              expected.push_back(static_cast<std::int32_t>(j));
          }
          Unaligned<std::int32_t> indices(m, -1);
          Unaligned<T> values(m);
          const index count =
              table.compress_row(e.data(), m, static_cast<T>(threshold), with_columns != 0 ? columns.data() : nullptr,
                                 indices.data(), values.data());
          REQUIRE(count == static_cast<index>(expected.size()));
          for (index i = 0; i < count; ++i) {
            REQUIRE(indices[i] == expected[static_cast<std::size_t>(i)]);
            REQUIRE(values[i] == e[indices[i]]);
          }
        }
      }
    }
  });
}

TEST_CASE_TEMPLATE("kernels: objective terms of a row, every optional vector", T, float, double) {
  const T inf = std::numeric_limits<T>::infinity();
  on_every_target<T>([&](const Table<T>& table) {
    for (index m : lengths()) {
      for (int mask = 0; mask < 8; ++mask) {
        INFO(std::string(table.target), " m ", m, " vectors ", mask);
        Unaligned<T> e = random_vector<T>(m, 0, 1, 73), cost = random_vector<T>(m, 0, 1, 79),
                     y = random_vector<T>(m, 0, 2, 83);
        Unaligned<T> c = random_vector<T>(m, 0, 1, 89), lb = random_vector<T>(m, -3, 3, 97);
        if (m > 2) {  // a term with p = 0, whose cost and logarithm are infinite
          e[2] = c[2] = T(0);
          cost[2] = inf;
          lb[2] = -inf;
        }
        const T w = T(0.75), u = T(0.25), la = T(-1.5);
        const bool use_y = (mask & 1) != 0, use_c = (mask & 2) != 0, use_lb = (mask & 4) != 0;
        double out[3] = {1, 2, 3};
        table.objective_row(e.data(), cost.data(), m, w, use_y ? y.data() : nullptr, u, use_c ? c.data() : nullptr, la,
                            use_lb ? lb.data() : nullptr, out);
        Wide expected[3] = {1, 2, 3}, size[3] = {1, 2, 3};
        for (index j = 0; j < m; ++j) {
          const Wide p = static_cast<Wide>(w) * (use_y ? static_cast<Wide>(y[j]) : 1) * static_cast<Wide>(e[j]) +
                         (use_c ? static_cast<Wide>(u) * static_cast<Wide>(c[j]) : 0);
          if (p == 0) continue;
          const Wide lbj = use_lb ? static_cast<Wide>(lb[j]) : 0;
          const Wide terms[3] = {static_cast<Wide>(cost[j]) * p, p * (std::log2(p) - static_cast<Wide>(la) - lbj), p};
          for (int i = 0; i < 3; ++i) expected[i] += terms[i];
          size[0] += std::fabs(terms[0]);
          size[1] += p * (std::fabs(std::log2(p)) + std::fabs(static_cast<Wide>(la)) + std::fabs(lbj) + 2);
          size[2] += p;
        }
        for (int i = 0; i < 3; ++i) CHECK(close<T>(out[i], expected[i], size[i], 8));
      }
    }
  });
}

TEST_CASE_TEMPLATE("kernels: dot, axpy and widening accumulation", T, float, double) {
  on_every_target<T>([](const Table<T>& table) {
    for (index n : lengths()) {
      INFO(std::string(table.target), " n ", n);
      const Unaligned<T> x = random_vector<T>(n, -1, 1, 101), y = random_vector<T>(n, -1, 1, 103);
      Wide sum = 0, size = 0;
      for (index i = 0; i < n; ++i) {
        sum += static_cast<Wide>(x[i]) * static_cast<Wide>(y[i]);
        size += std::fabs(static_cast<Wide>(x[i]) * static_cast<Wide>(y[i]));
      }
      CHECK(close<double>(table.dot(x.data(), y.data(), n), sum, size, 100));
      Unaligned<T> z = y;
      table.axpy(T(0.7), x.data(), z.data(), n);
      Unaligned<double> wide = random_vector<double>(n, -1, 1, 107);
      const Unaligned<double> before = wide;
      table.accumulate_double(x.data(), wide.data(), n);
      index wrong = 0;
      for (index i = 0; i < n; ++i) {
        const Wide expected = static_cast<Wide>(y[i]) + static_cast<Wide>(T(0.7)) * static_cast<Wide>(x[i]);
        wrong += close<T>(static_cast<double>(z[i]), expected, 2, 1) ? 0 : 1;
        wrong += wide[i] == before[i] + static_cast<double>(x[i]) ? 0 : 1;
      }
      CHECK(wrong == 0);
    }
  });
}

}  // namespace
}  // namespace kernel_cases
