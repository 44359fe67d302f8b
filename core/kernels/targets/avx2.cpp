// avx2.cpp -- AVX2 and FMA.
#define FENCHEL_SIMD_NAMESPACE target_avx2
#define FENCHEL_SIMD_TARGET "avx2"
#define FENCHEL_SIMD_BYTES 32
#include "kernels/target_table.hpp"
