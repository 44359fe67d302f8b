// baseline.cpp -- the instruction set every machine of this architecture has.
#define FENCHEL_SIMD_NAMESPACE target_baseline
#define FENCHEL_SIMD_TARGET "baseline"
#define FENCHEL_SIMD_BYTES 16
#include "kernels/target_table.hpp"
