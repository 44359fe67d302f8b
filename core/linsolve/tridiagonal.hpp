// tridiagonal.hpp -- a symmetric matrix as Q T Q^T with T tridiagonal: Householder's reflections in blocks.
//
// Half of the work is one product of the matrix with a vector for each column, which reads the lower triangle once; the
// other half, and the way back, are matrix products (Dongarra, Sorensen and Hammarling, Block reduction of matrices to
// condensed forms for eigenvalue computations, 1989; Schreiber and Van Loan, 1989).
#pragma once
#include "base/scratch.hpp"

namespace fenchel {

index tridiagonalise_bytes(index n);

// a (n x n, the lower triangle is read and overwritten) -> diagonal d, off-diagonal e (e[i] between i and i + 1). The
// reflections I - beta v v^T stay in a: row i holds the vector, of length i, that cleared row i; beta[i] its factor.
void tridiagonalise(index n, double* a, double* d, double* e, double* beta, Scratch scratch);

index reflect_rows_bytes(index n, index count);

// The rows of z (count x n) are eigenvectors of T; they become those of A.
void reflect_rows(index n, const double* a, const double* beta, index count, double* z, Scratch scratch);

}  // namespace fenchel
