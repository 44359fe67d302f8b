// tile_matrix.hpp -- producers over the rows of a stored cost matrix.
#pragma once
#include "kernels/tile_loops.hpp"

namespace fenchel::kernels::FENCHEL_SIMD_NAMESPACE {
namespace {

template <class T>
struct MatrixSource {
  const T* c;
  index ldc;
  struct Nothing {};

  void prepare(index, index) const {}
  template <class Io>
  FENCHEL_INLINE Nothing columns(Io, index) const {
    return {};
  }
  template <class Io>
  FENCHEL_INLINE Vec<T> cost(Io io, Nothing, int r, index j) const {
    return io.load(c + r * ldc + j);
  }
};

template <class T>
void exp_rows_matrix(const MatrixRows<T>& rows, const TileArgs<T>& a, double* sums) {
  by_rows(a.rows, [&](auto count, index row) {
    const MatrixSource<T> source{rows.c + row * rows.ldc, rows.ldc};
    exp_loop<T, count.value>(source, a, row, sums);
  });
}

template <class T>
void arg_rows_matrix(const MatrixRows<T>& rows, const TileArgs<T>& a) {
  by_rows(a.rows, [&](auto count, index row) {
    const MatrixSource<T> source{rows.c + row * rows.ldc, rows.ldc};
    arg_loop<T, count.value>(source, a, row);
  });
}

}  // namespace
}  // namespace fenchel::kernels::FENCHEL_SIMD_NAMESPACE
