// jni_oracles.cpp -- see jni_oracles.hpp.
#include "jni_oracles.hpp"

#include <cstring>

#include "jni_errors.hpp"
#include "jni_functions.hpp"

namespace fenchel_jni {
namespace {

constexpr int32_t kFailed = -1;

// Callbacks come on the thread that called, a Java thread: there is nothing to attach.
JNIEnv* environment() {
  void* env = nullptr;
  return java().vm->GetEnv(&env, JNI_VERSION_1_8) == JNI_OK ? static_cast<JNIEnv*>(env) : nullptr;
}

}  // namespace

jobject BufferCache::view(JNIEnv* env, const double* data, std::int64_t n, bool read_only) {
  if (data == nullptr || env->ExceptionCheck()) return nullptr;
  View* place = &views_[0];
  for (View& one : views_) {
    if (one.data == data && one.size == n && one.read_only == read_only) {
      one.used = ++uses_;
      return one.buffer;
    }
    // The one not used for longest gives way: never one of this call.
    if (one.used < place->used) place = &one;
  }
  const jobject whole = env->NewDirectByteBuffer(const_cast<double*>(data), n * 8);
  if (whole == nullptr) return nullptr;
  const jobject made = env->CallStaticObjectMethod(java().functions, java().functions_view, whole,
                                                   static_cast<jboolean>(false), static_cast<jboolean>(read_only));
  env->DeleteLocalRef(whole);
  if (env->ExceptionCheck()) return nullptr;
  if (place->buffer != nullptr) env->DeleteLocalRef(place->buffer);
  *place = {data, n, read_only, made, ++uses_};
  return made;
}

void store_request(JNIEnv* env, const fen_bilevel_request& r, jlongArray out) {
  const auto address = [](const void* data) { return static_cast<jlong>(reinterpret_cast<std::intptr_t>(data)); };
  jlong values[] = {r.oracle,
                    static_cast<jlong>(r.fresh),
                    r.count,
                    0,
                    address(r.x),
                    address(r.theta),
                    address(r.v),
                    address(r.c),
                    address(r.value),
                    address(r.dx),
                    address(r.dtheta),
                    address(r.out),
                    address(r.constants == nullptr ? nullptr : &r.constants->mu)};
  std::memcpy(&values[3], &r.step, sizeof r.step);
  env->SetLongArrayRegion(out, 0, static_cast<jsize>(sizeof values / sizeof *values), values);
}

Oracles::Oracles(JNIEnv* env, jobject oracles) : oracles_(oracles) {
  ready_ = env->EnsureLocalCapacity(BufferCache::kLocals) == 0;
  if (oracles == nullptr || !ready_) return;
  const jint has = env->GetIntField(oracles, java().oracles_has);
  table_.struct_size = sizeof table_;
  table_.user = this;
  table_.n = env->GetIntField(oracles, java().oracles_n);
  table_.m = env->GetIntField(oracles, java().oracles_m);
  const auto given = [has](Which which, auto function) { return (has >> which & 1) != 0 ? function : nullptr; };
  table_.lower = given(LOWER, &Oracles::level<LOWER>);
  table_.upper = given(UPPER, &Oracles::level<UPPER>);
  table_.lower_hvp = given(HVP, &Oracles::product<HVP>);
  table_.lower_cross_t = given(CROSS_T, &Oracles::product<CROSS_T>);
  table_.lower_cross = given(CROSS, &Oracles::product<CROSS>);
  table_.prox = given(PROX, &Oracles::prox);
  table_.prox_vjp = given(PROX_VJP, &Oracles::prox_vjp);
  table_.precondition = given(PRECONDITION, &Oracles::precondition);
  table_.constants = given(CONSTANTS, &Oracles::constants);
}

template <Oracles::Which which>
int32_t Oracles::level(void* self, const double* x, const double* theta, uint32_t fresh, double* value, double* dx,
                       double* dtheta) {
  auto& o = *static_cast<Oracles*>(self);
  JNIEnv* const env = environment();
  if (env == nullptr) return kFailed;
  const int64_t n = o.table_.n, m = o.table_.m;
  const jobject at = o.in(env, x, n), outer = o.in(env, theta, m), slope = o.out(env, dx, n),
                outer_slope = o.out(env, dtheta, m);
  if (!env->ExceptionCheck()) {
    const double found = env->CallDoubleMethod(o.oracles_, java().oracles_level, static_cast<jint>(which), at, outer,
                                               static_cast<jint>(fresh), slope, outer_slope);
    if (value != nullptr) *value = found;
  }
  return keep_function_exception(env);
}

int32_t Oracles::multiply(JNIEnv* env, Which which, const double* x, const double* theta, uint32_t fresh, int64_t count,
                          const double* v, double* out) {
  const int64_t n = table_.n, m = table_.m;
  const jobject at = in(env, x, n), outer = in(env, theta, m), from = in(env, v, count * (which == CROSS ? m : n)),
                to = this->out(env, out, count * (which == CROSS_T ? m : n));
  if (!env->ExceptionCheck())
    env->CallVoidMethod(oracles_, java().oracles_product, static_cast<jint>(which), at, outer, static_cast<jint>(fresh),
                        static_cast<jint>(count), from, to);
  return keep_function_exception(env);
}

template <Oracles::Which which>
int32_t Oracles::product(void* self, const double* x, const double* theta, uint32_t fresh, int64_t count,
                         const double* v, double* out) {
  JNIEnv* const env = environment();
  return env == nullptr ? kFailed : static_cast<Oracles*>(self)->multiply(env, which, x, theta, fresh, count, v, out);
}

int32_t Oracles::precondition(void* self, const double* x, const double* theta, uint32_t fresh, const double* r,
                              double* out) {
  return product<PRECONDITION>(self, x, theta, fresh, 1, r, out);
}

int32_t Oracles::prox(void* self, const double* v, const double* theta, double step, double* out, double* value) {
  auto& o = *static_cast<Oracles*>(self);
  JNIEnv* const env = environment();
  if (env == nullptr) return kFailed;
  const jobject from = o.in(env, v, o.table_.n), outer = o.in(env, theta, o.table_.m), to = o.out(env, out, o.table_.n);
  if (!env->ExceptionCheck()) {
    const double found = env->CallDoubleMethod(o.oracles_, java().oracles_prox, from, outer, step, to);
    if (value != nullptr) *value = found;
  }
  return keep_function_exception(env);
}

int32_t Oracles::prox_vjp(void* self, const double* v, const double* theta, double step, const double* c, double* dv,
                          double* dtheta) {
  auto& o = *static_cast<Oracles*>(self);
  JNIEnv* const env = environment();
  if (env == nullptr) return kFailed;
  const int64_t n = o.table_.n, m = o.table_.m;
  const jobject from = o.in(env, v, n), outer = o.in(env, theta, m), cotangent = o.in(env, c, n),
                to = o.out(env, dv, n), to_outer = o.out(env, dtheta, m);
  if (!env->ExceptionCheck())
    env->CallVoidMethod(o.oracles_, java().oracles_prox_vjp, from, outer, step, cotangent, to, to_outer);
  return keep_function_exception(env);
}

int32_t Oracles::constants(void* self, const double* theta, fen_bilevel_constants* out) {
  auto& o = *static_cast<Oracles*>(self);
  JNIEnv* const env = environment();
  if (env == nullptr) return kFailed;
  const jobject outer = o.in(env, theta, o.table_.m);
  if (!env->ExceptionCheck()) {
    const auto found = static_cast<jdoubleArray>(env->CallObjectMethod(o.oracles_, java().oracles_constants, outer));
    double c[6] = {};
    if (!env->ExceptionCheck()) env->GetDoubleArrayRegion(found, 0, 6, c);
    env->DeleteLocalRef(found);
    if (!env->ExceptionCheck()) {
      out->mu = c[0];
      out->lipschitz = c[1];
      out->hessian_lipschitz = c[2];
      out->cross_norm = c[3];
      out->cross_lipschitz = c[4];
      out->upper_lipschitz = c[5];
    }
  }
  return keep_function_exception(env);
}

}  // namespace fenchel_jni

// Declared with %native in fenchel_java.i: the library's memory for Java to read and write.
extern "C" JNIEXPORT jobject JNICALL Java_io_fenchel_FenchelRawJNI_bufferAt(JNIEnv* env, jclass, jlong address,
                                                                            jlong bytes) {
  return env->NewDirectByteBuffer(reinterpret_cast<void*>(address), bytes);
}
