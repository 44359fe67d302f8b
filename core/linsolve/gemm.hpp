// gemm.hpp -- matrix products: C = alpha op(A) op(B) + beta C, row-major, float or double.
//
// Our own kernels instead of a BLAS: serial, no state, no threads, small stack frames (safe on any foreign thread),
// nothing to hide from the linker, and the speed of the best library on the machines measured (tests/bench/README.md).
#pragma once
#include "base/types.hpp"

namespace fenchel {

enum class Trans : bool { no = false, yes = true };

// Values of T that one product of this shape needs as workspace.
template <class T>
index gemm_workspace(index m, index n, index k);

// C is m x n, op(A) m x k, op(B) k x n; lda, ldb and ldc are the distances between the rows of A, B and C as they are
// stored. C overlaps neither A nor B. beta = 0 overwrites C, whatever it held; alpha = 0 or k = 0 reads neither A nor
// B. The bits of an entry depend on the target and on its row of op(A), its column of op(B), alpha, beta and its old
// value: not on m, n or a transposition, so that callers may cut C among threads.
// `workspace` holds gemm_workspace values; null lets the call allocate them.
template <class T>
void gemm(Trans trans_a, Trans trans_b, index m, index n, index k, T alpha, const T* a, index lda, const T* b,
          index ldb, T beta, T* c, index ldc, T* workspace = nullptr);

// The same where only row i's columns 0 .. first + i are wanted, as of a symmetric C: what is right of them is not to
// be read afterwards. Half the work where m = n and first = 0; the bits of the others are those of gemm.
template <class T>
void gemm_lower(Trans trans_a, Trans trans_b, index m, index n, index k, index first, T alpha, const T* a, index lda,
                const T* b, index ldb, T beta, T* c, index ldc, T* workspace = nullptr);

}  // namespace fenchel
