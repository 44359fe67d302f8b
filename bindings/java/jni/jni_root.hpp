// jni_root.hpp -- products with the Jacobians of a condition by Java functions: a record on the C stack of one call.
#pragma once
#include <jni.h>

#include "fenchel/fenchel.h"

namespace fenchel_jni {

// Calls ImplicitDerivative.product; an exception is put aside as those of Functions are.
class Root {
 public:
  Root(jobject functions, int64_t n, int64_t m)
      : functions_(functions), n_(static_cast<jsize>(n)), m_(static_cast<jsize>(m)) {}
  Root(const Root&) = delete;
  Root& operator=(const Root&) = delete;

  static int32_t call(void* self, int32_t what, const double* in, double* out);

 private:
  int32_t call_java(JNIEnv* env, int32_t what, const double* in, double* out);

  // Local references of the native call, which outlives every callback.
  jobject functions_;
  jsize n_, m_;
  jdoubleArray given_[2] = {}, wanted_[2] = {};  // of n and of m values
};

}  // namespace fenchel_jni
