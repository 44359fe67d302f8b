// array_check.hpp -- fen_array to ArrayView: every way an array can be wrong is refused here, by name.
#pragma once
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>

#include "base/array_view.hpp"
#include "fenchel/fenchel.h"

namespace fenchel::capi {

inline constexpr index kAny = -1;  // a size that an argument itself decides

enum class Access { in, out };

// Bytes of an element, 0 for an unknown dtype.
int item_size(std::int32_t dtype);
const char* dtype_name(std::int32_t dtype);

// The checks every array passes: struct_size, dtype and ndim known, flags known, sizes >= 0, strides whole, nothing
// overflows, data aligned and present; for outputs: writable, and no two elements at one address.
// Throws NULL_ARGUMENT, STRUCT_SIZE, DTYPE, SHAPE, RANGE, STRIDE, TOO_LARGE, READONLY, OVERLAP.
ArrayView check_array(const char* name, const fen_array* array, Access access);

// The same, and its dtype and shape; kAny admits any size >= 1. EMPTY for a size 0.
ArrayView check_array(const char* name, const fen_array* array, Access access, Dtype dtype,
                      std::initializer_list<index> shape);

// The same for an argument that may be NULL: ndim 0 then.
ArrayView check_optional(const char* name, const fen_array* array, Access access, Dtype dtype,
                         std::initializer_list<index> shape);

// Throws DTYPE unless f32 or f64 (i32 or i64).
void check_real(const char* name, Dtype dtype);
void check_integer(const char* name, Dtype dtype);
void check_shape(const char* name, const ArrayView& view, std::initializer_list<index> shape);

// Is every element of an f32 or f64 array within [lower, upper]? NaN is not. Read once, in the order of memory,
// whatever the strides; shapes of size 0 hold nothing that is not.
bool all_within(const ArrayView& view, double lower, double upper);

// Throws NOT_FINITE naming the first such element, by the order of its indices.
void check_finite(const char* name, const ArrayView& view);

std::string shape_text(const ArrayView& view);

// The elements of a view: product of the sizes, which check_array has proved to fit.
index element_count(const ArrayView& view);

}  // namespace fenchel::capi
