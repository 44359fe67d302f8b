// scalar_loss.hpp -- a loss of one output, from functions of one sample.
//
// Self offers  double value1(double y, double z) const, slope1, curvature1  and  double conjugate1(double y, double u),
// inf outside the domain, and  bool legal(double y) const  with  kLegal, a sentence. Where exponentials are needed,
// Self sets kExponential and gets e = exp(exponent(y, z)), computed by vector kernels, as a last argument of the first
// three.
#pragma once
#include <cmath>

#include "base/error.hpp"
#include "kernels/kernels.hpp"
#include "smooth/loss.hpp"

namespace fenchel {

// A dual variable this far (relative) outside its interval is at its end: slopes are rounded.
inline constexpr double kDualSlack = 1e-12;

template <class Self>
class ScalarLoss : public Loss {
 public:
  void check_targets(index n, const double* y, const double* s) const final {
    for (index i = 0; i < n; ++i)
      if ((s == nullptr || s[i] != 0) && !self().legal(y[i]))
        fail(Status::RANGE, "y[%] is %; legal for %: %", i, y[i], name(), Self::kLegal);
  }
  double value(index n, const double* z, const double* y, const double* s) const final {
    double sum = 0;
    each<true>(n, z, y, s, [&](index, double weight, double yi, double zi, auto... e) {
      sum += weight * self().value1(yi, zi, e...);
    });
    return sum;
  }
  double slopes(index n, const double* z, const double* y, const double* s, double* u) const final {
    double sum = 0;
    zero_skipped(n, s, u);
    each<true>(n, z, y, s, [&](index i, double weight, double yi, double zi, auto... e) {
      sum += weight * self().value1(yi, zi, e...);
      u[i] = weight * slope(yi, zi, e...);
    });
    return sum;
  }
  void curvatures(index n, const double* z, const double* y, const double* s, double* h) const final {
    zero_skipped(n, s, h);
    each<false>(n, z, y, s, [&](index i, double weight, double yi, double zi, auto... e) {
      h[i] = weight * self().curvature1(yi, zi, e...);
    });
  }
  void curvature_product(index n, const double* z, const double* y, const double* s, const double* d,
                         double* out) const final {
    zero_skipped(n, s, out);
    each<false>(n, z, y, s, [&](index i, double weight, double yi, double zi, auto... e) {
      out[i] = weight * self().curvature1(yi, zi, e...) * d[i];
    });
  }
  double dual(index n, const double* theta, const double* y, const double* s) const final {
    double sum = 0;
    for (index i = 0; i < n; ++i) {
      const double weight = s == nullptr ? 1.0 : s[i];
      if (weight != 0)
        sum -= weight * self().conjugate1(y[i], -theta[i] / weight);
      else if (theta[i] != 0)
        return -kInf;
    }
    return sum;
  }

 private:
  const Self& self() const { return static_cast<const Self&>(*this); }

  static void zero_skipped(index n, const double* s, double* out) {
    if (s == nullptr) return;
    for (index i = 0; i < n; ++i)
      if (s[i] == 0) out[i] = 0;
  }
  template <class... E>
  double slope(double y, double z, E... e) const {
    if constexpr (sizeof...(E) == 2)
      return [&](double e0, double) { return self().slope1(y, z, e0); }(e...);
    else
      return self().slope1(y, z, e...);
  }
  // visit(i, weight, y, z [, e [, log(1 + e)]]) for the samples that count.
  template <bool valued, class Visit>
  void each(index n, const double* z, const double* y, const double* s, Visit&& visit) const {
    if constexpr (requires { Self::kExponential; }) {
      constexpr index tile = 256;
      constexpr bool logarithm = valued && requires { Self::kLogarithm; };
      double e[tile], log[logarithm ? tile : 1];
      const auto& kernels = kernels::table<double>();
      for (index begin = 0; begin < n; begin += tile) {
        const index count = n - begin < tile ? n - begin : tile;
        for (index k = 0; k < count; ++k) e[k] = self().exponent(y[begin + k], z[begin + k]);
        kernels.exp(e, e, count);
        if constexpr (logarithm) log1p(kernels, e, log, count);
        for (index k = 0; k < count; ++k) {
          const index i = begin + k;
          if (s != nullptr && s[i] == 0) continue;
          const double weight = s == nullptr ? 1.0 : s[i];
          if constexpr (logarithm)
            visit(i, weight, y[i], z[i], e[k], log[k]);
          else
            visit(i, weight, y[i], z[i], e[k]);
        }
      }
    } else {
      for (index i = 0; i < n; ++i)
        if (s == nullptr || s[i] != 0) visit(i, s == nullptr ? 1.0 : s[i], y[i], z[i]);
    }
  }
  // log(1 + e) = log(t) e / (t - 1) with t = 1 + e rounded: t's error drops out (Goldberg, What every computer
  // scientist should know about floating-point arithmetic, 1991, theorem 4).
  static void log1p(const kernels::Table<double>& kernels, const double* e, double* log, index count) {
    for (index k = 0; k < count; ++k) log[k] = 1 + e[k];
    kernels.log(log, log, count);
    for (index k = 0; k < count; ++k) {
      const double excess = (1 + e[k]) - 1;
      log[k] = excess == 0 ? e[k] : log[k] * (e[k] / excess);
    }
  }
};

}  // namespace fenchel
