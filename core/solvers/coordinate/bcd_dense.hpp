// bcd_dense.hpp -- small dense matrices of a block: Cholesky of a positive semidefinite one, and a certain bound of its
// largest eigenvalue.
#pragma once
#include "base/types.hpp"

namespace fenchel {

// H (k, k) row-major becomes its Cholesky factor, in place (lower triangle). A coordinate that depends on earlier ones
// gets a zero pivot and is left out: the solution of H d = r, r in the range of H, is then one of the many.
void factor_block(index k, double* H);
// d becomes H^+ d. Returns d'H^+ d of the incoming d.
double solve_block(index k, const double* factor, double* d);

// lambda_max(H) <= ||H^(2^s)||_F^(1 / 2^s), within one per cent for small blocks; the largest row sum for large ones.
// `work` holds 2 k^2 values.
double block_norm(index k, const double* H, double* work);

}  // namespace fenchel
