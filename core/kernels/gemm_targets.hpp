// gemm_targets.hpp -- the matrix product tables of targets/gemm_*.cpp, for gemm_dispatch.cpp alone.
#pragma once
#include "kernels/gemm_kernels.hpp"
#include "kernels/target_list.hpp"

namespace fenchel::kernels {

FENCHEL_DECLARE_TABLES(GemmTable, gemm_table)

}  // namespace fenchel::kernels
