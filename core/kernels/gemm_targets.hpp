// gemm_targets.hpp -- the matrix product tables of targets/gemm_*.cpp, for gemm_dispatch.cpp alone.
#pragma once
#include "kernels/gemm_kernels.hpp"

namespace fenchel::kernels {

#define FENCHEL_GEMM_TABLES(name)                  \
  namespace target_##name {                        \
    extern const GemmTable<float> gemm_table_f32;  \
    extern const GemmTable<double> gemm_table_f64; \
  }
FENCHEL_GEMM_TABLES(baseline)
FENCHEL_GEMM_TABLES(avx2)
FENCHEL_GEMM_TABLES(avx512)
FENCHEL_GEMM_TABLES(neon)
#undef FENCHEL_GEMM_TABLES

}  // namespace fenchel::kernels
