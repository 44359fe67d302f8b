#include "operators/grid_shape.hpp"

namespace fenchel {

GridShape grid_shape(const char* name, const std::vector<index>& lengths) {
  const auto ndim = static_cast<index>(lengths.size());
  if (ndim < 1 || ndim > 3) fail(Status::SHAPE, "% has % lengths; legal: 1 to 3", name, ndim);
  GridShape shape;
  shape.ndim = static_cast<int>(ndim);
  shape.size = 1;
  for (index k = 0; k < ndim; ++k) {
    const index length = lengths[static_cast<std::size_t>(k)];
    if (length < 1) fail(Status::RANGE, "%[%] is %; legal: >= 1", name, k, length);
    if (length > (index{1} << 40) / shape.size)
      fail(Status::TOO_LARGE, "% has more than 2^40 entries: %[%] is %", name, name, k, length);
    shape.length[k] = length;
    shape.size *= length;
  }
  return shape;
}

std::vector<int> grid_axes(const GridShape& shape, const std::vector<index>& axes) {
  std::vector<int> out;
  for (std::size_t k = 0; k < axes.size(); ++k) {
    if (axes[k] < 0 || axes[k] >= shape.ndim || (k > 0 && axes[k] <= axes[k - 1]))
      fail(Status::RANGE, "axes[%] is %; legal: 0 to %, ascending", static_cast<index>(k), axes[k], shape.ndim - 1);
    out.push_back(static_cast<int>(axes[k]));
  }
  for (int k = 0; axes.empty() && k < shape.ndim; ++k) out.push_back(k);
  return out;
}

}  // namespace fenchel
