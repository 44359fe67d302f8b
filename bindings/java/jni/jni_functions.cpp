// jni_functions.cpp -- see jni_functions.hpp.
#include "jni_functions.hpp"

#include <new>

#include "jni_errors.hpp"

namespace fenchel_jni {
namespace {

constexpr int32_t kFailed = -1;

thread_local jthrowable pending = nullptr;  // a global reference

JNIEnv* environment() {
  void* env = nullptr;
  // Callbacks come on the thread that called, a Java thread: there is nothing to attach.
  return java().vm->GetEnv(&env, JNI_VERSION_1_8) == JNI_OK ? static_cast<JNIEnv*>(env) : nullptr;
}

jarray new_array(JNIEnv* env, int32_t dtype, jsize size) {
  const jobject local = dtype == FEN_F32 ? static_cast<jobject>(env->NewFloatArray(size)) : env->NewDoubleArray(size);
  if (local == nullptr) return nullptr;
  const auto kept = static_cast<jarray>(env->NewGlobalRef(local));
  env->DeleteLocalRef(local);
  return kept;
}

void set(JNIEnv* env, int32_t dtype, jarray array, jsize n, const void* from) {
  if (dtype == FEN_F32) {
    env->SetFloatArrayRegion(static_cast<jfloatArray>(array), 0, n, static_cast<const jfloat*>(from));
  } else {
    env->SetDoubleArrayRegion(static_cast<jdoubleArray>(array), 0, n, static_cast<const jdouble*>(from));
  }
}

void get(JNIEnv* env, int32_t dtype, jarray array, jsize n, void* to) {
  if (dtype == FEN_F32) {
    env->GetFloatArrayRegion(static_cast<jfloatArray>(array), 0, n, static_cast<jfloat*>(to));
  } else {
    env->GetDoubleArrayRegion(static_cast<jdoubleArray>(array), 0, n, static_cast<jdouble*>(to));
  }
}

void drop(JNIEnv* env, Arrays* arrays) {
  if (arrays == nullptr) return;
  for (const jarray array : {arrays->first, arrays->second, arrays->out}) {
    if (array != nullptr) env->DeleteGlobalRef(array);
  }
  delete arrays;
}

// 0, or kFailed with the exception put aside: the library must go on to its end before it may travel.
int32_t finish(JNIEnv* env) {
  const jthrowable thrown = env->ExceptionOccurred();
  if (thrown == nullptr) return 0;
  env->ExceptionClear();
  if (pending != nullptr) env->DeleteGlobalRef(pending);
  pending = static_cast<jthrowable>(env->NewGlobalRef(thrown));
  env->DeleteLocalRef(thrown);
  return kFailed;
}

int index_of(int32_t dtype) { return dtype == FEN_F32 ? 0 : 1; }

}  // namespace

jthrowable take_function_exception(JNIEnv* env) {
  if (pending == nullptr) return nullptr;
  const auto thrown = static_cast<jthrowable>(env->NewLocalRef(pending));
  env->DeleteGlobalRef(pending);
  pending = nullptr;
  return thrown;
}

Functions::Functions(JNIEnv* env, jobject first, jobject second, jlong rows, jlong cols)
    : first_(env->NewGlobalRef(first)),
      second_(second == nullptr ? nullptr : env->NewGlobalRef(second)),
      rows_(static_cast<jsize>(rows)),
      cols_(static_cast<jsize>(cols)) {}

void Functions::release(JNIEnv* env) {
  if (first_ != nullptr) env->DeleteGlobalRef(first_);
  if (second_ != nullptr) env->DeleteGlobalRef(second_);
  for (auto& row : idle_) {
    for (auto& arrays : row) drop(env, arrays.exchange(nullptr));
  }
}

// nullptr: a Java exception is pending.
Arrays* Functions::take(JNIEnv* env, int which, int32_t dtype, jsize in, jsize out, bool two) {
  Arrays* arrays = idle_[which][index_of(dtype)].exchange(nullptr);
  if (arrays != nullptr) return arrays;
  arrays = new (std::nothrow) Arrays{};
  if (arrays == nullptr) {
    throw_out_of_memory(env, "the arrays of a Java function");
    return nullptr;
  }
  arrays->first = new_array(env, dtype, in);
  if (two && arrays->first != nullptr) arrays->second = new_array(env, dtype, in);
  if (!env->ExceptionCheck()) arrays->out = new_array(env, dtype, out);
  if (arrays->out != nullptr) return arrays;
  drop(env, arrays);
  if (!env->ExceptionCheck()) throw_out_of_memory(env, "the arrays of a Java function");
  return nullptr;
}

void Functions::give_back(JNIEnv* env, int which, int32_t dtype, Arrays* arrays) {
  // Only a call of another thread, or one inside this one, leaves a second set.
  drop(env, idle_[which][index_of(dtype)].exchange(arrays));
}

int32_t Functions::map(int which, int32_t dtype, const void* in, void* out) {
  JNIEnv* env = environment();
  if (env == nullptr) return kFailed;
  const jsize from = which == 0 ? cols_ : rows_, to = which == 0 ? rows_ : cols_;
  Arrays* arrays = take(env, which, dtype, from, to, false);
  if (arrays == nullptr) return finish(env);
  set(env, dtype, arrays->first, from, in);
  env->CallVoidMethod(which == 0 ? first_ : second_, java().linear[index_of(dtype)], arrays->first, arrays->out);
  if (!env->ExceptionCheck()) get(env, dtype, arrays->out, to, out);
  give_back(env, which, dtype, arrays);
  return finish(env);
}

int32_t Functions::apply(void* self, int32_t dtype, const void* x, void* y) {
  return static_cast<Functions*>(self)->map(0, dtype, x, y);
}

int32_t Functions::adjoint(void* self, int32_t dtype, const void* y, void* x) {
  return static_cast<Functions*>(self)->map(1, dtype, y, x);
}

int32_t Functions::gradient(void* self, int64_t n, int32_t dtype, const void* x, double* value, void* gradient) {
  auto& functions = *static_cast<Functions*>(self);
  JNIEnv* env = environment();
  if (env == nullptr) return kFailed;
  const auto size = static_cast<jsize>(n);
  Arrays* arrays = functions.take(env, 0, dtype, size, size, false);
  if (arrays == nullptr) return finish(env);
  set(env, dtype, arrays->first, size, x);
  const jarray wanted = gradient == nullptr ? nullptr : arrays->out;
  const double found = env->CallDoubleMethod(functions.first_, java().smooth[index_of(dtype)], arrays->first, wanted);
  if (!env->ExceptionCheck()) {
    *value = found;
    if (gradient != nullptr) get(env, dtype, arrays->out, size, gradient);
  }
  functions.give_back(env, 0, dtype, arrays);
  return finish(env);
}

int32_t Functions::hvp(void* self, int64_t n, int32_t dtype, const void* x, const void* v, void* out) {
  auto& functions = *static_cast<Functions*>(self);
  JNIEnv* env = environment();
  if (env == nullptr) return kFailed;
  const auto size = static_cast<jsize>(n);
  Arrays* arrays = functions.take(env, 1, dtype, size, size, true);
  if (arrays == nullptr) return finish(env);
  set(env, dtype, arrays->first, size, x);
  set(env, dtype, arrays->second, size, v);
  env->CallVoidMethod(functions.second_, java().hessian[index_of(dtype)], arrays->first, arrays->second, arrays->out);
  if (!env->ExceptionCheck()) get(env, dtype, arrays->out, size, out);
  functions.give_back(env, 1, dtype, arrays);
  return finish(env);
}

int32_t Functions::prox(void* self, int64_t n, int32_t dtype, const void* v, double step, void* out, double* value) {
  auto& functions = *static_cast<Functions*>(self);
  JNIEnv* env = environment();
  if (env == nullptr) return kFailed;
  const auto size = static_cast<jsize>(n);
  Arrays* arrays = functions.take(env, 0, dtype, size, size, false);
  if (arrays == nullptr) return finish(env);
  set(env, dtype, arrays->first, size, v);
  const double found =
      env->CallDoubleMethod(functions.first_, java().prox[index_of(dtype)], arrays->first, step, arrays->out);
  if (!env->ExceptionCheck()) {
    if (value != nullptr) *value = found;
    get(env, dtype, arrays->out, size, out);
  }
  functions.give_back(env, 0, dtype, arrays);
  return finish(env);
}

}  // namespace fenchel_jni

// Declared with %native in fenchel_java.i.

extern "C" JNIEXPORT jlong JNICALL Java_io_fenchel_FenchelRawJNI_makeFunctions(JNIEnv* env, jclass, jobject first,
                                                                               jobject second, jlong rows, jlong cols) {
  auto* functions = new (std::nothrow) fenchel_jni::Functions(env, first, second, rows, cols);
  if (functions != nullptr && functions->ready()) return reinterpret_cast<jlong>(functions);
  delete functions;
  fenchel_jni::throw_out_of_memory(env, "a term from functions");
  return 0;
}

extern "C" JNIEXPORT void JNICALL Java_io_fenchel_FenchelRawJNI_freeFunctions(JNIEnv* env, jclass, jlong address) {
  auto* functions = reinterpret_cast<fenchel_jni::Functions*>(address);
  functions->release(env);
  delete functions;
}
