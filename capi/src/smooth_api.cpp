// smooth_api.cpp -- fenchel.h section 10: values and derivatives of smooth terms.
#include "array_check.hpp"
#include "fenchel/fenchel.h"
#include "guard.hpp"
#include "handles.hpp"
#include "smooth/smooth.hpp"
#include "strided_vectors.hpp"

using namespace fenchel;
using namespace fenchel::capi;

namespace {

ArrayView check_point(const char* name, const fen_array* array, index n) {
  const ArrayView view = check_array(name, array, Access::in);
  check_real(name, view.dtype);
  check_shape(name, view, {n});
  check_finite(name, view);
  return view;
}

}  // namespace

int32_t fen_smooth_gradient(const fen_term* f, const fen_array* x, double* value, const fen_array* gradient,
                            fen_error* err) {
  return guarded(err, [&] {
    const auto& term = live_as<Smooth>(f, "f");
    const ArrayView at = check_point("x", x, term.size());
    const ArrayView out = check_optional("gradient", gradient, Access::out, at.dtype, {term.size()});
    if (value == nullptr && gradient == nullptr)
      fail(Status::NULL_ARGUMENT, "value and gradient are NULL; legal: at least one that is not");
    Arguments arguments;
    f->outside.add_inputs(arguments);
    arguments.input("x", at);
    arguments.output("value", value, sizeof *value);
    arguments.output("gradient", out);
    arguments.check();
    visit_real(at.dtype, [&](auto zero) {
      using T = decltype(zero);
      Buffer<std::byte> memory(term.scratch_bytes());
      InputVector<T> in;
      OutputVector<T> to;
      T* slope = out.ndim == 0 ? nullptr : to.of(out, f->outside.callback);
      const double found = term.gradient(in.of(at), slope, Scratch(memory));
      if (out.ndim != 0) to.done();
      if (value != nullptr) *value = found;
    });
  });
}

int32_t fen_smooth_hvp(const fen_term* f, const fen_array* x, const fen_array* v, const fen_array* out,
                       fen_error* err) {
  return guarded(err, [&] {
    const auto& term = live_as<Smooth>(f, "f");
    if ((term.caps() & SMOOTH_HVP) == 0)
      fail(Status::UNSUPPORTED, "f has no Hessian products; legal: a term with the capability hvp");
    const ArrayView at = check_point("x", x, term.size());
    const ArrayView direction = check_array("v", v, Access::in, at.dtype, {term.size()});
    check_finite("v", direction);
    const ArrayView result = check_array("out", out, Access::out, at.dtype, {term.size()});
    Arguments arguments;
    f->outside.add_inputs(arguments);
    arguments.input("x", at);
    arguments.input("v", direction);
    arguments.output("out", result);
    arguments.check();
    visit_real(at.dtype, [&](auto zero) {
      using T = decltype(zero);
      Buffer<std::byte> memory(term.scratch_bytes());
      InputVector<T> point, along;
      OutputVector<T> to;
      term.hvp(point.of(at), along.of(direction), to.of(result, f->outside.callback), Scratch(memory));
      to.done();
    });
  });
}

int32_t fen_smooth_lipschitz(const fen_term* f, double* constant, fen_error* err) {
  return guarded(err, [&] {
    const auto& term = live_as<Smooth>(f, "f");
    require(constant, "constant");
    *constant = term.lipschitz();
  });
}
