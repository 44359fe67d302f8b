// singular_parts.hpp -- the singular value decomposition A = sum_i u_i sigma_i w_i^T, or its largest parts.
//
// From eigenvectors of the Gram matrix of the shorter side. Squaring spoils what is small beside the largest singular
// value: so only the parts within a fixed factor of the largest are kept, and the rest, A projected on the other
// eigenvectors, is decomposed in the same way. What it costs in accuracy is that factor times rounding, of the largest.
#pragma once
#include "base/scratch.hpp"

namespace fenchel {

// The vectors of the shorter side are the rows of `shorter` (count x k), k = min(rows, cols); `longer` (count x m),
// m = max(rows, cols), holds the longer side's, times sigma_i. Values descend, but for rounding.
struct SingularParts {
  index k = 0, m = 0, count = 0;
  double *values, *shorter, *longer;
};

index singular_parts_bytes(index rows, index cols);

// Those above `floor` >= 0; with floor 0, and where it saves nothing, others too: up to all k. False with NaN or
// infinities. The parts live in memory of `scratch`, which is moved on.
bool singular_parts(index rows, index cols, const double* a, double floor, SingularParts& parts, Scratch& scratch);

// out (rows x cols) += sum over i < count of factor[i] times the i-th part; those with factor 0 cost nothing. Spoils
// parts.
void add_parts(index rows, index cols, SingularParts& parts, const double* factor, double* out, Scratch scratch);

}  // namespace fenchel
