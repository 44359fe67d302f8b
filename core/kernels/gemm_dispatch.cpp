// gemm_dispatch.cpp -- finds the matrix product table of the target that kernels::table<T>() chose.
#include <cstring>

#include "kernels/gemm_targets.hpp"
#include "kernels/kernels.hpp"

namespace fenchel::kernels {
namespace {

const GemmTable<float>& find(const char* target, float /*type*/) {
#if defined(__x86_64__)
  if (std::strcmp(target, kGemmAvx512F32.target) == 0) return kGemmAvx512F32;
  if (std::strcmp(target, kGemmAvx2F32.target) == 0) return kGemmAvx2F32;
#endif
  static_cast<void>(target);
  return kGemmBaselineF32;
}

const GemmTable<double>& find(const char* target, double /*type*/) {
#if defined(__x86_64__)
  if (std::strcmp(target, kGemmAvx512F64.target) == 0) return kGemmAvx512F64;
  if (std::strcmp(target, kGemmAvx2F64.target) == 0) return kGemmAvx2F64;
#endif
  static_cast<void>(target);
  return kGemmBaselineF64;
}

}  // namespace

template <class T>
const GemmTable<T>& gemm_table() {
  return find(table<T>().target, T{});
}

template <class T>
const GemmTable<T>* gemm_table_at(int i) {
  const Table<T>* found = table_at<T>(i);
  return found == nullptr ? nullptr : &find(found->target, T{});
}

template const GemmTable<float>& gemm_table<float>();
template const GemmTable<double>& gemm_table<double>();
template const GemmTable<float>* gemm_table_at<float>(int);
template const GemmTable<double>* gemm_table_at<double>(int);

}  // namespace fenchel::kernels
