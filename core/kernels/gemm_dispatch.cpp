// gemm_dispatch.cpp -- the matrix product table of the target that kernels::table<T>() chose.
#include <cstring>
#include <iterator>

#include "kernels/gemm_targets.hpp"
#include "kernels/kernels.hpp"

namespace fenchel::kernels {
namespace {

// What this build has, the same list as in CMakeLists.txt; the last one runs everywhere.
template <class T>
struct Tables;
template <>
struct Tables<float> {
#if defined(FENCHEL_KERNELS_X86)
  static constexpr const GemmTable<float>* all[] = {&target_avx512::gemm_table_f32, &target_avx2::gemm_table_f32,
                                                    &target_baseline::gemm_table_f32};
#elif defined(FENCHEL_KERNELS_NEON)
  static constexpr const GemmTable<float>* all[] = {&target_neon::gemm_table_f32};
#else
  static constexpr const GemmTable<float>* all[] = {&target_baseline::gemm_table_f32};
#endif
};
template <>
struct Tables<double> {
#if defined(FENCHEL_KERNELS_X86)
  static constexpr const GemmTable<double>* all[] = {&target_avx512::gemm_table_f64, &target_avx2::gemm_table_f64,
                                                     &target_baseline::gemm_table_f64};
#elif defined(FENCHEL_KERNELS_NEON)
  static constexpr const GemmTable<double>* all[] = {&target_neon::gemm_table_f64};
#else
  static constexpr const GemmTable<double>* all[] = {&target_baseline::gemm_table_f64};
#endif
};

template <class T>
const GemmTable<T>& find(const char* target) {
  for (const GemmTable<T>* candidate : Tables<T>::all) {
    if (std::strcmp(target, candidate->target) == 0) return *candidate;
  }
  return **std::prev(std::end(Tables<T>::all));
}

}  // namespace

template <class T>
const GemmTable<T>& gemm_table() {
  return find<T>(table<T>().target);
}

template <class T>
const GemmTable<T>* gemm_table_at(int i) {
  const Table<T>* found = table_at<T>(i);
  return found == nullptr ? nullptr : &find<T>(found->target);
}

template const GemmTable<float>& gemm_table<float>();
template const GemmTable<double>& gemm_table<double>();
template const GemmTable<float>* gemm_table_at<float>(int);
template const GemmTable<double>* gemm_table_at<double>(int);

}  // namespace fenchel::kernels
