#include "array_check.hpp"

#include <cstdlib>
#include <limits>
#include <utility>

#include "guard.hpp"

namespace fenchel::capi {
namespace {

constexpr index kMax = std::numeric_limits<index>::max();

std::string tuple_text(const index* values, int count) {
  std::string text = "(";
  for (int k = 0; k < count; ++k) text += (k == 0 ? "" : ", ") + (values[k] == kAny ? "any" : to_text(values[k]));
  return text + (count == 1 ? ",)" : ")");
}

// The bytes between the first and the last element along each dimension must fit, and so must their sum.
void check_extent(const char* name, const fen_array& array, index item) {
  index elements = 1, reach = item;
  for (int k = 0; k < array.ndim; ++k) {
    if (array.shape[k] == 0) return;  // nothing is ever read
  }
  for (int k = 0; k < array.ndim; ++k) {
    index bytes;
    if (__builtin_mul_overflow(elements, array.shape[k], &elements) || __builtin_mul_overflow(elements, item, &bytes))
      fail(Status::TOO_LARGE, "% has shape %: its size overflows; legal: below 2^63 bytes", name,
           tuple_text(array.shape, array.ndim));
    const index stride = array.strides[k];
    index step;
    if (stride == std::numeric_limits<index>::min() ||
        __builtin_mul_overflow(std::abs(stride), array.shape[k] - 1, &step) ||
        __builtin_add_overflow(reach, step, &reach) || reach > kMax / 2)
      fail(Status::STRIDE, "% has strides % for shape %: addresses overflow", name,
           tuple_text(array.strides, array.ndim), tuple_text(array.shape, array.ndim));
  }
}

// Sorted by stride, each dimension must step over all that lies within the smaller ones.
void check_no_self_overlap(const char* name, const fen_array& array, index item) {
  int order[FEN_MAX_DIMS], dims = 0;
  for (int k = 0; k < array.ndim; ++k) {
    if (array.shape[k] > 1) order[dims++] = k;
  }
  for (int i = 1; i < dims; ++i) {
    for (int j = i; j > 0 && std::abs(array.strides[order[j]]) < std::abs(array.strides[order[j - 1]]); --j)
      std::swap(order[j], order[j - 1]);
  }
  index reach = item;
  for (int i = 0; i < dims; ++i) {
    const index stride = std::abs(array.strides[order[i]]);
    if (stride < reach)
      fail(Status::OVERLAP, "% is an output with strides % for shape %: its elements overlap one another", name,
           tuple_text(array.strides, array.ndim), tuple_text(array.shape, array.ndim));
    reach += stride * (array.shape[order[i]] - 1);
  }
}

ArrayView to_view(const fen_array& array) {
  ArrayView view;
  view.dtype = static_cast<Dtype>(array.dtype);
  view.ndim = array.ndim;
  view.data = array.data;
  for (int k = 0; k < array.ndim; ++k) {
    view.shape[k] = array.shape[k];
    view.strides[k] = array.strides[k];
  }
  return view;
}

void check_header(const char* name, const fen_array& array) {
  if (array.struct_size != sizeof array)
    fail(Status::STRUCT_SIZE, "%.struct_size is %; legal: sizeof(fen_array) = %", name,
         static_cast<index>(array.struct_size), static_cast<index>(sizeof array));
  if (item_size(array.dtype) == 0)
    fail(Status::DTYPE, "%.dtype is %; legal: 1 (f32), 2 (f64), 3 (i32), 4 (i64)", name, array.dtype);
  if (array.ndim < 0 || array.ndim > FEN_MAX_DIMS)
    fail(Status::SHAPE, "%.ndim is %; legal: 0 .. %", name, array.ndim, static_cast<int>(FEN_MAX_DIMS));
  if ((array.flags & ~static_cast<std::uint32_t>(FEN_ARRAY_READONLY)) != 0)
    fail(Status::RANGE, "%.flags is %; legal: 0 or FEN_ARRAY_READONLY", name, static_cast<index>(array.flags));
}

}  // namespace

int item_size(std::int32_t dtype) {
  switch (dtype) {
    case FEN_F32:
    case FEN_I32:
      return 4;
    case FEN_F64:
    case FEN_I64:
      return 8;
    default:
      return 0;
  }
}

const char* dtype_name(std::int32_t dtype) {
  constexpr const char* kNames[] = {"unknown", "f32", "f64", "i32", "i64"};
  return kNames[item_size(dtype) == 0 ? 0 : dtype];
}

std::string shape_text(const ArrayView& view) { return tuple_text(view.shape, view.ndim); }

index element_count(const ArrayView& view) {
  index count = 1;
  for (int k = 0; k < view.ndim; ++k) count *= view.shape[k];
  return count;
}

ArrayView check_array(const char* name, const fen_array* array, Access access) {
  require(array, name);
  check_header(name, *array);
  const index item = item_size(array->dtype);
  index elements = 1;
  for (int k = 0; k < array->ndim; ++k) {
    if (array->shape[k] < 0)
      fail(Status::SHAPE, "% has shape %; legal: sizes >= 0", name, tuple_text(array->shape, array->ndim));
    if (array->strides[k] % item != 0)
      fail(Status::STRIDE, "% has strides %; legal: multiples of the element size %", name,
           tuple_text(array->strides, array->ndim), item);
    elements = elements == 0 || array->shape[k] == 0 ? 0 : 1;
  }
  check_extent(name, *array, item);
  if (elements != 0) {
    if (array->data == nullptr) fail(Status::NULL_ARGUMENT, "%.data is NULL; it is required", name);
    if (reinterpret_cast<std::uintptr_t>(array->data) % static_cast<std::uintptr_t>(item) != 0)
      fail(Status::STRIDE, "%.data is not aligned to the element size %", name, item);
  }
  if (access == Access::out) {
    if ((array->flags & FEN_ARRAY_READONLY) != 0)
      fail(Status::READONLY, "% is an output and read-only; legal: an array without FEN_ARRAY_READONLY", name);
    if (elements != 0) check_no_self_overlap(name, *array, item);
  }
  return to_view(*array);
}

void check_real(const char* name, Dtype dtype) {
  if (dtype != Dtype::f32 && dtype != Dtype::f64)
    fail(Status::DTYPE, "% has dtype %; legal: f32, f64", name, dtype_name(static_cast<std::int32_t>(dtype)));
}

void check_integer(const char* name, Dtype dtype) {
  if (dtype != Dtype::i32 && dtype != Dtype::i64)
    fail(Status::DTYPE, "% has dtype %; legal: i32, i64", name, dtype_name(static_cast<std::int32_t>(dtype)));
}

void check_shape(const char* name, const ArrayView& view, std::initializer_list<index> shape) {
  const auto count = static_cast<int>(shape.size());
  bool same = view.ndim == count, empty = false;
  for (int k = 0; same && k < count; ++k) {
    const index expected = shape.begin()[k];
    same = expected == kAny || view.shape[k] == expected;
    empty = empty || (expected == kAny && view.shape[k] == 0);
  }
  if (!same) fail(Status::SHAPE, "% has shape %; legal: %", name, shape_text(view), tuple_text(shape.begin(), count));
  if (empty) fail(Status::EMPTY, "% has shape %; legal: sizes >= 1", name, shape_text(view));
}

ArrayView check_array(const char* name, const fen_array* array, Access access, Dtype dtype,
                      std::initializer_list<index> shape) {
  const ArrayView view = check_array(name, array, access);
  if (view.dtype != dtype)
    fail(Status::DTYPE, "% has dtype %; legal: %", name, dtype_name(array->dtype),
         dtype_name(static_cast<std::int32_t>(dtype)));
  check_shape(name, view, shape);
  return view;
}

ArrayView check_optional(const char* name, const fen_array* array, Access access, Dtype dtype,
                         std::initializer_list<index> shape) {
  if (array == nullptr) return {};
  return check_array(name, array, access, dtype, shape);
}

}  // namespace fenchel::capi
