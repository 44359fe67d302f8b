// callback_operator.hpp -- a linear map whose products the caller computes.
//
// Functions return 0 to go on, a positive number to cancel the solve, a negative one for failure (passed back as the
// error's detail). Vectors are of the solver's dtype, a Dtype's number, and contiguous.
#pragma once
#include "operators/operator.hpp"

namespace fenchel {

using ApplyCallback = std::int32_t (*)(void* user, std::int32_t dtype, const void* x, void* y);

class CallbackOperator final : public OperatorOf<CallbackOperator> {
 public:
  // norm: an upper bound of the spectral norm, or NaN. Throws NULL_ARGUMENT, SHAPE and RANGE.
  CallbackOperator(index rows, index cols, ApplyCallback forward, ApplyCallback backward, void* user,
                   double norm = kNaN);
  index rows() const override { return rows_; }
  index cols() const override { return cols_; }
  unsigned caps() const override { return norm_ >= 0 ? OPERATOR_NORM : 0U; }
  double norm_bound() const override { return norm_; }

  template <class T>
  void apply_to(const T* x, T* y, Scratch) const {
    call("an operator's apply", apply_, static_cast<std::int32_t>(kDtypeOf<T>), x, y);
  }
  template <class T>
  void adjoint_to(const T* y, T* x, Scratch) const {
    call("an operator's adjoint", adjoint_, static_cast<std::int32_t>(kDtypeOf<T>), y, x);
  }

 private:
  void call(const char* what, ApplyCallback function, std::int32_t dtype, const void* in, void* out) const;
  index rows_, cols_;
  ApplyCallback apply_, adjoint_;
  void* user_;
  double norm_;
};

}  // namespace fenchel
