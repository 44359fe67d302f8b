// callback_smooth.hpp -- a smooth term whose value and gradient the caller computes.
//
// Functions return 0 to go on, a positive number to cancel the solve, a negative one for failure (passed back as the
// error's detail). Arrays are of the solver's dtype, a Dtype's number, and contiguous.
#pragma once
#include "smooth/smooth.hpp"

namespace fenchel {

struct SmoothCallbacks {
  // *value = f(x); gradient (n) is written unless null.
  std::int32_t (*gradient)(void* user, std::int64_t n, std::int32_t dtype, const void* x, double* value,
                           void* gradient) = nullptr;
  // out = H(x) v; null: not offered.
  std::int32_t (*hvp)(void* user, std::int64_t n, std::int32_t dtype, const void* x, const void* v,
                      void* out) = nullptr;
  void* user = nullptr;
};

class CallbackSmooth final : public SmoothOf<CallbackSmooth> {
 public:
  // lipschitz: a bound of the gradient's Lipschitz constant, or inf. Throws NULL_ARGUMENT, SHAPE and RANGE.
  CallbackSmooth(index size, const SmoothCallbacks& calls, bool convex, double lipschitz = kInf,
                 double strong_convexity = 0);
  unsigned caps() const override;
  index size() const override { return size_; }
  double lipschitz(index* = nullptr) const override { return lipschitz_; }
  double strong_convexity() const override { return strong_convexity_; }

  template <class T>
  double gradient_of(const T* x, T* gradient, Scratch) const;
  template <class T>
  void hvp_of(const T* x, const T* v, T* out, Scratch) const;

 private:
  index size_;
  SmoothCallbacks calls_;
  bool convex_;
  double lipschitz_, strong_convexity_;
};

}  // namespace fenchel
