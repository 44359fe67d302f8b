// jni_functions.hpp -- terms from Java functions (LinearFunction, SmoothFunction, HessianFunction, ProxFunction).
//
// An exception waits on its thread until the call into the library that it ended has returned, where throw_error finds
// it.
#pragma once
#include <jni.h>

#include <atomic>

#include "fenchel/fenchel.h"
#include "jni_vectors.hpp"

namespace fenchel_jni {

// The `user` of a term: one or two Java functions. Many threads may call it at once, and a function may come back to
// it.
class Functions {
 public:
  // Where there is no memory ready() is false. second may be null.
  Functions(JNIEnv* env, jobject first, jobject second, jlong rows, jlong cols, bool in_place);
  Functions(const Functions&) = delete;
  Functions& operator=(const Functions&) = delete;

  bool ready() const { return first_ != nullptr; }
  bool has_second() const { return second_ != nullptr; }
  // Instead of a destructor, which would have to look for the environment.
  void release(JNIEnv* env);

  static int32_t apply(void* self, int32_t dtype, const void* x, void* y);
  static int32_t adjoint(void* self, int32_t dtype, const void* y, void* x);
  static int32_t gradient(void* self, int64_t n, int32_t dtype, const void* x, double* value, void* gradient);
  static int32_t hvp(void* self, int64_t n, int32_t dtype, const void* x, const void* v, void* out);
  static int32_t prox(void* self, int64_t n, int32_t dtype, const void* v, double step, void* out, double* value);

 private:
  class Turn;

  int32_t map(int which, int32_t dtype, const void* in, void* out);

  jobject first_, second_;
  jsize rows_, cols_;
  bool in_place_;
  std::atomic<Vectors*> idle_[2][2]{};  // by function and dtype: those of the last call that ended
};

// Puts a pending exception aside: 0 without one, else what a callback returns. The library must go on to its end before
// the exception may travel.
int32_t keep_function_exception(JNIEnv* env);

// The exception of a Java function that failed on this thread, a local reference, or nullptr.
jthrowable take_function_exception(JNIEnv* env);

}  // namespace fenchel_jni
