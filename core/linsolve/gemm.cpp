// gemm.cpp -- the loops round the register tile: cut the product into panels that fit the caches and pack them.
#include "linsolve/gemm.hpp"

#include <algorithm>
#include <cstdint>

#include "base/buffer.hpp"
#include "kernels/gemm_kernels.hpp"

namespace fenchel {
namespace {

// A right sliver (kDepth x nr) stays in the first cache, the left panel (kRows x kDepth) in the second, the right panel
// (kDepth x kCols, 4 MB at most) in the last.
constexpr index kDepth = 256;
constexpr index kRows = 192;
constexpr index kCols = 2048;
constexpr index kCacheLine = 64;

index round_up(index value, index unit) { return (value + unit - 1) / unit * unit; }

struct Panels {
  index left;
  index right;
};

template <class T>
Panels panels(const kernels::GemmTable<T>& kernel, index m, index n, index k) {
  const index depth = std::min(k, kDepth);
  const index line = kCacheLine / static_cast<index>(sizeof(T));
  return {round_up(round_up(std::min(m, kRows), kernel.mr) * depth, line),
          round_up(std::min(n, kCols), kernel.nr) * depth};
}

template <class T>
T* align(T* pointer) {
  const auto address = reinterpret_cast<std::uintptr_t>(pointer);
  return pointer + ((kCacheLine - address % kCacheLine) % kCacheLine) / sizeof(T);
}

template <class T>
void scale(index m, index n, T beta, T* c, index ldc) {
  if (beta == T(1)) return;
  for (index i = 0; i < m; ++i) {
    T* row = c + i * ldc;
    if (beta == T(0)) {
      std::fill(row, row + n, T(0));
    } else {
      for (index j = 0; j < n; ++j) row[j] *= beta;
    }
  }
}

// C (rows x cols) += alpha * (packed left panel) (packed right panel), but for tiles right of column `last` + i of
// every of their rows i.
template <class T>
void multiply_panels(const kernels::GemmTable<T>& kernel, index rows, index cols, index depth, T alpha, const T* left,
                     const T* right, index last, T* c, index ldc) {
  for (index j = 0; j < cols; j += kernel.nr) {
    for (index i = 0; i < rows; i += kernel.mr) {
      if (last + i + kernel.mr <= j) continue;
      kernel.tile(depth, left + i * depth, right + j * depth, alpha, c + i * ldc + j, ldc,
                  std::min(kernel.mr, rows - i), std::min(kernel.nr, cols - j));
    }
  }
}

template <class T>
kernels::Strided<T> operand(Trans trans, const T* data, index ld) {
  return trans == Trans::yes ? kernels::Strided<T>{data, 1, ld} : kernels::Strided<T>{data, ld, 1};
}

template <class T>
kernels::Strided<T> corner(const kernels::Strided<T>& a, index row, index col) {
  return {a.data + row * a.row + col * a.col, a.row, a.col};
}

}  // namespace

template <class T>
index gemm_workspace(index m, index n, index k) {
  const Panels sizes = panels(kernels::gemm_table<T>(), m, n, k);
  return sizes.left + sizes.right + kCacheLine / static_cast<index>(sizeof(T));
}

template <class T>
void gemm_lower(Trans trans_a, Trans trans_b, index m, index n, index k, index first, T alpha, const T* a, index lda,
                const T* b, index ldb, T beta, T* c, index ldc, T* workspace) {
  if (m <= 0 || n <= 0) return;
  scale(m, n, beta, c, ldc);
  if (k <= 0 || alpha == T(0)) return;

  Buffer<T> own;
  if (workspace == nullptr) {
    own.resize(gemm_workspace<T>(m, n, k));
    workspace = own.data();
  }
  const kernels::GemmTable<T>& kernel = kernels::gemm_table<T>();
  T* left = align(workspace);
  T* right = left + panels(kernel, m, n, k).left;
  const kernels::Strided<T> op_a = operand(trans_a, a, lda);
  const kernels::Strided<T> op_b = operand(trans_b, b, ldb);
  for (index j = 0; j < n; j += kCols) {
    const index cols = std::min(kCols, n - j);
    for (index p = 0; p < k; p += kDepth) {
      const index depth = std::min(kDepth, k - p);
      kernel.pack_right(corner(op_b, p, j), depth, cols, right);
      for (index i = 0; i < m; i += kRows) {
        const index rows = std::min(kRows, m - i), last = first + i - j;
        if (last + rows <= 0) continue;
        kernel.pack_left(corner(op_a, i, p), rows, depth, left);
        multiply_panels(kernel, rows, cols, depth, alpha, left, right, last, c + i * ldc + j, ldc);
      }
    }
  }
}

template <class T>
void gemm(Trans trans_a, Trans trans_b, index m, index n, index k, T alpha, const T* a, index lda, const T* b,
          index ldb, T beta, T* c, index ldc, T* workspace) {
  gemm_lower(trans_a, trans_b, m, n, k, n, alpha, a, lda, b, ldb, beta, c, ldc, workspace);
}

template index gemm_workspace<float>(index, index, index);
template index gemm_workspace<double>(index, index, index);
template void gemm_lower<float>(Trans, Trans, index, index, index, index, float, const float*, index, const float*,
                                index, float, float*, index, float*);
template void gemm_lower<double>(Trans, Trans, index, index, index, index, double, const double*, index, const double*,
                                 index, double, double*, index, double*);
template void gemm<float>(Trans, Trans, index, index, index, float, const float*, index, const float*, index, float,
                          float*, index, float*);
template void gemm<double>(Trans, Trans, index, index, index, double, const double*, index, const double*, index,
                           double, double*, index, double*);

}  // namespace fenchel
