// tile_consumers.hpp -- what reads a tile (or a stored kernel) row by row. See the table in kernels.hpp.
#pragma once
#include "kernels/tile_loops.hpp"

namespace fenchel::kernels::FENCHEL_SIMD_NAMESPACE {
namespace {

template <class T>
void accumulate_rows(const T* tile, index ld, index rows, index m, const T* w, T* acc) {
  by_rows(rows, [&](auto count, index row) {
    constexpr int R = count.value;
    const T* t = tile + row * ld;
    Vec<T> weight[R];
    unroll<R>([&](int r) FENCHEL_INLINE_LAMBDA { weight[r] = Set(w[row + r]); });
    for_vectors<T>(0, m, [&](auto io, index j) FENCHEL_INLINE_LAMBDA {
      Vec<T> sum = io.load(acc + j);
      unroll<R>([&](int r) FENCHEL_INLINE_LAMBDA { sum = MulAdd(weight[r], io.load(t + r * ld + j), sum); });
      io.store(sum, acc + j);
    });
  });
}

template <class T>
void dot_rows(const T* tile, index ld, index rows, index m, const T* v, double* out) {
  by_rows(rows, [&](auto count, index row) {
    constexpr int R = count.value;
    const T* t = tile + row * ld;
    double total[R] = {};
    for (index begin = 0; begin < m; begin += kBlock) {
      Vec<T> sum[R] = {};
      for_vectors<T>(begin, block_end(begin, m), [&](auto io, index j) FENCHEL_INLINE_LAMBDA {
        const Vec<T> vj = io.load(v + j);
        unroll<R>([&](int r) FENCHEL_INLINE_LAMBDA { sum[r] = MulAdd(io.load(t + r * ld + j), vj, sum[r]); });
      });
      unroll<R>([&](int r) FENCHEL_INLINE_LAMBDA { total[r] += ReduceSum(sum[r]); });
    }
    for (int r = 0; r < R; ++r) out[row + r] = total[r];
  });
}

template <class T>
T max_value(const T* t, index m) {
  constexpr T lowest = static_cast<T>(-kInfinity);
  // Max keeps its second argument when either is NaN: a NaN already met is remembered in `nan`.
  Vec<T> best[4], nan = Zero<T>();
  unroll<4>([&](int u) FENCHEL_INLINE_LAMBDA { best[u] = Set(lowest); });
  const auto take = [&](Vec<T> x, int u) FENCHEL_INLINE_LAMBDA {
    best[u] = Max(x, best[u]);
    nan = IfThenElse(x == x, nan, x);
  };
  index j = 0;
  for (; j + 4 * kLanes<T> <= m; j += 4 * kLanes<T>) {
    unroll<4>([&](int u) FENCHEL_INLINE_LAMBDA { take(LoadU(t + j + u * kLanes<T>), u); });
  }
  for_vectors<T>(j, m, [&](auto io, index i) FENCHEL_INLINE_LAMBDA { take(io.load_or(lowest, t + i), 0); });
  best[0] = Max(Max(best[0], best[1]), Max(best[2], best[3]));
  T lane[kLanes<T>], bad[kLanes<T>], result = lowest;
  StoreU(best[0], lane);
  StoreU(nan, bad);
  for (index i = 0; i < kLanes<T>; ++i) {
    if (bad[i] != bad[i]) return bad[i];
    if (lane[i] > result) result = lane[i];
  }
  return result;
}

template <class T>
double exp2_shift(const T* t, T shift, T* e, index m) {
  const Vec<T> s = Set(shift);
  double total = 0;
  for (index begin = 0; begin < m; begin += kBlock) {
    Vec<T> sum = Zero<T>();
    for_vectors<T>(begin, block_end(begin, m), [&](auto io, index j) FENCHEL_INLINE_LAMBDA {
      const Vec<T> ej = exp2_flushed<T>(io.load_or(static_cast<T>(-kInfinity), t + j) + s);
      io.store(ej, e + j);
      sum += ej;
    });
    total += ReduceSum(sum);
  }
  return total;
}

template <class T>
void max_into(const T* t, index m, T* acc) {
  for_vectors<T>(0, m, [&](auto io, index j) FENCHEL_INLINE_LAMBDA {
    const Vec<T> x = io.load(t + j), a = io.load(acc + j);
    io.store(IfThenElse(x == x, Max(x, a), x), acc + j);
  });
}

template <class T>
void exp2_into(const T* t, const T* shift, index m, T* acc) {
  for_vectors<T>(0, m, [&](auto io, index j) FENCHEL_INLINE_LAMBDA {
    const Vec<T> s = io.load(shift + j);
    const Vec<T> e = exp2_flushed<T>(io.load(t + j) - s);
    io.store(io.load(acc + j) + IfThenElse(s == Set(static_cast<T>(-kInfinity)), Zero<T>(), e), acc + j);
  });
}

template <class T>
index compress_row(const T* e, index m, T row_threshold, const T* thresholds, std::int32_t* indices, T* values) {
  const Vec<T> row = Set(row_threshold);
  index count = 0;
  for_vectors<T>(0, m, [&](auto io, index j) FENCHEL_INLINE_LAMBDA {
    constexpr T never = static_cast<T>(kInfinity);
    const Vec<T> ej = io.load_or(-never, e + j);
    const Vec<T> least = thresholds == nullptr ? row : Min(io.load_or(never, thresholds + j), row);
    unsigned bits = BitsFromMask(ej >= least);
    for (; bits != 0; bits &= bits - 1) {
      const index i = j + __builtin_ctz(bits);
      indices[count] = static_cast<std::int32_t>(i);
      values[count] = e[i];
      ++count;
    }
  });
  return count;
}

// Optional vectors of objective_row: the value of an absent one.
template <class T, class Io>
FENCHEL_INLINE Vec<T> load_if(Io io, const T* p, index j, T otherwise) {
  return p == nullptr ? Set(otherwise) : io.load(p + j);
}

template <class T>
void objective_row(const T* e, const T* cost, index m, T w, const T* y, T u, const T* c, T la, const T* lb,
                   double* out) {
  for (index begin = 0; begin < m; begin += kBlock) {
    Vec<T> sum[3] = {};
    for_vectors<T>(begin, block_end(begin, m), [&](auto io, index j) FENCHEL_INLINE_LAMBDA {
      const Vec<T> first = Set(w) * load_if(io, y, j, T(1)) * io.load(e + j);
      const Vec<T> p = MulAdd(Set(u), load_if(io, c, j, T(0)), first);
      const Vec<T> relative = log2_full<T>(p) - Set(la) - load_if(io, lb, j, T(0));
      // A term with p = 0 is 0, whatever its cost and its logarithms are.
      const auto term = [&](Vec<T> x) FENCHEL_INLINE_LAMBDA { return IfThenElse(p == Zero<T>(), Zero<T>(), x); };
      sum[0] += term(io.load(cost + j) * p);
      sum[1] += term(relative * p);
      sum[2] += p;
    });
    for (int i = 0; i < 3; ++i) out[i] += ReduceSum(sum[i]);
  }
}

}  // namespace
}  // namespace fenchel::kernels::FENCHEL_SIMD_NAMESPACE
