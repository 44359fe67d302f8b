// symmetric_eigen.hpp -- eigenvalues and eigenvectors of a symmetric matrix, and the singular value decomposition on
// top.
//
// Our own, in double: no allocation, no library. Householder's reduction to a tridiagonal matrix with the dot and axpy
// kernels, then implicit QL steps (Martin and Wilkinson, Handbook for Automatic Computation II, 1971).
#pragma once
#include "base/scratch.hpp"

namespace fenchel {

index symmetric_eigen_bytes(index n);

// a (n x n, only the lower triangle is read) is overwritten with the eigenvectors as its rows, values in no order.
// False where it does not converge: NaN or infinities in a.
bool symmetric_eigen(index n, double* a, double* values, Scratch scratch);

// A = sum_i u_i sigma_i w_i^T of a rows x cols matrix. The shorter side's vectors are the rows of `shorter` (k x k),
// k = min(rows, cols); `longer` (k x m), m = max(rows, cols), holds the longer side's, times sigma_i.
struct SingularParts {
  index k = 0, m = 0;
  double *values, *shorter, *longer;
};

index singular_parts_bytes(index rows, index cols);

// From the Gram matrix' eigenvectors, which one-sided Jacobi rotations then make as accurate as the data (Drmac and
// Veselic, 2008, precondition the same way): small singular values are right to rounding of the largest.
// False with NaN or infinities. The parts live in memory of `scratch`, which is moved on.
bool singular_parts(index rows, index cols, const double* a, SingularParts& parts, Scratch& scratch);

// out (rows x cols) = sum over i of factor[i] times the i-th part; those with factor 0 cost nothing. Spoils parts.
void compose_parts(index rows, index cols, SingularParts& parts, double* factor, double* out, Scratch scratch);

}  // namespace fenchel
