// gemm_targets.hpp -- the matrix product tables of targets/gemm_*.cpp, for gemm_dispatch.cpp alone.
#pragma once
#include "kernels/gemm_kernels.hpp"

namespace fenchel::kernels {

extern const GemmTable<float> kGemmBaselineF32;
extern const GemmTable<double> kGemmBaselineF64;
#if defined(__x86_64__)
extern const GemmTable<float> kGemmAvx2F32;
extern const GemmTable<double> kGemmAvx2F64;
extern const GemmTable<float> kGemmAvx512F32;
extern const GemmTable<double> kGemmAvx512F64;
#endif

}  // namespace fenchel::kernels
