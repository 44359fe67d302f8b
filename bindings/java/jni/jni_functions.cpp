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

void drop(JNIEnv* env, Vectors* vectors) {
  if (vectors == nullptr) return;
  vectors->release(env);
  delete vectors;
}

}  // namespace

int32_t keep_function_exception(JNIEnv* env) {
  const jthrowable thrown = env->ExceptionOccurred();
  if (thrown == nullptr) return 0;
  env->ExceptionClear();
  if (pending != nullptr) env->DeleteGlobalRef(pending);
  pending = static_cast<jthrowable>(env->NewGlobalRef(thrown));
  env->DeleteLocalRef(thrown);
  return kFailed;
}

jthrowable take_function_exception(JNIEnv* env) {
  if (pending == nullptr) return nullptr;
  const auto thrown = static_cast<jthrowable>(env->NewLocalRef(pending));
  env->DeleteGlobalRef(pending);
  pending = nullptr;
  return thrown;
}

// One call of a function: its environment, its vectors, and what became of it.
class Functions::Turn {
 public:
  Turn(Functions& functions, int which, int32_t dtype)
      : env(environment()), slot_(functions.idle_[which][dtype == FEN_F32 ? 0 : 1]) {
    if (env == nullptr) return;
    vectors = slot_.exchange(nullptr);
    if (vectors == nullptr) vectors = new (std::nothrow) Vectors(dtype, functions.in_place_);
    if (vectors == nullptr) throw_out_of_memory(env, "the vectors of a Java function");
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  bool good() const { return env != nullptr && !env->ExceptionCheck(); }

  int32_t end() {
    if (env == nullptr) return kFailed;
    // Only a call of another thread, or one inside this one, leaves a second set.
    if (vectors != nullptr) drop(env, slot_.exchange(vectors));
    return keep_function_exception(env);
  }

  JNIEnv* env;
  Vectors* vectors = nullptr;

 private:
  std::atomic<Vectors*>& slot_;
};

Functions::Functions(JNIEnv* env, jobject first, jobject second, jlong rows, jlong cols, bool in_place)
    : first_(env->NewGlobalRef(first)),
      second_(second == nullptr ? nullptr : env->NewGlobalRef(second)),
      rows_(static_cast<jsize>(rows)),
      cols_(static_cast<jsize>(cols)),
      in_place_(in_place) {}

void Functions::release(JNIEnv* env) {
  if (first_ != nullptr) env->DeleteGlobalRef(first_);
  if (second_ != nullptr) env->DeleteGlobalRef(second_);
  for (auto& row : idle_) {
    for (auto& vectors : row) drop(env, vectors.exchange(nullptr));
  }
}

int32_t Functions::map(int which, int32_t dtype, const void* in, void* out) {
  const jsize from = which == 0 ? cols_ : rows_, to = which == 0 ? rows_ : cols_;
  Turn turn(*this, which, dtype);
  const jobject x = turn.good() ? turn.vectors->input(turn.env, 0, from, in) : nullptr;
  const jobject y = turn.good() ? turn.vectors->output(turn.env, to, out) : nullptr;
  if (turn.good()) {
    turn.env->CallVoidMethod(which == 0 ? first_ : second_, java().linear.of(in_place_, dtype), x, y);
    if (turn.good()) turn.vectors->collect(turn.env, to, out);
  }
  return turn.end();
}

int32_t Functions::apply(void* self, int32_t dtype, const void* x, void* y) {
  return static_cast<Functions*>(self)->map(0, dtype, x, y);
}

int32_t Functions::adjoint(void* self, int32_t dtype, const void* y, void* x) {
  return static_cast<Functions*>(self)->map(1, dtype, y, x);
}

int32_t Functions::gradient(void* self, int64_t n, int32_t dtype, const void* x, double* value, void* gradient) {
  auto& functions = *static_cast<Functions*>(self);
  const auto size = static_cast<jsize>(n);
  Turn turn(functions, 0, dtype);
  const jobject at = turn.good() ? turn.vectors->input(turn.env, 0, size, x) : nullptr;
  const jobject slope = turn.good() && gradient != nullptr ? turn.vectors->output(turn.env, size, gradient) : nullptr;
  if (turn.good()) {
    const jmethodID method = java().smooth.of(functions.in_place_, dtype);
    const double found = turn.env->CallDoubleMethod(functions.first_, method, at, slope);
    if (turn.good()) *value = found;
    if (turn.good() && gradient != nullptr) turn.vectors->collect(turn.env, size, gradient);
  }
  return turn.end();
}

int32_t Functions::hvp(void* self, int64_t n, int32_t dtype, const void* x, const void* v, void* out) {
  auto& functions = *static_cast<Functions*>(self);
  const auto size = static_cast<jsize>(n);
  Turn turn(functions, 1, dtype);
  const jobject at = turn.good() ? turn.vectors->input(turn.env, 0, size, x) : nullptr;
  const jobject along = turn.good() ? turn.vectors->input(turn.env, 1, size, v) : nullptr;
  const jobject to = turn.good() ? turn.vectors->output(turn.env, size, out) : nullptr;
  if (turn.good()) {
    turn.env->CallVoidMethod(functions.second_, java().hessian.of(functions.in_place_, dtype), at, along, to);
    if (turn.good()) turn.vectors->collect(turn.env, size, out);
  }
  return turn.end();
}

int32_t Functions::prox(void* self, int64_t n, int32_t dtype, const void* v, double step, void* out, double* value) {
  auto& functions = *static_cast<Functions*>(self);
  const auto size = static_cast<jsize>(n);
  Turn turn(functions, 0, dtype);
  const jobject from = turn.good() ? turn.vectors->input(turn.env, 0, size, v) : nullptr;
  const jobject to = turn.good() ? turn.vectors->output(turn.env, size, out) : nullptr;
  if (turn.good()) {
    const jmethodID method = java().prox.of(functions.in_place_, dtype);
    const double found = turn.env->CallDoubleMethod(functions.first_, method, from, step, to);
    if (turn.good() && value != nullptr) *value = found;
    if (turn.good()) turn.vectors->collect(turn.env, size, out);
  }
  return turn.end();
}

}  // namespace fenchel_jni

// Declared with %native in fenchel_java.i.

extern "C" JNIEXPORT jlong JNICALL Java_io_fenchel_FenchelRawJNI_makeFunctions(JNIEnv* env, jclass, jobject first,
                                                                               jobject second, jlong rows, jlong cols,
                                                                               jboolean in_place) {
  auto* functions = new (std::nothrow) fenchel_jni::Functions(env, first, second, rows, cols, in_place != JNI_FALSE);
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
