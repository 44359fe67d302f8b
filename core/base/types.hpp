// types.hpp -- the words that every file uses.
#pragma once
#include <cstdint>
#include <limits>

namespace fenchel {

using index = std::int64_t;  // sizes and counts, as in the C interface

inline constexpr double kInf = std::numeric_limits<double>::infinity();
inline constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
inline constexpr double kLog2e = 1.4426950408889634074;
inline constexpr double kLn2 = 0.69314718055994530942;

enum class Dtype : std::int32_t { f32 = 1, f64 = 2, i32 = 3, i64 = 4 };

template <class T>
inline constexpr Dtype kDtypeOf = Dtype::f64;
template <>
inline constexpr Dtype kDtypeOf<float> = Dtype::f32;

// Calls f with a value of the C++ type that dtype names; only f32 and f64.
template <class F>
decltype(auto) visit_real(Dtype dtype, F&& f) {
  if (dtype == Dtype::f32) return f(float{});
  return f(double{});
}

}  // namespace fenchel
