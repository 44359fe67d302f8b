// conjugate.cpp -- g*(x) = sup_y <x, y> - g(y) of a convex term g that offers its conjugate
//
// prox     by Moreau's identity: v - t P(v / t), P the proximal map of g with step 1 / t
// offers   vector step and vjp where g does; its conjugate is g
// paper    Moreau, Proximite et dualite dans un espace hilbertien (1965)
//
// Proximal points lie on the edge of the domain of g*, and may miss it by the rounding of v - t P(v / t): then they
// move towards 0 by as much. A difference below its own rounding is 0.
#include <algorithm>
#include <cmath>
#include <limits>

#include "prox/prox.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {required(term_param(ParamKind::prox, "term", "the term g"))};

class Conjugate final : public ProxOf<Conjugate> {
 public:
  explicit Conjugate(const Params& params) : inner_(params.term<Prox>("term")) {
    constexpr unsigned needs = PROX_CONVEX | PROX_CONJUGATE;
    if ((inner_->caps() & needs) != needs)
      fail(Status::UNSUPPORTED, "the conjugate of a term needs the capabilities convex and conjugate of it");
  }
  unsigned caps() const override {
    const unsigned inner = inner_->caps();
    return PROX_CONVEX | PROX_CONJUGATE | (inner & (PROX_VECTOR_STEP | PROX_VJP | PROX_EVEN | PROX_QUADRATIC)) |
           ((inner & PROX_HOMOGENEOUS) != 0 ? PROX_INDICATOR : 0U) |
           ((inner & PROX_INDICATOR) != 0 ? PROX_HOMOGENEOUS : 0U) |
           (inner_->strong_convexity() > 0 ? PROX_FULL_DOMAIN : 0U);
  }
  index size() const override { return inner_->size(); }
  index scratch_bytes(index n) const override { return 4 * scratch_for<double>(n) + inner_->scratch_bytes(n); }

  template <class T>
  double prox_of(index n, const T* v, Step<T> step, T* out, Scratch scratch) const {
    T* y = scratch.take<T>(n);
    const Step<T> inverse = divided(n, v, step, y, scratch);
    inner_->prox(n, y, inverse, y, scratch);
    for (index j = 0; j < n; ++j) {
      const T x = v[j] - step[j] * y[j];
      out[j] = std::abs(x) <= 2 * std::numeric_limits<T>::epsilon() * std::abs(v[j]) ? T(0) : x;
    }
    const double value = value_of(n, out, scratch);
    if (value != kInf) return value;
    for (index j = 0; j < n; ++j) {
      if (y[j] == 0) continue;
      const T move = 4 * std::numeric_limits<T>::epsilon() * std::max(std::abs(step[j] * y[j]), std::abs(out[j]));
      out[j] = std::abs(out[j]) <= move ? T(0) : out[j] - std::copysign(move, out[j]);
    }
    return value_of(n, out, scratch);
  }
  template <class T>
  double value_of(index n, const T* x, Scratch scratch) const {
    return inner_->conjugate(n, x, scratch);
  }
  template <class T>
  void vjp_of(index n, const T* v, Step<T> step, const T* cotangent, T* out, Scratch scratch) const {
    T *y = scratch.take<T>(n), *scaled = scratch.take<T>(n), *turned = scratch.take<T>(n);
    const Step<T> inverse = divided(n, v, step, y, scratch);
    for (index j = 0; j < n; ++j) scaled[j] = step[j] * cotangent[j];
    inner_->vjp(n, y, inverse, scaled, turned, scratch);
    for (index j = 0; j < n; ++j) out[j] = cotangent[j] - turned[j] / step[j];
  }
  template <class T>
  double conjugate_of(index n, const T* u, Scratch scratch) const {
    return inner_->value(n, u, scratch);
  }

 private:
  // y = v / step; the steps' inverses, in scratch where there is one each.
  template <class T>
  static Step<T> divided(index n, const T* v, Step<T> step, T* y, Scratch& scratch) {
    for (index j = 0; j < n; ++j) y[j] = v[j] / step[j];
    if (step.each == nullptr) return {1 / step.scalar};
    T* inverse = scratch.take<T>(n);
    for (index j = 0; j < n; ++j) inverse[j] = 1 / step.each[j];
    return {1, inverse};
  }
  std::shared_ptr<const Prox> inner_;
};

}  // namespace

const TermInfo& term_conjugate() {
  static constexpr TermInfo info{TermKind::prox, "conjugate", "g*(x) = sup_y <x, y> - g(y) of a convex term g", kParams,
                                 [](const Params& p) -> TermPtr { return std::make_shared<Conjugate>(p); }};
  return info;
}

}  // namespace fenchel
