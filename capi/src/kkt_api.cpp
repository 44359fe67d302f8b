// kkt_api.cpp -- fenchel.h section 14: derivatives of quadratic programs.
#include "array_check.hpp"
#include "fenchel/fenchel.h"
#include "fields.hpp"
#include "guard.hpp"
#include "handles.hpp"
#include "inputs.hpp"
#include "results.hpp"
#include "solvers/bilevel/kkt_map.hpp"

using namespace fenchel;
using namespace fenchel::capi;

namespace {

struct KktSizes {
  Dtype dtype;
  index n, p, m;
};

void check_size(const char* name, const fen_kkt_bundle* bundle) {
  require(bundle, name);
  if (bundle->struct_size != sizeof *bundle)
    fail(Status::STRUCT_SIZE, "%.struct_size is %; legal: sizeof(fen_kkt_bundle) = %", name,
         static_cast<int64_t>(bundle->struct_size), static_cast<int64_t>(sizeof *bundle));
}

// Three arrays that come together.
bool check_together(const char* names, const fen_array* rows, const fen_array* values, const fen_array* multipliers) {
  const int given = (rows != nullptr) + (values != nullptr) + (multipliers != nullptr);
  if (given != 0 && given != 3)
    fail(Status::NULL_ARGUMENT, "% come together or not at all: % of 3 are given", names, given);
  return given == 3;
}

KktBundle check_point(const fen_kkt_bundle* at, Arguments& arguments, KktSizes& sizes) {
  check_size("at", at);
  require(at->x, "at.x");
  require(at->q, "at.q");
  const ArrayView x = check_array("at.x", at->x, Access::in);
  check_real("at.x", x.dtype);
  check_shape("at.x", x, {kAny});
  const bool equalities = check_together("at.E, at.e and at.nu", at->E, at->e, at->nu);
  const bool bounds = check_together("at.G, at.h and at.lam", at->G, at->h, at->lam);
  sizes = {x.dtype, x.shape[0], 0, 0};
  if (equalities) sizes.p = check_array("at.e", at->e, Access::in, x.dtype, {kAny}).shape[0];
  if (bounds) sizes.m = check_array("at.h", at->h, Access::in, x.dtype, {kAny}).shape[0];
  const auto take = [&](const char* name, const fen_array* array, std::initializer_list<index> shape) {
    const ArrayView view = check_optional(name, array, Access::in, sizes.dtype, shape);
    if (array != nullptr) check_finite(name, view);
    arguments.input(name, view);
    return view;
  };
  const index n = sizes.n, all = sizes.n + sizes.p + sizes.m;
  check_fits("the system of active constraints", product_bytes(all, all, 3 * static_cast<index>(sizeof(double))));
  return {.P = take("at.P", at->P, {n, n}),
          .q = take("at.q", at->q, {n}),
          .E = take("at.E", at->E, {sizes.p, n}),
          .e = take("at.e", at->e, {sizes.p}),
          .G = take("at.G", at->G, {sizes.m, n}),
          .h = take("at.h", at->h, {sizes.m}),
          .x = take("at.x", at->x, {n}),
          .nu = take("at.nu", at->nu, {sizes.p}),
          .lam = take("at.lam", at->lam, {sizes.m})};
}

KktBundle check_bundle(const fen_kkt_bundle* bundle, const KktSizes& sizes, Access program, Access solution,
                       Arguments& arguments) {
  check_size("bundle", bundle);
  bool any_output = false;
  const auto take = [&](const char* name, const fen_array* array, Access access, std::initializer_list<index> shape) {
    if (array != nullptr && *shape.begin() == 0)
      fail(Status::SHAPE, "% was given, but the program has no such constraints", name);
    const ArrayView view = check_optional(name, array, access, sizes.dtype, shape);
    if (access == Access::out) {
      arguments.output(name, view);
      any_output = any_output || array != nullptr;
    } else {
      arguments.input(name, view);
      if (array != nullptr) check_finite(name, view);
    }
    return view;
  };
  const auto [dtype, n, p, m] = sizes;
  const KktBundle out{.P = take("bundle.P", bundle->P, program, {n, n}),
                      .q = take("bundle.q", bundle->q, program, {n}),
                      .E = take("bundle.E", bundle->E, program, {p, n}),
                      .e = take("bundle.e", bundle->e, program, {p}),
                      .G = take("bundle.G", bundle->G, program, {m, n}),
                      .h = take("bundle.h", bundle->h, program, {m}),
                      .x = take("bundle.x", bundle->x, solution, {n}),
                      .nu = take("bundle.nu", bundle->nu, solution, {p}),
                      .lam = take("bundle.lam", bundle->lam, solution, {m})};
  if (!any_output) fail(Status::NULL_ARGUMENT, "bundle has no output; legal: at least one that is not NULL");
  return out;
}

using KktProduct = DerivativeResult (*)(const KktBundle&, const KktBundle&, const DerivativeSettings&);

int32_t differentiate(const fen_kkt_bundle* at, const fen_kkt_bundle* bundle, Access program, Access solution,
                      const fen_derivative_options* options, fen_derivative_result* result, fen_error* err,
                      KktProduct product) {
  return guarded(err, [&] {
    Arguments arguments;
    KktSizes sizes{};
    const KktBundle point = check_point(at, arguments, sizes);
    const KktBundle arrays = check_bundle(bundle, sizes, program, solution, arguments);
    const DerivativeSettings settings = load_settings(options);
    check_result("result", result);
    arguments.output("result", result, result == nullptr ? 0 : static_cast<int64_t>(result->struct_size));
    arguments.check();
    write_result(result, product(point, arrays, settings));
  });
}

}  // namespace

int32_t fen_kkt_vjp(const fen_kkt_bundle* at, const fen_kkt_bundle* bundle, const fen_derivative_options* options,
                    fen_derivative_result* result, fen_error* err) {
  return differentiate(at, bundle, Access::out, Access::in, options, result, err, kkt_vjp);
}

int32_t fen_kkt_jvp(const fen_kkt_bundle* at, const fen_kkt_bundle* bundle, const fen_derivative_options* options,
                    fen_derivative_result* result, fen_error* err) {
  return differentiate(at, bundle, Access::in, Access::out, options, result, err, kkt_jvp);
}
