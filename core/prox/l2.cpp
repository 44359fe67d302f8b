// l2.cpp -- g(x) = lam ||x||_2
//
// prox     (1 - step lam / ||v||)_+ v
// offers   vjp, conjugate (the ball of radius lam)
// paper    Parikh and Boyd, Proximal Algorithms (2014), section 6.5.1
#include "prox/vectors.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {real_param("lam", 1.0, 0.0, 1e300, "weight of the norm")};

template <class T>
double length(index n, const T* x) {
  return norm_of(n, [x](index j) { return static_cast<double>(x[j]); });
}

class L2 final : public ProxOf<L2> {
 public:
  explicit L2(const Params& params) : lam_(params.real("lam")) {}
  unsigned caps() const override {
    return PROX_CONVEX | PROX_HOMOGENEOUS | PROX_VJP | PROX_CONJUGATE | PROX_EVEN | PROX_FULL_DOMAIN;
  }

  template <class T>
  double prox_of(index n, const T* v, Step<T> step, T* out, Scratch) const {
    const double r = length(n, v), t = static_cast<double>(step.scalar) * lam_;
    if (r != r) return all_nan(n, out);
    const double keep = r > t ? 1 - t / r : 0;
    for (index j = 0; j < n; ++j) out[j] = static_cast<T>(keep * static_cast<double>(v[j]));
    return lam_ == 0 ? 0 : lam_ * length(n, out);
  }
  template <class T>
  double value_of(index n, const T* x, Scratch) const {
    return lam_ == 0 ? 0 : lam_ * length(n, x);
  }
  template <class T>
  double conjugate_of(index n, const T* u, Scratch) const {
    return inside(length(n, u) <= (1 + kSlack<T>)*lam_);
  }
  template <class T>
  void vjp_of(index n, const T* v, Step<T> step, const T* cotangent, T* out, Scratch) const {
    const double r = length(n, v), t = static_cast<double>(step.scalar) * lam_, cut = r > t && r > 0 ? t / r : 1;
    double along = 0;
    if (r > t)
      for (index j = 0; j < n; ++j) along += static_cast<double>(v[j]) / r * static_cast<double>(cotangent[j]);
    for (index j = 0; j < n; ++j) {
      const double w = r > 0 ? static_cast<double>(v[j]) / r : 0;
      out[j] = static_cast<T>((1 - cut) * static_cast<double>(cotangent[j]) + cut * along * w);
    }
  }

 private:
  double lam_;
};

}  // namespace

const TermInfo& term_l2() {
  static constexpr TermInfo info{TermKind::prox, "l2", "lam ||x||_2: shrinks the whole vector", kParams,
                                 [](const Params& p) -> TermPtr { return std::make_shared<L2>(p); }};
  return info;
}

}  // namespace fenchel
