// gemm_dispatch.cpp -- the matrix product table of the target that kernels::table<T>() chose.
#include "kernels/dispatch_table.hpp"
#include "kernels/gemm_targets.hpp"

namespace fenchel::kernels {

FENCHEL_DISPATCH(GemmTable, gemm_table)

}  // namespace fenchel::kernels
