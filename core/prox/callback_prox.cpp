#include "prox/callback_prox.hpp"

#include <algorithm>

#include "base/callback_status.hpp"

namespace fenchel {

CallbackProx::CallbackProx(index size, ProxFunction call, bool convex, void* user)
    : size_(size), call_(call), convex_(convex), user_(user) {
  if (call == nullptr) fail(Status::NULL_ARGUMENT, "the function of a callback prox term is null");
  if (size <= 0 && size != kAnySize) fail(Status::SHAPE, "a callback prox term has size %; legal: > 0", size);
}

template <class T>
double CallbackProx::prox_of(index n, const T* v, Step<T> step, T* out, Scratch scratch) const {
  const T* from = v;
  if (out == v) {
    T* copy = scratch.take<T>(n);
    std::copy(v, v + n, copy);
    from = copy;
  }
  double value = kNaN;
  check_callback("a prox term", call_(user_, n, static_cast<std::int32_t>(kDtypeOf<T>), from,
                                      static_cast<double>(step.scalar), out, &value));
  return value;
}

template <class T>
double CallbackProx::value_of(index n, const T* x, Scratch scratch) const {
  double value = kNaN;
  check_callback("a prox term",
                 call_(user_, n, static_cast<std::int32_t>(kDtypeOf<T>), x, 0.0, scratch.take<T>(n), &value));
  return value;
}

template double CallbackProx::prox_of(index, const float*, Step<float>, float*, Scratch) const;
template double CallbackProx::prox_of(index, const double*, Step<double>, double*, Scratch) const;
template double CallbackProx::value_of(index, const float*, Scratch) const;
template double CallbackProx::value_of(index, const double*, Scratch) const;

}  // namespace fenchel
