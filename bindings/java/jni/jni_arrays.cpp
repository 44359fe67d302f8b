// jni_arrays.cpp -- see jni_arrays.hpp; the meaning of meta is written in ArrayView.java.
#include "jni_arrays.hpp"

#include <cstdint>
#include <cstring>

namespace fenchel_jni {
namespace {

enum Meta { kKind, kDtype, kMode, kNdim, kOffset, kExtent, kShape, kStrides = kShape + 4, kMetaSize = kStrides + 4 };
enum Kind { kPrimitive, kDirect, kAddress };
enum Mode { kIn = 1, kOut = 2 };

std::size_t element_size(std::int32_t dtype) { return dtype == FEN_F32 || dtype == FEN_I32 ? 4 : 8; }

// Plain malloc: aligned blocks cost several times as much when they are small, and the core asks for no alignment.
void* allocate(std::size_t bytes) { return std::malloc(bytes + 1); }

void get_region(JNIEnv* env, jobject data, std::int32_t dtype, jsize at, jsize count, void* out) {
  switch (dtype) {
    case FEN_F64:
      return env->GetDoubleArrayRegion(static_cast<jdoubleArray>(data), at, count, static_cast<jdouble*>(out));
    case FEN_F32:
      return env->GetFloatArrayRegion(static_cast<jfloatArray>(data), at, count, static_cast<jfloat*>(out));
    case FEN_I64:
      return env->GetLongArrayRegion(static_cast<jlongArray>(data), at, count, static_cast<jlong*>(out));
    default:
      return env->GetIntArrayRegion(static_cast<jintArray>(data), at, count, static_cast<jint*>(out));
  }
}

void set_region(JNIEnv* env, jobject data, std::int32_t dtype, jsize at, jsize count, const void* in) {
  switch (dtype) {
    case FEN_F64:
      return env->SetDoubleArrayRegion(static_cast<jdoubleArray>(data), at, count, static_cast<const jdouble*>(in));
    case FEN_F32:
      return env->SetFloatArrayRegion(static_cast<jfloatArray>(data), at, count, static_cast<const jfloat*>(in));
    case FEN_I64:
      return env->SetLongArrayRegion(static_cast<jlongArray>(data), at, count, static_cast<const jlong*>(in));
    default:
      return env->SetIntArrayRegion(static_cast<jintArray>(data), at, count, static_cast<const jint*>(in));
  }
}

}  // namespace

bool Array::open(JNIEnv* env, jobject view) {
  if (view == nullptr) return true;
  view_ = view;
  jlong meta[kMetaSize];
  const auto meta_array = static_cast<jlongArray>(env->GetObjectField(view, java().view_meta));
  env->GetLongArrayRegion(meta_array, 0, kMetaSize, meta);
  env->DeleteLocalRef(meta_array);
  if (env->ExceptionCheck()) return false;
  mode_ = meta[kMode];
  offset_ = meta[kOffset];
  extent_ = meta[kExtent];
  array_.struct_size = sizeof array_;
  array_.dtype = static_cast<std::int32_t>(meta[kDtype]);
  array_.ndim = static_cast<std::int32_t>(meta[kNdim]);
  array_.flags = (mode_ & kOut) != 0 ? 0 : FEN_ARRAY_READONLY;
  for (int k = 0; k < 4; ++k) {
    array_.shape[k] = meta[kShape + k];
    array_.strides[k] = meta[kStrides + k];
  }
  if (meta[kKind] == kPrimitive) return open_primitive(env);
  if (meta[kKind] == kAddress) return open_address(env, reinterpret_cast<char*>(offset_));
  const jobject buffer = env->GetObjectField(view, java().view_data);
  char* const start = static_cast<char*>(env->GetDirectBufferAddress(buffer));
  env->DeleteLocalRef(buffer);
  return open_address(env, start + offset_);
}

bool Array::open_primitive(JNIEnv* env) {
  scratch_ = allocate(static_cast<std::size_t>(extent_) * element_size(array_.dtype));
  if (scratch_ == nullptr) {
    throw_out_of_memory(env, "the copy of a Java array");
    return false;
  }
  array_.data = scratch_;
  if ((mode_ & kIn) == 0) return true;
  const jobject data = env->GetObjectField(view_, java().view_data);
  get_region(env, data, array_.dtype, static_cast<jsize>(offset_), static_cast<jsize>(extent_), scratch_);
  env->DeleteLocalRef(data);
  return !env->ExceptionCheck();
}

bool Array::open_address(JNIEnv* env, char* address) {
  array_.data = address;
  const std::size_t size = element_size(array_.dtype);
  if (reinterpret_cast<std::uintptr_t>(address) % size == 0) return true;
  const std::size_t bytes = static_cast<std::size_t>(extent_) * size;
  scratch_ = allocate(bytes);
  if (scratch_ == nullptr) {
    throw_out_of_memory(env, "the copy of a misaligned buffer");
    return false;
  }
  std::memcpy(scratch_, address, bytes);
  array_.data = scratch_;
  home_ = address;
  return true;
}

void Array::write_back(JNIEnv* env) {
  if (scratch_ == nullptr || (mode_ & kOut) == 0) return;
  if (home_ != nullptr) {
    std::memcpy(home_, scratch_, static_cast<std::size_t>(extent_) * element_size(array_.dtype));
    return;
  }
  const jobject data = env->GetObjectField(view_, java().view_data);
  set_region(env, data, array_.dtype, static_cast<jsize>(offset_), static_cast<jsize>(extent_), scratch_);
  env->DeleteLocalRef(data);
}

bool Bundle::open(JNIEnv* env, jobjectArray views) {
  if (env->EnsureLocalCapacity(2 * kCount) != 0) return false;
  for (jsize k = 0; k < kCount; ++k) {
    const jobject view = env->GetObjectArrayElement(views, k);
    if (env->ExceptionCheck() || !arrays_[k].open(env, view)) return false;
  }
  bundle_ = {sizeof bundle_,   arrays_[0].get(), arrays_[1].get(), arrays_[2].get(), arrays_[3].get(),
             arrays_[4].get(), arrays_[5].get(), arrays_[6].get(), arrays_[7].get()};
  return true;
}

void Bundle::write_back(JNIEnv* env) {
  for (Array& array : arrays_) array.write_back(env);
}

bool KktBundle::open(JNIEnv* env, jobjectArray views) {
  if (env->EnsureLocalCapacity(2 * kCount) != 0) return false;
  for (jsize k = 0; k < kCount; ++k) {
    const jobject view = env->GetObjectArrayElement(views, k);
    if (env->ExceptionCheck() || !arrays_[k].open(env, view)) return false;
  }
  bundle_ = {sizeof bundle_,   arrays_[0].get(), arrays_[1].get(), arrays_[2].get(), arrays_[3].get(),
             arrays_[4].get(), arrays_[5].get(), arrays_[6].get(), arrays_[7].get(), arrays_[8].get()};
  return true;
}

void KktBundle::write_back(JNIEnv* env) {
  for (Array& array : arrays_) array.write_back(env);
}

}  // namespace fenchel_jni

// The rest are natives that SWIG cannot write, declared with %native in fenchel_java.i.

extern "C" JNIEXPORT void JNICALL Java_io_fenchel_FenchelRawJNI_copyIn(JNIEnv* env, jclass, jlong address, jint dtype,
                                                                       jobject array, jint count) {
  fenchel_jni::get_region(env, array, dtype, 0, count, reinterpret_cast<void*>(address));
}

extern "C" JNIEXPORT jlong JNICALL Java_io_fenchel_FenchelRawJNI_allocate(JNIEnv*, jclass, jlong bytes) {
  return reinterpret_cast<jlong>(fenchel_jni::allocate(static_cast<std::size_t>(bytes)));
}

extern "C" JNIEXPORT void JNICALL Java_io_fenchel_FenchelRawJNI_free(JNIEnv*, jclass, jlong address) {
  std::free(reinterpret_cast<void*>(address));
}

extern "C" JNIEXPORT jlong JNICALL Java_io_fenchel_FenchelRawJNI_bufferAddress(JNIEnv* env, jclass, jobject buffer) {
  return reinterpret_cast<jlong>(env->GetDirectBufferAddress(buffer));
}
