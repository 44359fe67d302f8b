// operator_api.cpp -- fenchel.h section 10: products with operators.
#include "array_check.hpp"
#include "fenchel/fenchel.h"
#include "guard.hpp"
#include "handles.hpp"
#include "inputs.hpp"
#include "operators/operator.hpp"
#include "strided_vectors.hpp"

using namespace fenchel;
using namespace fenchel::capi;

namespace {

template <class T>
void apply_rows(const Operator& A, bool transpose, const ArrayView& x, const ArrayView& y, bool staged) {
  const index rows = rows_of(x), m = length_of(y);
  Buffer<std::byte> memory(A.scratch_bytes());
  const Scratch scratch(memory);
  InputVector<T> in;
  OutputVector<T> out;
  Buffer<T> stage;
  if (staged) stage.resize(rows * m);
  for (index i = 0; i < rows; ++i) {
    const T* from = in.of(row_of(x, i));
    T* to = staged ? stage.data() + i * m : out.of(row_of(y, i));
    if (transpose)
      A.adjoint(from, to, scratch);
    else
      A.apply(from, to, scratch);
    if (!staged) out.done();
  }
  for (index i = 0; staged && i < rows; ++i) scatter(stage.data() + i * m, row_of(y, i));
}

}  // namespace

int32_t fen_operator_apply(const fen_term* op, uint32_t flags, const fen_array* x, const fen_array* y, fen_error* err) {
  return guarded(err, [&] {
    const auto& A = live_as<Operator>(op, "op");
    if ((flags & ~std::uint32_t{FEN_APPLY_TRANSPOSE}) != 0)
      fail(Status::RANGE, "flags is %; legal: 0 or FEN_APPLY_TRANSPOSE", static_cast<int64_t>(flags));
    const bool transpose = (flags & FEN_APPLY_TRANSPOSE) != 0;
    const int64_t from = transpose ? A.rows() : A.cols(), to = transpose ? A.cols() : A.rows();
    const ArrayView in = check_array("x", x, Access::in);
    check_real("x", in.dtype);
    ArrayView out;
    if (in.ndim == 2) {
      check_shape("x", in, {kAny, from});
      out = check_array("y", y, Access::out, in.dtype, {in.shape[0], to});
    } else {
      check_shape("x", in, {from});
      out = check_array("y", y, Access::out, in.dtype, {to});
    }
    check_finite("x", in);
    Arguments arguments;
    op->outside.add_inputs(arguments);
    arguments.input("x", in);
    arguments.output("y", out);
    arguments.check();
    if (op->outside.callback) check_fits("a copy of y", product_bytes(rows_of(out), to, 8));
    visit_real(in.dtype, [&](auto zero) { apply_rows<decltype(zero)>(A, transpose, in, out, op->outside.callback); });
  });
}

int32_t fen_operator_norm(const fen_term* op, double* norm, fen_error* err) {
  return guarded(err, [&] {
    const auto& A = live_as<Operator>(op, "op");
    require(norm, "norm");
    *norm = spectral_norm(A);
  });
}
