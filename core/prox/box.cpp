// box.cpp -- the indicator of lower_j <= x_j <= upper_j
//
// prox     out_j = min(max(v_j, lower_j), upper_j)
// offers   separable, projection, vector step, vjp, conjugate max(lower_j u_j, upper_j u_j), soft box
//
// A bound rounded to float counts as the bound itself: otherwise a projection in float could be outside.
#include <algorithm>
#include <cmath>

#include "prox/separable.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {
    real_param("lower", -kInf, -kInf, kInf, "lower bound of every coordinate"),
    real_param("upper", kInf, -kInf, kInf, "upper bound of every coordinate"),
    array_param("lowers", -kInf, kInf, "(n) lower bounds, instead of lower"),
    array_param("uppers", -kInf, kInf, "(n) upper bounds, instead of upper"),
};

double rounded(double bound) { return static_cast<double>(static_cast<float>(bound)); }

class Box final : public SeparableProx<Box> {
 public:
  explicit Box(const Params& params)
      : lowers_(copy_doubles(params.array("lowers"))), uppers_(copy_doubles(params.array("uppers"))) {
    rule_.lower = params.real("lower");
    rule_.upper = params.real("upper");
    if (!lowers_.empty()) rule_.lowers = lowers_.data();
    if (!uppers_.empty()) rule_.uppers = uppers_.data();
    kernel_.bounded = true;
    kernel_.low = -kInf;
    kernel_.high = kInf;
    kernel_.lower = rule_.lower;
    kernel_.upper = rule_.upper;
    kernel_.lowers = rule_.lowers;
    kernel_.uppers = rule_.uppers;
    if (!lowers_.empty() && !uppers_.empty() && lowers_.size() != uppers_.size())
      fail(Status::SHAPE, "lowers has % elements, uppers %; legal: as many", static_cast<index>(lowers_.size()),
           static_cast<index>(uppers_.size()));
    bool even = true, cone = true, full = true;
    const index count = size() == kAnySize ? 1 : size();
    for (index j = 0; j < count; ++j) {
      const double low = lower(j), high = upper(j);
      if (low > high || low == kInf || high == -kInf)
        fail(Status::RANGE, "the lower bound % of coordinate % is not below its upper bound %", low, j, high);
      even = even && low == -high;
      cone = cone && (low == 0 || low == -kInf) && (high == 0 || high == kInf);
      full = full && low == -kInf && high == kInf;
    }
    shape_ = (even ? PROX_EVEN : 0U) | (cone ? PROX_HOMOGENEOUS : 0U) | (full ? PROX_FULL_DOMAIN : 0U);
  }
  const kernels::SeparableRule& kernel_rule() const { return kernel_; }
  unsigned caps() const override {
    return PROX_CONVEX | PROX_SEPARABLE | PROX_INDICATOR | PROX_VECTOR_STEP | PROX_VJP | PROX_CONJUGATE | shape_;
  }
  index size() const override {
    const std::size_t count = std::max(lowers_.size(), uppers_.size());
    return count == 0 ? kAnySize : static_cast<index>(count);
  }
  const SoftBox* soft_box() const override { return &rule_; }

  template <class T>
  T scalar_prox(index j, T v, T) const {
    const T low = static_cast<T>(lower(j)), high = static_cast<T>(upper(j));
    return v < low ? low : v > high ? high : v;
  }
  template <class T>
  T scalar_slope(index j, T v, T) const {
    return v > static_cast<T>(lower(j)) && v < static_cast<T>(upper(j)) ? T(1) : T(0);
  }
  double scalar_value(index j, double x) const {
    const bool inside = x >= lower(j) && x <= upper(j);
    return inside || x == rounded(lower(j)) || x == rounded(upper(j)) ? 0 : kInf;
  }
  double scalar_conjugate(index j, double u) const { return u == 0 ? 0 : u > 0 ? u * upper(j) : u * lower(j); }
  double scalar_distance(index j, double x, double grad) const {
    const bool low = x <= lower(j) || x == rounded(lower(j)), high = x >= upper(j) || x == rounded(upper(j));
    if (scalar_value(j, x) != 0) return kInf;
    return low && high ? 0 : low ? std::max(0.0, -grad) : high ? std::max(0.0, grad) : std::abs(grad);
  }

 private:
  double lower(index j) const { return lowers_.empty() ? rule_.lower : lowers_[static_cast<std::size_t>(j)]; }
  double upper(index j) const { return uppers_.empty() ? rule_.upper : uppers_[static_cast<std::size_t>(j)]; }
  std::vector<double> lowers_, uppers_;
  SoftBox rule_;
  unsigned shape_ = 0;
  kernels::SeparableRule kernel_;
};

}  // namespace

const TermInfo& term_box() {
  static constexpr TermInfo info{TermKind::prox, "box", "the indicator of lower_j <= x_j <= upper_j", kParams,
                                 [](const Params& p) -> TermPtr { return std::make_shared<Box>(p); }};
  return info;
}

}  // namespace fenchel
