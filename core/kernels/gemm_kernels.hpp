// gemm_kernels.hpp -- the table of functions behind linsolve/gemm.hpp: packing and the register tile of a matrix
// product, one table per instruction set, chosen as kernels::table<T>() is.
//
// A product is cut into panels that fit the caches (Goto and van de Geijn, Anatomy of High-Performance Matrix
// Multiplication, 2008): `pack_left` writes op(A) as slivers of `mr` rows, `pack_right` writes op(B) as slivers of `nr`
// columns, both padded with zeros, and `tile` multiplies one sliver by one sliver in registers.
#pragma once
#include <cstdint>

namespace fenchel::kernels {

using index = std::int64_t;

// A matrix by element strides: entry (i, j) at data + i * row + j * col.
template <class T>
struct Strided {
  const T* data;
  index row;
  index col;
};

template <class T>
struct GemmTable {
  const char* target;  // as Table<T>::target
  index mr;
  index nr;
  // out holds round_up(rows, mr) * depth values: sliver by sliver, each depth-major with mr values per step.
  void (*pack_left)(const Strided<T>& a, index rows, index depth, T* out);
  // out holds depth * round_up(cols, nr) values: sliver by sliver, each depth-major with nr values per step.
  void (*pack_right)(const Strided<T>& b, index depth, index cols, T* out);
  // c (rows <= mr, cols <= nr, leading dimension ldc) += alpha * sum_p left_p right_p^T
  void (*tile)(index depth, const T* left, const T* right, T alpha, T* c, index ldc, index rows, index cols);
};

// The table of the target in use.
template <class T>
const GemmTable<T>& gemm_table();

// For tests: every table this machine can run, best first; null past the end.
template <class T>
const GemmTable<T>* gemm_table_at(int i);

}  // namespace fenchel::kernels
