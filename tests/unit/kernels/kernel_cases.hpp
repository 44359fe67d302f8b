// kernel_cases.hpp -- what the kernel tests share: targets, random vectors without alignment, long double references.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <type_traits>
#include <vector>

#include "kernels/kernels.hpp"

namespace kernel_cases {

using fenchel::kernels::index;
using fenchel::kernels::kFlush;
using fenchel::kernels::kTileRows;
using fenchel::kernels::Table;
using Wide = long double;

inline constexpr Wide kInf = std::numeric_limits<Wide>::infinity();

// n values of T one element past a 64-byte boundary: natural alignment is all that the kernels may ask for. The storage
// ends with the last value, so that the sanitizers see a read past it.
template <class T>
class Unaligned {
 public:
  explicit Unaligned(index n, T value = T(0)) : storage_(static_cast<std::size_t>(n) + 1, value) {}
  T* data() { return storage_.data() + 1; }
  const T* data() const { return storage_.data() + 1; }
  T& operator[](index i) { return data()[i]; }
  const T& operator[](index i) const { return data()[i]; }
  index size() const { return static_cast<index>(storage_.size()) - 1; }

 private:
  std::vector<T> storage_;
};

template <class T>
Unaligned<T> random_vector(index n, double low, double high, unsigned seed) {
  std::mt19937_64 generator(seed);
  std::uniform_real_distribution<double> uniform(low, high);
  Unaligned<T> v(n);
  for (index i = 0; i < n; ++i) v[i] = static_cast<T>(uniform(generator));
  return v;
}

template <class T>
inline constexpr Wide kEps = std::numeric_limits<T>::epsilon();

// |got - expected| in units of the last place of T at `expected` (of the smallest normal number below it).
template <class T>
Wide ulps(T got, Wide expected) {
  if (std::isnan(expected) || std::isnan(got)) return std::isnan(expected) && std::isnan(got) ? 0 : kInf;
  if (std::isinf(expected) || std::isinf(got)) return static_cast<Wide>(got) == expected ? 0 : kInf;
  int exponent = std::numeric_limits<T>::min_exponent;
  if (expected != 0) exponent = std::max(exponent, std::ilogb(expected) + 1);
  return std::fabs(static_cast<Wide>(got) - expected) / std::ldexp(1.0L, exponent - std::numeric_limits<T>::digits);
}

// The larger of worst and next; a NaN counts as worst of all (std::max would drop it).
inline void take_worst(Wide& worst, Wide next) {
  if (!(next <= worst)) worst = std::isnan(next) ? kInf : next;
}

// For every table of this machine.
template <class T, class Case>
void on_every_target(Case&& run) {
  for (int i = 0; const Table<T>* table = fenchel::kernels::table_at<T>(i); ++i) run(*table);
}

}  // namespace kernel_cases
