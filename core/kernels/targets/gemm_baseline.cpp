// gemm_baseline.cpp -- the matrix product for 16 registers of 128 bits without fused instructions: SSE2.
#define FENCHEL_GEMM_BYTES 16
#define FENCHEL_GEMM_ROWS 4
#define FENCHEL_GEMM_VECTORS 2
#include "kernels/gemm_generic.hpp"
#include "kernels/gemm_targets.hpp"

namespace fenchel::kernels::target_baseline {

constinit const GemmTable<float> gemm_table_f32 = GemmKernels<float>::table("baseline");
constinit const GemmTable<double> gemm_table_f64 = GemmKernels<double>::table("baseline");

}  // namespace fenchel::kernels::target_baseline
