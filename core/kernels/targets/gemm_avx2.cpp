// gemm_avx2.cpp -- the matrix product for AVX2 and FMA.
#define FENCHEL_GEMM_BYTES 32
#define FENCHEL_GEMM_ROWS 4
#define FENCHEL_GEMM_VECTORS 3
#include "kernels/gemm_generic.hpp"
#include "kernels/gemm_targets.hpp"

namespace fenchel::kernels::target_avx2 {

constinit const GemmTable<float> gemm_table_f32 = GemmKernels<float>::table("avx2");
constinit const GemmTable<double> gemm_table_f64 = GemmKernels<double>::table("avx2");

}  // namespace fenchel::kernels::target_avx2
