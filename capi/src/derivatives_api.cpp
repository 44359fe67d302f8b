// derivatives_api.cpp -- fenchel.h section 7: envelope gradients, implicit vector-Jacobian and Jacobian-vector
// products.
#include <cstring>

#include "array_check.hpp"
#include "fenchel/fenchel.h"
#include "guard.hpp"
#include "handles.hpp"
#include "suggest.hpp"

using namespace fenchel;
using namespace fenchel::capi;

namespace {

void check_points(const char* name, const Geometry& geometry) {
  if (geometry.dim() == 0) fail(Status::UNSUPPORTED, "% was asked for, but the geometry is no point cloud", name);
}

// The arrays of a bundle, checked: `problem` is how a, b, cost, x, y are used, `solution` how phi, psi, plan are.
TransportBundle check_bundle(const TransportClaim& claim, const fen_transport_bundle* bundle, Access problem,
                             Access solution) {
  require(bundle, "bundle");
  if (bundle->struct_size != sizeof *bundle)
    fail(Status::STRUCT_SIZE, "bundle.struct_size is %; legal: sizeof(fen_transport_bundle) = %",
         static_cast<int64_t>(bundle->struct_size), static_cast<int64_t>(sizeof *bundle));
  const Geometry& geometry = claim.geometry();
  const int64_t n = geometry.rows(), m = geometry.cols(), d = geometry.dim();
  Arguments arguments;
  claim.add_inputs(arguments);
  bool any_output = false;
  const auto take = [&](const char* name, const fen_array* array, Access access, std::initializer_list<int64_t> shape) {
    const ArrayView view = check_optional(name, array, access, geometry.dtype(), shape);
    if (access == Access::out) {
      arguments.output(name, view);
      any_output = any_output || array != nullptr;
    } else {
      arguments.input(name, view);
      if (array != nullptr) check_finite(name, view);
    }
    return view;
  };
  if (bundle->x != nullptr) check_points("bundle.x", geometry);
  if (bundle->y != nullptr) check_points("bundle.y", geometry);
  const TransportBundle out{.a = take("bundle.a", bundle->a, problem, {n}),
                            .b = take("bundle.b", bundle->b, problem, {m}),
                            .cost = take("bundle.cost", bundle->cost, problem, {n, m}),
                            .x = take("bundle.x", bundle->x, problem, {n, d}),
                            .y = take("bundle.y", bundle->y, problem, {m, d}),
                            .phi = take("bundle.phi", bundle->phi, solution, {n}),
                            .psi = take("bundle.psi", bundle->psi, solution, {m}),
                            .plan = take("bundle.plan", bundle->plan, solution, {n, m})};
  if (!any_output) fail(Status::NULL_ARGUMENT, "bundle has no output; legal: at least one that is not NULL");
  arguments.check();
  return out;
}

void check_tol(double tol) {
  if (!(tol >= 0 && tol < 1)) fail(Status::RANGE, "tol is %; legal: >= 0 and < 1, 0 for the default", tol);
}

}  // namespace

int32_t fen_transport_gradient(const fen_solver* solver, const char* with_respect_to, const fen_array* out,
                               fen_error* err) {
  return guarded(err, [&] {
    const TransportClaim claim(solver);
    const Geometry& geometry = claim.geometry();
    const auto wrt =
        static_cast<TransportSolver::Wrt>(find_name("with_respect_to", with_respect_to, {"a", "b", "cost", "x", "y"}));
    using Wrt = TransportSolver::Wrt;
    if (wrt == Wrt::x || wrt == Wrt::y) check_points(with_respect_to, geometry);
    const int64_t n = geometry.rows(), m = geometry.cols(), d = geometry.dim();
    const int64_t first = wrt == Wrt::b || wrt == Wrt::y ? m : n;
    const ArrayView view =
        wrt == Wrt::a || wrt == Wrt::b
            ? check_array("out", out, Access::out, geometry.dtype(), {first})
            : check_array("out", out, Access::out, geometry.dtype(), {first, wrt == Wrt::cost ? m : d});
    Arguments arguments;
    claim.add_inputs(arguments);
    arguments.output("out", view);
    arguments.check();
    claim.solved().gradient(wrt, view);
  });
}

int32_t fen_transport_vjp(const fen_solver* solver, double tol, const fen_transport_bundle* bundle, fen_error* err) {
  return guarded(err, [&] {
    const TransportClaim claim(solver);
    check_tol(tol);
    const TransportBundle arrays = check_bundle(claim, bundle, Access::out, Access::in);
    claim.solved().vjp(tol, arrays);
  });
}

int32_t fen_transport_jvp(const fen_solver* solver, double tol, const fen_transport_bundle* bundle, fen_error* err) {
  return guarded(err, [&] {
    const TransportClaim claim(solver);
    check_tol(tol);
    const TransportBundle arrays = check_bundle(claim, bundle, Access::in, Access::out);
    claim.solved().jvp(tol, arrays);
  });
}
