// implicit_api.cpp -- fenchel.h section 14: derivatives of solutions.
#include <vector>

#include "array_check.hpp"
#include "fenchel/fenchel.h"
#include "fields.hpp"
#include "guard.hpp"
#include "handles.hpp"
#include "inputs.hpp"
#include "names.hpp"
#include "results.hpp"
#include "solvers/bilevel/implicit.hpp"
#include "solvers/bilevel/solution_map.hpp"

using namespace fenchel;
using namespace fenchel::capi;

namespace {

ArrayView check_vector(const char* name, const fen_array* array, Dtype dtype, index size) {
  const ArrayView view = check_array(name, array, Access::in, dtype, {size});
  check_finite(name, view);
  return view;
}

std::vector<ParameterArray> check_parameters(const fen_solution_array* list, int32_t count, Access access,
                                             Dtype dtype) {
  if (count < 1) fail(Status::RANGE, "count is %; legal: >= 1", count);
  require(list, access == Access::in ? "tangents" : "outputs");
  std::vector<ParameterArray> out;
  for (int32_t i = 0; i < count; ++i) {
    const SolutionParameter which = find_solution_parameter(list[i].parameter);
    const ArrayView view = check_array(list[i].parameter, list[i].array, access);
    if (view.dtype != dtype)
      fail(Status::DTYPE, "% is %; the problem is %", list[i].parameter, dtype_name(static_cast<int32_t>(view.dtype)),
           dtype_name(static_cast<int32_t>(dtype)));
    if (view.ndim != 1 && view.ndim != 2)
      fail(Status::SHAPE, "% has shape %; legal: one or two dimensions", list[i].parameter, shape_text(view));
    if (access == Access::in) check_finite(list[i].parameter, view);
    for (const ParameterArray& other : out)
      if (other.which == which) fail(Status::NAME, "parameter % is given twice", list[i].parameter);
    out.push_back({which, view});
  }
  return out;
}

void add_parameters(Arguments& arguments, const std::vector<ParameterArray>& list, bool output) {
  for (const ParameterArray& parameter : list) {
    const char* name = parameter_text(parameter.which);
    output ? arguments.output(name, parameter.array) : arguments.input(name, parameter.array);
  }
}

void add_result(Arguments& arguments, fen_derivative_result* result) {
  check_result("result", result);
  arguments.output("result", result, result == nullptr ? 0 : static_cast<int64_t>(result->struct_size));
}

Root check_root(int64_t n, int64_t m, uint32_t flags, fen_root_fn products, void* user) {
  if (n < 1) fail(Status::RANGE, "n is %; legal: >= 1", n);
  if (m < 1) fail(Status::RANGE, "m is %; legal: >= 1", m);
  constexpr uint32_t known =
      FEN_ROOT_SYMMETRIC | FEN_ROOT_FIXED_POINT | FEN_ROOT_PRECONDITIONED | FEN_ROOT_HAS_DIAGONAL;
  if ((flags & ~known) != 0) fail(Status::RANGE, "flags is %; legal: sums of 1, 2, 4, 8", static_cast<int64_t>(flags));
  if (products == nullptr) fail(Status::NULL_ARGUMENT, "products is NULL; it is required");
  for (const int64_t size : {n, m}) check_fits("the vectors", product_bytes(size, sizeof(double), 16));
  check_fits("the vectors", product_bytes(n + m, sizeof(double), 16));
  return {.n = n,
          .m = m,
          .product = products,
          .user = user,
          .symmetric = (flags & FEN_ROOT_SYMMETRIC) != 0,
          .fixed_point = (flags & FEN_ROOT_FIXED_POINT) != 0,
          .preconditioned = (flags & FEN_ROOT_PRECONDITIONED) != 0,
          .has_diagonal = (flags & FEN_ROOT_HAS_DIAGONAL) != 0};
}

void check_memory(const DerivativeSettings& settings, index n) {
  const LinearLimits limits{.max_iter = settings.max_iter};
  const index values = linear_memory(static_cast<LinearSolver>(settings.linear_solver), n, limits);
  check_fits("the linear system", product_bytes(values, sizeof(double), 1));
}

}  // namespace

int32_t fen_solution_vjp(const fen_problem* problem, const fen_array* x, const fen_array* cotangent,
                         const fen_solution_array* outputs, int32_t count, const fen_derivative_options* options,
                         fen_derivative_result* result, fen_error* err) {
  return guarded(err, [&] {
    const fen_problem& handle = live_composite(problem);
    const std::shared_ptr<const CompositeProblem> kept = handle.composite;  // a callback may destroy the handle
    const CompositeProblem& core = *kept;
    const ArrayView at = check_vector("x", x, core.dtype(), core.size());
    const ArrayView seed = check_vector("cotangent", cotangent, core.dtype(), core.size());
    const std::vector<ParameterArray> out = check_parameters(outputs, count, Access::out, core.dtype());
    const DerivativeSettings settings = load_settings(options);
    Arguments arguments;
    handle.outside.add_inputs(arguments);
    arguments.input("x", at);
    arguments.input("cotangent", seed);
    add_parameters(arguments, out, true);
    add_result(arguments, result);
    arguments.check();
    write_result(result, solution_vjp(core, at, seed, out, settings));
  });
}

int32_t fen_solution_jvp(const fen_problem* problem, const fen_array* x, const fen_solution_array* tangents,
                         int32_t count, const fen_array* dx, const fen_derivative_options* options,
                         fen_derivative_result* result, fen_error* err) {
  return guarded(err, [&] {
    const fen_problem& handle = live_composite(problem);
    const std::shared_ptr<const CompositeProblem> kept = handle.composite;  // a callback may destroy the handle
    const CompositeProblem& core = *kept;
    const ArrayView at = check_vector("x", x, core.dtype(), core.size());
    const std::vector<ParameterArray> in = check_parameters(tangents, count, Access::in, core.dtype());
    const ArrayView out = check_array("dx", dx, Access::out, core.dtype(), {core.size()});
    const DerivativeSettings settings = load_settings(options);
    Arguments arguments;
    handle.outside.add_inputs(arguments);
    arguments.input("x", at);
    add_parameters(arguments, in, false);
    arguments.output("dx", out);
    add_result(arguments, result);
    arguments.check();
    write_result(result, solution_jvp(core, at, in, out, settings));
  });
}

int32_t fen_implicit_vjp(int64_t n, int64_t m, uint32_t flags, fen_root_fn products, void* user,
                         const fen_array* cotangent, const fen_array* adjoint, const fen_array* out,
                         const fen_derivative_options* options, fen_derivative_result* result, fen_error* err) {
  return guarded(err, [&] {
    const Root root = check_root(n, m, flags, products, user);
    const ArrayView seed = check_vector("cotangent", cotangent, Dtype::f64, n);
    const ArrayView warm = check_optional("adjoint", adjoint, Access::out, Dtype::f64, {n});
    if (warm.ndim != 0) check_finite("adjoint", warm);
    const ArrayView image = check_array("out", out, Access::out, Dtype::f64, {m});
    const DerivativeSettings settings = load_settings(options);
    check_memory(settings, n);
    Arguments arguments;
    arguments.input("cotangent", seed);
    arguments.output("adjoint", warm);
    arguments.output("out", image);
    add_result(arguments, result);
    arguments.check();
    write_result(result, implicit_vjp(root, seed, warm, image, settings));
  });
}

int32_t fen_implicit_jvp(int64_t n, int64_t m, uint32_t flags, fen_root_fn products, void* user,
                         const fen_array* tangent, const fen_array* out, const fen_derivative_options* options,
                         fen_derivative_result* result, fen_error* err) {
  return guarded(err, [&] {
    const Root root = check_root(n, m, flags, products, user);
    const ArrayView direction = check_vector("tangent", tangent, Dtype::f64, m);
    const ArrayView image = check_array("out", out, Access::out, Dtype::f64, {n});
    const DerivativeSettings settings = load_settings(options);
    check_memory(settings, n);
    Arguments arguments;
    arguments.input("tangent", direction);
    arguments.output("out", image);
    add_result(arguments, result);
    arguments.check();
    write_result(result, implicit_jvp(root, direction, image, settings));
  });
}
