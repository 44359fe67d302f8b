// simd_math.hpp -- exp2, exp, log2 and log of a vector. Coefficients: coefficients.py. Contract: kernels.hpp.
//
//   exp2(t) = 2^n 2^r,  n = round(t), |r| <= 1/2, 2^r by a polynomial with constant term exactly 1
//   exp(x)  = 2^n e^r,  n = round(x log2 e), r = x - n ln 2 with ln 2 in two parts
//   log(x)  = k ln 2 + log(1 + f), 1 + f in [sqrt(1/2), sqrt 2), s = f / (2 + f), log(1 + f) = 2 atanh(s)
//           with 2 atanh(s) rearranged as f - (f^2/2 - s (f^2/2 + s^2 P(s^2))), so that f itself is the leading term
#pragma once
#include "kernels/simd.hpp"

namespace fenchel::kernels::FENCHEL_SIMD_NAMESPACE {
namespace {

template <class T>
struct Real;

template <>
struct Real<double> {
  static constexpr int kMantissaBits = 52;
  static constexpr std::uint64_t kBias = 1023;
  static constexpr double kRound = 0x1.8p52;  // x + kRound has round(x) in its low bits
  static constexpr double kMinNormal = 0x1p-1022;
  static constexpr double kMinExponent = -1022;             // of a normal number
  static constexpr double kOverflow = 1024;                 // exp2 of it is infinite
  static constexpr double kLogMin = -0x1.6232bdd7abcd2p+9;  // exp below it is subnormal,
  static constexpr double kLogMax = 0x1.62e42fefa39efp+9;   // above it infinite
  static constexpr double kLog2e = 0x1.71547652b82fep+0;
  static constexpr double kLn2High = 0x1.62e42feep-1;  // 32 bits: exact times any exponent
  static constexpr double kLn2Low = 0x1.a39ef35793c76p-33;
  static constexpr std::uint64_t kSqrtHalfBits = 0x3fe6a09e667f3bcdULL;
  static constexpr double kExp2[] = {0x1p+0,
                                     0x1.62e42fefa39efp-1,
                                     0x1.ebfbdff82c5a4p-3,
                                     0x1.c6b08d7049fe8p-5,
                                     0x1.3b2ab6fba011bp-7,
                                     0x1.5d87fe78cd706p-10,
                                     0x1.4309130ed8836p-13,
                                     0x1.ffcbfba971c4cp-17,
                                     0x1.62bfc79e06b2dp-20,
                                     0x1.b5267cfd9935dp-24,
                                     0x1.e61b4e559da9fp-28,
                                     0x1.e79b8cce3e978p-32};
  // 2^(j/16), and (2^r - 1) / r for |r| <= 1/32
  static constexpr double kSixteenths[] = {0x1p+0,
                                           0x1.0b5586cf9890fp+0,
                                           0x1.172b83c7d517bp+0,
                                           0x1.2387a6e756238p+0,
                                           0x1.306fe0a31b715p+0,
                                           0x1.3dea64c123422p+0,
                                           0x1.4bfdad5362a27p+0,
                                           0x1.5ab07dd485429p+0,
                                           0x1.6a09e667f3bcdp+0,
                                           0x1.7a11473eb0187p+0,
                                           0x1.8ace5422aa0dbp+0,
                                           0x1.9c49182a3f09p+0,
                                           0x1.ae89f995ad3adp+0,
                                           0x1.c199bdd85529cp+0,
                                           0x1.d5818dcfba487p+0,
                                           0x1.ea4afa2a490dap+0};
  static constexpr double kExp2Sixteenth[] = {0x1.62e42fefa39fdp-1, 0x1.ebfbdff82c59dp-3,  0x1.c6b08d6e8a707p-5,
                                              0x1.3b2ab6fa99107p-7, 0x1.5d89be37dd2d7p-10, 0x1.430a9899f8dfcp-13};
  static constexpr double kExp[] = {0x1p+0,
                                    0x1p+0,
                                    0x1.000000000000ap-1,
                                    0x1.55555555554fap-3,
                                    0x1.555555555088dp-5,
                                    0x1.1111111127b4ap-7,
                                    0x1.6c16c1842623ap-10,
                                    0x1.a01a012a84b1ep-13,
                                    0x1.a0199a17ba521p-16,
                                    0x1.71df24ffc4b1cp-19,
                                    0x1.28ad67d05077ep-22,
                                    0x1.ad7fd3e93a419p-26};
  static constexpr double kLog[] = {0x1.5555555555592p-1, 0x1.999999997fdbep-2, 0x1.24924941f0dd4p-2,
                                    0x1.c71c52098f26fp-3, 0x1.74663edf3cacfp-3, 0x1.39a1bb9353fa5p-3,
                                    0x1.2f055b3fd8236p-3};
};

template <>
struct Real<float> {
  static constexpr int kMantissaBits = 23;
  static constexpr std::uint32_t kBias = 127;
  static constexpr float kRound = 0x1.8p23F;
  static constexpr float kMinNormal = 0x1p-126F;
  static constexpr float kMinExponent = -126;
  static constexpr float kOverflow = 128;
  static constexpr float kLogMin = -0x1.5d589ep+6F;
  static constexpr float kLogMax = 0x1.62e42ep+6F;
  static constexpr float kLog2e = 0x1.715476p+0F;
  static constexpr float kLn2High = 0x1.62e4p-1F;
  static constexpr float kLn2Low = 0x1.7f7d1cp-20F;
  static constexpr std::uint32_t kSqrtHalfBits = 0x3f3504f3U;
  static constexpr float kExp2[] = {0x1p+0F,        0x1.62e43p-1F,   0x1.ebfbdcp-3F, 0x1.c6aee8p-5F,
                                    0x1.3b2d4cp-7F, 0x1.5f3e52p-10F, 0x1.41fbc2p-13F};
  // 2^(j/16), and (2^r - 1) / r for |r| <= 1/32
  static constexpr float kSixteenths[] = {0x1p+0F,        0x1.0b5586p+0F, 0x1.172b84p+0F, 0x1.2387a6p+0F,
                                          0x1.306fep+0F,  0x1.3dea64p+0F, 0x1.4bfdaep+0F, 0x1.5ab07ep+0F,
                                          0x1.6a09e6p+0F, 0x1.7a1148p+0F, 0x1.8ace54p+0F, 0x1.9c4918p+0F,
                                          0x1.ae89fap+0F, 0x1.c199bep+0F, 0x1.d5818ep+0F, 0x1.ea4afap+0F};
  static constexpr float kExp2Sixteenth[] = {0x1.62e43p-1F, 0x1.ebfff4p-3F, 0x1.c6b46ap-5F};
  static constexpr float kExp[] = {0x1p+0F,        0x1p+0F,        0x1.fffffcp-2F, 0x1.555492p-3F,
                                   0x1.5558f2p-5F, 0x1.1239d4p-7F, 0x1.6a243ap-10F};
  static constexpr float kLog[] = {0x1.555554p-1F, 0x1.999a7ap-2F, 0x1.2438d8p-2F, 0x1.e2f65ap-3F};
};

// c_I + c_(I+2) z + c_(I+4) z^2 + ..., all times `scale`, a power of two: the products are exact, and made at compile
// time.
template <class T, int N, int I>
FENCHEL_INLINE Vec<T> every_second(Vec<T> z, const T (&c)[N], T scale) {
  if constexpr (I + 2 >= N) {
    return Set(c[I] * scale);
  } else {
    return MulAdd(every_second<T, N, I + 2>(z, c, scale), z, Set(c[I] * scale));
  }
}
// scale * sum_(i >= From) c_i x^(i - From) as an even and an odd half: half the latency of Horner's scheme for one
// product more. (Estrin's scheme has less latency still, but needs more products, of which the loops over a tile have
// too many already.)
template <int From = 0, class T, int N>
FENCHEL_INLINE Vec<T> polynomial(Vec<T> x, const T (&c)[N], T scale = T(1)) {
  const Vec<T> z = x * x;
  return MulAdd(every_second<T, N, From + 1>(z, c, scale), x, every_second<T, N, From>(z, c, scale));
}
// The same for c_0 = 1, with all other terms added to it last: less than an ULP even where the target has no FMA.
template <class T, int N>
FENCHEL_INLINE Vec<T> polynomial_from_one(Vec<T> x, const T (&c)[N]) {
  return MulAdd(polynomial<1>(x, c), x, Set(T(1)));
}

// p 2^n for n in the low bits of `shifted`, by adding to the exponent of p: reaches from the smallest normal number to
// infinity (p = 1, n = kOverflow). The caller replaces what is outside, and NaN.
template <class T>
FENCHEL_INLINE Vec<T> add_exponent(Vec<T> p, Vec<T> shifted) {
  return BitCast<Vec<T>>(BitCast<Bits<T>>(p) + (BitCast<Bits<T>>(shifted) << Real<T>::kMantissaBits));
}

// exp2 in tiles: exactly 0 below kFlush, infinity and NaN as they should be.
#if FENCHEL_SIMD_BYTES == 64 && defined(__AVX512DQ__)
// 2^(j/16) for the low four bits j of every lane of `index`.
FENCHEL_INLINE Vec<float> sixteenths(Vec<float> index) {
  return _mm512_maskz_permutexvar_ps(0xFFFF, (__m512i)index, LoadU(Real<float>::kSixteenths));
}
FENCHEL_INLINE Vec<double> sixteenths(Vec<double> index) {
  return _mm512_permutex2var_pd(LoadU(Real<double>::kSixteenths), (__m512i)index, LoadU(Real<double>::kSixteenths + 8));
}
// x less its nearest sixteenth, 0 for an infinite x.
FENCHEL_INLINE Vec<float> fraction(Vec<float> x) { return _mm512_maskz_reduce_ps(0xFFFF, x, 0x48); }
FENCHEL_INLINE Vec<double> fraction(Vec<double> x) { return _mm512_maskz_reduce_pd(0xFF, x, 0x48); }
// p 2^floor(n), and 0 where t < flush
FENCHEL_INLINE Vec<float> scale_unless_below(Vec<float> p, Vec<float> n, Vec<float> t, float flush) {
  return _mm512_maskz_scalef_ps(_mm512_cmp_ps_mask(t, _mm512_set1_ps(flush), _CMP_NLT_UQ), p, n);
}
FENCHEL_INLINE Vec<double> scale_unless_below(Vec<double> p, Vec<double> n, Vec<double> t, double flush) {
  return _mm512_maskz_scalef_pd(_mm512_cmp_pd_mask(t, _mm512_set1_pd(flush), _CMP_NLT_UQ), p, n);
}
// 16 steps to the octave: half the polynomial, the rest by a table that fits in registers.
template <class T>
FENCHEL_INLINE Vec<T> exp2_flushed(Vec<T> t) {
  using R = Real<T>;
  const Vec<T> r = fraction(t), n = t - r;
  const Vec<T> base = sixteenths(t + Set(R::kRound / 16));
  return scale_unless_below(MulAdd(base * r, polynomial(r, R::kExp2Sixteenth), base), n, t, kFlush<T>);
}
#else
template <class T>
FENCHEL_INLINE Vec<T> exp2_flushed(Vec<T> t) {
  using R = Real<T>;
  // 2^(n-1) is made from bits and multiplies 2 p: no n up to kOverflow leaves the exponent field, and NaN stays NaN.
  constexpr T round_and_bias = R::kRound + static_cast<T>(R::kBias - 1);
  const Vec<T> x = Min(Set(R::kOverflow), t);
  const Vec<T> shifted = x + Set(round_and_bias);
  const Vec<T> p = polynomial(x - (shifted - Set(round_and_bias)), R::kExp2, T(2));
  const Vec<T> scale = BitCast<Vec<T>>(BitCast<Bits<T>>(shifted) << R::kMantissaBits);
  return IfThenElse(t < Set(kFlush<T>), Zero<T>(), p * scale);
}
#endif

template <class T>
FENCHEL_INLINE Vec<T> exp2_full(Vec<T> t) {
  using R = Real<T>;
  const Vec<T> x = Min(Set(R::kOverflow), t);
  const Vec<T> shifted = x + Set(R::kRound);
  const Vec<T> y = add_exponent<T>(polynomial_from_one<T>(x - (shifted - Set(R::kRound)), R::kExp2), shifted);
  return IfThenElse(t < Set(R::kMinExponent), Zero<T>(), IfThenElse(t != t, t, y));
}

template <class T>
FENCHEL_INLINE Vec<T> exp_full(Vec<T> x) {
  using R = Real<T>;
  const Vec<T> shifted = MulAdd(x, Set(R::kLog2e), Set(R::kRound));
  const Vec<T> n = shifted - Set(R::kRound);
  const Vec<T> r = NegMulAdd(n, Set(R::kLn2Low), NegMulAdd(n, Set(R::kLn2High), x));
  const Vec<T> y = add_exponent<T>(polynomial_from_one<T>(r, R::kExp), shifted);
  const Vec<T> z = IfThenElse(x > Set(R::kLogMax), Set(static_cast<T>(kInfinity)), y);
  return IfThenElse(x < Set(R::kLogMin), Zero<T>(), IfThenElse(x != x, x, z));
}

// x = 2^k (1 + f), and log(1 + f) = f - minus.
template <class T>
struct LogParts {
  Vec<T> k, f, minus;
};

template <class T>
FENCHEL_INLINE LogParts<T> log_parts(Vec<T> x) {
  using R = Real<T>;
  using Bit = typename Types<T>::Bit;
  constexpr T lift = static_cast<T>(Bit{1} << R::kMantissaBits);
  constexpr Bit round_bits = (R::kBias + R::kMantissaBits) << R::kMantissaBits;  // of the number `lift`
  const Mask<T> tiny = x < Set(R::kMinNormal);
  const Bits<T> bits = BitCast<Bits<T>>(IfThenElse(tiny, x * Set(lift), x));
  // k + bias, as a small integer and then as a number: or-ed into the low bits of `lift`.
  const Bits<T> biased = (bits - R::kSqrtHalfBits + (R::kBias << R::kMantissaBits)) >> R::kMantissaBits;
  const Vec<T> k = BitCast<Vec<T>>(biased | round_bits) - Set(lift + static_cast<T>(R::kBias));
  const Vec<T> m = BitCast<Vec<T>>(bits - ((biased - R::kBias) << R::kMantissaBits));
  const Vec<T> f = m - Set(T(1));
  const Vec<T> s = f / (f + Set(T(2)));
  const Vec<T> z = s * s;
  const Vec<T> half = Set(T(0.5)) * f * f;
  const Vec<T> rest = z * polynomial(z, R::kLog);
  return {IfThenElse(tiny, k - Set(static_cast<T>(R::kMantissaBits)), k), f, half - s * (half + rest)};
}

// What log and log2 share at the ends: log(0) = -inf, log(inf) = inf, NaN elsewhere outside (0, inf).
template <class T>
FENCHEL_INLINE Vec<T> log_ends(Vec<T> x, Vec<T> y) {
  const Vec<T> infinity = Set(static_cast<T>(kInfinity));
  const Vec<T> outside = IfThenElse(x == Zero<T>(), -infinity, Set(static_cast<T>(__builtin_nan(""))));
  return IfThenElse(x > Zero<T>(), IfThenElse(x == infinity, x, y), outside);
}

template <class T>
FENCHEL_INLINE Vec<T> log_full(Vec<T> x) {
  const LogParts<T> p = log_parts<T>(x);
  const Vec<T> low = NegMulAdd(p.k, Set(Real<T>::kLn2Low), p.minus);
  return log_ends<T>(x, MulAdd(p.k, Set(Real<T>::kLn2High), p.f - low));
}

template <class T>
FENCHEL_INLINE Vec<T> log2_full(Vec<T> x) {
  const LogParts<T> p = log_parts<T>(x);
  return log_ends<T>(x, MulAdd(p.f - p.minus, Set(Real<T>::kLog2e), p.k));
}

}  // namespace
}  // namespace fenchel::kernels::FENCHEL_SIMD_NAMESPACE
