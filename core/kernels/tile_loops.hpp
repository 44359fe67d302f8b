// tile_loops.hpp -- the two producer loops, for any source of costs.
//
// A source has
//   prepare(begin, end)            called before the columns [begin, end) of a block
//   columns(io, j)                 what the rows share at the vector of columns j
//   cost(io, columns, r, j)        the costs of row r there
// and R rows are in registers at once: R independent chains hide the latency of exp2.
#pragma once
#include "kernels/simd_math.hpp"

namespace fenchel::kernels::FENCHEL_SIMD_NAMESPACE {
namespace {

inline constexpr int kRows = static_cast<int>(kTileRows);

// Calls tile(R, row) with R = kTileRows for a whole tile, and with R = 1 for each row of a smaller one.
template <int N>
struct Constant {
  static constexpr int value = N;
};
template <class Tile>
FENCHEL_INLINE void by_rows(index rows, Tile tile) {
  index r = 0;
  for (; r + kRows <= rows; r += kRows) tile(Constant<kRows>{}, r);
  for (; r < rows; ++r) tile(Constant<1>{}, r);
}

// t_rj of one vector
template <class T>
FENCHEL_INLINE Vec<T> exponent(Vec<T> f, Vec<T> g, Vec<T> k, Vec<T> cost) {
  return NegMulAdd(k, cost, f + g);
}

template <class T, int R, class Source>
FENCHEL_INLINE void exp_loop(const Source& source, const TileArgs<T>& a, index row, double* sums) {
  const Vec<T> k = Set(a.k);
  const T* g = a.G;
  T* tile = a.tile + row * a.ld;
  const index ld = a.ld, m = a.m;
  Vec<T> f[R];
  unroll<R>([&](int r) FENCHEL_INLINE_LAMBDA { f[r] = Set(a.F[row + r]); });
  double total[R] = {};
  for (index begin = 0; begin < m; begin += kBlock) {
    const index end = block_end(begin, m);
    source.prepare(begin, end);
    Vec<T> sum[R] = {};
    for_vectors<T>(begin, end, [&](auto io, index j) FENCHEL_INLINE_LAMBDA {
      // A lane past the end has G = -inf and adds 0 to the sums.
      const Vec<T> gj = io.load_or(static_cast<T>(-kInfinity), g + j);
      const auto columns = source.columns(io, j);
      Vec<T> t[R];  // all exponents before the first exp2: measured 8 % faster with AVX2
      unroll<R>([&](int r) FENCHEL_INLINE_LAMBDA { t[r] = exponent<T>(f[r], gj, k, source.cost(io, columns, r, j)); });
      unroll<R>([&](int r) FENCHEL_INLINE_LAMBDA {
        const Vec<T> e = exp2_flushed<T>(t[r]);
        io.store(e, tile + r * ld + j);
        sum[r] += e;
      });
    });
    unroll<R>([&](int r) FENCHEL_INLINE_LAMBDA { total[r] += ReduceSum(sum[r]); });
  }
  for (int r = 0; r < R; ++r) sums[row + r] = total[r];
}

template <class T, int R, class Source>
FENCHEL_INLINE void arg_loop(const Source& source, const TileArgs<T>& a, index row) {
  const Vec<T> k = Set(a.k);
  const T* g = a.G;
  T* tile = a.tile + row * a.ld;
  const index ld = a.ld, m = a.m;
  Vec<T> f[R];
  unroll<R>([&](int r) FENCHEL_INLINE_LAMBDA { f[r] = Set(a.F[row + r]); });
  for (index begin = 0; begin < m; begin += kBlock) {
    const index end = block_end(begin, m);
    source.prepare(begin, end);
    for_vectors<T>(begin, end, [&](auto io, index j) FENCHEL_INLINE_LAMBDA {
      const Vec<T> gj = io.load(g + j);
      const auto columns = source.columns(io, j);
      Vec<T> t[R];
      unroll<R>([&](int r) FENCHEL_INLINE_LAMBDA { t[r] = exponent<T>(f[r], gj, k, source.cost(io, columns, r, j)); });
      unroll<R>([&](int r) FENCHEL_INLINE_LAMBDA { io.store(t[r], tile + r * ld + j); });
    });
  }
}

}  // namespace
}  // namespace fenchel::kernels::FENCHEL_SIMD_NAMESPACE
