// array_view.hpp -- a borrowed, strided view of caller memory; the C++ face of fen_array, already checked.
#pragma once
#include <cstddef>

#include "base/types.hpp"

namespace fenchel {

struct ArrayView {
  Dtype dtype = Dtype::f64;
  int ndim = 0;
  void* data = nullptr;
  index shape[4] = {0, 0, 0, 0};
  index strides[4] = {0, 0, 0, 0};  // bytes

  template <class T>
  T& at(index i, index j = 0, index k = 0) const {
    return *reinterpret_cast<T*>(static_cast<std::byte*>(data) + i * strides[0] + j * strides[1] + k * strides[2]);
  }
  // Element as double, from either real dtype.
  double real(index i, index j = 0, index k = 0) const {
    return dtype == Dtype::f32 ? static_cast<double>(at<float>(i, j, k)) : at<double>(i, j, k);
  }
  void set_real(double value, index i, index j = 0, index k = 0) const {
    if (dtype == Dtype::f32)
      at<float>(i, j, k) = static_cast<float>(value);
    else
      at<double>(i, j, k) = value;
  }
  // The (ndim - 1)-dimensional view at position i of the first dimension.
  ArrayView operator[](index i) const {
    ArrayView sub = *this;
    sub.data = static_cast<std::byte*>(data) + i * strides[0];
    sub.ndim = ndim - 1;
    for (int d = 0; d < 3; ++d) {
      sub.shape[d] = shape[d + 1];
      sub.strides[d] = strides[d + 1];
    }
    sub.shape[3] = sub.strides[3] = 0;
    return sub;
  }
};

}  // namespace fenchel
