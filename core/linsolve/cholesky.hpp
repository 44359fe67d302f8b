// cholesky.hpp -- A = L L^T of a symmetric positive definite matrix, double, row-major, in blocks on top of gemm.
#pragma once
#include "base/types.hpp"

namespace fenchel {

// Doubles of workspace that a factorisation of this size needs.
index cholesky_workspace(index n);
// Overwrites the lower triangle of A (n x n, rows ld apart) with L; the upper one is neither read nor kept. False when
// a pivot is not above floor * its own diagonal entry of A: not positive definite in working precision.
bool cholesky(index n, double* a, index ld, double floor, double* workspace);
// x := L^{-T} L^{-1} x
void cholesky_solve(index n, const double* l, index ld, double* x);

}  // namespace fenchel
