// jni_monitor.hpp -- progress calls into Java: a record on the C stack of the solving call.
#pragma once
#include <jni.h>

#include "fenchel/fenchel.h"

namespace fenchel_jni {

// Also without a Java monitor the bridge is called: it looks for Thread.interrupt().
class Monitor {
 public:
  explicit Monitor(jobject monitor) : monitor_(monitor) {}
  Monitor(const Monitor&) = delete;
  Monitor& operator=(const Monitor&) = delete;

  static int32_t call(void* self, const fen_progress* progress);

  // Throws the very exception that the callback threw, with its stack; call after the solve returned.
  void rethrow(JNIEnv* env);

 private:
  int32_t call_java(JNIEnv* env, const fen_progress& progress);

  jobject monitor_;               // a local reference of the solving call, which outlives every callback
  jthrowable pending_ = nullptr;  // a global reference
};

}  // namespace fenchel_jni
