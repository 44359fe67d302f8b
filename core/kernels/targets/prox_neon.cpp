// prox_neon.cpp -- the separable terms on the instruction set of neon.cpp.
#define FENCHEL_SIMD_NAMESPACE target_neon
#define FENCHEL_SIMD_TARGET "neon"
#define FENCHEL_SIMD_BYTES 16
#include "kernels/prox_generic.hpp"
