// dispatch_table.hpp -- a further table of kernels beside kernels::table<T>(), of the target that this one chose. For
// the dispatch files alone: FENCHEL_DISPATCH(GemmTable, gemm_table) defines gemm_table<T>() and gemm_table_at<T>(i)
// over gemm_table_f32 and gemm_table_f64 of all targets.
#pragma once
#include <cstring>
#include <initializer_list>

#include "kernels/kernels.hpp"
#include "kernels/target_list.hpp"

namespace fenchel::kernels {

// Of tables, best first, the one of a target; else the last, which runs everywhere.
template <class Table>
const Table& of_target(std::initializer_list<const Table*> tables, const char* target) {
  for (const Table* table : tables)
    if (std::strcmp(target, table->target) == 0) return *table;
  return **(tables.end() - 1);
}

}  // namespace fenchel::kernels

#define FENCHEL_DISPATCH_AS(T, suffix, Type, name)                                                              \
  template <>                                                                                                   \
  const Type<T>& name<T>() {                                                                                    \
    return of_target<Type<T>>({FENCHEL_OF_TARGETS(name##suffix)}, table<T>().target);                           \
  }                                                                                                             \
  template <>                                                                                                   \
  const Type<T>* name##_at<T>(int i) {                                                                          \
    const Table<T>* found = table_at<T>(i);                                                                     \
    return found == nullptr ? nullptr : &of_target<Type<T>>({FENCHEL_OF_TARGETS(name##suffix)}, found->target); \
  }

#define FENCHEL_DISPATCH(Type, name)           \
  FENCHEL_DISPATCH_AS(float, _f32, Type, name) \
  FENCHEL_DISPATCH_AS(double, _f64, Type, name)
