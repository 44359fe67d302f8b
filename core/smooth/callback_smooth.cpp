#include "smooth/callback_smooth.hpp"

#include "base/callback_status.hpp"

namespace fenchel {

CallbackSmooth::CallbackSmooth(index size, const SmoothCallbacks& calls, bool convex, double lipschitz,
                               double strong_convexity)
    : size_(size), calls_(calls), convex_(convex), lipschitz_(lipschitz), strong_convexity_(strong_convexity) {
  if (size <= 0) fail(Status::SHAPE, "a callback smooth term has size %; legal: > 0", size);
  if (calls.gradient == nullptr) fail(Status::NULL_ARGUMENT, "gradient of a callback smooth term is null");
  if (!(lipschitz >= 0)) fail(Status::RANGE, "lipschitz is %; legal: >= 0, inf where unknown", lipschitz);
  if (!(strong_convexity >= 0 && strong_convexity < kInf))
    fail(Status::RANGE, "strong_convexity is %; legal: >= 0 and finite", strong_convexity);
}

unsigned CallbackSmooth::caps() const {
  return (convex_ ? SMOOTH_CONVEX : 0U) | (calls_.hvp != nullptr ? SMOOTH_HVP : 0U) |
         (lipschitz_ < kInf ? SMOOTH_LIPSCHITZ : 0U);
}

template <class T>
double CallbackSmooth::gradient_of(const T* x, T* gradient, Scratch) const {
  double value = kNaN;
  check_callback("a smooth term's gradient",
                 calls_.gradient(calls_.user, size_, static_cast<std::int32_t>(kDtypeOf<T>), x, &value, gradient));
  return value;
}

template <class T>
void CallbackSmooth::hvp_of(const T* x, const T* v, T* out, Scratch) const {
  if (calls_.hvp == nullptr) return Smooth::hvp(x, v, out, Scratch());
  check_callback("a smooth term's hvp",
                 calls_.hvp(calls_.user, size_, static_cast<std::int32_t>(kDtypeOf<T>), x, v, out));
}

template double CallbackSmooth::gradient_of(const float*, float*, Scratch) const;
template double CallbackSmooth::gradient_of(const double*, double*, Scratch) const;
template void CallbackSmooth::hvp_of(const float*, const float*, float*, Scratch) const;
template void CallbackSmooth::hvp_of(const double*, const double*, double*, Scratch) const;

}  // namespace fenchel
