// extrapolation_weights.hpp -- Anderson extrapolation of m + 1 iterates: the weights c, sum c = 1, that minimise
// || sum_k c_k (x_{k+1} - x_k) ||, with a relative ridge.
#pragma once
#include "base/types.hpp"

namespace fenchel {

// past: memory + 1 iterates of `count` numbers, one after the other; c (memory). False where there are none.
bool extrapolation_weights(const double* past, index count, int memory, double* c);

}  // namespace fenchel
