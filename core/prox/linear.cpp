// linear.cpp -- g(x) = <c, x>
//
// prox     out_j = v_j - step c_j
// offers   separable, vector step, vjp
#include <cmath>

#include "prox/separable.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {required(array_param("c", -1e300, 1e300, "(n) the coefficients"))};

class Linear final : public SeparableProx<Linear> {
 public:
  explicit Linear(const Params& params) : c_(copy_doubles(params.array("c"))) {
    kernel_.low = -kInf;
    kernel_.high = kInf;
    kernel_.slopes = c_.data();
  }
  const kernels::SeparableRule& kernel_rule() const { return kernel_; }
  unsigned caps() const override {
    return PROX_CONVEX | PROX_SEPARABLE | PROX_HOMOGENEOUS | PROX_VECTOR_STEP | PROX_VJP | PROX_FULL_DOMAIN |
           PROX_QUADRATIC;
  }
  index size() const override { return static_cast<index>(c_.size()); }

  template <class T>
  T scalar_prox(index j, T v, T step) const {
    return v - step * static_cast<T>(at(j));
  }
  template <class T>
  T scalar_slope(index, T, T) const {
    return 1;
  }
  double scalar_value(index j, double x) const { return at(j) * x; }
  double scalar_distance(index j, double, double grad) const { return std::abs(grad + at(j)); }

 private:
  double at(index j) const { return c_[static_cast<std::size_t>(j)]; }
  std::vector<double> c_;
  kernels::SeparableRule kernel_;
};

}  // namespace

const TermInfo& term_linear() {
  static constexpr TermInfo info{TermKind::prox, "linear", "<c, x>", kParams,
                                 [](const Params& p) -> TermPtr { return std::make_shared<Linear>(p); }};
  return info;
}

}  // namespace fenchel
