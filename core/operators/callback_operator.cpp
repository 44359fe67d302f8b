#include "operators/callback_operator.hpp"

#include "base/callback_status.hpp"

namespace fenchel {

CallbackOperator::CallbackOperator(index rows, index cols, ApplyCallback forward, ApplyCallback backward, void* user,
                                   double norm)
    : rows_(rows), cols_(cols), apply_(forward), adjoint_(backward), user_(user), norm_(norm) {
  if (rows <= 0 || cols <= 0)
    fail(Status::SHAPE, "a callback operator has % rows and % columns; legal: > 0", rows, cols);
  if (forward == nullptr) fail(Status::NULL_ARGUMENT, "apply of a callback operator is null");
  if (backward == nullptr) fail(Status::NULL_ARGUMENT, "adjoint of a callback operator is null");
  if (norm < 0 || norm == kInf) fail(Status::RANGE, "norm of a callback operator is %; legal: >= 0, or NaN", norm);
}

void CallbackOperator::call(const char* what, ApplyCallback function, std::int32_t dtype, const void* in,
                            void* out) const {
  check_callback(what, function(user_, dtype, in, out));
}

}  // namespace fenchel
