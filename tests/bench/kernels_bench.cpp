// kernels_bench.cpp -- ns per entry of the kernels, by target, dtype and size; the least of many repetitions, one
// thread.
//
//   kernels_bench [TEXT]     only the lines that contain TEXT, e.g. "avx512 f64" or "sweep"
//
// "sweep" is what a Sinkhorn iteration does with a tile: exp_rows, then accumulate_rows of the tile.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "kernels/kernels.hpp"

namespace {

using namespace fenchel::kernels;
using Index = fenchel::kernels::index;
using Clock = std::chrono::steady_clock;

std::string only;

double seconds_of(const std::function<void()>& work) {
  const auto start = Clock::now();
  work();
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// Least time of one call, over about 0.15 s of calls (and at least 5), in ns per entry.
void report(const std::string& label, double entries, const std::function<void()>& work) {
  if (label.find(only) == std::string::npos) return;
  const double once = seconds_of(work);
  const int inner = once < 2e-5 ? static_cast<int>(2e-5 / once) + 1 : 1;
  double best = once, spent = 0;
  for (int repeat = 0; repeat < 5 || spent < 0.15; ++repeat) {
    const double s = seconds_of([&] {
      for (int i = 0; i < inner; ++i) work();
    });
    best = s / inner < best ? s / inner : best;
    spent += s;
  }
  std::printf("%-44s %8.3f ns/entry\n", label.c_str(), best * 1e9 / entries);
  std::fflush(stdout);
}

template <class T>
std::vector<T> random_values(Index n, double low, double high) {
  static std::mt19937_64 generator(1);
  std::uniform_real_distribution<double> uniform(low, high);
  std::vector<T> v(static_cast<std::size_t>(n));
  for (T& x : v) x = static_cast<T>(uniform(generator));
  return v;
}

template <class T>
struct Case {
  std::string prefix;
  const Table<T>& table;
  Index n, m;
  std::vector<T> F, G, w, acc, tile, values;
  std::vector<std::int32_t> indices;

  Case(const Table<T>& t, Index n_, Index m_)
      : prefix(std::string(t.target) + (sizeof(T) == 4 ? " f32 " : " f64 ")),
        table(t),
        n(n_),
        m(m_),
        F(random_values<T>(n, -1, 1)),
        G(random_values<T>(m, -1, 1)),
        w(random_values<T>(kTileRows, 0, 1)),
        acc(random_values<T>(m, 0, 1)),
        tile(random_values<T>(kTileRows * m, 0, 1)),
        values(tile),
        indices(tile.size()) {}

  std::string label(const std::string& name) const {
    return prefix + name + " " + std::to_string(n) + "x" + std::to_string(m);
  }
  double entries() const { return static_cast<double>(n) * static_cast<double>(m); }
  TileArgs<T> args(Index row, T k) {
    const Index rows = n - row < kTileRows ? n - row : kTileRows;
    return {F.data() + row, G.data(), k, rows, m, tile.data(), m};
  }
  // produce(row, args, sums) for all tiles, with or without the column sums
  template <class Produce>
  void all_tiles(T k, bool columns, Produce&& produce) {
    double sums[kTileRows];
    for (Index row = 0; row < n; row += kTileRows) {
      const TileArgs<T> a = args(row, k);
      produce(row, a, sums);
      if (columns) table.accumulate_rows(tile.data(), m, a.rows, m, w.data(), acc.data());
    }
  }

  void matrix() {
    const std::vector<T> c = random_values<T>(n * m, 0, 1);
    const auto exp_rows = [&](Index row, const TileArgs<T>& a, double* sums) {
      table.exp_rows_matrix({c.data() + row * m, m}, a, sums);
    };
    const auto arg_rows = [&](Index row, const TileArgs<T>& a, double*) {
      table.arg_rows_matrix({c.data() + row * m, m}, a);
    };
    const T k = static_cast<T>(20);
    report(label("sweep"), entries(), [&] { all_tiles(k, true, exp_rows); });
    report(label("exp_rows"), entries(), [&] { all_tiles(k, false, exp_rows); });
    report(label("arg_rows"), entries(), [&] { all_tiles(k, false, arg_rows); });
  }

  void cloud(Index d) {
    const std::vector<T> x = random_values<T>(n * d, 0, 1), y = random_values<T>(m * d, 0, 1);
    std::vector<double> grad(static_cast<std::size_t>(kTileRows * d));
    const T k = static_cast<T>(20) / static_cast<T>(d);
    for (int i = 0; i < table.costs; ++i) {
      const CloudKernels<T>& kernels = table.cloud[i];
      const std::string name = std::string(kernels.name) + " d=" + std::to_string(d);
      report(label("sweep " + name), entries(), [&] {
        all_tiles(k, true, [&](Index row, const TileArgs<T>& a, double* sums) {
          kernels.exp_rows({x.data() + row * d, y.data(), m, d}, a, sums);
        });
      });
      report(label("grad " + name), entries(), [&] {
        all_tiles(k, false, [&](Index row, const TileArgs<T>& a, double*) {
          kernels.grad_rows({x.data() + row * d, y.data(), m, d}, a, grad.data());
        });
      });
    }
  }

  // On one tile, in cache.
  void consumers() {
    const double tile_entries = static_cast<double>(kTileRows * m), row_entries = static_cast<double>(m);
    double out[kTileRows] = {}, sink = 0;
    const std::vector<T> e = tile;
    report(label("accumulate_rows"), tile_entries,
           [&] { table.accumulate_rows(e.data(), m, kTileRows, m, w.data(), acc.data()); });
    report(label("dot_rows"), tile_entries, [&] { table.dot_rows(e.data(), m, kTileRows, m, G.data(), out); });
    report(label("max_value"), row_entries, [&] { sink += static_cast<double>(table.max_value(e.data(), m)); });
    report(label("max_into"), row_entries, [&] { table.max_into(e.data(), m, acc.data()); });
    report(label("exp2_shift"), row_entries, [&] { sink += table.exp2_shift(e.data(), T(-1), tile.data(), m); });
    report(label("exp2_into"), row_entries, [&] { table.exp2_into(e.data(), G.data(), m, acc.data()); });
    for (double threshold : {0.99, 0.5}) {
      report(label("compress_row " + std::to_string(threshold).substr(0, 4)), row_entries, [&] {
        sink += static_cast<double>(
            table.compress_row(e.data(), m, static_cast<T>(threshold), nullptr, indices.data(), values.data()));
      });
    }
    double sums[3] = {};
    report(label("objective_row"), row_entries, [&] {
      table.objective_row(e.data(), e.data() + m, m, T(0.5), G.data(), T(0), nullptr, T(0), G.data(), sums);
    });
    report(label("exp"), row_entries, [&] { table.exp(e.data(), tile.data(), m); });
    report(label("exp2"), row_entries, [&] { table.exp2(e.data(), tile.data(), m); });
    report(label("log"), row_entries, [&] { table.log(e.data(), tile.data(), m); });
    report(label("log2"), row_entries, [&] { table.log2(e.data(), tile.data(), m); });
    report(label("dot"), row_entries, [&] { sink += table.dot(e.data(), G.data(), m); });
    report(label("axpy"), row_entries, [&] { table.axpy(T(1e-3), e.data(), acc.data(), m); });
    if (sink == 0.5) std::printf(" ");  // the results are used
  }
};

template <class T>
void run() {
  for (int i = 0; const Table<T>* table = table_at<T>(i); ++i) {
    for (Index n : {32, 200, 500, 1000, 2000, 4000}) Case<T>(*table, n, n).matrix();
    for (Index d : {1, 2, 3, 4, 8, 16, 64, 784}) Case<T>(*table, d > 100 ? 200 : 1000, 1000).cloud(d);
    Case<T>(*table, kTileRows, 1000).consumers();
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1) only = argv[1];
  run<double>();
  run<float>();
  return 0;
}
