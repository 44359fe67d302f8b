// tile_cloud.hpp -- producers and gradients over point clouds: the cost is computed where it is used.
//
// Up to 4 dimensions, x stays in registers. Beyond, the sums over the dimensions are built up in the tile (or
// in a buffer) over kChunk dimensions at a time: every row of y is then read along its length, and each partial sum is
// short.
#pragma once
#include "kernels/tile_loops.hpp"

namespace fenchel::kernels::FENCHEL_SIMD_NAMESPACE {
namespace {

inline constexpr index kChunk = 64;

template <class T, class Cost, int R, int D>
struct SmallCloudSource {
  Vec<T> x[R][D];
  const T* y;
  index ldy;
  struct Columns {
    Vec<T> y[D];
  };

  FENCHEL_INLINE SmallCloudSource(const T* points, const CloudRows<T>& rows) : y(rows.y), ldy(rows.ldy) {
    unroll<R * D>([&](int i) FENCHEL_INLINE_LAMBDA { x[i / D][i % D] = Set(points[i]); });
  }
  FENCHEL_INLINE void prepare(index, index) const {}
  template <class Io>
  FENCHEL_INLINE Columns columns(Io io, index j) const {
    Columns c;
    unroll<D>([&](int k) FENCHEL_INLINE_LAMBDA { c.y[k] = io.load(y + k * ldy + j); });
    return c;
  }
  template <class Io>
  FENCHEL_INLINE Vec<T> cost(Io, const Columns& c, int r, index) const {
    Vec<T> sum = Zero<T>();
    unroll<D>([&](int k) FENCHEL_INLINE_LAMBDA { sum = Cost::template accumulate<T>(sum, x[r][k], c.y[k]); });
    return Cost::template finish<T>(sum);
  }
};

// out[r * ldo + j - begin] = sum over the dimensions [from, to), added to what is there unless from = 0.
template <class T, class Cost, int R, int U, class Io>
FENCHEL_INLINE void accumulate_chunk(Io io, const T* x, const CloudRows<T>& rows, index from, index to, index j, T* out,
                                     index ldo) {
  Vec<T> sum[R * U] = {};
  for (index k = from; k < to; ++k) {
    Vec<T> y[U];
    unroll<U>([&](int u) FENCHEL_INLINE_LAMBDA { y[u] = io.load(rows.y + k * rows.ldy + j + u * kLanes<T>); });
    unroll<R>([&](int r) FENCHEL_INLINE_LAMBDA {
      const Vec<T> xr = Set(x[r * rows.d + k]);
      unroll<U>([&](int u)
                    FENCHEL_INLINE_LAMBDA { sum[r * U + u] = Cost::template accumulate<T>(sum[r * U + u], xr, y[u]); });
    });
  }
  unroll<R * U>([&](int i) FENCHEL_INLINE_LAMBDA {
    T* p = out + (i / U) * ldo + (i % U) * kLanes<T>;
    io.store(from == 0 ? sum[i] : sum[i] + io.load(p), p);
  });
}

// The sums over all dimensions for the columns [begin, end).
template <class T, class Cost, int R>
FENCHEL_INLINE void accumulate_dims(const T* x, const CloudRows<T>& rows, index begin, index end, T* out, index ldo) {
  constexpr index step = 2 * kLanes<T>;
  for (index from = 0; from < rows.d; from += kChunk) {
    const index to = rows.d - from > kChunk ? from + kChunk : rows.d;
    index j = begin;
    for (; j + step <= end; j += step) {
      accumulate_chunk<T, Cost, R, 2>(Whole{}, x, rows, from, to, j, out + (j - begin), ldo);
    }
    for_vectors<T>(j, end, [&](auto io, index i) {
      accumulate_chunk<T, Cost, R, 1>(io, x, rows, from, to, i, out + (i - begin), ldo);
    });
  }
}

template <class T, class Cost, int R>
struct CloudSource {
  const T* x;
  const CloudRows<T>& rows;
  T* tile;
  index ld;
  struct Nothing {};

  FENCHEL_INLINE void prepare(index begin, index end) const {
    accumulate_dims<T, Cost, R>(x, rows, begin, end, tile + begin, ld);
  }
  template <class Io>
  FENCHEL_INLINE Nothing columns(Io, index) const {
    return {};
  }
  template <class Io>
  FENCHEL_INLINE Vec<T> cost(Io io, Nothing, int r, index j) const {
    return Cost::template finish<T>(io.load(tile + r * ld + j));
  }
};

template <class T, class Cost, int R>
FENCHEL_INLINE CloudSource<T, Cost, R> cloud_source(const CloudRows<T>& rows, const TileArgs<T>& a, index row) {
  return {rows.x + row * rows.d, rows, a.tile + row * a.ld, a.ld};
}

// Whole tiles of few dimensions, the common case, have a loop of their own per dimension. Everything else takes the
// general source: the sums are formed in the same order, so the bits are the same, and half as much code is compiled.
template <class T, class Cost>
void exp_rows_cloud(const CloudRows<T>& rows, const TileArgs<T>& a, double* sums) {
  by_rows(a.rows, [&](auto count, index row) {
    constexpr int R = count.value;
    if constexpr (R == kRows) {
      const T* x = rows.x + row * rows.d;
      const auto small = [&](auto dims) {
        exp_loop<T, R>(SmallCloudSource<T, Cost, R, dims.value>(x, rows), a, row, sums);
      };
      if (rows.d == 1) return small(Constant<1>{});
      if (rows.d == 2) return small(Constant<2>{});
      if (rows.d == 3) return small(Constant<3>{});
      if (rows.d == 4) return small(Constant<4>{});
    }
    exp_loop<T, R>(cloud_source<T, Cost, R>(rows, a, row), a, row, sums);
  });
}

template <class T, class Cost>
void arg_rows_cloud(const CloudRows<T>& rows, const TileArgs<T>& a) {
  by_rows(a.rows, [&](auto count, index row) {
    arg_loop<T, count.value>(cloud_source<T, Cost, count.value>(rows, a, row), a, row);
  });
}

// grad_rk += sum over one block of columns of weight_rj * gradient_term(x_rk, y_jk)
template <class T, class Cost, int R>
FENCHEL_INLINE void gradient_block(const T* x, const CloudRows<T>& rows, index begin, index end, const T* weight,
                                   double* grad) {
  for (index k = 0; k < rows.d; ++k) {
    const T* y = rows.y + k * rows.ldy;
    Vec<T> xk[R], sum[R] = {};
    unroll<R>([&](int r) FENCHEL_INLINE_LAMBDA { xk[r] = Set(x[r * rows.d + k]); });
    for_vectors<T>(begin, end, [&](auto io, index j) FENCHEL_INLINE_LAMBDA {
      const Vec<T> yj = io.load(y + j);
      unroll<R>([&](int r) FENCHEL_INLINE_LAMBDA {
        const Vec<T> w = io.load(weight + r * kBlock + j - begin);
        sum[r] = MulAdd(w, Cost::template gradient_term<T>(xk[r], yj), sum[r]);
      });
    });
    unroll<R>([&](int r) FENCHEL_INLINE_LAMBDA { grad[r * rows.d + k] += ReduceSum(sum[r]); });
  }
}

template <class T, class Cost>
void grad_rows_cloud(const CloudRows<T>& rows, const TileArgs<T>& a, double* grad) {
  for (index i = 0; i < a.rows * rows.d; ++i) grad[i] = 0;
  by_rows(a.rows, [&](auto count, index row) {
    constexpr int R = count.value;
    const T* x = rows.x + row * rows.d;
    T weight[R * kBlock];
    for (index begin = 0; begin < a.m; begin += kBlock) {
      const index end = block_end(begin, a.m);
      if constexpr (Cost::kGradientNeedsSum) accumulate_dims<T, Cost, R>(x, rows, begin, end, weight, kBlock);
      for_vectors<T>(begin, end, [&](auto io, index j) {
        for (int r = 0; r < R; ++r) {
          T* w = weight + r * kBlock + j - begin;
          Vec<T> sum = Zero<T>();
          if constexpr (Cost::kGradientNeedsSum) sum = io.load(w);
          io.store(io.load(a.tile + (row + r) * a.ld + j) * Cost::template gradient_scale<T>(sum), w);
        }
      });
      gradient_block<T, Cost, R>(x, rows, begin, end, weight, grad + row * rows.d);
    }
  });
}

template <class T, class Cost>
constexpr CloudKernels<T> cloud_kernels() {
  return {Cost::kName,
          Cost::kDoc,
          Cost::kNormalise,
          exp_rows_cloud<T, Cost>,
          arg_rows_cloud<T, Cost>,
          grad_rows_cloud<T, Cost>};
}

}  // namespace
}  // namespace fenchel::kernels::FENCHEL_SIMD_NAMESPACE
