// zero.cpp -- g(x) = 0
//
// prox     out = v
// offers   separable, vector step, vjp, conjugate (0 at 0, inf elsewhere), soft box
#include <cmath>

#include "prox/separable.hpp"

namespace fenchel {
namespace {

class Zero final : public SeparableProx<Zero> {
 public:
  unsigned caps() const override {
    return PROX_CONVEX | PROX_SEPARABLE | PROX_HOMOGENEOUS | PROX_VECTOR_STEP | PROX_VJP | PROX_CONJUGATE | PROX_EVEN |
           PROX_FULL_DOMAIN | PROX_QUADRATIC;
  }
  const SoftBox* soft_box() const override { return &rule_; }

  template <class T>
  T scalar_prox(index, T v, T) const {
    return v;
  }
  template <class T>
  T scalar_slope(index, T, T) const {
    return 1;
  }
  double scalar_value(index, double) const { return 0; }
  double scalar_conjugate(index, double u) const { return u == 0 ? 0 : kInf; }
  double scalar_distance(index, double, double grad) const { return std::abs(grad); }

 private:
  SoftBox rule_;
};

}  // namespace

const TermInfo& term_zero() {
  static constexpr TermInfo info{TermKind::prox, "zero", "0: no term at all", {}, [](const Params&) -> TermPtr {
                                   return std::make_shared<Zero>();
                                 }};
  return info;
}

}  // namespace fenchel
