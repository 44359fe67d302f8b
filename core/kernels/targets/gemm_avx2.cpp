// gemm_avx2.cpp -- the matrix product for AVX2 and FMA.
#define FENCHEL_GEMM_BYTES 32
#define FENCHEL_GEMM_ROWS 4
#define FENCHEL_GEMM_VECTORS 3
#include "kernels/gemm_generic.hpp"
#include "kernels/gemm_targets.hpp"

namespace fenchel::kernels {

constinit const GemmTable<float> kGemmAvx2F32 = GemmKernels<float>::table("avx2");
constinit const GemmTable<double> kGemmAvx2F64 = GemmKernels<double>::table("avx2");

}  // namespace fenchel::kernels
