// prox_baseline.cpp -- the separable terms on the instruction set of baseline.cpp.
#define FENCHEL_SIMD_NAMESPACE target_baseline
#define FENCHEL_SIMD_TARGET "baseline"
#define FENCHEL_SIMD_BYTES 16
#include "kernels/prox_generic.hpp"
