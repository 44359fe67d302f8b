// callback_prox.hpp -- a simple term whose proximal map the caller computes.
//
// The function returns 0 to go on, a positive number to cancel the solve, a negative one for failure (passed back as
// the error's detail). v and out are of the solver's dtype, a Dtype's number, contiguous, and never the same memory.
// With step 0 it is asked for g(v) in *value; what it writes to out then is not read.
#pragma once
#include "prox/prox.hpp"

namespace fenchel {

using ProxFunction = std::int32_t (*)(void* user, std::int64_t n, std::int32_t dtype, const void* v, double step,
                                      void* out, double* value);

class CallbackProx final : public ProxOf<CallbackProx> {
 public:
  // size: n, or kAnySize. Throws NULL_ARGUMENT and SHAPE.
  CallbackProx(index size, ProxFunction call, bool convex, void* user);
  unsigned caps() const override { return convex_ ? static_cast<unsigned>(PROX_CONVEX) : 0U; }
  index size() const override { return size_; }
  index scratch_bytes(index n) const override { return scratch_for<double>(n); }

  template <class T>
  double prox_of(index n, const T* v, Step<T> step, T* out, Scratch scratch) const;
  template <class T>
  double value_of(index n, const T* x, Scratch scratch) const;

 private:
  index size_;
  ProxFunction call_;
  bool convex_;
  void* user_;
};

}  // namespace fenchel
