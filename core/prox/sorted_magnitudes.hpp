// sorted_magnitudes.hpp -- |v_i| in descending order with their places: comparisons for few; many are dealt out by
// their bits (non-negative floating point numbers order as these do), once into some thousand buckets and then, in
// cache, within each. Ties in the order of places.
#pragma once
#include <algorithm>
#include <bit>
#include <cmath>
#include <type_traits>
#include <utility>

#include "prox/prox.hpp"

namespace fenchel {

template <class T>
struct Magnitude {
  T size;
  std::uint32_t place;
};

namespace detail {

template <class T>
bool larger(const Magnitude<T>& a, const Magnitude<T>& b) {
  return a.size > b.size || (a.size == b.size && a.place < b.place);
}

// By comparisons: what is short, or what distribution does not pull apart.
template <class T>
void sort_few(index count, Magnitude<T>* values) {
  if (count > 48) return std::sort(values, values + count, larger<T>);
  for (index i = 1; i < count; ++i) {
    const Magnitude<T> one = values[i];
    index j = i;
    for (; j > 0 && values[j - 1].size < one.size; --j) values[j] = values[j - 1];
    values[j] = one;
  }
}

// Deals `from` out to `to`, the largest sizes first, into at most `buckets` intervals of their bits, and keeps the
// order within each. ends[b]: where bucket b ends. Returns the number of buckets; 0 where all sizes are the same, with
// nothing written.
template <class T>
index deal(index count, const Magnitude<T>* from, Magnitude<T>* to, index buckets, std::uint32_t* ends) {
  using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  T least = from[0].size, most = least;
  for (index i = 0; i < count; ++i) {
    least = std::min(least, from[i].size);
    most = std::max(most, from[i].size);
  }
  const Bits top = std::bit_cast<Bits>(most), range = top - std::bit_cast<Bits>(least);
  if (range == 0) return 0;
  const auto shift = static_cast<int>(std::bit_width(static_cast<Bits>(range / static_cast<Bits>(buckets))));
  const auto bucket = [=](T size) { return static_cast<index>((top - std::bit_cast<Bits>(size)) >> shift); };
  const index used = static_cast<index>(range >> shift) + 1;
  std::fill(ends, ends + used, 0U);
  for (index i = 0; i < count; ++i) ++ends[bucket(from[i].size)];
  std::uint32_t start = 0;
  for (index b = 0; b < used; ++b) start += std::exchange(ends[b], start);
  for (index i = 0; i < count; ++i) to[ends[bucket(from[i].size)]++] = from[i];
  return used;
}

inline constexpr index kManyBuckets = 8192, kFewBuckets = 1024;

// Once over all, then within each bucket, which is in cache; `other` as large as values.
template <class T>
void deal_and_sort(index count, Magnitude<T>* values, Magnitude<T>* other, std::uint32_t* ends) {
  const index buckets = deal(count, values, other, std::clamp<index>(count / 64, 2, kManyBuckets), ends);
  std::uint32_t* inner = ends + kManyBuckets + 1;
  index first = 0;
  for (index b = 0; b < buckets; ++b) {
    const index end = ends[b], length = end - first;
    Magnitude<T>*part = other + first, *out = values + first;
    first = end;
    const bool deals = length > 24 && length <= 64 * kFewBuckets;
    const index parts = deals ? deal(length, part, out, std::min(length, kFewBuckets), inner) : 0;
    if (parts == 0) {  // few, or all the same, or a cluster
      std::copy(part, part + length, out);
      if (length <= 24 || !deals) sort_few(length, out);
    }
    for (index k = 0, from = 0; k < parts; from = inner[k++])
      if (inner[k] - from > 1) sort_few(inner[k] - from, out + from);
  }
}

}  // namespace detail

template <class T>
index sort_magnitudes_bytes(index count) {
  return scratch_for<Magnitude<T>>(count) + scratch_for<std::uint32_t>(detail::kManyBuckets + detail::kFewBuckets + 2);
}

// Sorts in place; not NaN. Ties in the order of places.
template <class T>
void sort_magnitudes(index count, Magnitude<T>* values, Scratch scratch) {
  if (count < 64) return detail::sort_few(count, values);
  auto* other = scratch.take<Magnitude<T>>(count);
  detail::deal_and_sort(count, values, other,
                        scratch.take<std::uint32_t>(detail::kManyBuckets + detail::kFewBuckets + 2));
}

inline void check_places(index n) {
  if (n > (index{1} << 32) - 2) fail(Status::TOO_LARGE, "x has % elements; legal: fewer than 2^32 - 1", n);
}

}  // namespace fenchel
