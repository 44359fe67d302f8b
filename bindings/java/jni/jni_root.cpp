// jni_root.cpp -- see jni_root.hpp.
#include "jni_root.hpp"

#include "jni_errors.hpp"
#include "jni_functions.hpp"

namespace fenchel_jni {

int32_t Root::call(void* self, int32_t what, const double* in, double* out) {
  void* env = nullptr;
  // Callbacks come on the thread that called, a Java thread: there is nothing to attach.
  if (java().vm->GetEnv(&env, JNI_VERSION_1_8) != JNI_OK) return -1;
  return static_cast<Root*>(self)->call_java(static_cast<JNIEnv*>(env), what, in, out);
}

int32_t Root::call_java(JNIEnv* env, int32_t what, const double* in, double* out) {
  const int from = what == FEN_ROOT_DTHETA ? 1 : 0, to = what == FEN_ROOT_DTHETA_T ? 1 : 0;
  const jsize reads = from == 1 ? m_ : n_, writes = to == 1 ? m_ : n_;
  if (given_[from] == nullptr) given_[from] = env->NewDoubleArray(reads);
  if (wanted_[to] == nullptr && !env->ExceptionCheck()) wanted_[to] = env->NewDoubleArray(writes);
  if (!env->ExceptionCheck()) {
    env->SetDoubleArrayRegion(given_[from], 0, reads, in);
    env->CallVoidMethod(functions_, java().root_product, static_cast<jint>(what), given_[from], wanted_[to]);
  }
  if (!env->ExceptionCheck()) env->GetDoubleArrayRegion(wanted_[to], 0, writes, out);
  return keep_function_exception(env);
}

}  // namespace fenchel_jni
