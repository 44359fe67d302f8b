// tridiagonal_eigen.hpp -- eigenvalues and eigenvectors of a symmetric tridiagonal matrix by divide and conquer.
//
// The matrix is torn into two and a rank-one term; the eigenvalues of the whole are the roots of a secular equation
// (secular.hpp), its eigenvectors products of matrices. What the term hardly moves is deflated, and the term is
// computed anew from the roots, so that the vectors are orthogonal to rounding (Cuppen, 1981; Gu and Eisenstat, A
// divide-and-conquer algorithm for the symmetric tridiagonal eigenproblem, 1995). Small blocks: implicit QL steps
// (Martin and Wilkinson, 1971).
#pragma once
#include "base/scratch.hpp"

namespace fenchel {

index tridiagonal_eigen_bytes(index n);

// d (n), e (n - 1; spoilt) -> d the eigenvalues, descending; the first rows of z (n x n) the eigenvectors of those
// above `floor`, whose number is returned. -1 where it does not converge: NaN or infinities.
index tridiagonal_eigen(index n, double* d, double* e, double floor, double* z, Scratch scratch);

}  // namespace fenchel
