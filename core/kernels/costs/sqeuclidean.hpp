// sqeuclidean.hpp -- c(x, y) = sum_k (x_k - y_k)^2,  dc/dx = 2 (x - y)
#pragma once

struct Sqeuclidean {
  static constexpr const char* kName = "sqeuclidean";
  static constexpr const char* kDoc = "squared Euclidean distance, sum_k (x_k - y_k)^2";
  static constexpr bool kNormalise = false;
  static constexpr bool kGradientNeedsSum = false;

  template <class T>
  static FENCHEL_INLINE Vec<T> accumulate(Vec<T> sum, Vec<T> x, Vec<T> y) {
    const Vec<T> d = x - y;
    return MulAdd(d, d, sum);
  }
  template <class T>
  static FENCHEL_INLINE Vec<T> finish(Vec<T> sum) {
    return sum;
  }
  template <class T>
  static FENCHEL_INLINE Vec<T> gradient_scale(Vec<T>) {
    return Set(T(2));
  }
  template <class T>
  static FENCHEL_INLINE Vec<T> gradient_term(Vec<T> x, Vec<T> y) {
    return x - y;
  }
};
