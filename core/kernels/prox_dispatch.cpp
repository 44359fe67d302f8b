// prox_dispatch.cpp -- the table of separable terms of the target that kernels::table<T>() chose.
#include <cstring>
#include <iterator>

#include "kernels/kernels.hpp"
#include "kernels/prox_kernels.hpp"

namespace fenchel::kernels {

#define FENCHEL_PROX_TABLES(name)                  \
  namespace target_##name {                        \
    extern const ProxTable<float> prox_table_f32;  \
    extern const ProxTable<double> prox_table_f64; \
  }
FENCHEL_PROX_TABLES(baseline)
FENCHEL_PROX_TABLES(avx2)
FENCHEL_PROX_TABLES(avx512)
FENCHEL_PROX_TABLES(neon)
#undef FENCHEL_PROX_TABLES

namespace {

// What this build has, the same list as in CMakeLists.txt; the last one runs everywhere.
template <class T>
struct Tables;
template <>
struct Tables<float> {
#if defined(FENCHEL_KERNELS_X86)
  static constexpr const ProxTable<float>* all[] = {&target_avx512::prox_table_f32, &target_avx2::prox_table_f32,
                                                    &target_baseline::prox_table_f32};
#elif defined(FENCHEL_KERNELS_NEON)
  static constexpr const ProxTable<float>* all[] = {&target_neon::prox_table_f32};
#else
  static constexpr const ProxTable<float>* all[] = {&target_baseline::prox_table_f32};
#endif
};
template <>
struct Tables<double> {
#if defined(FENCHEL_KERNELS_X86)
  static constexpr const ProxTable<double>* all[] = {&target_avx512::prox_table_f64, &target_avx2::prox_table_f64,
                                                     &target_baseline::prox_table_f64};
#elif defined(FENCHEL_KERNELS_NEON)
  static constexpr const ProxTable<double>* all[] = {&target_neon::prox_table_f64};
#else
  static constexpr const ProxTable<double>* all[] = {&target_baseline::prox_table_f64};
#endif
};

template <class T>
const ProxTable<T>& find(const char* target) {
  for (const ProxTable<T>* candidate : Tables<T>::all) {
    if (std::strcmp(target, candidate->target) == 0) return *candidate;
  }
  return **std::prev(std::end(Tables<T>::all));
}

}  // namespace

template <class T>
const ProxTable<T>& prox_table() {
  return find<T>(table<T>().target);
}

template <class T>
const ProxTable<T>* prox_table_at(int i) {
  const Table<T>* found = table_at<T>(i);
  return found == nullptr ? nullptr : &find<T>(found->target);
}

template const ProxTable<float>& prox_table<float>();
template const ProxTable<double>& prox_table<double>();
template const ProxTable<float>* prox_table_at<float>(int);
template const ProxTable<double>* prox_table_at<double>(int);

}  // namespace fenchel::kernels
