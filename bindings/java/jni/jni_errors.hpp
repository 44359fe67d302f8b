// jni_errors.hpp -- native failures become Java exceptions; the classes are found once, in JNI_OnLoad.
#pragma once
#include <jni.h>

#include <cstdint>

#include "fenchel/fenchel.h"

namespace fenchel_jni {

// The methods of an interface of Java functions: on arrays or in place, of floats or doubles.
struct FunctionMethods {
  jmethodID by[2][2];
  jmethodID of(bool in_place, std::int32_t dtype) const { return by[in_place ? 1 : 0][dtype == FEN_F32 ? 0 : 1]; }
};

// Classes, methods and fields used by native code, global references for the life of the library.
struct Java {
  JavaVM* vm;
  jclass status, progress_bridge, array_view, batch_outcome;
  jmethodID status_exception;  // static FenchelException Status.exception(int, int, byte[])
  jmethodID progress_call;     // static int ProgressBridge.call(Monitor, double[])
  jfieldID view_data, view_meta;
  jfieldID outcome_failed, outcome_first;
  FunctionMethods linear, smooth, hessian, prox;
  jclass functions;
  jmethodID functions_view;  // static Buffer Functions.view(ByteBuffer, boolean, boolean)
  jmethodID buffer_clear;    // Buffer.clear
  jclass implicit;
  jmethodID root_product;  // void ImplicitDerivative.product(int, double[], double[])
  jclass oracles;          // OracleTable
  jfieldID oracles_n, oracles_m, oracles_has;
  jmethodID oracles_level, oracles_product, oracles_prox, oracles_prox_vjp, oracles_constants;
};
const Java& java();

// The exception of a status, not thrown; nullptr with another exception pending where Java has no memory.
jthrowable make_exception(JNIEnv* env, const fen_error& error);

// Throws, unless an exception is pending already.
void throw_error(JNIEnv* env, std::int32_t status, const fen_error& error);

void throw_out_of_memory(JNIEnv* env, const char* what);

}  // namespace fenchel_jni
