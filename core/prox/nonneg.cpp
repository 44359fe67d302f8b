// nonneg.cpp -- the indicator of x >= 0
//
// prox     out_j = max(v_j, 0)
// offers   separable, projection, cone, vector step, vjp, conjugate (u <= 0), soft box
#include <algorithm>
#include <cmath>

#include "prox/separable.hpp"

namespace fenchel {
namespace {

class Nonneg final : public SeparableProx<Nonneg> {
 public:
  Nonneg() {
    rule_.lower = kernel_.lower = 0;
    kernel_.bounded = true;
    kernel_.low = -kInf;
    kernel_.high = kInf;
  }
  const kernels::SeparableRule& kernel_rule() const { return kernel_; }
  unsigned caps() const override {
    return PROX_CONVEX | PROX_SEPARABLE | PROX_INDICATOR | PROX_HOMOGENEOUS | PROX_VECTOR_STEP | PROX_VJP |
           PROX_CONJUGATE;
  }
  const SoftBox* soft_box() const override { return &rule_; }

  template <class T>
  T scalar_prox(index, T v, T) const {
    return v < 0 ? T(0) : v;
  }
  template <class T>
  T scalar_slope(index, T v, T) const {
    return v > 0 ? T(1) : T(0);
  }
  double scalar_value(index, double x) const { return x < 0 ? kInf : 0; }
  double scalar_conjugate(index, double u) const { return u > 0 ? kInf : 0; }
  double scalar_distance(index, double x, double grad) const {
    return x < 0 ? kInf : x == 0 ? std::max(0.0, -grad) : std::abs(grad);
  }

 private:
  SoftBox rule_;
  kernels::SeparableRule kernel_;
};

}  // namespace

const TermInfo& term_nonneg() {
  static constexpr TermInfo info{TermKind::prox, "nonneg", "the indicator of x >= 0", {}, [](const Params&) -> TermPtr {
                                   return std::make_shared<Nonneg>();
                                 }};
  return info;
}

}  // namespace fenchel
