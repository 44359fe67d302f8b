// not_built_yet.cpp -- what of sections 10-13 of fenchel.h waits for its core. Removed piece by piece.
#include "fenchel/fenchel.h"
#include "guard.hpp"

using namespace fenchel;
using namespace fenchel::capi;

int32_t fen_term_create(const char*, const char*, const fen_param*, int32_t, fen_term**, fen_error* err) {
  return guarded(err, [] { fail(Status::UNSUPPORTED, "fen_term_create is not built yet"); });
}
void fen_term_destroy(fen_term*) {}
int32_t fen_term_parameter_count(const char*, const char*) { return -1; }
int32_t fen_term_parameter(const char*, const char*, int32_t, fen_param_info*) {
  return guarded(nullptr, [] { fail(Status::UNSUPPORTED, "fen_term_parameter is not built yet"); });
}
const char* fen_term_kind(const fen_term*) { return nullptr; }
int64_t fen_term_rows(const fen_term*) { return -1; }
int64_t fen_term_cols(const fen_term*) { return -1; }
int32_t fen_term_capabilities(const fen_term*, char*, int64_t, fen_error* err) {
  return guarded(err, [] { fail(Status::UNSUPPORTED, "fen_term_capabilities is not built yet"); });
}
int32_t fen_operator_apply(const fen_term*, uint32_t, const fen_array*, const fen_array*, fen_error* err) {
  return guarded(err, [] { fail(Status::UNSUPPORTED, "fen_operator_apply is not built yet"); });
}
int32_t fen_operator_norm(const fen_term*, double*, fen_error* err) {
  return guarded(err, [] { fail(Status::UNSUPPORTED, "fen_operator_norm is not built yet"); });
}
int32_t fen_smooth_gradient(const fen_term*, const fen_array*, double*, const fen_array*, fen_error* err) {
  return guarded(err, [] { fail(Status::UNSUPPORTED, "fen_smooth_gradient is not built yet"); });
}
int32_t fen_smooth_hvp(const fen_term*, const fen_array*, const fen_array*, const fen_array*, fen_error* err) {
  return guarded(err, [] { fail(Status::UNSUPPORTED, "fen_smooth_hvp is not built yet"); });
}
int32_t fen_smooth_lipschitz(const fen_term*, double*, fen_error* err) {
  return guarded(err, [] { fail(Status::UNSUPPORTED, "fen_smooth_lipschitz is not built yet"); });
}
int32_t fen_prox_apply(const fen_term*, const fen_array*, double, const fen_array*, const fen_array*, double*, int32_t,
                       fen_error* err) {
  return guarded(err, [] { fail(Status::UNSUPPORTED, "fen_prox_apply is not built yet"); });
}
int32_t fen_prox_value(const fen_term*, const fen_array*, double*, fen_error* err) {
  return guarded(err, [] { fail(Status::UNSUPPORTED, "fen_prox_value is not built yet"); });
}
int32_t fen_prox_vjp(const fen_term*, const fen_array*, double, const fen_array*, const fen_array*, fen_error* err) {
  return guarded(err, [] { fail(Status::UNSUPPORTED, "fen_prox_vjp is not built yet"); });
}
int32_t fen_prox_conjugate(const fen_term*, const fen_array*, double*, fen_error* err) {
  return guarded(err, [] { fail(Status::UNSUPPORTED, "fen_prox_conjugate is not built yet"); });
}
int32_t fen_operator_callback(int64_t, int64_t, fen_apply_fn, fen_apply_fn, void*, fen_term**, fen_error* err) {
  return guarded(err, [] { fail(Status::UNSUPPORTED, "fen_operator_callback is not built yet"); });
}
int32_t fen_smooth_callback(int64_t, fen_gradient_fn, fen_hvp_fn, double, int32_t, void*, fen_term**, fen_error* err) {
  return guarded(err, [] { fail(Status::UNSUPPORTED, "fen_smooth_callback is not built yet"); });
}
int32_t fen_prox_callback(int64_t, fen_prox_fn, int32_t, void*, fen_term**, fen_error* err) {
  return guarded(err, [] { fail(Status::UNSUPPORTED, "fen_prox_callback is not built yet"); });
}
int32_t fen_composite_create(int32_t, int64_t, const fen_term*, int32_t, const fen_term* const*, const fen_term* const*,
                             fen_problem**, fen_error* err) {
  return guarded(err, [] { fail(Status::UNSUPPORTED, "fen_composite_create is not built yet"); });
}
int64_t fen_composite_size(const fen_problem*) { return -1; }
int32_t fen_minimize_create(const fen_problem*, const char*, const fen_minimize_options*, fen_solver**,
                            fen_error* err) {
  return guarded(err, [] { fail(Status::UNSUPPORTED, "fen_minimize_create is not built yet"); });
}
int32_t fen_minimize_warm_start(fen_solver*, const fen_array*, fen_error* err) {
  return guarded(err, [] { fail(Status::UNSUPPORTED, "fen_minimize_warm_start is not built yet"); });
}
int32_t fen_minimize_solve(fen_solver*, const fen_array*, fen_minimize_result*, fen_error* err) {
  return guarded(err, [] { fail(Status::UNSUPPORTED, "fen_minimize_solve is not built yet"); });
}
int32_t fen_minimize_result_get(const fen_solver*, fen_minimize_result*, fen_error* err) {
  return guarded(err, [] { fail(Status::UNSUPPORTED, "fen_minimize_result_get is not built yet"); });
}
int32_t fen_minimize_solution(const fen_solver*, const fen_array*, fen_error* err) {
  return guarded(err, [] { fail(Status::UNSUPPORTED, "fen_minimize_solution is not built yet"); });
}
int32_t fen_minimize_dual(const fen_solver*, int32_t, const fen_array*, fen_error* err) {
  return guarded(err, [] { fail(Status::UNSUPPORTED, "fen_minimize_dual is not built yet"); });
}
int32_t fen_minimize_trace(const fen_solver*, int64_t*, const fen_array*, fen_error* err) {
  return guarded(err, [] { fail(Status::UNSUPPORTED, "fen_minimize_trace is not built yet"); });
}
int32_t fen_lambda_max(const fen_problem*, double*, fen_error* err) {
  return guarded(err, [] { fail(Status::UNSUPPORTED, "fen_lambda_max is not built yet"); });
}
int32_t fen_path(const fen_problem*, const fen_array*, const fen_minimize_options*, fen_monitor_fn, void*,
                 const fen_array*, fen_minimize_result*, fen_error* err) {
  return guarded(err, [] { fail(Status::UNSUPPORTED, "fen_path is not built yet"); });
}
int32_t fen_cross_validate(const fen_problem*, const fen_array*, const fen_array*, const fen_minimize_options*,
                           fen_monitor_fn, void*, const fen_array*, fen_error* err) {
  return guarded(err, [] { fail(Status::UNSUPPORTED, "fen_cross_validate is not built yet"); });
}
int32_t fen_unfold(const fen_problem*, const fen_array*, const fen_array*, const fen_array*, const fen_array*,
                   const fen_array*, fen_error* err) {
  return guarded(err, [] { fail(Status::UNSUPPORTED, "fen_unfold is not built yet"); });
}
int32_t fen_unfold_vjp(const fen_problem*, const fen_array*, const fen_array*, const fen_array*, const fen_array*,
                       const fen_array*, const fen_array*, const fen_array*, fen_error* err) {
  return guarded(err, [] { fail(Status::UNSUPPORTED, "fen_unfold_vjp is not built yet"); });
}
