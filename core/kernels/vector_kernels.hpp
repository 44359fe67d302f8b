// vector_kernels.hpp -- plain vectors: elementwise functions, dot, axpy.
#pragma once
#include "kernels/simd_math.hpp"

namespace fenchel::kernels::FENCHEL_SIMD_NAMESPACE {
namespace {

template <class T, Vec<T> (*f)(Vec<T>)>
void elementwise(const T* x, T* y, index n) {
  for_vectors<T>(0, n, [&](auto io, index j) FENCHEL_INLINE_LAMBDA { io.store(f(io.load(x + j)), y + j); });
}

// The lanes of one vector of T, added to `sum` in double.
FENCHEL_INLINE Vec<double> add_product(Vec<double> sum, Vec<double> x, Vec<double> y) { return MulAdd(x, y, sum); }
FENCHEL_INLINE Vec<double> add_product(Vec<double> sum, Vec<float> x, Vec<float> y) {
  sum = MulAdd(PromoteTo(LowerHalf(x)), PromoteTo(LowerHalf(y)), sum);
  return MulAdd(PromoteTo(UpperHalf(x)), PromoteTo(UpperHalf(y)), sum);
}

template <class T>
double dot(const T* x, const T* y, index n) {
  constexpr int unrolled = 4;
  Vec<double> sum[unrolled] = {};
  index j = 0;
  for (; j + unrolled * kLanes<T> <= n; j += unrolled * kLanes<T>) {
    unroll<unrolled>([&](int u) FENCHEL_INLINE_LAMBDA {
      const index i = j + u * kLanes<T>;
      sum[u] = add_product(sum[u], LoadU(x + i), LoadU(y + i));
    });
  }
  for_vectors<T>(j, n, [&](auto io, index i) FENCHEL_INLINE_LAMBDA {
    sum[0] = add_product(sum[0], io.load(x + i), io.load(y + i));
  });
  return ReduceSum((sum[0] + sum[1]) + (sum[2] + sum[3]));
}

template <class T>
void axpy(T a, const T* x, T* y, index n) {
  const Vec<T> factor = Set(a);
  for_vectors<T>(0, n, [&](auto io, index j) FENCHEL_INLINE_LAMBDA {
    io.store(MulAdd(factor, io.load(x + j), io.load(y + j)), y + j);
  });
}

void accumulate_double(const double* x, double* y, index n) { axpy(1.0, x, y, n); }
void accumulate_double(const float* x, double* y, index n) {
  constexpr index lanes = kLanes<double>;
  index j = 0;
  for (; j + lanes <= n; j += lanes) {
    Types<float>::Half v;
    __builtin_memcpy(&v, x + j, sizeof v);
    StoreU(LoadU(y + j) + PromoteTo(v), y + j);
  }
  for (; j < n; ++j) y[j] += static_cast<double>(x[j]);
}

}  // namespace
}  // namespace fenchel::kernels::FENCHEL_SIMD_NAMESPACE
