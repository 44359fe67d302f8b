// slab.hpp -- the indicator of lower <= <a, x> <= upper: halfspace, hyperslab and hyperplane are made from it.
//
// prox     v - (r / ||a||^2) a, r how far <a, v> is from [lower, upper]
#pragma once
#include "prox/vectors.hpp"

namespace fenchel {

inline constexpr ParamInfo kNormal = required(array_param("a", -1e100, 1e100, "(n) the normal, not 0"));

class Slab final : public ProxOf<Slab> {
 public:
  Slab(const Params& params, double lower, double upper)
      : a_(copy_doubles(params.array("a"))), lower_(lower), upper_(upper) {
    for (const double a : a_) square_ += a * a;
    if (!(square_ > 0)) fail(Status::RANGE, "the normal a is 0; legal: any other vector");
    if (!(lower <= upper) || lower == kInf || upper == -kInf)
      fail(Status::RANGE, "lower is %, upper is %; legal: lower <= upper, not both the same infinity", lower, upper);
  }
  unsigned caps() const override {
    const bool cone = (lower_ == 0 || lower_ == -kInf) && (upper_ == 0 || upper_ == kInf);
    return PROX_CONVEX | PROX_INDICATOR | PROX_VJP | (cone ? PROX_HOMOGENEOUS : 0U) |
           (lower_ == -upper_ ? PROX_EVEN : 0U) | (lower_ == -kInf && upper_ == kInf ? PROX_FULL_DOMAIN : 0U);
  }
  index size() const override { return static_cast<index>(a_.size()); }

  template <class T>
  double prox_of(index n, const T* v, Step<T>, T* out, Scratch) const {
    const double along = dot(v), r = outside(along);
    if (along != along) return all_nan(n, out);
    subtract(n, v, r / square_, out);
    return 0;
  }
  template <class T>
  double value_of(index n, const T* x, Scratch) const {
    const double size = std::sqrt(square_) * norm_of(n, [x](index i) { return static_cast<double>(x[i]); });
    return inside(std::abs(outside(dot(x))) <= kSlack<T> * size);
  }
  template <class T>
  void vjp_of(index n, const T* v, Step<T>, const T* cotangent, T* out, Scratch) const {
    subtract(n, cotangent, outside(dot(v)) == 0 ? 0 : dot(cotangent) / square_, out);
  }

 private:
  double outside(double along) const { return along > upper_ ? along - upper_ : along < lower_ ? along - lower_ : 0; }
  template <class T>
  double dot(const T* x) const {
    double sum = 0;
    for (std::size_t i = 0; i < a_.size(); ++i) sum += a_[i] * static_cast<double>(x[i]);
    return sum;
  }
  template <class T>
  void subtract(index n, const T* x, double factor, T* out) const {
    for (index i = 0; i < n; ++i)
      out[i] = static_cast<T>(static_cast<double>(x[i]) - factor * a_[static_cast<std::size_t>(i)]);
  }
  std::vector<double> a_;
  double lower_, upper_, square_ = 0;
};

}  // namespace fenchel
