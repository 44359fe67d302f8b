// jni_errors.cpp -- see jni_errors.hpp. The environment pointer belongs to a thread and is never kept.
#include "jni_errors.hpp"

#include <cstdio>
#include <cstring>

#include "jni_functions.hpp"

namespace fenchel_jni {
namespace {

Java cache;

jclass find(JNIEnv* env, const char* name) {
  const jclass local = env->FindClass(name);
  if (local == nullptr) return nullptr;
  const auto global = static_cast<jclass>(env->NewGlobalRef(local));
  env->DeleteLocalRef(local);
  return global;
}

// A method of an interface of functions, once for float[] and once for double[].
bool find_pair(JNIEnv* env, jclass type, const char* name, const char* of_floats, const char* of_doubles,
               jmethodID (&out)[2]) {
  return (out[0] = env->GetMethodID(type, name, of_floats)) && (out[1] = env->GetMethodID(type, name, of_doubles));
}

bool fill_functions(JNIEnv* env, Java& j) {
  return (j.linear_function = find(env, "io/fenchel/LinearFunction")) &&
         (j.smooth_function = find(env, "io/fenchel/SmoothFunction")) &&
         (j.hessian_function = find(env, "io/fenchel/HessianFunction")) &&
         (j.prox_function = find(env, "io/fenchel/ProxFunction")) &&
         find_pair(env, j.linear_function, "apply", "([F[F)V", "([D[D)V", j.linear) &&
         find_pair(env, j.smooth_function, "evaluate", "([F[F)D", "([D[D)D", j.smooth) &&
         find_pair(env, j.hessian_function, "apply", "([F[F[F)V", "([D[D[D)V", j.hessian) &&
         find_pair(env, j.prox_function, "prox", "([FD[F)D", "([DD[D)D", j.prox);
}

// Stops at the first failure, with its exception pending: the library then does not load.
bool fill(JNIEnv* env, Java& j) {
  return (j.status = find(env, "io/fenchel/Status")) && (j.progress_bridge = find(env, "io/fenchel/ProgressBridge")) &&
         (j.array_view = find(env, "io/fenchel/ArrayView")) &&
         (j.batch_outcome = find(env, "io/fenchel/BatchOutcome")) &&
         (j.status_exception = env->GetStaticMethodID(j.status, "exception", "(II[B)Lio/fenchel/FenchelException;")) &&
         (j.progress_call = env->GetStaticMethodID(j.progress_bridge, "call", "(Lio/fenchel/Monitor;[D)I")) &&
         (j.view_data = env->GetFieldID(j.array_view, "data", "Ljava/lang/Object;")) &&
         (j.view_meta = env->GetFieldID(j.array_view, "meta", "[J")) &&
         (j.outcome_failed = env->GetFieldID(j.batch_outcome, "failed", "J")) &&
         (j.outcome_first = env->GetFieldID(j.batch_outcome, "first", "Lio/fenchel/FenchelException;"));
}

}  // namespace

const Java& java() { return cache; }

jthrowable make_exception(JNIEnv* env, const fen_error& error) {
  const auto length = static_cast<jsize>(strnlen(error.message, sizeof error.message));
  const jbyteArray text = env->NewByteArray(length);
  if (text == nullptr) return nullptr;
  env->SetByteArrayRegion(text, 0, length, reinterpret_cast<const jbyte*>(error.message));
  const auto thrown = static_cast<jthrowable>(
      env->CallStaticObjectMethod(cache.status, cache.status_exception, error.code, error.detail, text));
  env->DeleteLocalRef(text);
  return env->ExceptionCheck() ? nullptr : thrown;
}

void throw_error(JNIEnv* env, std::int32_t status, const fen_error& error) {
  if (env->ExceptionCheck()) return;
  // A Java function failed: what it threw goes on, not what the library made of it.
  const jthrowable inner = status == FEN_E_CALLBACK ? take_function_exception(env) : nullptr;
  if (inner != nullptr) {
    env->Throw(inner);
    return;
  }
  fen_error copy = error;
  copy.code = status;
  const jthrowable thrown = make_exception(env, copy);
  if (thrown != nullptr) env->Throw(thrown);
}

void throw_out_of_memory(JNIEnv* env, const char* what) {
  fen_error error{};
  std::snprintf(error.message, sizeof error.message, "no memory for %s", what);
  throw_error(env, FEN_E_NOMEM, error);
}

}  // namespace fenchel_jni

extern "C" JNIEXPORT jint JNICALL JNI_OnLoad(JavaVM* vm, void*) {
  JNIEnv* env = nullptr;
  if (vm->GetEnv(reinterpret_cast<void**>(&env), JNI_VERSION_1_8) != JNI_OK) return JNI_ERR;
  fenchel_jni::cache.vm = vm;
  return fenchel_jni::fill(env, fenchel_jni::cache) && fenchel_jni::fill_functions(env, fenchel_jni::cache)
             ? JNI_VERSION_1_8
             : JNI_ERR;
}
