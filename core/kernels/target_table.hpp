// target_table.hpp -- all kernels of one target in its two tables. Included by targets/*.cpp, once each.
//
// The tables are constants with names of their own; they are the only symbols that leave the object file.
#pragma once
#include "kernels/column_kernels.hpp"
#include "kernels/tile_cloud.hpp"
#include "kernels/tile_consumers.hpp"
#include "kernels/tile_matrix.hpp"
#include "kernels/vector_kernels.hpp"

namespace fenchel::kernels::FENCHEL_SIMD_NAMESPACE {
namespace {

#include "kernels/cost_includes.inc"  // generated: every file of costs/

template <class T>
constexpr Table<T> make_table(const char* target) {
  Table<T> t{};
  t.target = target;
  t.exp = elementwise<T, exp_full<T>>;
  t.exp2 = elementwise<T, exp2_full<T>>;
  t.log = elementwise<T, log_full<T>>;
  t.log2 = elementwise<T, log2_full<T>>;
  t.exp_rows_matrix = exp_rows_matrix<T>;
  t.arg_rows_matrix = arg_rows_matrix<T>;
#define FENCHEL_COST(Cost) t.cloud[t.costs++] = cloud_kernels<T, Cost>();
#include "kernels/cost_list.inc"  // generated: FENCHEL_COST(Name) for every file of costs/
#undef FENCHEL_COST
  t.accumulate_rows = accumulate_rows<T>;
  t.dot_rows = dot_rows<T>;
  t.max_value = max_value<T>;
  t.exp2_shift = exp2_shift<T>;
  t.max_into = max_into<T>;
  t.exp2_into = exp2_into<T>;
  t.compress_row = compress_row<T>;
  t.objective_row = objective_row<T>;
  t.dot = dot<T>;
  t.axpy = axpy<T>;
  t.accumulate_double = accumulate_double;
  t.within = within<T>;
  t.symmetric_product = symmetric_product<T>;
  t.column_dots = column_dots<T>;
  t.column_axpys = column_axpys<T>;
  return t;
}

}  // namespace

extern const Table<float> table_f32;
extern const Table<double> table_f64;
constinit const Table<float> table_f32 = make_table<float>(FENCHEL_SIMD_TARGET);
constinit const Table<double> table_f64 = make_table<double>(FENCHEL_SIMD_TARGET);

}  // namespace fenchel::kernels::FENCHEL_SIMD_NAMESPACE
