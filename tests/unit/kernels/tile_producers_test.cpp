// tile_producers_test.cpp -- exp_rows and arg_rows of matrices and clouds, and the gradients, against naive loops.
#include <doctest/doctest.h>

#include <string>

#include "kernels/kernel_cases.hpp"

namespace kernel_cases {
namespace {

using fenchel::kernels::CloudKernels;
using fenchel::kernels::CloudRows;
using fenchel::kernels::MatrixRows;
using fenchel::kernels::TileArgs;

// A tile problem whose exponents run from far below kFlush to a few units above 0.
template <class T>
struct TileCase {
  index rows, m, ld;
  T k;
  Unaligned<T> F, G, tile;

  TileCase(index rows_, index m_, T k_)
      : rows(rows_),
        m(m_),
        ld(m_ + 3),
        k(k_),
        F(random_vector<T>(rows_, -5, 5, 11)),
        G(random_vector<T>(m_, -5, 5, 12)),
        tile((rows_ - 1) * ld + m_, T(-7)) {}
  TileArgs<T> args() { return {F.data(), G.data(), k, rows, m, tile.data(), ld}; }
  T at(index r, index j) const { return tile[r * ld + j]; }
};

// What rounding may do to t = F + G - k C when C is known to a relative error of cost_error.
template <class T>
Wide exponent_error(const TileCase<T>& c, index r, index j, Wide cost, Wide cost_error) {
  const Wide size = std::fabs(static_cast<Wide>(c.F[r])) + std::fabs(static_cast<Wide>(c.G[j]));
  const Wide kc = std::fabs(static_cast<Wide>(c.k) * cost);
  return kEps<T> * (2 * size + 2 * kc) + kc * cost_error;
}

template <class T, class Cost>
void check_arguments(TileCase<T>& c, Cost&& cost, Wide cost_error) {
  Wide worst = 0;
  for (index r = 0; r < c.rows; ++r) {
    for (index j = 0; j < c.m; ++j) {
      const Wide t = static_cast<Wide>(c.F[r]) + static_cast<Wide>(c.G[j]) - static_cast<Wide>(c.k) * cost(r, j);
      if (std::isinf(t)) {
        REQUIRE(static_cast<Wide>(c.at(r, j)) == t);
      } else {
        const Wide allowed = exponent_error(c, r, j, cost(r, j), cost_error);
        take_worst(worst, std::fabs(static_cast<Wide>(c.at(r, j)) - t) / allowed);
      }
    }
  }
  CHECK(static_cast<double>(worst) <= 1.0);
}

template <class T, class Cost>
void check_exponentials(TileCase<T>& c, const double* sums, Cost&& cost, Wide cost_error) {
  Wide worst = 0;
  index not_flushed = 0;
  for (index r = 0; r < c.rows; ++r) {
    Wide sum = 0;
    for (index j = 0; j < c.m; ++j) {
      const Wide e = static_cast<Wide>(c.at(r, j));
      sum += e;
      const Wide t = static_cast<Wide>(c.F[r]) + static_cast<Wide>(c.G[j]) - static_cast<Wide>(c.k) * cost(r, j);
      const Wide slack = std::isinf(t) ? 0 : exponent_error(c, r, j, cost(r, j), cost_error);
      if (t + slack < static_cast<Wide>(kFlush<T>)) {
        not_flushed += e == 0 ? 0 : 1;
      } else if (t - slack >= static_cast<Wide>(kFlush<T>)) {
        const Wide expected = std::exp2(t);
        take_worst(worst, std::fabs(e - expected) / (expected * (2 * kEps<T> + slack)));
      }
    }
    CHECK(static_cast<double>(std::fabs(static_cast<Wide>(sums[r]) - sum)) <= static_cast<double>(8 * kEps<T> * sum));
  }
  CHECK(static_cast<double>(worst) <= 1.0);
  CHECK(not_flushed == 0);
}

template <class T>
void check_gap_untouched(const TileCase<T>& c) {
  index touched = 0;
  for (index r = 0; r + 1 < c.rows; ++r) {
    for (index j = c.m; j < c.ld; ++j) touched += c.at(r, j) == T(-7) ? 0 : 1;
  }
  CHECK(touched == 0);
}

// Sizes: every remainder of a vector, one beyond a flush block.
std::vector<index> sizes() {
  std::vector<index> m;
  for (index i = 1; i <= 70; ++i) m.push_back(i);
  m.insert(m.end(), {1023, 1024, 1025, 2500});
  return m;
}

TEST_CASE_TEMPLATE("kernels: rows of a matrix", T, float, double) {
  on_every_target<T>([](const Table<T>& table) {
    INFO(std::string(table.target));
    for (index m : sizes()) {
      for (index rows = 1; rows <= kTileRows; ++rows) {
        const index ldc = m + 5;
        const Unaligned<T> c = random_vector<T>((rows - 1) * ldc + m, 0, 1, 17);
        const auto cost = [&](index r, index j) { return static_cast<Wide>(c[r * ldc + j]); };
        for (double k : {1.5, -static_cast<double>(kFlush<T>) * 1.2}) {
          TileCase<T> tile(rows, m, static_cast<T>(k));
          double sums[kTileRows] = {};
          table.exp_rows_matrix({c.data(), ldc}, tile.args(), sums);
          check_exponentials(tile, sums, cost, 0);
          table.arg_rows_matrix({c.data(), ldc}, tile.args());
          check_arguments(tile, cost, 0);
          check_gap_untouched(tile);
        }
      }
    }
  });
}

TEST_CASE_TEMPLATE("kernels: an infinite potential or cost gives exactly 0, overflow infinity, NaN a NaN", T, float,
                   double) {
  const T inf = std::numeric_limits<T>::infinity();
  on_every_target<T>([&](const Table<T>& table) {
    INFO(std::string(table.target));
    for (index m : {1, 7, 16, 37}) {
      const index rows = kTileRows;
      Unaligned<T> c = random_vector<T>(rows * m, 0, 1, 19);
      TileCase<T> tile(rows, m, T(1.5));
      double sums[kTileRows] = {};
      tile.F[1] = -inf;
      tile.G[m / 2] = -inf;
      c[2 * m] = inf;
      table.exp_rows_matrix({c.data(), m}, tile.args(), sums);
      for (index j = 0; j < m; ++j) {
        CHECK(tile.at(1, j) == T(0));
        for (index r : {0, 2, 3}) CHECK((tile.at(r, j) == T(0)) == (j == m / 2 || (r == 2 && j == 0)));
      }
      CHECK(sums[1] == 0.0);
      check_exponentials(
          tile, sums, [&](index r, index j) { return static_cast<Wide>(c[r * m + j]); }, 0);

      tile.F[1] = std::numeric_limits<T>::quiet_NaN();
      tile.G[m / 2] = T(0);
      tile.F[3] = T(2000);
      table.exp_rows_matrix({c.data(), m}, tile.args(), sums);
      CHECK(std::isnan(sums[1]));
      CHECK(std::isnan(tile.at(1, m - 1)));
      CHECK(tile.at(3, m - 1) == inf);
      CHECK(sums[3] == std::numeric_limits<double>::infinity());
    }
  });
}

// Naive costs and gradients, by name.
Wide naive_cost(const std::string& name, const Wide* x, const Wide* y, index d) {
  Wide sum = 0;
  for (index k = 0; k < d; ++k) {
    const Wide diff = x[k] - y[k];
    sum += name == "l1" ? std::fabs(diff) : name == "cosine" ? x[k] * y[k] : diff * diff;
  }
  return name == "cosine" ? 1 - sum : name == "euclidean" ? std::sqrt(sum) : sum;
}

Wide naive_gradient(const std::string& name, const Wide* x, const Wide* y, index d, index k) {
  const Wide diff = x[k] - y[k];
  if (name == "sqeuclidean") return 2 * diff;
  if (name == "l1") return diff > 0 ? 1 : diff < 0 ? -1 : 0;
  if (name == "cosine") return -y[k];
  const Wide distance = naive_cost(name, x, y, d);
  return distance > 0 ? diff / distance : 0;
}

// A cloud in the layout of the kernels and, in long double, point by point. Row 0 of x is also a column of y.
template <class T>
struct CloudCase {
  index rows, m, d, ldy;
  Unaligned<T> x, y;
  std::vector<Wide> wide_x, wide_y;

  CloudCase(index rows_, index m_, index d_, bool normalise)
      : rows(rows_),
        m(m_),
        d(d_),
        ldy(m_ + 2),
        x(random_vector<T>(rows_ * d_, -1, 1, 23)),
        y(random_vector<T>((d_ - 1) * ldy + m_, -1, 1, 29)) {
    if (normalise) {
      for (index r = 0; r < rows; ++r) scale(x.data() + r * d, 1);
      for (index j = 0; j < m; ++j) scale(y.data() + j, ldy);
    }
    for (index k = 0; k < d; ++k) y[k * ldy + m / 2] = x[k];
    for (index i = 0; i < rows * d; ++i) wide_x.push_back(static_cast<Wide>(x[i]));
    for (index j = 0; j < m; ++j) {
      for (index k = 0; k < d; ++k) wide_y.push_back(static_cast<Wide>(y[k * ldy + j]));
    }
  }
  void scale(T* p, index stride) {
    Wide norm = 0;
    for (index k = 0; k < d; ++k) norm += static_cast<Wide>(p[k * stride]) * static_cast<Wide>(p[k * stride]);
    for (index k = 0; k < d; ++k) p[k * stride] = static_cast<T>(static_cast<Wide>(p[k * stride]) / std::sqrt(norm));
  }
  CloudRows<T> view() const { return {x.data(), y.data(), ldy, d}; }
  const Wide* row(index r) const { return wide_x.data() + r * d; }
  const Wide* column(index j) const { return wide_y.data() + j * d; }
};

// 1 - x . y loses relative accuracy near x = y; its absolute error is that of the sum.
template <class T>
Wide cost_error(const std::string& name, index d, Wide cost) {
  const Wide relative = kEps<T> * static_cast<Wide>(d + 4);
  return name == "cosine" && cost != 0 ? relative * 2 / std::fabs(cost) : relative;
}

template <class T>
void check_cloud_tile(const CloudKernels<T>& kernels, const CloudCase<T>& cloud, T k) {
  const std::string name = kernels.name;
  const auto cost = [&](index r, index j) { return naive_cost(name, cloud.row(r), cloud.column(j), cloud.d); };
  // cosine is checked at the smallest cost that the rounded unit vectors can have
  const Wide error = cost_error<T>(name, cloud.d, name == "cosine" ? Wide(0.01) : Wide(1));
  TileCase<T> tile(cloud.rows, cloud.m, k);
  double sums[kTileRows] = {};
  const auto away_from_zero = [&](index r, index j) { return cost(r, j); };
  kernels.exp_rows(cloud.view(), tile.args(), sums);
  const T at_equal = tile.at(0, cloud.m / 2);
  const Wide t_equal = static_cast<Wide>(tile.F[0]) + static_cast<Wide>(tile.G[cloud.m / 2]);
  CHECK(
      static_cast<double>(std::fabs(static_cast<Wide>(at_equal) - std::exp2(t_equal))) <=
      static_cast<double>(std::exp2(t_equal) * kEps<T> * (24 + 4 * static_cast<Wide>(k) * static_cast<Wide>(cloud.d))));
  check_exponentials(tile, sums, away_from_zero, error);
  kernels.arg_rows(cloud.view(), tile.args());
  if (name != "cosine") check_arguments(tile, away_from_zero, error);
  check_gap_untouched(tile);
}

template <class T>
void check_cloud_gradient(const CloudKernels<T>& kernels, const CloudCase<T>& cloud) {
  const std::string name = kernels.name;
  TileCase<T> tile(cloud.rows, cloud.m, T(1));
  tile.tile = random_vector<T>((cloud.rows - 1) * tile.ld + cloud.m, 0, 1, 31);
  std::vector<double> grad(static_cast<std::size_t>(cloud.rows * cloud.d), -1.0);
  kernels.grad_rows(cloud.view(), tile.args(), grad.data());
  Wide worst = 0;
  for (index r = 0; r < cloud.rows; ++r) {
    for (index k = 0; k < cloud.d; ++k) {
      Wide sum = 0, size = 0;
      for (index j = 0; j < cloud.m; ++j) {
        const Wide term =
            naive_gradient(name, cloud.row(r), cloud.column(j), cloud.d, k) * static_cast<Wide>(tile.at(r, j));
        sum += term;
        size += std::fabs(term);
      }
      const Wide error = std::fabs(static_cast<Wide>(grad[static_cast<std::size_t>(r * cloud.d + k)]) - sum);
      const Wide allowed = kEps<T> * (static_cast<Wide>(cloud.d) + 20) * size;
      take_worst(worst, error == 0 ? 0 : error / allowed);
    }
  }
  CHECK(static_cast<double>(worst) <= 1.0);
}

TEST_CASE_TEMPLATE("kernels: rows and gradients of point clouds, every cost of the catalogue", T, float, double) {
  on_every_target<T>([](const Table<T>& table) {
    for (int i = 0; i < table.costs; ++i) {
      const CloudKernels<T>& kernels = table.cloud[i];
      for (index d : {1, 2, 3, 4, 5, 31, 33, 65, 150}) {
        for (index m : {1, 2, 3, 5, 8, 13, 16, 17, 31, 33, 47, 64, 70, 1030}) {
          for (index rows = 1; rows <= kTileRows; rows += m < 70 ? 1 : 3) {
            if (m > 70 && d > 33) continue;
            INFO(std::string(table.target), " ", std::string(kernels.name), " d ", d, " m ", m, " rows ", rows);
            const CloudCase<T> cloud(rows, m, d, kernels.normalise);
            check_cloud_tile(kernels, cloud, T(1.25));
            check_cloud_gradient(kernels, cloud);
          }
        }
      }
    }
  });
}

template <class T>
void check_rows_alone(const Table<T>& table, int cost, index d) {
  const index m = 1100;
  INFO(std::string(table.target), " cost ", cost, " d ", d);
  const Unaligned<T> c = random_vector<T>(kTileRows * m, 0, 1, 37);
  const CloudCase<T> cloud(kTileRows, m, d, cost >= 0 && table.cloud[cost].normalise);
  TileCase<T> four(kTileRows, m, T(3)), one(1, m, T(3));
  double sums[kTileRows] = {}, sum = 0;
  if (cost < 0) {
    table.exp_rows_matrix({c.data(), m}, four.args(), sums);
  } else {
    table.cloud[cost].exp_rows(cloud.view(), four.args(), sums);
  }
  for (index r = 0; r < kTileRows; ++r) {
    one.F[0] = four.F[r];
    if (cost < 0) {
      table.exp_rows_matrix({c.data() + r * m, m}, one.args(), &sum);
    } else {
      CloudRows<T> row = cloud.view();
      row.x += r * d;
      table.cloud[cost].exp_rows(row, one.args(), &sum);
    }
    CHECK(sum == sums[r]);
    CHECK(std::memcmp(one.tile.data(), four.tile.data() + r * four.ld, sizeof(T) * static_cast<std::size_t>(m)) == 0);
  }
}

TEST_CASE_TEMPLATE("kernels: a row has the same bits alone and in a tile", T, float, double) {
  on_every_target<T>([](const Table<T>& table) {
    check_rows_alone(table, -1, 1);
    for (int cost = 0; cost < table.costs; ++cost) {
      for (index d : {1, 2, 3, 4, 40}) check_rows_alone(table, cost, d);
    }
  });
}

}  // namespace
}  // namespace kernel_cases
