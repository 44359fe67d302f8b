// fenchel_java.i -- the raw Java layer: package-private static methods, one for each C function.
//
// Handles travel as long, arrays as io.fenchel.ArrayView, structs as double[] in declared order, statuses as
// exceptions. Nothing here owns memory: that is the business of the hand-written classes above (Handle.java).
// SWIGWORDSIZE64 is never defined for Java: with it SWIG 4.1 maps int64_t to a Java int.
%module FenchelRaw

#ifdef SWIGWORDSIZE64
#error "SWIGWORDSIZE64 truncates int64_t in Java"
#endif

%{
#include "fenchel/fenchel.h"
#include "jni_arrays.hpp"
#include "jni_errors.hpp"
#include "jni_functions.hpp"
#include "jni_monitor.hpp"
#include "jni_oracles.hpp"
#include "jni_params.hpp"
#include "jni_root.hpp"
#include "jni_structs.hpp"
%}

%include "java_scalars.i"
%include "java_structs.i"
%include "java_arrays.i"
%include "java_calls.i"
%include "java_terms.i"
%include "java_derivatives.i"

// The raw layer is an implementation detail of the package.
%pragma(java) moduleclassmodifiers = "final class"
%pragma(java) jniclassclassmodifiers = "final class"
%pragma(java) jniclasscode = %{
  static {
    NativeLoader.load();
  }
%}

// Enums, constants and structs are generated from the declarations (capi/gen/emit_java.py), not from the header.
%rename("$ignore", %$isenum) "";
%rename("$ignore", %$isenumitem) "";
%rename("$ignore", %$isclass) "";
%rename("$ignore", %$isconstant) "";

// Not for Java: an ArrayView is its own fen_array, and a monitor lives only as long as the call that it watches
// (solve_monitored and minimize_monitored below, fen_sinkhorn_batch, fen_path, fen_cross_validate, fen_tune): its record stands on the C stack.
%ignore fen_array_init;
%ignore fen_solver_set_monitor;

// Below: one object is the functions and their user.
%ignore fen_operator_callback;
%ignore fen_smooth_callback;
%ignore fen_prox_callback;
%rename(fen_operator_callback) operator_of_functions;
%rename(fen_smooth_callback) smooth_of_functions;
%rename(fen_prox_callback) prox_of_functions;

%include "fenchel/export.h"
%include "fenchel/declared.h"
%include "fenchel/fenchel.h"

// fen_solver_set_monitor, fen_solver_solve and fen_solver_set_monitor(NULL) in one call.
%inline %{
static int32_t solve_monitored(fen_solver *solver, fen_monitor_fn monitor, void *user,
                               fen_transport_result *result, fen_error *err) {
  int32_t status = fen_solver_set_monitor(solver, monitor, user);
  if (status < 0) return status;
  status = fen_solver_solve(solver, result, err);
  fen_solver_set_monitor(solver, nullptr, nullptr);
  return status;
}

// The same with fen_minimize_solve.
static int32_t minimize_monitored(fen_solver *solver, fen_monitor_fn monitor, void *user, const fen_array *x,
                                  fen_minimize_result *result, fen_error *err) {
  int32_t status = fen_solver_set_monitor(solver, monitor, user);
  if (status < 0) return status;
  status = fen_minimize_solve(solver, x, result, err);
  fen_solver_set_monitor(solver, nullptr, nullptr);
  return status;
}
%}

// Terms from Java functions; functions is what makeFunctions returned (jni_functions.hpp).
%inline %{
static int32_t operator_of_functions(int64_t rows, int64_t cols, int64_t functions, fen_term **out, fen_error *err) {
  return fen_operator_callback(rows, cols, fenchel_jni::Functions::apply, fenchel_jni::Functions::adjoint,
                               reinterpret_cast<void *>(functions), out, err);
}

static int32_t smooth_of_functions(int64_t n, int64_t functions, double lipschitz, int32_t convex, fen_term **out,
                                   fen_error *err) {
  const bool curved = reinterpret_cast<fenchel_jni::Functions *>(functions)->has_second();
  return fen_smooth_callback(n, fenchel_jni::Functions::gradient, curved ? fenchel_jni::Functions::hvp : nullptr,
                             lipschitz, convex, reinterpret_cast<void *>(functions), out, err);
}

static int32_t prox_of_functions(int64_t n, int64_t functions, int32_t convex, fen_term **out, fen_error *err) {
  return fen_prox_callback(n, fenchel_jni::Functions::prox, convex, reinterpret_cast<void *>(functions), out, err);
}
%}
%native(makeFunctions) jlong makeFunctions(jobject first, jobject second, jlong rows, jlong cols, jboolean inPlace);
%native(freeFunctions) void freeFunctions(jlong functions);

// Memory for cost matrices, which a geometry borrows for longer than a call (Memory.java).
%native(allocate) jlong allocate(jlong bytes);
%native(free) void free(jlong address);
%native(copyIn) void copyIn(jlong address, jint dtype, jobject array, jint count);
%native(bufferAddress) jlong bufferAddress(jobject buffer);
%native(bufferAt) jobject bufferAt(jlong address, jlong bytes);
