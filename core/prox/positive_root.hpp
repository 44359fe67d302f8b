// positive_root.hpp -- the nonnegative root x of x^2 - v x - c = 0, c >= 0: the prox of c times -log at v.
#pragma once
#include <cmath>

namespace fenchel {

inline double positive_root(double v, double c) {
  const double root = std::hypot(v, 2 * std::sqrt(c));
  if (!(v < 0)) return 0.5 * (v + root);
  return c == 0 ? 0 : 2 * (c / (root - v));  // v + root cancels
}

// Its derivative in v.
inline double positive_root_slope(double v, double c) {
  const double root = std::hypot(v, 2 * std::sqrt(c));
  return root == 0 ? 0 : positive_root(v, c) / root;
}

}  // namespace fenchel
