#include "base/term.hpp"

#include <cstring>

namespace fenchel {

bool Params::same(const char* a, const char* b) { return std::strcmp(a, b) == 0; }

const Params::Value* Params::find(const char* name) const {
  for (const Value& value : values_)
    if (same(value.name, name)) return &value;
  return nullptr;
}

double Params::real(const char* name) const {
  if (const Value* value = find(name)) return value->number;
  for (const ParamInfo& info : infos_)
    if (same(info.name, name)) return info.fallback;
  fail(Status::INTERNAL, "a term asks for its parameter %, which it does not declare", name);
}

ArrayView Params::array(const char* name) const {
  const Value* value = find(name);
  return value == nullptr ? ArrayView{} : value->array;
}

namespace {

// Calls f(element's position as (i, j, k, l)) in row-major order; ndim <= 4, absent: nothing.
template <class F>
void visit_elements(const ArrayView& a, F&& f) {
  if (a.ndim == 0) return;
  const index n[4] = {a.shape[0], a.ndim > 1 ? a.shape[1] : 1, a.ndim > 2 ? a.shape[2] : 1,
                      a.ndim > 3 ? a.shape[3] : 1};
  for (index i = 0; i < n[0]; ++i)
    for (index j = 0; j < n[1]; ++j)
      for (index k = 0; k < n[2]; ++k)
        for (index l = 0; l < n[3]; ++l)
          f(static_cast<const std::byte*>(a.data) + i * a.strides[0] + (a.ndim > 1 ? j * a.strides[1] : 0) +
            (a.ndim > 2 ? k * a.strides[2] : 0) + (a.ndim > 3 ? l * a.strides[3] : 0));
}

template <class T>
T load(const std::byte* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

}  // namespace

std::vector<double> copy_doubles(const ArrayView& array) {
  std::vector<double> out;
  visit_elements(array, [&](const std::byte* at) {
    out.push_back(array.dtype == Dtype::f32 ? static_cast<double>(load<float>(at)) : load<double>(at));
  });
  return out;
}

std::vector<index> copy_indices(const ArrayView& array) {
  std::vector<index> out;
  visit_elements(array, [&](const std::byte* at) {
    out.push_back(array.dtype == Dtype::i32 ? static_cast<index>(load<std::int32_t>(at)) : load<std::int64_t>(at));
  });
  return out;
}

void check_length(const char* name, const ArrayView& array, index length) {
  if (array.ndim == 0) return;
  if (array.ndim != 1 || array.shape[0] != length)
    fail(Status::SHAPE, "% has % dimensions and % elements in the first; legal: (%)", name, array.ndim, array.shape[0],
         length);
}

}  // namespace fenchel
