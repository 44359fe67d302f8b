// column_kernels.hpp -- columns of a stored matrix, f32 or f64, against vectors of double: the two products of
// coordinate descent and of gradients of linear models.
#pragma once
#include "kernels/simd_math.hpp"

namespace fenchel::kernels::FENCHEL_SIMD_NAMESPACE {
namespace {

FENCHEL_INLINE Vec<double> load_double(const double* p) { return LoadU(p); }
FENCHEL_INLINE Vec<double> load_double(const float* p) {
  Types<float>::Half v;
  __builtin_memcpy(&v, p, sizeof v);
  return PromoteTo(v);
}

// C columns at once: C independent chains, and v is loaded once for all of them.
template <class T, int C>
FENCHEL_INLINE void dots_of(const T* x, index ld, index n, const double* v, double* out) {
  constexpr index lanes = kLanes<double>;
  constexpr int chains = C >= 4 ? 2 : 4;
  Vec<double> sum[C][chains] = {};
  index i = 0;
  for (; i + chains * lanes <= n; i += chains * lanes) {
    unroll<chains>([&](int u) FENCHEL_INLINE_LAMBDA {
      const Vec<double> vi = LoadU(v + i + u * lanes);
      unroll<C>([&](int c) FENCHEL_INLINE_LAMBDA {
        sum[c][u] = MulAdd(load_double(x + c * ld + i + u * lanes), vi, sum[c][u]);
      });
    });
  }
  for (; i + lanes <= n; i += lanes) {
    const Vec<double> vi = LoadU(v + i);
    unroll<C>([&](int c) FENCHEL_INLINE_LAMBDA { sum[c][0] = MulAdd(load_double(x + c * ld + i), vi, sum[c][0]); });
  }
  for (int c = 0; c < C; ++c) {
    Vec<double> all = sum[c][0];
    for (int u = 1; u < chains; ++u) all += sum[c][u];
    double total = ReduceSum(all);
    for (index k = i; k < n; ++k) total += static_cast<double>(x[c * ld + k]) * v[k];
    out[c] = total;
  }
}

template <class T>
void column_dots(const T* x, index ld, index cols, index n, const double* v, double* out) {
  index c = 0;
  for (; c + 4 <= cols; c += 4) dots_of<T, 4>(x + c * ld, ld, n, v, out + c);
  for (; c < cols; ++c) dots_of<T, 1>(x + c * ld, ld, n, v, out + c);
}

template <class T, int C>
FENCHEL_INLINE void axpys_of(const T* x, index ld, index n, const double* a, double* y) {
  constexpr index lanes = kLanes<double>;
  Vec<double> factor[C];
  unroll<C>([&](int c) FENCHEL_INLINE_LAMBDA { factor[c] = Set(a[c]); });
  index i = 0;
  for (; i + lanes <= n; i += lanes) {
    Vec<double> yi = LoadU(y + i);
    unroll<C>([&](int c) FENCHEL_INLINE_LAMBDA { yi = MulAdd(factor[c], load_double(x + c * ld + i), yi); });
    StoreU(yi, y + i);
  }
  for (; i < n; ++i) {
    double sum = y[i];
    for (int c = 0; c < C; ++c) sum += a[c] * static_cast<double>(x[c * ld + i]);
    y[i] = sum;
  }
}

template <class T>
void column_axpys(const T* x, index ld, index cols, index n, const double* a, double* y) {
  index c = 0;
  for (; c + 4 <= cols; c += 4) axpys_of<T, 4>(x + c * ld, ld, n, a + c, y);
  for (; c < cols; ++c) axpys_of<T, 1>(x + c * ld, ld, n, a + c, y);
}

}  // namespace
}  // namespace fenchel::kernels::FENCHEL_SIMD_NAMESPACE
