// euclidean.hpp -- c(x, y) = |x - y|,  dc/dx = (x - y) / |x - y|, and 0 at x = y
#pragma once

struct Euclidean {
  static constexpr const char* kName = "euclidean";
  static constexpr const char* kDoc = "Euclidean distance, sqrt(sum_k (x_k - y_k)^2)";
  static constexpr bool kNormalise = false;
  static constexpr bool kGradientNeedsSum = true;

  template <class T>
  static FENCHEL_INLINE Vec<T> accumulate(Vec<T> sum, Vec<T> x, Vec<T> y) {
    const Vec<T> d = x - y;
    return MulAdd(d, d, sum);
  }
  template <class T>
  static FENCHEL_INLINE Vec<T> finish(Vec<T> sum) {
    return Sqrt(sum);
  }
  template <class T>
  static FENCHEL_INLINE Vec<T> gradient_scale(Vec<T> sum) {
    return IfThenElse(sum > Zero<T>(), Set(T(1)) / Sqrt(sum), Zero<T>());
  }
  template <class T>
  static FENCHEL_INLINE Vec<T> gradient_term(Vec<T> x, Vec<T> y) {
    return x - y;
  }
};
