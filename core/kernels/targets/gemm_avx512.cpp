// gemm_avx512.cpp -- the matrix product for AVX-512.
#define FENCHEL_GEMM_BYTES 64
#define FENCHEL_GEMM_ROWS 8
#define FENCHEL_GEMM_VECTORS 3
#include "kernels/gemm_generic.hpp"
#include "kernels/gemm_targets.hpp"

namespace fenchel::kernels::target_avx512 {

constinit const GemmTable<float> gemm_table_f32 = GemmKernels<float>::table("avx512");
constinit const GemmTable<double> gemm_table_f64 = GemmKernels<double>::table("avx512");

}  // namespace fenchel::kernels::target_avx512
