// jni_vectors.cpp -- see jni_vectors.hpp.
#include "jni_vectors.hpp"

#include "jni_errors.hpp"

namespace fenchel_jni {
namespace {

constexpr int kOutput = 2;

// A global reference instead of a local one; nullptr stays nullptr.
jobject keep(JNIEnv* env, jobject local) {
  if (local == nullptr) return nullptr;
  const jobject kept = env->NewGlobalRef(local);
  env->DeleteLocalRef(local);
  return kept;
}

}  // namespace

void Vectors::release(JNIEnv* env) {
  for (const jarray one : arrays_) {
    if (one != nullptr) env->DeleteGlobalRef(one);
  }
  for (const View& one : views_) {
    if (one.buffer != nullptr) env->DeleteGlobalRef(one.buffer);
  }
}

jarray Vectors::array(JNIEnv* env, int which, jsize n) {
  if (arrays_[which] == nullptr) {
    const jobject local = single_ ? static_cast<jobject>(env->NewFloatArray(n)) : env->NewDoubleArray(n);
    arrays_[which] = static_cast<jarray>(keep(env, local));
    if (arrays_[which] == nullptr && !env->ExceptionCheck()) throw_out_of_memory(env, "the arrays of a Java function");
  }
  return arrays_[which];
}

// Positions and limits are the function's to move: they begin afresh with every call.
jobject Vectors::view(JNIEnv* env, jsize n, const void* data, bool read_only) {
  View* place = &views_[0];
  for (View& one : views_) {
    // The one not used for longest gives way: never one of this call.
    if (one.used < place->used) place = &one;
    if (one.data != data || one.size != n || one.read_only != read_only) continue;
    one.used = ++uses_;
    env->DeleteLocalRef(env->CallObjectMethod(one.buffer, java().buffer_clear));
    return env->ExceptionCheck() ? nullptr : one.buffer;
  }
  const jlong bytes = static_cast<jlong>(n) * (single_ ? 4 : 8);
  const jobject whole = env->NewDirectByteBuffer(const_cast<void*>(data), bytes);
  if (whole == nullptr) return nullptr;
  const jobject local = env->CallStaticObjectMethod(java().functions, java().functions_view, whole,
                                                    static_cast<jboolean>(single_), static_cast<jboolean>(read_only));
  const jobject made = env->ExceptionCheck() ? nullptr : keep(env, local);
  env->DeleteLocalRef(whole);
  if (made == nullptr) return nullptr;
  if (place->buffer != nullptr) env->DeleteGlobalRef(place->buffer);
  *place = {data, n, read_only, made, ++uses_};
  return made;
}

jobject Vectors::input(JNIEnv* env, int which, jsize n, const void* data) {
  if (in_place_) return view(env, n, data, true);
  const jarray to = array(env, which, n);
  if (to == nullptr) return nullptr;
  if (single_) {
    env->SetFloatArrayRegion(static_cast<jfloatArray>(to), 0, n, static_cast<const jfloat*>(data));
  } else {
    env->SetDoubleArrayRegion(static_cast<jdoubleArray>(to), 0, n, static_cast<const jdouble*>(data));
  }
  return to;
}

jobject Vectors::output(JNIEnv* env, jsize n, void* data) {
  return in_place_ ? view(env, n, data, false) : array(env, kOutput, n);
}

void Vectors::collect(JNIEnv* env, jsize n, void* data) const {
  if (in_place_) return;
  if (single_) {
    env->GetFloatArrayRegion(static_cast<jfloatArray>(arrays_[kOutput]), 0, n, static_cast<jfloat*>(data));
  } else {
    env->GetDoubleArrayRegion(static_cast<jdoubleArray>(arrays_[kOutput]), 0, n, static_cast<jdouble*>(data));
  }
}

}  // namespace fenchel_jni
