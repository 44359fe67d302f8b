// grid_shape.hpp -- a signal, picture or volume: 1 to 3 axes, row-major.
#pragma once
#include "operators/operator.hpp"

namespace fenchel {

struct GridShape {
  int ndim = 0;
  index length[3] = {1, 1, 1};
  index size = 0;

  // Axis k has lines of length[k] entries, stride(k) apart.
  index stride(int axis) const {
    index out = 1;
    for (int k = axis + 1; k < ndim; ++k) out *= length[k];
    return out;
  }
  // first(begin) for the first entry of every line along an axis, in order.
  template <class First>
  void each_line(int axis, First&& first) const {
    const index inner = stride(axis), block = inner * length[axis];
    for (index outer = 0; outer < size; outer += block)
      for (index i = 0; i < inner; ++i) first(outer + i);
  }
};

// From the parameter `name`: 1 to 3 lengths > 0.
GridShape grid_shape(const char* name, const std::vector<index>& lengths);
// From an indices parameter `axes`: ascending axes of the grid; absent: all.
std::vector<int> grid_axes(const GridShape& shape, const std::vector<index>& axes);

}  // namespace fenchel
