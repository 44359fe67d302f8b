#include "operators/compressed.hpp"

#include <algorithm>
#include <cstring>

namespace fenchel {
namespace {

index item_size(Dtype dtype) { return dtype == Dtype::f32 || dtype == Dtype::i32 ? 4 : 8; }

void check_vector(const char* name, const ArrayView& array) {
  if (array.ndim != 1) fail(Status::SHAPE, "% has % dimensions; legal: 1", name, array.ndim);
}

}  // namespace

// An empty matrix has empty indices and values, which the parameters' check leaves out: absent arrays are empty.
Compressed::Compressed(const Params& params, StoredMatrix::Layout layout, const char* across) {
  const ArrayView indptr = params.array("indptr"), indices = params.array("indices"), values = params.array("values");
  check_vector("indptr", indptr);
  if (indices.ndim != 0) check_vector("indices", indices);
  if (values.ndim != 0) check_vector("values", values);
  const index nnz = values.ndim == 0 ? 0 : values.shape[0];
  if ((indices.ndim == 0 ? 0 : indices.shape[0]) != nnz)
    fail(Status::SHAPE, "indices has % elements and values has %; legal: the same",
         indices.ndim == 0 ? index{0} : indices.shape[0], nnz);
  if (indices.ndim != 0 && indices.dtype != indptr.dtype)
    fail(Status::DTYPE, "indptr and indices differ in dtype; legal: both int32 or both int64");
  const index length = params.integer(across);
  stored_.layout = layout;
  stored_.dtype = values.dtype;
  stored_.index_dtype = indptr.dtype;
  stored_.nnz = nnz;
  stored_.rows = by_columns() ? length : indptr.shape[0] - 1;
  stored_.cols = by_columns() ? indptr.shape[0] - 1 : length;
  if (lines() < 1) fail(Status::EMPTY, "indptr has % elements; legal: >= 2", indptr.shape[0]);
  stored_.indptr = contiguous(indptr);
  stored_.indices = contiguous(indices);
  stored_.values = contiguous(values);
  indptr.dtype == Dtype::i32 ? check<std::int32_t>(length) : check<std::int64_t>(length);
}

const void* Compressed::contiguous(const ArrayView& array) {
  const index item = item_size(array.dtype);
  if (array.ndim == 0 || array.strides[0] == item || array.shape[0] <= 1) return array.data;
  auto& copy = copies_.emplace_back(static_cast<std::size_t>(array.shape[0] * item));
  for (index i = 0; i < array.shape[0]; ++i)
    std::memcpy(copy.data() + i * item, static_cast<const std::byte*>(array.data) + i * array.strides[0],
                static_cast<std::size_t>(item));
  copied_bytes_ += array.shape[0] * item;
  return copy.data();
}

template <class I>
void Compressed::check(index across) const {
  const auto* starts = static_cast<const I*>(stored_.indptr);
  const auto* at = static_cast<const I*>(stored_.indices);
  if (starts[0] != 0) fail(Status::RANGE, "indptr[0] is %; legal: 0", static_cast<index>(starts[0]));
  for (index l = 0; l < lines(); ++l) {
    const auto begin = static_cast<index>(starts[l]), end = static_cast<index>(starts[l + 1]);
    if (end < begin || end > stored_.nnz)
      fail(Status::RANGE, "indptr[%] is %; legal: >= indptr[%] = % and <= the % values", l + 1, end, l, begin,
           stored_.nnz);
    for (index k = begin; k < end; ++k) {
      const auto i = static_cast<index>(at[k]);
      if (i < 0 || i >= across) fail(Status::RANGE, "indices[%] is %; legal: 0 to %", k, i, across - 1);
      if (k > begin && i <= static_cast<index>(at[k - 1]))
        fail(Status::RANGE, "indices[%] is % after %; legal: ascending within a row or column, each once", k, i,
             static_cast<index>(at[k - 1]));
    }
  }
  if (static_cast<index>(starts[lines()]) != stored_.nnz)
    fail(Status::RANGE, "indptr[%] is %; legal: the number of values, %", lines(), static_cast<index>(starts[lines()]),
         stored_.nnz);
}

// visit(values, indices, indptr) with their types.
template <class Visit>
void Compressed::visit(Visit&& visit) const {
  visit_real(stored_.dtype, [&](auto zero) {
    const auto* values = static_cast<const decltype(zero)*>(stored_.values);
    if (stored_.index_dtype == Dtype::i32)
      visit(values, static_cast<const std::int32_t*>(stored_.indices),
            static_cast<const std::int32_t*>(stored_.indptr));
    else
      visit(values, static_cast<const std::int64_t*>(stored_.indices),
            static_cast<const std::int64_t*>(stored_.indptr));
  });
}

template <class T>
void Compressed::gather(const T* v, T* out) const {
  visit([&](const auto* values, const auto* at, const auto* starts) {
    const auto product = [&](index k) { return static_cast<double>(values[k]) * static_cast<double>(v[at[k]]); };
    for (index l = 0; l < lines(); ++l) {
      const auto end = static_cast<index>(starts[l + 1]);
      auto k = static_cast<index>(starts[l]);
      double sum[4] = {};  // four chains, so that additions do not wait for each other
      for (; k + 4 <= end; k += 4)
        for (index u = 0; u < 4; ++u) sum[u] += product(k + u);
      for (; k < end; ++k) sum[0] += product(k);
      out[l] = static_cast<T>((sum[0] + sum[1]) + (sum[2] + sum[3]));
    }
  });
}

template <class T>
void Compressed::scatter(const T* v, T* out, Scratch scratch) const {
  const index length = by_columns() ? rows() : cols();
  double* sums = nullptr;
  if constexpr (std::is_same_v<T, double>)
    sums = out;
  else
    sums = scratch.take<double>(length);
  std::fill_n(sums, length, 0.0);
  visit([&](const auto* values, const auto* at, const auto* starts) {
    for (index l = 0; l < lines(); ++l) {
      const auto factor = static_cast<double>(v[l]);
      if (factor == 0) continue;
      const auto end = static_cast<index>(starts[l + 1]);
      for (auto k = static_cast<index>(starts[l]); k < end; ++k) sums[at[k]] += static_cast<double>(values[k]) * factor;
    }
  });
  if constexpr (!std::is_same_v<T, double>)
    for (index i = 0; i < length; ++i) out[i] = static_cast<T>(sums[i]);
}

template void Compressed::gather(const float*, float*) const;
template void Compressed::gather(const double*, double*) const;
template void Compressed::scatter(const float*, float*, Scratch) const;
template void Compressed::scatter(const double*, double*, Scratch) const;

}  // namespace fenchel
