// prox_avx2.cpp -- the separable terms on the instruction set of avx2.cpp.
#define FENCHEL_SIMD_NAMESPACE target_avx2
#define FENCHEL_SIMD_TARGET "avx2"
#define FENCHEL_SIMD_BYTES 32
#include "kernels/prox_generic.hpp"
