// jni_arrays.hpp -- io.fenchel.ArrayView as a fen_array for the time of one call.
#pragma once
#include <jni.h>

#include <cstdlib>

#include "fenchel/fenchel.h"
#include "jni_errors.hpp"

namespace fenchel_jni {

// A double[], float[], int[] or long[] is copied by region calls into scratch memory, never held critically;
// a direct buffer and a native address are used in place, unless misaligned.
class Array {
 public:
  Array() = default;
  Array(const Array&) = delete;
  Array& operator=(const Array&) = delete;
  ~Array() { std::free(scratch_); }

  // False: a Java exception is pending. A null view is a NULL array.
  bool open(JNIEnv* env, jobject view);

  // Copies an output back to where it belongs; call after success only.
  void write_back(JNIEnv* env);

  fen_array* get() { return view_ == nullptr ? nullptr : &array_; }

 private:
  bool open_primitive(JNIEnv* env);
  bool open_address(JNIEnv* env, char* address);

  jobject view_ = nullptr;
  void* scratch_ = nullptr;
  char* home_ = nullptr;  // where a misaligned output goes
  jlong mode_ = 0, offset_ = 0, extent_ = 0;
  fen_array array_{};
};

// Elements for the time of one call, zeroed; no C++ exception may leave a native method.
template <class T>
class Scratch {
 public:
  Scratch() = default;
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() { std::free(data_); }

  // False: a Java exception is pending.
  bool allocate(JNIEnv* env, jsize size) {
    size_ = size;
    data_ = static_cast<T*>(std::calloc(static_cast<std::size_t>(size) + 1, sizeof(T)));
    if (data_ == nullptr) throw_out_of_memory(env, "the copy of a Java array");
    return data_ != nullptr;
  }
  T* data() { return data_; }
  jsize size() const { return size_; }

 private:
  T* data_ = nullptr;
  jsize size_ = 0;
};

// A bundle of vjp and jvp from an ArrayView[8]: a, b, cost, x, y, phi, psi, plan.
class Bundle {
 public:
  bool open(JNIEnv* env, jobjectArray views);
  void write_back(JNIEnv* env);
  const fen_transport_bundle* get() const { return &bundle_; }

 private:
  static constexpr jsize kCount = 8;
  Array arrays_[kCount];
  fen_transport_bundle bundle_{};
};

// A quadratic program from an ArrayView[9]: P, q, E, e, G, h, x, nu, lam.
class KktBundle {
 public:
  bool open(JNIEnv* env, jobjectArray views);
  void write_back(JNIEnv* env);
  const fen_kkt_bundle* get() const { return &bundle_; }

 private:
  static constexpr jsize kCount = 9;
  Array arrays_[kCount];
  fen_kkt_bundle bundle_{};
};

}  // namespace fenchel_jni
