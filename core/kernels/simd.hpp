// simd.hpp -- the vocabulary of the kernels: a vector of T as wide as the target, with the names that Highway uses.
//
// Arithmetic and comparisons are the compilers' own (vector extensions); only what they cannot say is an intrinsic.
// Included by targets/*.cpp alone, which name the target first: FENCHEL_SIMD_NAMESPACE and FENCHEL_SIMD_BYTES.
// Everything sits in an unnamed namespace, so that no function compiled for one instruction set can be linked in
// place of another's.
#pragma once
#include <cstdint>
#if defined(__x86_64__) || defined(__i386__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

#include "kernels/kernels.hpp"

#define FENCHEL_INLINE inline __attribute__((always_inline))
#define FENCHEL_INLINE_LAMBDA __attribute__((always_inline))

namespace fenchel::kernels::FENCHEL_SIMD_NAMESPACE {
namespace {

inline constexpr int kVectorBytes = FENCHEL_SIMD_BYTES;

// Vectors by width, for reductions.
typedef float F32x2 __attribute__((vector_size(8)));
typedef float F32x4 __attribute__((vector_size(16)));
typedef float F32x8 __attribute__((vector_size(32)));
typedef float F32x16 __attribute__((vector_size(64)));
typedef double F64x2 __attribute__((vector_size(16)));
typedef double F64x4 __attribute__((vector_size(32)));
typedef double F64x8 __attribute__((vector_size(64)));

template <class T>
struct Types;
template <>
struct Types<float> {
  typedef float Vector __attribute__((vector_size(kVectorBytes)));
  typedef float Half __attribute__((vector_size(kVectorBytes / 2)));
  typedef std::uint32_t Bits __attribute__((vector_size(kVectorBytes)));
  using Bit = std::uint32_t;
};
template <>
struct Types<double> {
  typedef double Vector __attribute__((vector_size(kVectorBytes)));
  typedef std::uint64_t Bits __attribute__((vector_size(kVectorBytes)));
  using Bit = std::uint64_t;
};
template <class T>
using Vec = typename Types<T>::Vector;
template <class T>
using Bits = typename Types<T>::Bits;
template <class T>
using Mask = decltype(Vec<T>{} < Vec<T>{});
template <class T>
inline constexpr index kLanes = kVectorBytes / static_cast<index>(sizeof(T));

template <class T>
FENCHEL_INLINE Vec<T> Zero() {
  return Vec<T>{};
}
template <class T>
FENCHEL_INLINE Vec<T> Set(T x) {
  return x - Vec<T>{};
}
template <class To, class From>
FENCHEL_INLINE To BitCast(From v) {
  static_assert(sizeof(To) == sizeof(From));
  To to;
  __builtin_memcpy(&to, &v, sizeof to);
  return to;
}
template <class T>
FENCHEL_INLINE Vec<T> LoadU(const T* p) {
  Vec<T> v;
  __builtin_memcpy(&v, p, sizeof v);
  return v;
}
template <class T>
FENCHEL_INLINE void StoreU(Vec<T> v, T* p) {
  __builtin_memcpy(p, &v, sizeof v);
}
// Asks for the cache line at p + bytes, which need not exist.
FENCHEL_INLINE void Prefetch(const void* p, index bytes) {
  __builtin_prefetch(
      reinterpret_cast<const void*>(reinterpret_cast<std::uintptr_t>(p) + static_cast<std::uintptr_t>(bytes)));
}
template <class M, class V>
FENCHEL_INLINE V IfThenElse(M mask, V yes, V no) {
  return mask ? yes : no;
}
// a b + c; the target files allow contraction, so this is one rounding where the target has FMA.
template <class V>
FENCHEL_INLINE V MulAdd(V a, V b, V c) {
  return a * b + c;
}
template <class V>
FENCHEL_INLINE V NegMulAdd(V a, V b, V c) {
  return c - a * b;
}
template <class T>
FENCHEL_INLINE Vec<T> Abs(Vec<T> v) {
  return BitCast<Vec<T>>(BitCast<Bits<T>>(v) & (~typename Types<T>::Bit{0} >> 1));
}
// The lanes below n.
template <class T>
FENCHEL_INLINE Mask<T> FirstN(index n) {
  Mask<T> lane;
  for (int i = 0; i < kLanes<T>; ++i) lane[i] = i;
  using Lane = decltype(lane[0] + 0);
  return lane < static_cast<Lane>(n);
}

// What one target says better than the compiler does. Each block defines, for float and double:
//   LoadNOr(other, p, n)   the first n lanes from p, `other` in the rest; nothing past p + n is touched
//   StoreN(v, p, n)        the first n lanes to p
//   Sqrt(v)                correctly rounded
//   Min(a, b), Max(a, b)   NaN in a or b gives b
//   BitsFromMask(mask)     lane i in bit i
#if FENCHEL_SIMD_BYTES == 64 && defined(__AVX512F__)
FENCHEL_INLINE Vec<float> LoadNOr(Vec<float> other, const float* p, index n) {
  return _mm512_mask_loadu_ps(other, static_cast<__mmask16>((1U << n) - 1), p);
}
FENCHEL_INLINE Vec<double> LoadNOr(Vec<double> other, const double* p, index n) {
  return _mm512_mask_loadu_pd(other, static_cast<__mmask8>((1U << n) - 1), p);
}
FENCHEL_INLINE void StoreN(Vec<float> v, float* p, index n) {
  _mm512_mask_storeu_ps(p, static_cast<__mmask16>((1U << n) - 1), v);
}
FENCHEL_INLINE void StoreN(Vec<double> v, double* p, index n) {
  _mm512_mask_storeu_pd(p, static_cast<__mmask8>((1U << n) - 1), v);
}
// The masked forms, with every lane on: GCC's header starts the plain ones from an uninitialised register.
FENCHEL_INLINE Vec<float> Sqrt(Vec<float> v) { return _mm512_maskz_sqrt_ps(0xFFFF, v); }
FENCHEL_INLINE Vec<double> Sqrt(Vec<double> v) { return _mm512_maskz_sqrt_pd(0xFF, v); }
FENCHEL_INLINE Vec<float> Min(Vec<float> a, Vec<float> b) { return _mm512_maskz_min_ps(0xFFFF, a, b); }
FENCHEL_INLINE Vec<double> Min(Vec<double> a, Vec<double> b) { return _mm512_maskz_min_pd(0xFF, a, b); }
FENCHEL_INLINE Vec<float> Max(Vec<float> a, Vec<float> b) { return _mm512_maskz_max_ps(0xFFFF, a, b); }
FENCHEL_INLINE Vec<double> Max(Vec<double> a, Vec<double> b) { return _mm512_maskz_max_pd(0xFF, a, b); }
FENCHEL_INLINE unsigned BitsFromMask(Mask<float> mask) { return _mm512_movepi32_mask((__m512i)mask); }
FENCHEL_INLINE unsigned BitsFromMask(Mask<double> mask) { return _mm512_movepi64_mask((__m512i)mask); }
#elif FENCHEL_SIMD_BYTES == 32 && defined(__AVX2__)
FENCHEL_INLINE Vec<float> LoadNOr(Vec<float> other, const float* p, index n) {
  const Mask<float> mask = FirstN<float>(n);
  return IfThenElse(mask, static_cast<Vec<float>>(_mm256_maskload_ps(p, (__m256i)mask)), other);
}
FENCHEL_INLINE Vec<double> LoadNOr(Vec<double> other, const double* p, index n) {
  const Mask<double> mask = FirstN<double>(n);
  return IfThenElse(mask, static_cast<Vec<double>>(_mm256_maskload_pd(p, (__m256i)mask)), other);
}
FENCHEL_INLINE void StoreN(Vec<float> v, float* p, index n) { _mm256_maskstore_ps(p, (__m256i)FirstN<float>(n), v); }
FENCHEL_INLINE void StoreN(Vec<double> v, double* p, index n) { _mm256_maskstore_pd(p, (__m256i)FirstN<double>(n), v); }
FENCHEL_INLINE Vec<float> Sqrt(Vec<float> v) { return _mm256_sqrt_ps(v); }
FENCHEL_INLINE Vec<double> Sqrt(Vec<double> v) { return _mm256_sqrt_pd(v); }
FENCHEL_INLINE Vec<float> Min(Vec<float> a, Vec<float> b) { return _mm256_min_ps(a, b); }
FENCHEL_INLINE Vec<double> Min(Vec<double> a, Vec<double> b) { return _mm256_min_pd(a, b); }
FENCHEL_INLINE Vec<float> Max(Vec<float> a, Vec<float> b) { return _mm256_max_ps(a, b); }
FENCHEL_INLINE Vec<double> Max(Vec<double> a, Vec<double> b) { return _mm256_max_pd(a, b); }
FENCHEL_INLINE unsigned BitsFromMask(Mask<float> mask) {
  return static_cast<unsigned>(_mm256_movemask_ps((__m256)mask));
}
FENCHEL_INLINE unsigned BitsFromMask(Mask<double> mask) {
  return static_cast<unsigned>(_mm256_movemask_pd((__m256d)mask));
}
#else
template <class V, class T>
FENCHEL_INLINE V LoadNOr(V other, const T* p, index n) {
  for (index i = 0; i < n; ++i) other[i] = p[i];
  return other;
}
template <class V, class T>
FENCHEL_INLINE void StoreN(V v, T* p, index n) {
  for (index i = 0; i < n; ++i) p[i] = v[i];
}
#if defined(__SSE2__)
FENCHEL_INLINE Vec<float> Sqrt(Vec<float> v) { return _mm_sqrt_ps(v); }
FENCHEL_INLINE Vec<double> Sqrt(Vec<double> v) { return _mm_sqrt_pd(v); }
FENCHEL_INLINE Vec<float> Min(Vec<float> a, Vec<float> b) { return _mm_min_ps(a, b); }
FENCHEL_INLINE Vec<double> Min(Vec<double> a, Vec<double> b) { return _mm_min_pd(a, b); }
FENCHEL_INLINE Vec<float> Max(Vec<float> a, Vec<float> b) { return _mm_max_ps(a, b); }
FENCHEL_INLINE Vec<double> Max(Vec<double> a, Vec<double> b) { return _mm_max_pd(a, b); }
FENCHEL_INLINE unsigned BitsFromMask(Mask<float> mask) { return static_cast<unsigned>(_mm_movemask_ps((__m128)mask)); }
FENCHEL_INLINE unsigned BitsFromMask(Mask<double> mask) {
  return static_cast<unsigned>(_mm_movemask_pd((__m128d)mask));
}
#else
#if defined(__aarch64__)
FENCHEL_INLINE Vec<float> Sqrt(Vec<float> v) { return vsqrtq_f32(v); }
FENCHEL_INLINE Vec<double> Sqrt(Vec<double> v) { return vsqrtq_f64(v); }
#else
FENCHEL_INLINE Vec<float> Sqrt(Vec<float> v) {
  for (int i = 0; i < kLanes<float>; ++i) v[i] = __builtin_sqrtf(v[i]);
  return v;
}
FENCHEL_INLINE Vec<double> Sqrt(Vec<double> v) {
  for (int i = 0; i < kLanes<double>; ++i) v[i] = __builtin_sqrt(v[i]);
  return v;
}
#endif
template <class V>
FENCHEL_INLINE V Max(V a, V b) {
  return a > b ? a : b;
}
template <class V>
FENCHEL_INLINE V Min(V a, V b) {
  return a < b ? a : b;
}
template <class M>
FENCHEL_INLINE unsigned BitsFromMask(M mask) {
  unsigned bits = 0;
  for (unsigned i = 0; i < sizeof(M) / sizeof(mask[0]); ++i) bits |= (mask[i] != 0 ? 1U : 0U) << i;
  return bits;
}
#endif
#endif

FENCHEL_INLINE F32x2 LowerHalf(F32x4 v) { return __builtin_shufflevector(v, v, 0, 1); }
FENCHEL_INLINE F32x2 UpperHalf(F32x4 v) { return __builtin_shufflevector(v, v, 2, 3); }
FENCHEL_INLINE F32x4 LowerHalf(F32x8 v) { return __builtin_shufflevector(v, v, 0, 1, 2, 3); }
FENCHEL_INLINE F32x4 UpperHalf(F32x8 v) { return __builtin_shufflevector(v, v, 4, 5, 6, 7); }
FENCHEL_INLINE F32x8 LowerHalf(F32x16 v) { return __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7); }
FENCHEL_INLINE F32x8 UpperHalf(F32x16 v) { return __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15); }
FENCHEL_INLINE F64x2 LowerHalf(F64x4 v) { return __builtin_shufflevector(v, v, 0, 1); }
FENCHEL_INLINE F64x2 UpperHalf(F64x4 v) { return __builtin_shufflevector(v, v, 2, 3); }
FENCHEL_INLINE F64x4 LowerHalf(F64x8 v) { return __builtin_shufflevector(v, v, 0, 1, 2, 3); }
FENCHEL_INLINE F64x4 UpperHalf(F64x8 v) { return __builtin_shufflevector(v, v, 4, 5, 6, 7); }

// The sum of all lanes in double, by halves: a fixed tree.
FENCHEL_INLINE double ReduceSum(F64x2 v) { return v[0] + v[1]; }
FENCHEL_INLINE double ReduceSum(F64x4 v) { return ReduceSum(LowerHalf(v) + UpperHalf(v)); }
FENCHEL_INLINE double ReduceSum(F64x8 v) { return ReduceSum(LowerHalf(v) + UpperHalf(v)); }
FENCHEL_INLINE Vec<double> PromoteTo(Types<float>::Half v) { return __builtin_convertvector(v, Vec<double>); }
FENCHEL_INLINE double ReduceSum(Vec<float> v) { return ReduceSum(PromoteTo(LowerHalf(v)) + PromoteTo(UpperHalf(v))); }

// How a step of a loop touches memory: a whole vector, or the n lanes that are left at the end.
struct Whole {
  template <class T>
  FENCHEL_INLINE Vec<T> load(const T* p) const {
    return LoadU(p);
  }
  template <class T>
  FENCHEL_INLINE Vec<T> load_or(T, const T* p) const {
    return LoadU(p);
  }
  template <class T>
  FENCHEL_INLINE void store(Vec<T> v, T* p) const {
    StoreU(v, p);
  }
};
struct Part {
  index n;
  template <class T>
  FENCHEL_INLINE Vec<T> load(const T* p) const {
    return LoadNOr(Zero<T>(), p, n);
  }
  template <class T>
  FENCHEL_INLINE Vec<T> load_or(T other, const T* p) const {
    return LoadNOr(Set(other), p, n);
  }
  template <class T>
  FENCHEL_INLINE void store(Vec<T> v, T* p) const {
    StoreN(v, p, n);
  }
};

// step(Whole or Part, j) for the vectors of [begin, end).
template <class T, class Step>
FENCHEL_INLINE void for_vectors(index begin, index end, Step step) {
  index j = begin;
  for (; j + kLanes<T> <= end; j += kLanes<T>) step(Whole{}, j);
  if (j < end) step(Part{end - j}, j);
}

// step(i) for i = 0 .. N-1, unrolled whatever the compiler's mood: arrays of vectors indexed by i stay in registers.
template <int N, int I = 0, class Step>
FENCHEL_INLINE void unroll(Step step) {
  if constexpr (I < N) {
    step(I);
    unroll<N, I + 1>(step);
  }
}

// T lanes are flushed to double at least this often.
inline constexpr index kBlock = 1024;
FENCHEL_INLINE index block_end(index begin, index end) { return end - begin > kBlock ? begin + kBlock : end; }

inline constexpr double kInfinity = __builtin_inf();

}  // namespace
}  // namespace fenchel::kernels::FENCHEL_SIMD_NAMESPACE
