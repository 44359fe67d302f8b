// gemm_avx512.cpp -- the matrix product for AVX-512.
#define FENCHEL_GEMM_BYTES 64
#define FENCHEL_GEMM_ROWS 8
#define FENCHEL_GEMM_VECTORS 3
#include "kernels/gemm_generic.hpp"
#include "kernels/gemm_targets.hpp"

namespace fenchel::kernels {

constinit const GemmTable<float> kGemmAvx512F32 = GemmKernels<float>::table("avx512");
constinit const GemmTable<double> kGemmAvx512F64 = GemmKernels<double>::table("avx512");

}  // namespace fenchel::kernels
