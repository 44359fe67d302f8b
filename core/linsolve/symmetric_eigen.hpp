// symmetric_eigen.hpp -- eigenvalues and eigenvectors of a symmetric matrix.
//
// Our own, in double: no allocation, no library. Blocked reduction to a tridiagonal matrix (tridiagonal.hpp), divide
// and conquer there (tridiagonal_eigen.hpp). Errors are of the size of rounding times the largest eigenvalue.
#pragma once
#include "base/scratch.hpp"

namespace fenchel {

index symmetric_eigen_bytes(index n);

// a (n x n, only the lower triangle is read): its first rows are overwritten with the eigenvectors of the eigenvalues
// above `floor`, whose number is returned; the rest of it is spoilt. values: all of them, descending.
// -1 where there is none: NaN or infinities in a.
index symmetric_eigen(index n, double* a, double* values, double floor, Scratch scratch);

}  // namespace fenchel
