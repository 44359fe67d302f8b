// prox_avx512.cpp -- the separable terms on the instruction set of avx512.cpp.
#define FENCHEL_SIMD_NAMESPACE target_avx512
#define FENCHEL_SIMD_TARGET "avx512"
#define FENCHEL_SIMD_BYTES 64
#include "kernels/prox_generic.hpp"
