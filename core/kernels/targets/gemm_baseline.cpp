// gemm_baseline.cpp -- the matrix product for 128-bit vectors: SSE2 on x86-64, NEON on aarch64.
#define FENCHEL_GEMM_BYTES 16
#if defined(__aarch64__)
#define FENCHEL_GEMM_ROWS 8
#define FENCHEL_GEMM_VECTORS 3
#else
#define FENCHEL_GEMM_ROWS 4
#define FENCHEL_GEMM_VECTORS 2
#endif
#include "kernels/gemm_generic.hpp"
#include "kernels/gemm_targets.hpp"

namespace fenchel::kernels {

constinit const GemmTable<float> kGemmBaselineF32 = GemmKernels<float>::table("baseline");
constinit const GemmTable<double> kGemmBaselineF64 = GemmKernels<double>::table("baseline");

}  // namespace fenchel::kernels
