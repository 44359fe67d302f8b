// prox_dispatch.cpp -- the table of separable terms of the target that kernels::table<T>() chose.
#include "kernels/dispatch_table.hpp"
#include "kernels/prox_kernels.hpp"

namespace fenchel::kernels {

FENCHEL_DECLARE_TABLES(ProxTable, prox_table)
FENCHEL_DISPATCH(ProxTable, prox_table)

}  // namespace fenchel::kernels
