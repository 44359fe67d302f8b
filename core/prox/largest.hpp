// largest.hpp -- which coordinates have the k largest keys. Ties: the coordinate that comes first.
#pragma once
#include <functional>

#include "prox/vectors.hpp"

namespace fenchel {

// The keys above `level` are among the k largest, and the first `ties` of those equal to it.
template <class T>
struct Largest {
  T level;
  index ties;
};

// keys (n values, not NaN) are reordered; 0 < k < n.
template <class T>
Largest<T> largest(index n, index k, T* keys) {
  std::nth_element(keys, keys + (k - 1), keys + n, std::greater<T>());
  const T level = keys[k - 1];
  index above = 0;
  for (index i = 0; i < k; ++i) above += keys[i] > level ? 1 : 0;
  return {level, k - above};
}

}  // namespace fenchel
