// moreau_envelope.cpp -- f(x) = min_z g(z) + || z - x ||^2 / (2 mu), g a simple term: its smoothed version
//
// gradient  (x - p) / mu, p = prox_{mu g}(x); hvp (v - J v) / mu where g offers vjp, J the Jacobian of its prox
// Lipschitz 1 / mu for convex g; where g + (w / 2) ||x||^2 is convex and mu w < 1, max(1 / mu, w / (1 - mu w))
// paper     Moreau, Proximite et dualite dans un espace hilbertien (1965)
#include <algorithm>

#include "prox/prox.hpp"
#include "smooth/smooth.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {
    required(term_param(ParamKind::prox, "term",
                        "the simple term g; where it is not convex, mu must be below 1 over its "
                        "weak convexity")),
    real_param("mu", 1.0, 1e-150, 1e150, "how much it is smoothed"),
    integer_param("size", 0.0, 0.0, 9e15, "length of x; 0: that of the term, which must have one"),
};

class MoreauEnvelope final : public SmoothOf<MoreauEnvelope> {
 public:
  explicit MoreauEnvelope(const Params& params)
      : term_(params.term<Prox>("term")), mu_(params.real("mu")), size_(params.integer("size")) {
    const index own = term_->size();
    if (size_ == 0) size_ = own;
    if (size_ == kAnySize || (own != kAnySize && own != size_))
      fail(Status::SHAPE, "size is %; legal: the length of the term if it has one (%), otherwise any > 0", size_, own);
    const double weak = term_->weak_convexity();
    if (!(weak * mu_ < 1))
      fail(Status::RANGE, "mu is % for a term of weak convexity %; legal: mu below the inverse of that", mu_, weak);
    lipschitz_ = std::max(1 / mu_, weak / (1 - mu_ * weak));
  }
  unsigned caps() const override {
    return SMOOTH_LIPSCHITZ | ((term_->caps() & PROX_CONVEX) != 0 ? SMOOTH_CONVEX : 0U) |
           ((term_->caps() & PROX_VJP) != 0 ? SMOOTH_HVP : 0U) |
           ((term_->caps() & PROX_QUADRATIC) != 0 ? SMOOTH_QUADRATIC : 0U);
  }
  index size() const override { return size_; }
  index scratch_bytes() const override { return scratch_for<double>(size_) + term_->scratch_bytes(size_); }
  double lipschitz(index*) const override { return lipschitz_; }
  double strong_convexity() const override {
    const double strong = term_->strong_convexity();
    return strong == kInf ? 1 / mu_ : strong / (1 + mu_ * strong);
  }

  template <class T>
  double gradient_of(const T* x, T* gradient, Scratch scratch) const {
    T* p = scratch.take<T>(size_);
    const double value = term_->prox(size_, x, Step<T>{static_cast<T>(mu_), nullptr}, p, scratch);
    double squares = 0;
    for (index i = 0; i < size_; ++i) {
      const double away = static_cast<double>(x[i]) - static_cast<double>(p[i]);
      squares += away * away;
      if (gradient != nullptr) gradient[i] = static_cast<T>(away / mu_);
    }
    return value + squares / (2 * mu_);
  }
  template <class T>
  void hvp_of(const T* x, const T* v, T* out, Scratch scratch) const {
    T* turned = scratch.take<T>(size_);  // J is symmetric: J v is its vjp
    term_->vjp(size_, x, Step<T>{static_cast<T>(mu_), nullptr}, v, turned, scratch);
    for (index i = 0; i < size_; ++i)
      out[i] = static_cast<T>((static_cast<double>(v[i]) - static_cast<double>(turned[i])) / mu_);
  }

 private:
  std::shared_ptr<const Prox> term_;
  double mu_, lipschitz_ = 0;
  index size_;
};

}  // namespace

const TermInfo& term_moreau_envelope() {
  static constexpr TermInfo info{TermKind::smooth, "moreau_envelope",
                                 "min_z g(z) + ||z - x||^2 / (2 mu): a simple term, smoothed", kParams,
                                 [](const Params& p) -> TermPtr { return std::make_shared<MoreauEnvelope>(p); }};
  return info;
}

}  // namespace fenchel
