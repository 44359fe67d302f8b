// separable_dispatch.cpp -- the table of separable terms of the target that kernels::table<T>() chose.
#include <cstring>
#include <iterator>

#include "kernels/kernels.hpp"
#include "kernels/separable_kernels.hpp"

namespace fenchel::kernels {

#define FENCHEL_SEPARABLE_TABLES(name)                       \
  namespace target_##name {                                  \
    extern const SeparableTable<float> separable_table_f32;  \
    extern const SeparableTable<double> separable_table_f64; \
  }
FENCHEL_SEPARABLE_TABLES(baseline)
FENCHEL_SEPARABLE_TABLES(avx2)
FENCHEL_SEPARABLE_TABLES(avx512)
FENCHEL_SEPARABLE_TABLES(neon)
#undef FENCHEL_SEPARABLE_TABLES

namespace {

// What this build has, the same list as in CMakeLists.txt; the last one runs everywhere.
template <class T>
struct Tables;
template <>
struct Tables<float> {
#if defined(FENCHEL_KERNELS_X86)
  static constexpr const SeparableTable<float>* all[] = {
      &target_avx512::separable_table_f32, &target_avx2::separable_table_f32, &target_baseline::separable_table_f32};
#elif defined(FENCHEL_KERNELS_NEON)
  static constexpr const SeparableTable<float>* all[] = {&target_neon::separable_table_f32};
#else
  static constexpr const SeparableTable<float>* all[] = {&target_baseline::separable_table_f32};
#endif
};
template <>
struct Tables<double> {
#if defined(FENCHEL_KERNELS_X86)
  static constexpr const SeparableTable<double>* all[] = {
      &target_avx512::separable_table_f64, &target_avx2::separable_table_f64, &target_baseline::separable_table_f64};
#elif defined(FENCHEL_KERNELS_NEON)
  static constexpr const SeparableTable<double>* all[] = {&target_neon::separable_table_f64};
#else
  static constexpr const SeparableTable<double>* all[] = {&target_baseline::separable_table_f64};
#endif
};

template <class T>
const SeparableTable<T>& find(const char* target) {
  for (const SeparableTable<T>* candidate : Tables<T>::all) {
    if (std::strcmp(target, candidate->target) == 0) return *candidate;
  }
  return **std::prev(std::end(Tables<T>::all));
}

}  // namespace

template <class T>
const SeparableTable<T>& separable_table() {
  return find<T>(table<T>().target);
}

template <class T>
const SeparableTable<T>* separable_table_at(int i) {
  const Table<T>* found = table_at<T>(i);
  return found == nullptr ? nullptr : &find<T>(found->target);
}

template const SeparableTable<float>& separable_table<float>();
template const SeparableTable<double>& separable_table<double>();
template const SeparableTable<float>* separable_table_at<float>(int);
template const SeparableTable<double>* separable_table_at<double>(int);

}  // namespace fenchel::kernels
