// cosine.hpp -- c(x, y) = 1 - x . y of unit vectors,  dc/dx = -y (the scaling to unit length is the caller's to
// differentiate)
#pragma once

struct Cosine {
  static constexpr const char* kName = "cosine";
  static constexpr const char* kDoc = "cosine distance, 1 - x . y / (|x| |y|)";
  static constexpr bool kNormalise = true;
  static constexpr bool kGradientNeedsSum = false;

  template <class T>
  static FENCHEL_INLINE Vec<T> accumulate(Vec<T> sum, Vec<T> x, Vec<T> y) {
    return MulAdd(x, y, sum);
  }
  template <class T>
  static FENCHEL_INLINE Vec<T> finish(Vec<T> sum) {
    return Set(T(1)) - sum;
  }
  template <class T>
  static FENCHEL_INLINE Vec<T> gradient_scale(Vec<T>) {
    return Set(T(-1));
  }
  template <class T>
  static FENCHEL_INLINE Vec<T> gradient_term(Vec<T>, Vec<T> y) {
    return y;
  }
};
