// array_api.cpp -- fenchel.h section 2.
#include <cstring>

#include "array_check.hpp"
#include "fenchel/fenchel.h"

void fen_array_init(fen_array* array, int32_t dtype, int32_t ndim, const int64_t* shape, void* data) {
  if (array == nullptr) return;
  std::memset(array, 0, sizeof *array);
  array->struct_size = sizeof *array;
  array->dtype = dtype;
  array->ndim = ndim;
  array->data = data;
  // Unsigned, since a nonsensical shape must not be undefined behaviour here: check_array refuses it later.
  auto stride = static_cast<std::uint64_t>(fenchel::capi::item_size(dtype));
  for (int32_t k = (ndim < FEN_MAX_DIMS ? ndim : FEN_MAX_DIMS) - 1; k >= 0 && shape != nullptr; --k) {
    array->shape[k] = shape[k];
    array->strides[k] = static_cast<std::int64_t>(stride);
    stride *= static_cast<std::uint64_t>(shape[k]);
  }
}
