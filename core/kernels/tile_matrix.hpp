// tile_matrix.hpp -- producers over the rows of a stored cost matrix.
#pragma once
#include "kernels/tile_loops.hpp"

namespace fenchel::kernels::FENCHEL_SIMD_NAMESPACE {
namespace {

// How far ahead of the loads memory is asked for, in entries. Without it R short streams, each new every m entries,
// leave the hardware's own prefetchers behind: n = 2000 f64 took 0.52 ns an entry instead of 0.26.
inline constexpr index kAhead = 512;

template <class T, int R>
struct MatrixSource {
  const T* c;
  index ldc;
  index m;
  // Where row 0 will be read kAhead entries from now; past the end of the row that is R rows further down.
  struct Ahead {
    index offset;
  };

  void prepare(index, index) const {}
  template <class Io>
  FENCHEL_INLINE Ahead columns(Io, index j) const {
    const index next = j + kAhead;
    return {next < m ? next : next - m + R * ldc};
  }
  template <class Io>
  FENCHEL_INLINE Vec<T> cost(Io io, Ahead ahead, int r, index j) const {
    // May point past the matrix, where a prefetch does nothing.
    Prefetch(c, (r * ldc + ahead.offset) * static_cast<index>(sizeof(T)));
    return io.load(c + r * ldc + j);
  }
};

template <class T>
void exp_rows_matrix(const MatrixRows<T>& rows, const TileArgs<T>& a, double* sums) {
  by_rows(a.rows, [&](auto count, index row) {
    const MatrixSource<T, count.value> source{rows.c + row * rows.ldc, rows.ldc, a.m};
    exp_loop<T, count.value>(source, a, row, sums);
  });
}

template <class T>
void arg_rows_matrix(const MatrixRows<T>& rows, const TileArgs<T>& a) {
  by_rows(a.rows, [&](auto count, index row) {
    const MatrixSource<T, count.value> source{rows.c + row * rows.ldc, rows.ldc, a.m};
    arg_loop<T, count.value>(source, a, row);
  });
}

}  // namespace
}  // namespace fenchel::kernels::FENCHEL_SIMD_NAMESPACE
