// jni_monitor.cpp -- see jni_monitor.hpp.
#include "jni_monitor.hpp"

#include "jni_errors.hpp"
#include "jni_structs.hpp"

namespace fenchel_jni {
namespace {

constexpr int32_t kFailed = -1;

}  // namespace

int32_t Monitor::call(void* self, const fen_progress* progress) {
  void* env = nullptr;
  // Callbacks come on the thread that called, a Java thread: there is nothing to attach.
  if (java().vm->GetEnv(&env, JNI_VERSION_1_8) != JNI_OK) return kFailed;
  return static_cast<Monitor*>(self)->call_java(static_cast<JNIEnv*>(env), *progress);
}

int32_t Monitor::call_java(JNIEnv* env, const fen_progress& progress) {
  int32_t answer = kFailed;
  if (env->PushLocalFrame(8) == 0) {
    const jdoubleArray values = env->NewDoubleArray(kSize<fen_progress>);
    if (values != nullptr) {
      double fields[kSize<fen_progress>];
      store(progress, fields);
      env->SetDoubleArrayRegion(values, 0, kSize<fen_progress>, fields);
      answer = env->CallStaticIntMethod(java().progress_bridge, java().progress_call, monitor_, values);
    }
    // The solver must go on to its end before the exception may travel: it is put aside.
    if (const jthrowable thrown = env->ExceptionOccurred()) {
      env->ExceptionClear();
      if (pending_ == nullptr) pending_ = static_cast<jthrowable>(env->NewGlobalRef(thrown));
      answer = kFailed;
    }
    env->PopLocalFrame(nullptr);
  }
  return answer;
}

void Monitor::rethrow(JNIEnv* env) {
  if (pending_ == nullptr) return;
  env->ExceptionClear();  // of the status that the callback caused
  env->Throw(pending_);
  env->DeleteGlobalRef(pending_);
  pending_ = nullptr;
}

}  // namespace fenchel_jni
