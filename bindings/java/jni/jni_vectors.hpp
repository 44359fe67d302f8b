// jni_vectors.hpp -- the vectors of a call to a Java function, as Java sees them.
//
// Copied: Java arrays that are kept from call to call; inputs are copied in, the output is copied back. In place:
// direct buffers over the library's own memory, kept by address, since a solver calls with the same few addresses
// again.
#pragma once
#include <jni.h>

#include <cstdint>

#include "fenchel/fenchel.h"

namespace fenchel_jni {

// All objects are global references. Used by one call at a time.
class Vectors {
 public:
  Vectors(std::int32_t dtype, bool in_place) : single_(dtype == FEN_F32), in_place_(in_place) {}
  Vectors(const Vectors&) = delete;
  Vectors& operator=(const Vectors&) = delete;
  // Instead of a destructor, which would have to look for the environment.
  void release(JNIEnv* env);

  // Input 0 or 1, and the output, of n values. nullptr: a Java exception is pending.
  jobject input(JNIEnv* env, int which, jsize n, const void* data);
  jobject output(JNIEnv* env, jsize n, void* data);
  // Brings the output home.
  void collect(JNIEnv* env, jsize n, void* data) const;

 private:
  struct View {
    const void* data;
    jsize size;
    bool read_only;
    jobject buffer;
    std::uint64_t used;
  };
  static constexpr int kArrays = 3, kViews = 8;

  jarray array(JNIEnv* env, int which, jsize n);
  jobject view(JNIEnv* env, jsize n, const void* data, bool read_only);

  bool single_, in_place_;
  jarray arrays_[kArrays] = {};  // two inputs, the output
  View views_[kViews] = {};
  std::uint64_t uses_ = 0;
};

}  // namespace fenchel_jni
