// vector_kernels.hpp -- plain vectors: elementwise functions, dot, axpy, bounds.
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

template <class T>
bool within(const T* x, index n, T lower, T upper) {
  constexpr int unrolled = 4;
  const Vec<T> low = Set(lower), high = Set(upper);
  Mask<T> good[unrolled];
  for (Mask<T>& each : good) each = low <= low;
  index j = 0;
  for (; j + unrolled * kLanes<T> <= n; j += unrolled * kLanes<T>) {
    unroll<unrolled>([&](int u) FENCHEL_INLINE_LAMBDA {
      const Vec<T> v = LoadU(x + j + u * kLanes<T>);
      good[u] = good[u] & (v >= low) & (v <= high);
    });
  }
  for_vectors<T>(j, n, [&](auto io, index i) FENCHEL_INLINE_LAMBDA {
    const Vec<T> v = io.load_or(lower, x + i);
    good[0] = good[0] & (v >= low) & (v <= high);
  });
  return BitsFromMask((good[0] & good[1]) & (good[2] & good[3])) == BitsFromMask(low <= low);
}

// C rows of a symmetric matrix' lower triangle at once: each is read once, for both of its products.
template <class T, int C>
FENCHEL_INLINE void symmetric_rows_of(const T* a, index ld, index n, const T* v, const T* w, T* acc, T* out) {
  Vec<T> factor[C], sum[C] = {};
  unroll<C>([&](int c) FENCHEL_INLINE_LAMBDA { factor[c] = Set(w[c]); });
  for_vectors<T>(0, n, [&](auto io, index j) FENCHEL_INLINE_LAMBDA {
    const Vec<T> vj = io.load(v + j);
    Vec<T> to = io.load(acc + j);
    unroll<C>([&](int c) FENCHEL_INLINE_LAMBDA {
      const Vec<T> entry = io.load(a + c * ld + j);
      sum[c] = MulAdd(entry, vj, sum[c]);
      to = MulAdd(factor[c], entry, to);
    });
    io.store(to, acc + j);
  });
  unroll<C>([&](int c) FENCHEL_INLINE_LAMBDA { out[c] += static_cast<T>(ReduceSum(sum[c])); });
}

template <class T>
void symmetric_product(const T* a, index ld, index n, const T* v, T* out) {
  constexpr int kBand = 4;
  for (index i = 0; i < n; ++i) out[i] = 0;
  index i = 0;
  for (; i + kBand <= n; i += kBand) {
    symmetric_rows_of<T, kBand>(a + i * ld, ld, i, v, v + i, out, out + i);
    for (index r = i; r < i + kBand; ++r) {
      const T* row = a + r * ld;
      for (index c = i; c < r; ++c) {
        out[r] += row[c] * v[c];
        out[c] += row[c] * v[r];
      }
      out[r] += row[r] * v[r];
    }
  }
  for (; i < n; ++i) {
    symmetric_rows_of<T, 1>(a + i * ld, ld, i, v, v + i, out, out + i);
    out[i] += a[i * ld + i] * v[i];
  }
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
