// strided_vectors.hpp -- strided vectors of the caller as the contiguous memory that terms work on: in place where they
// are, through a buffer where not.
#pragma once
#include "base/array_view.hpp"
#include "base/buffer.hpp"

namespace fenchel::capi {

template <class T>
bool contiguous(const ArrayView& v) {
  return v.shape[0] == 1 || v.strides[0] == static_cast<index>(sizeof(T));
}

template <class T>
void gather(const ArrayView& from, T* to) {
  for (index i = 0; i < from.shape[0]; ++i) to[i] = from.at<T>(i);
}

template <class T>
void scatter(const T* from, const ArrayView& to) {
  for (index i = 0; i < to.shape[0]; ++i) to.at<T>(i) = from[i];
}

// Row i of (k, n), or the vector (n) itself.
inline ArrayView row_of(const ArrayView& a, index i) { return a.ndim == 2 ? a[i] : a; }
inline index rows_of(const ArrayView& a) { return a.ndim == 2 ? a.shape[0] : 1; }
inline index length_of(const ArrayView& a) { return a.shape[a.ndim - 1]; }

// An input vector, one after the other.
template <class T>
class InputVector {
 public:
  const T* of(const ArrayView& view) {
    if (contiguous<T>(view)) return static_cast<const T*>(view.data);
    buffer_.resize(view.shape[0]);
    gather(view, buffer_.data());
    return buffer_.data();
  }

 private:
  Buffer<T> buffer_;
};

// An output vector: written through data(), in place after done(). `staged` keeps the caller's memory untouched until
// then.
template <class T>
class OutputVector {
 public:
  T* of(const ArrayView& view, bool staged = false) {
    view_ = view;
    in_place_ = !staged && contiguous<T>(view);
    if (in_place_) return static_cast<T*>(view.data);
    buffer_.resize(view.shape[0]);
    return buffer_.data();
  }
  void done() const {
    if (!in_place_) scatter(buffer_.data(), view_);
  }

 private:
  ArrayView view_;
  bool in_place_ = true;
  Buffer<T> buffer_;
};

// Whether outputs may take the place of inputs: the very same elements.
inline bool same_elements(const ArrayView& a, const ArrayView& b) {
  bool same = a.data == b.data && a.ndim == b.ndim && a.dtype == b.dtype;
  for (int k = 0; same && k < a.ndim; ++k)
    same = a.shape[k] == b.shape[k] && (a.strides[k] == b.strides[k] || a.shape[k] == 1);
  return same;
}

}  // namespace fenchel::capi
