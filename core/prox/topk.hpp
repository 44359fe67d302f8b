// topk.hpp -- terms 0 on {at most k coordinates are not 0} of every block of coordinates, from the key that Self ranks.
//
// Self offers  T key(T v) const: larger is kept rather, at most 0 is never kept;  index block(index n) const: the
// length of the blocks (the last one may be shorter);  index most() const: k;  bool legal(T x) const.
#pragma once
#include "prox/largest.hpp"

namespace fenchel {

template <class Self>
class TopKProx : public ProxOf<Self> {
 public:
  index scratch_bytes(index n) const override { return scratch_for<double>(n); }

  template <class T>
  double prox_of(index n, const T* v, Step<T>, T* out, Scratch scratch) const {
    return each_kept(
        n, v, scratch, [&](index i, bool kept) { out[i] = kept ? v[i] : T(0); }, out);
  }
  template <class T>
  double value_of(index n, const T* x, Scratch) const {
    const index block = self().block(n);
    bool legal = true;
    index count = 0;
    for (index i = 0; i < n; ++i) {
      if (x[i] != x[i]) return kNaN;
      if (i % block == 0) count = 0;
      count += x[i] != 0 ? 1 : 0;
      legal = legal && count <= self().most() && self().legal(x[i]);
    }
    return inside(legal);
  }
  template <class T>
  void vjp_of(index n, const T* v, Step<T>, const T* cotangent, T* out, Scratch scratch) const {
    each_kept(
        n, v, scratch, [&](index i, bool kept) { out[i] = kept ? cotangent[i] : T(0); }, out);
  }

 private:
  const Self& self() const { return static_cast<const Self&>(*this); }

  // f(i, whether coordinate i is kept), but NaN to all of `out` in a block with a NaN. Returns 0 or NaN.
  template <class T, class F>
  double each_kept(index n, const T* v, Scratch scratch, F&& f, T* out) const {
    double result = 0;
    const index block = self().block(n), k = self().most();
    T* keys = scratch.take<T>(std::min(block, n));
    for (index first = 0; first < n; first += block) {
      const index length = std::min(block, n - first);
      bool nan = false;
      for (index i = 0; i < length; ++i) {
        keys[i] = self().key(v[first + i]);
        nan = nan || keys[i] != keys[i];
      }
      if (nan) {
        result = all_nan(length, out + first);
        continue;
      }
      Largest<T> bound{T(0), 0};
      if (k < length) bound = largest(length, k, keys);
      if (!(bound.level > 0)) bound = {T(0), 0};
      for (index i = first; i < first + length; ++i) {
        const T key = self().key(v[i]);
        const bool tie = key == bound.level && bound.ties > 0;
        if (tie) --bound.ties;
        f(i, key > bound.level || tie);
      }
    }
    return result;
  }
};

}  // namespace fenchel
