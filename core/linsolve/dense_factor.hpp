// dense_factor.hpp -- LU with partial pivoting in place, and the writing out of a map (Golub and Van Loan, 2013,
// algorithm 3.4.1).
#pragma once
#include "linsolve/linear_system.hpp"

namespace fenchel {

// The pivots of a matrix of size n must stay above this share of its entries.
double dense_floor(index n);
// A as a matrix, row-major, by its own writer or by n products; unit, column: (n) each.
void write_dense(SquareMap& A, double* dense, double* unit, double* column, LinearReport& report);
// False when a pivot vanishes against the matrix's entries.
bool eliminate(index n, double* a, index* swaps);
// x := A^{-1} x with what eliminate left.
void eliminated_solve(index n, const double* a, const index* swaps, double* x);

}  // namespace fenchel
