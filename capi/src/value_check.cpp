// value_check.cpp -- are all numbers of an array within bounds? Big arrays are read once, in the order of memory, at
// its speed; only one that fails is searched for the element to name.
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <limits>
#include <utility>

#include "array_check.hpp"
#include "guard.hpp"
#include "kernels/kernels.hpp"

namespace fenchel::capi {
namespace {

// The bounds of T between which the same numbers of T lie.
std::pair<double, double> bounds_as(double, double lower, double upper) { return {lower, upper}; }
float at_most(double upper) {
  constexpr float kMost = std::numeric_limits<float>::max();
  if (upper > static_cast<double>(kMost)) return upper == kInf ? std::numeric_limits<float>::infinity() : kMost;
  const auto near = static_cast<float>(upper);
  return static_cast<double>(near) > upper ? std::nextafter(near, -std::numeric_limits<float>::infinity()) : near;
}
std::pair<float, float> bounds_as(float, double lower, double upper) { return {-at_most(-lower), at_most(upper)}; }

// The dimensions of an array that lead to other elements: steps > 0 and ascending, those that continue one another made
// one. data is where the least address lies.
struct Walk {
  const std::byte* data;
  index size[FEN_MAX_DIMS], step[FEN_MAX_DIMS];
  int dims = 0;

  explicit Walk(const ArrayView& view) : data(static_cast<const std::byte*>(view.data)) {
    for (int d = 0; d < view.ndim; ++d) {
      if (view.shape[d] <= 1 || view.strides[d] == 0) continue;
      if (view.strides[d] < 0) data += view.strides[d] * (view.shape[d] - 1);
      int k = dims++;
      for (; k > 0 && step[k - 1] > std::abs(view.strides[d]); --k) {
        size[k] = size[k - 1];
        step[k] = step[k - 1];
      }
      size[k] = view.shape[d];
      step[k] = std::abs(view.strides[d]);
    }
    int last = 0;
    for (int k = 1; k < dims; ++k) {
      if (step[k] == step[last] * size[last]) {
        size[last] *= size[k];
      } else {
        size[++last] = size[k];
        step[last] = step[k];
      }
    }
    if (dims > 0) dims = last + 1;
  }
};

template <class T>
bool line_within(const std::byte* data, index size, index step, T lower, T upper) {
  if (step == static_cast<index>(sizeof(T)))
    return kernels::table<T>().within(reinterpret_cast<const T*>(data), size, lower, upper);
  bool good = true;
  for (index i = 0; i < size; ++i) {
    const T value = *reinterpret_cast<const T*>(data + i * step);
    good &= (value >= lower) & (value <= upper);
  }
  return good;
}

template <class T>
bool walk_within(const Walk& walk, const std::byte* data, int dim, T lower, T upper) {
  if (dim < 0) return line_within(data, 1, static_cast<index>(sizeof(T)), lower, upper);
  if (dim == 0) return line_within(data, walk.size[0], walk.step[0], lower, upper);
  for (index i = 0; i < walk.size[dim]; ++i)
    if (!walk_within(walk, data + i * walk.step[dim], dim - 1, lower, upper)) return false;
  return true;
}

void name_not_finite(const char* name, const ArrayView& view, const std::string& where) {
  if (view.ndim > 1) {
    for (index i = 0; i < view.shape[0]; ++i) name_not_finite(name, view[i], where + to_text(i) + ", ");
    return;
  }
  for (index i = 0; i < (view.ndim == 0 ? 1 : view.shape[0]); ++i)
    if (!std::isfinite(view.real(i)))
      fail(Status::NOT_FINITE, "%[%%] is %; legal: finite", name, where, i, view.real(i));
}

}  // namespace

bool all_within(const ArrayView& view, double lower, double upper) {
  if (element_count(view) == 0) return true;
  const Walk walk(view);
  return visit_real(view.dtype, [&](auto zero) {
    const auto [low, high] = bounds_as(zero, lower, upper);
    return walk_within(walk, walk.data, walk.dims - 1, low, high);
  });
}

void check_finite(const char* name, const ArrayView& view) {
  if (view.dtype != Dtype::f32 && view.dtype != Dtype::f64) return;
  constexpr double most = std::numeric_limits<double>::max();
  if (!all_within(view, -most, most)) name_not_finite(name, view, "");
}

}  // namespace fenchel::capi
