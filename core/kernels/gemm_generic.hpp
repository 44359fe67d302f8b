// gemm_generic.hpp -- the matrix product kernels for one instruction set. Included once by each targets/gemm_*.cpp,
// which defines FENCHEL_GEMM_BYTES (of a vector) and the tile,
// FENCHEL_GEMM_ROWS x FENCHEL_GEMM_VECTORS. Rows * vectors accumulators, the vectors of one step of the right sliver
// and a broadcast must fit the register file. The fastest shapes of those tried: 8 x 3 of 32 registers, 4 x 3 of 16, 4
// x 2 of 16 where product and sum are two instructions.
//
// These sources alone are compiled with -ffp-contract=fast: a product and a sum of vectors become one fused
// instruction.
#pragma once
#include "kernels/gemm_kernels.hpp"

namespace fenchel::kernels {
namespace {

template <class T>
struct GemmKernels {
  typedef T Vector __attribute__((vector_size(FENCHEL_GEMM_BYTES)));
  // The same, at any address.
  typedef T Unaligned __attribute__((vector_size(FENCHEL_GEMM_BYTES), aligned(sizeof(T)), may_alias));

  static constexpr int kLanes = FENCHEL_GEMM_BYTES / static_cast<int>(sizeof(T));
  static constexpr int kRows = FENCHEL_GEMM_ROWS;
  static constexpr int kVectors = FENCHEL_GEMM_VECTORS;
  static constexpr int kCols = kVectors * kLanes;

  static void pack_left(const Strided<T>& a, index rows, index depth, T* out) {
    for (index i = 0; i < rows; i += kRows, out += kRows * depth) {
      const T* from = a.data + i * a.row;
      if (rows - i < kRows) {
        pack_edge(from, a.col, a.row, depth, rows - i, kRows, out);
      } else if (a.row == 1) {
        for (index p = 0; p < depth; ++p)
          for (int r = 0; r < kRows; ++r) out[p * kRows + r] = from[p * a.col + r];
      } else {
        for (index p = 0; p < depth; ++p)
#pragma GCC unroll 8
          for (int r = 0; r < kRows; ++r) out[p * kRows + r] = from[r * a.row + p * a.col];
      }
    }
  }

  static void pack_right(const Strided<T>& b, index depth, index cols, T* out) {
    for (index j = 0; j < cols; j += kCols, out += kCols * depth) {
      const T* from = b.data + j * b.col;
      if (cols - j < kCols) {
        pack_edge(from, b.row, b.col, depth, cols - j, kCols, out);
      } else if (b.col == 1) {
        for (index p = 0; p < depth; ++p)
          for (int v = 0; v < kVectors; ++v)
            *reinterpret_cast<Unaligned*>(out + p * kCols + v * kLanes) =
                *reinterpret_cast<const Unaligned*>(from + p * b.row + v * kLanes);
      } else {
        // A transposed matrix: read each column along the depth, a cache line of it at a time.
        for (index p0 = 0; p0 < depth; p0 += kLanes)
          for (int c = 0; c < kCols; ++c)
            for (index p = p0; p < depth && p < p0 + kLanes; ++p) out[p * kCols + c] = from[c * b.col + p * b.row];
      }
    }
  }

  // A sliver that the matrix fills only to `filled` of its `width`.
  static void pack_edge(const T* from, index along, index across, index depth, index filled, index width, T* out) {
    for (index p = 0; p < depth; ++p)
      for (index w = 0; w < width; ++w) out[p * width + w] = w < filled ? from[p * along + w * across] : T(0);
  }

  static void tile(index depth, const T* left, const T* right, T alpha, T* c, index ldc, index rows, index cols) {
    Vector sum[kRows][kVectors] = {};
    for (index p = 0; p < depth; ++p, left += kRows, right += kCols) {
      Vector step[kVectors];
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; ++v) step[v] = *reinterpret_cast<const Unaligned*>(right + v * kLanes);
#pragma GCC unroll 8
      for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 4
        for (int v = 0; v < kVectors; ++v) sum[r][v] += left[r] * step[v];
      }
    }
    if (rows == kRows && cols == kCols) {
      add(sum, alpha, c, ldc);
      return;
    }
    // By way of a full tile, so that an entry's bits do not depend on where the matrix ends.
    T edge[kRows * kCols] = {};
    for (index r = 0; r < rows; ++r)
      for (index j = 0; j < cols; ++j) edge[r * kCols + j] = c[r * ldc + j];
    add(sum, alpha, edge, kCols);
    for (index r = 0; r < rows; ++r)
      for (index j = 0; j < cols; ++j) c[r * ldc + j] = edge[r * kCols + j];
  }

  [[gnu::always_inline]] static inline void add(const Vector (&sum)[kRows][kVectors], T alpha, T* c, index ldc) {
#pragma GCC unroll 8
    for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; ++v) {
        Unaligned* to = reinterpret_cast<Unaligned*>(c + r * ldc + v * kLanes);
        *to = *to + alpha * sum[r][v];
      }
    }
  }

  static constexpr GemmTable<T> table(const char* target) {
    return {target, kRows, kCols, pack_left, pack_right, tile};
  }
};

}  // namespace
}  // namespace fenchel::kernels
