// avx512.cpp -- AVX-512 F, DQ, VL and BW.
#define FENCHEL_SIMD_NAMESPACE target_avx512
#define FENCHEL_SIMD_TARGET "avx512"
#define FENCHEL_SIMD_BYTES 64
#include "kernels/target_table.hpp"
