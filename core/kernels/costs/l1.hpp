// l1.hpp -- c(x, y) = sum_k |x_k - y_k|,  dc/dx_k = sign(x_k - y_k), and 0 at x_k = y_k
#pragma once

struct L1 {
  static constexpr const char* kName = "l1";
  static constexpr const char* kDoc = "city-block distance, sum_k |x_k - y_k|";
  static constexpr bool kNormalise = false;
  static constexpr bool kGradientNeedsSum = false;

  template <class T>
  static FENCHEL_INLINE Vec<T> accumulate(Vec<T> sum, Vec<T> x, Vec<T> y) {
    return sum + Abs<T>(x - y);
  }
  template <class T>
  static FENCHEL_INLINE Vec<T> finish(Vec<T> sum) {
    return sum;
  }
  template <class T>
  static FENCHEL_INLINE Vec<T> gradient_scale(Vec<T>) {
    return Set(T(1));
  }
  template <class T>
  static FENCHEL_INLINE Vec<T> gradient_term(Vec<T> x, Vec<T> y) {
    return IfThenElse(x > y, Set(T(1)), IfThenElse(x < y, Set(T(-1)), Zero<T>()));
  }
};
