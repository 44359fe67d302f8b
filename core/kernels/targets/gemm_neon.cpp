// gemm_neon.cpp -- the matrix product for aarch64: 32 registers of 128 bits, fused multiply and add.
#define FENCHEL_GEMM_BYTES 16
#define FENCHEL_GEMM_ROWS 8
#define FENCHEL_GEMM_VECTORS 3
#include "kernels/gemm_generic.hpp"
#include "kernels/gemm_targets.hpp"

namespace fenchel::kernels::target_neon {

constinit const GemmTable<float> gemm_table_f32 = GemmKernels<float>::table("neon");
constinit const GemmTable<double> gemm_table_f64 = GemmKernels<double>::table("neon");

}  // namespace fenchel::kernels::target_neon
