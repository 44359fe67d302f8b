// sorted_magnitudes.hpp -- |v_i| in descending order with their places: an introsort for few, a radix sort of the bits
// for many (non-negative floating point numbers order as their bits do). Stable: ties in the order of places.
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

// One pass of a radix sort, by `bits` bits from `shift`, the largest first. False: all digits were the same.
template <class T>
bool radix_pass(index count, const Magnitude<T>* in, Magnitude<T>* out, int shift, index* histogram) {
  using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  constexpr index kDigits = 2048;
  const auto digit = [shift](T size) {
    return kDigits - 1 - static_cast<index>((std::bit_cast<Bits>(size) >> shift) & 2047U);
  };
  std::fill(histogram, histogram + kDigits, index{0});
  for (index i = 0; i < count; ++i) ++histogram[digit(in[i].size)];
  if (histogram[digit(in[0].size)] == count) return false;
  index start = 0;
  for (index d = 0; d < kDigits; ++d) start += std::exchange(histogram[d], start);
  for (index i = 0; i < count; ++i) out[histogram[digit(in[i].size)]++] = in[i];
  return true;
}

}  // namespace detail

template <class T>
index sort_magnitudes_bytes(index count) {
  return scratch_for<Magnitude<T>>(count) + scratch_for<index>(2048);
}

// Sorts in place; not NaN.
template <class T>
void sort_magnitudes(index count, Magnitude<T>* values, Scratch scratch) {
  if (count < 1024) {
    std::sort(values, values + count, [](const Magnitude<T>& a, const Magnitude<T>& b) {
      return a.size > b.size || (a.size == b.size && a.place < b.place);
    });
    return;
  }
  Magnitude<T>*from = values, *to = scratch.take<Magnitude<T>>(count);
  index* histogram = scratch.take<index>(2048);
  for (int shift = 0; shift < static_cast<int>(8 * sizeof(T)); shift += 11)
    if (detail::radix_pass(count, from, to, shift, histogram)) std::swap(from, to);
  if (from != values) std::copy(from, from + count, values);
}

inline void check_places(index n) {
  if (n > (index{1} << 32) - 2) fail(Status::TOO_LARGE, "x has % elements; legal: fewer than 2^32 - 1", n);
}

}  // namespace fenchel
