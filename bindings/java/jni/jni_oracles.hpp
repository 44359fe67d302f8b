// jni_oracles.hpp -- the oracles of a bilevel problem by Java functions: a record on the C stack of one call.
//
// Java sees the library's own vectors as direct buffers, kept by address: a solver calls with the same few addresses
// again. What a Java function throws is put aside as those of Functions are.
#pragma once
#include <jni.h>

#include <cstdint>

#include "fenchel/fenchel.h"

namespace fenchel_jni {

// Direct buffers over the library's memory: local references of the native call, which outlives every callback.
class BufferCache {
 public:
  // nullptr for null data, or with a Java exception pending.
  jobject view(JNIEnv* env, const double* data, std::int64_t n, bool read_only);

 private:
  struct View {
    const double* data = nullptr;
    std::int64_t size = 0;
    bool read_only = false;
    jobject buffer = nullptr;
    std::uint64_t used = 0;
  };

  View views_[48];
  std::uint64_t uses_ = 0;

 public:
  static constexpr jint kLocals = static_cast<jint>(sizeof(views_) / sizeof(View)) + 16;
};

// oracle, fresh, count, bits of step, then addresses: x, theta, v, c, value, dx, dtheta, out, and the six numbers of
// constants.
void store_request(JNIEnv* env, const fen_bilevel_request& request, jlongArray out);

class Oracles {
 public:
  // oracles: an OracleTable, or null.
  Oracles(JNIEnv* env, jobject oracles);
  Oracles(const Oracles&) = delete;
  Oracles& operator=(const Oracles&) = delete;

  // False: a Java exception is pending.
  bool ready() const { return ready_; }
  const fen_bilevel_oracles* table() const { return oracles_ == nullptr ? nullptr : &table_; }

 private:
  // In the order of OracleTable.
  enum Which : jint { LOWER, UPPER, HVP, CROSS_T, CROSS, PROX, PROX_VJP, PRECONDITION, CONSTANTS };

  template <Which which>
  static int32_t level(void* self, const double* x, const double* theta, uint32_t fresh, double* value, double* dx,
                       double* dtheta);
  template <Which which>
  static int32_t product(void* self, const double* x, const double* theta, uint32_t fresh, int64_t count,
                         const double* v, double* out);
  static int32_t prox(void* self, const double* v, const double* theta, double step, double* out, double* value);
  static int32_t prox_vjp(void* self, const double* v, const double* theta, double step, const double* c, double* dv,
                          double* dtheta);
  static int32_t precondition(void* self, const double* x, const double* theta, uint32_t fresh, const double* r,
                              double* out);
  static int32_t constants(void* self, const double* theta, fen_bilevel_constants* out);

  int32_t multiply(JNIEnv* env, Which which, const double* x, const double* theta, uint32_t fresh, int64_t count,
                   const double* v, double* out);
  jobject in(JNIEnv* env, const double* data, int64_t n) { return buffers_.view(env, data, n, true); }
  jobject out(JNIEnv* env, double* data, int64_t n) { return buffers_.view(env, data, n, false); }

  jobject oracles_;
  bool ready_ = false;
  fen_bilevel_oracles table_{};
  BufferCache buffers_;
};

}  // namespace fenchel_jni
