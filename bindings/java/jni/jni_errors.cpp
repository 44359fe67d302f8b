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

// shape is the signature with V for a vector, D for a double and U for void, the return type last: the method is looked
// for with vectors that are arrays and, in the nested interface, buffers.
bool find_methods(JNIEnv* env, const char* type, const char* name, const char* shape, FunctionMethods& out) {
  const char* const vectors[2][2] = {{"[F", "[D"}, {"Ljava/nio/FloatBuffer;", "Ljava/nio/DoubleBuffer;"}};
  char text[160];
  for (int in_place = 0; in_place < 2; ++in_place) {
    std::snprintf(text, sizeof text, "io/fenchel/%s%s", type, in_place == 1 ? "$InPlace" : "");
    const jclass found = find(env, text);  // a global reference, so that the methods stay
    if (found == nullptr) return false;
    for (int dtype = 0; dtype < 2; ++dtype) {
      std::size_t length = 0;
      for (const char* at = shape; *at != '\0'; ++at) {
        const char* const what = *at == 'V' ? vectors[in_place][dtype] : *at == 'U' ? "V" : "D";
        const char* const bracket = at == shape ? "(" : at[1] == '\0' ? ")" : "";
        length += static_cast<std::size_t>(std::snprintf(text + length, sizeof text - length, "%s%s", bracket, what));
      }
      out.by[in_place][dtype] = env->GetMethodID(found, name, text);
      if (out.by[in_place][dtype] == nullptr) return false;
    }
  }
  return true;
}

bool fill_functions(JNIEnv* env, Java& j) {
  const jclass buffer = find(env, "java/nio/Buffer");
  return buffer != nullptr && (j.buffer_clear = env->GetMethodID(buffer, "clear", "()Ljava/nio/Buffer;")) &&
         (j.functions = find(env, "io/fenchel/Functions")) &&
         (j.functions_view =
              env->GetStaticMethodID(j.functions, "view", "(Ljava/nio/ByteBuffer;ZZ)Ljava/nio/Buffer;")) &&
         (j.implicit = find(env, "io/fenchel/ImplicitDerivative")) &&
         (j.root_product = env->GetMethodID(j.implicit, "product", "(I[D[D)V")) &&
         find_methods(env, "LinearFunction", "apply", "VVU", j.linear) &&
         find_methods(env, "SmoothFunction", "evaluate", "VVD", j.smooth) &&
         find_methods(env, "HessianFunction", "apply", "VVVU", j.hessian) &&
         find_methods(env, "ProxFunction", "prox", "VDVD", j.prox);
}

#define FENCHEL_BUFFER "Ljava/nio/DoubleBuffer;"
bool fill_oracles(JNIEnv* env, Java& j) {
  const auto method = [env, &j](const char* name, const char* type) { return env->GetMethodID(j.oracles, name, type); };
  return (j.oracles = find(env, "io/fenchel/OracleTable")) && (j.oracles_n = env->GetFieldID(j.oracles, "n", "I")) &&
         (j.oracles_m = env->GetFieldID(j.oracles, "m", "I")) &&
         (j.oracles_has = env->GetFieldID(j.oracles, "has", "I")) &&
         (j.oracles_level =
              method("level", "(I" FENCHEL_BUFFER FENCHEL_BUFFER "I" FENCHEL_BUFFER FENCHEL_BUFFER ")D")) &&
         (j.oracles_product =
              method("product", "(I" FENCHEL_BUFFER FENCHEL_BUFFER "II" FENCHEL_BUFFER FENCHEL_BUFFER ")V")) &&
         (j.oracles_prox = method("prox", "(" FENCHEL_BUFFER FENCHEL_BUFFER "D" FENCHEL_BUFFER ")D")) &&
         (j.oracles_prox_vjp = method(
              "proxVjp", "(" FENCHEL_BUFFER FENCHEL_BUFFER "D" FENCHEL_BUFFER FENCHEL_BUFFER FENCHEL_BUFFER ")V")) &&
         (j.oracles_constants = method("constants", "(" FENCHEL_BUFFER ")[D"));
}
#undef FENCHEL_BUFFER

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
  return fenchel_jni::fill(env, fenchel_jni::cache) && fenchel_jni::fill_functions(env, fenchel_jni::cache) &&
                 fenchel_jni::fill_oracles(env, fenchel_jni::cache)
             ? JNI_VERSION_1_8
             : JNI_ERR;
}
