// neon.cpp -- AArch64, where vectors and FMA are part of the base.
#define FENCHEL_SIMD_NAMESPACE target_neon
#define FENCHEL_SIMD_TARGET "neon"
#define FENCHEL_SIMD_BYTES 16
#include "kernels/target_table.hpp"
