// penalty.hpp -- g seen one coordinate at a time: t (l1_j |x| + l2_j x^2 / 2) over a box, inlined, or any separable
// term of the catalogue through prox1. t is the factor of a path.
#pragma once
#include <algorithm>
#include <cmath>

#include "base/buffer.hpp"
#include "prox/prox.hpp"

namespace fenchel {

// Whether some coordinate is bounded on one side and costs nothing on the other (a guess from above).
bool penalty_opens(const Prox* g, index size);

class Penalty {
 public:
  // g null: none. Throws UNSUPPORTED unless g is separable.
  Penalty(const Prox* g, index size);
  void set_factor(double t);
  double factor() const { return t_; }
  bool soft() const { return soft_; }
  bool convex() const { return soft_ || (g_->caps() & PROX_CONVEX) != 0; }

  double l1(index j) const { return l1_[j]; }
  double l2(index j) const { return l2_[j]; }
  double lower(index j) const { return lower_[j]; }
  double upper(index j) const { return upper_[j]; }
  // Not penalised and not bounded: x_j moves as an intercept does.
  bool free(index j) const { return soft_ && l1_[j] == 0 && l2_[j] == 0 && lower_[j] == -kInf && upper_[j] == kInf; }
  bool fixed(index j) const { return soft_ && lower_[j] == upper_[j]; }

  // argmin_x g_j(x) + curvature (x - v)^2 / 2
  double prox(index j, double v, double curvature) const {
    if (!soft_) return g_->prox1(j, v, t_ / curvature);
    const double a = v * curvature, s = a > l1_[j] ? a - l1_[j] : a < -l1_[j] ? a + l1_[j] : a == a ? 0.0 : a;
    const double x = s / (curvature + l2_[j]);
    return x < lower_[j] ? lower_[j] : x > upper_[j] ? upper_[j] : x;
  }
  double value(index j, double x) const {
    if (!soft_) return t_ * g_->value1(j, x);
    return x == 0 ? 0.0 : l1_[j] * std::abs(x) + 0.5 * l2_[j] * x * x;
  }
  // Distance of -grad to the subdifferential of g_j at x.
  double distance(index j, double x, double grad) const {
    if (!soft_) return t_ > 0 ? t_ * g_->subdiff_distance1(j, x, grad / t_) : std::abs(grad);
    // -grad - l2 x against [low, high], the subdifferential of l1 |x|, which a bound opens on its side.
    const double low = x > 0 ? l1_[j] : -l1_[j], high = x < 0 ? -l1_[j] : l1_[j];
    const double v = -grad - l2_[j] * x;
    if (v < low && x > lower_[j]) return low - v;
    if (v > high && x < upper_[j]) return v - high;
    return 0;
  }
  // sup_x v x - g_j(x). Soft only.
  double conjugate(index j, double v) const {
    double x;
    if (l2_[j] > 0)
      x = std::clamp((v > l1_[j] ? v - l1_[j] : v < -l1_[j] ? v + l1_[j] : 0.0) / l2_[j], lower_[j], upper_[j]);
    else
      x = v > l1_[j] ? upper_[j] : v < -l1_[j] ? lower_[j] : std::clamp(0.0, lower_[j], upper_[j]);
    if (std::isinf(x)) return kInf;
    return v * x - value(j, x);
  }
  // The conjugate is finite for v of this sign and any size.
  bool bounded(index j, double v) const {
    return l2_[j] > 0 || (v > 0 ? upper_[j] < kInf : v < 0 ? lower_[j] > -kInf : true);
  }

 private:
  const Prox* g_;
  bool soft_;
  double t_ = 1;
  index size_;
  Buffer<double> base1_, base2_, l1_, l2_, lower_, upper_;
};

}  // namespace fenchel
