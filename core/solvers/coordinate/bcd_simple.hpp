// bcd_simple.hpp -- the separable part of block coordinate descent, one coordinate at a time. No g is the zero term,
// and a free intercept (the tail of x) has none.
#pragma once
#include <algorithm>
#include <cmath>

#include "prox/prox.hpp"

namespace fenchel {

class BcdSimple {
 public:
  BcdSimple() = default;
  // g may be null; it acts on the first n coordinates.
  BcdSimple(const Prox* g, index n) : g_(g), box_(g == nullptr ? nullptr : g->soft_box()), n_(n) {
    kinks_ = g != nullptr && (box_ == nullptr || box_->l1 > 0 || box_->lower > -kInf || box_->upper < kInf ||
                              box_->lowers != nullptr || box_->uppers != nullptr || box_->weights != nullptr);
  }
  bool present() const { return g_ != nullptr; }
  bool convex() const { return g_ == nullptr || (g_->caps() & PROX_CONVEX) != 0; }
  // Not differentiable somewhere, or bounds: else g is absent or l2 x^2 / 2.
  bool kinks() const { return kinks_; }
  // l1 |x| + l2 x^2 / 2 between bounds; true where there is no g.
  bool soft_box() const { return g_ == nullptr || box_ != nullptr; }

  double prox(index j, double v, double step) const {
    if (g_ == nullptr || j >= n_) return v;
    if (box_ == nullptr) return g_->prox1(j, v, step);
    const double t = step * l1(j);
    const double shrunk = v > t ? v - t : v < -t ? v + t : 0.0;
    return std::clamp(shrunk / (1 + step * l2(j)), lower(j), upper(j));
  }
  double value(index j, double x) const {
    if (g_ == nullptr || j >= n_) return 0;
    if (box_ == nullptr) return g_->value1(j, x);
    if (x < lower(j) || x > upper(j)) return kInf;
    return x == 0 ? 0.0 : l1(j) * std::abs(x) + 0.5 * l2(j) * x * x;
  }
  // g(after) - g(before), without cancellation on one side of a soft box's kink.
  double difference(index j, double before, double after) const {
    if (g_ == nullptr || j >= n_) return 0;
    if (box_ == nullptr || after < lower(j) || after > upper(j)) return value(j, after) - value(j, before);
    const double step = after - before;
    const double lengths = before >= 0 && after >= 0   ? step
                           : before <= 0 && after <= 0 ? -step
                                                       : std::abs(after) - std::abs(before);
    return l1(j) * lengths + 0.5 * l2(j) * step * (after + before);
  }
  // Of a soft box.
  double l1(index j) const { return box_ == nullptr || j >= n_ ? 0.0 : weighted(box_->l1, j); }
  double l2(index j) const { return box_ == nullptr || j >= n_ ? 0.0 : weighted(box_->l2, j); }
  double lower(index j) const {
    if (box_ == nullptr || j >= n_) return -kInf;
    return box_->lowers == nullptr ? box_->lower : box_->lowers[j];
  }
  double upper(index j) const {
    if (box_ == nullptr || j >= n_) return kInf;
    return box_->uppers == nullptr ? box_->upper : box_->uppers[j];
  }
  // v within the bounds, which a sum may leave by a rounding.
  double land(index j, double v) const { return box_ == nullptr ? v : std::clamp(v, lower(j), upper(j)); }
  // x_j sits at a kink or a bound of g.
  bool held(index j, double x) const {
    if (!kinks_ || j >= n_) return false;
    if (box_ == nullptr) return x == 0;
    return (x == 0 && l1(j) > 0) || x <= lower(j) || x >= upper(j);
  }

 private:
  double weighted(double amount, index j) const {
    if (amount == 0) return 0;
    return box_->weights == nullptr ? amount : amount * box_->weights[j];
  }
  const Prox* g_ = nullptr;
  const SoftBox* box_ = nullptr;
  index n_ = 0;
  bool kinks_ = false;
};

}  // namespace fenchel
