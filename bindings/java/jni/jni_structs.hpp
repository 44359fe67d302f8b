// jni_structs.hpp -- the declared structs as double[] in declared order, so that no layout is known to Java.
//
// The field lists come from the .def files themselves: a new field needs no line here. Counts stay below 2^53.
#pragma once
#include <jni.h>

#include <cstdint>
#include <cstring>

#include "fenchel/fenchel.h"

namespace fenchel_jni {

constexpr int kSpecSize = 0
#define FENCHEL_SPEC(type, name, fallback, lower, upper, doc) +1
#include "solvers/transport/spec.def"
#undef FENCHEL_SPEC
    ;

constexpr int kOptionsSize = 0
#define FENCHEL_SETTING(type, name, fallback, lower, upper, doc) +1
#include "solvers/transport/settings.def"
#undef FENCHEL_SETTING
    ;

constexpr int kResultSize = 0
#define FENCHEL_RESULT(type, name, doc) +1
#include "solvers/transport/result.def"
#undef FENCHEL_RESULT
    ;

constexpr int kMinimizeOptionsSize = 0
#define FENCHEL_SETTING(type, name, fallback, lower, upper, doc) +1
#include "solvers/composite/minimize_settings.def"
#undef FENCHEL_SETTING
    ;

constexpr int kMinimizeResultSize = 0
#define FENCHEL_RESULT(type, name, doc) +1
#include "solvers/composite/minimize_result.def"
#undef FENCHEL_RESULT
    ;

constexpr int kDerivativeOptionsSize = 0
#define FENCHEL_SETTING(type, name, fallback, lower, upper, doc) +1
#include "solvers/bilevel/derivative_settings.def"
#undef FENCHEL_SETTING
    ;

constexpr int kDerivativeResultSize = 0
#define FENCHEL_RESULT(type, name, doc) +1
#include "solvers/bilevel/derivative_result.def"
#undef FENCHEL_RESULT
    ;

constexpr int kTuneOptionsSize = 0
#define FENCHEL_SETTING(type, name, fallback, lower, upper, doc) +1
#include "solvers/bilevel/tune_settings.def"
#undef FENCHEL_SETTING
    ;

constexpr int kTuneResultSize = 0
#define FENCHEL_RESULT(type, name, doc) +1
#include "solvers/bilevel/tune_result.def"
#undef FENCHEL_RESULT
    ;

constexpr int kBilevelOptionsSize = 0
#define FENCHEL_SETTING(type, name, fallback, lower, upper, doc) +1
#include "solvers/bilevel/oracles/bilevel_settings.def"
#undef FENCHEL_SETTING
    ;

constexpr int kBilevelResultSize = 0
#define FENCHEL_RESULT(type, name, doc) +1
#include "solvers/bilevel/oracles/bilevel_result.def"
#undef FENCHEL_RESULT
    ;

constexpr int kProgressSize = 0
#define FENCHEL_PROGRESS(type, name, doc) +1
#include "solve/progress.def"
#undef FENCHEL_PROGRESS
    ;

// Saturates: a conversion out of range would be undefined.
template <class T>
T as(double value);
template <>
inline double as<double>(double value) {
  return value;
}
template <>
inline std::int32_t as<std::int32_t>(double value) {
  return value >= 2147483647.0 ? INT32_MAX : value <= -2147483648.0 ? INT32_MIN : static_cast<std::int32_t>(value);
}
template <>
inline std::int64_t as<std::int64_t>(double value) {
  return value >= 9.2e18 ? INT64_MAX : value <= -9.2e18 ? INT64_MIN : static_cast<std::int64_t>(value);
}

inline void load(const double* values, fen_transport_spec& out) {
  out = {};
  out.struct_size = sizeof out;
#define FENCHEL_SPEC(type, name, fallback, lower, upper, doc) out.name = as<decltype(out.name)>(*values++);
#include "solvers/transport/spec.def"
#undef FENCHEL_SPEC
}

inline void store(const fen_transport_spec& in, double* values) {
#define FENCHEL_SPEC(type, name, fallback, lower, upper, doc) *values++ = static_cast<double>(in.name);
#include "solvers/transport/spec.def"
#undef FENCHEL_SPEC
}

inline void load(const double* values, fen_sinkhorn_options& out) {
  out = {};
  out.struct_size = sizeof out;
#define FENCHEL_SETTING(type, name, fallback, lower, upper, doc) out.name = as<decltype(out.name)>(*values++);
#include "solvers/transport/settings.def"
#undef FENCHEL_SETTING
}

inline void store(const fen_sinkhorn_options& in, double* values) {
#define FENCHEL_SETTING(type, name, fallback, lower, upper, doc) *values++ = static_cast<double>(in.name);
#include "solvers/transport/settings.def"
#undef FENCHEL_SETTING
}

inline void load(const double* values, fen_minimize_options& out) {
  out = {};
  out.struct_size = sizeof out;
#define FENCHEL_SETTING(type, name, fallback, lower, upper, doc) out.name = as<decltype(out.name)>(*values++);
#include "solvers/composite/minimize_settings.def"
#undef FENCHEL_SETTING
}

inline void store(const fen_minimize_options& in, double* values) {
#define FENCHEL_SETTING(type, name, fallback, lower, upper, doc) *values++ = static_cast<double>(in.name);
#include "solvers/composite/minimize_settings.def"
#undef FENCHEL_SETTING
}

inline void store(const fen_minimize_result& in, double* values) {
#define FENCHEL_RESULT(type, name, doc) *values++ = static_cast<double>(in.name);
#include "solvers/composite/minimize_result.def"
#undef FENCHEL_RESULT
}

inline void load(const double* values, fen_derivative_options& out) {
  out = {};
  out.struct_size = sizeof out;
#define FENCHEL_SETTING(type, name, fallback, lower, upper, doc) out.name = as<decltype(out.name)>(*values++);
#include "solvers/bilevel/derivative_settings.def"
#undef FENCHEL_SETTING
}

inline void store(const fen_derivative_options& in, double* values) {
#define FENCHEL_SETTING(type, name, fallback, lower, upper, doc) *values++ = static_cast<double>(in.name);
#include "solvers/bilevel/derivative_settings.def"
#undef FENCHEL_SETTING
}

inline void store(const fen_derivative_result& in, double* values) {
#define FENCHEL_RESULT(type, name, doc) *values++ = static_cast<double>(in.name);
#include "solvers/bilevel/derivative_result.def"
#undef FENCHEL_RESULT
}

inline void load(const double* values, fen_tune_options& out) {
  out = {};
  out.struct_size = sizeof out;
#define FENCHEL_SETTING(type, name, fallback, lower, upper, doc) out.name = as<decltype(out.name)>(*values++);
#include "solvers/bilevel/tune_settings.def"
#undef FENCHEL_SETTING
}

inline void store(const fen_tune_options& in, double* values) {
#define FENCHEL_SETTING(type, name, fallback, lower, upper, doc) *values++ = static_cast<double>(in.name);
#include "solvers/bilevel/tune_settings.def"
#undef FENCHEL_SETTING
}

inline void store(const fen_tune_result& in, double* values) {
#define FENCHEL_RESULT(type, name, doc) *values++ = static_cast<double>(in.name);
#include "solvers/bilevel/tune_result.def"
#undef FENCHEL_RESULT
}

inline void load(const double* values, fen_bilevel_options& out) {
  out = {};
  out.struct_size = sizeof out;
#define FENCHEL_SETTING(type, name, fallback, lower, upper, doc) out.name = as<decltype(out.name)>(*values++);
#include "solvers/bilevel/oracles/bilevel_settings.def"
#undef FENCHEL_SETTING
}

inline void store(const fen_bilevel_options& in, double* values) {
#define FENCHEL_SETTING(type, name, fallback, lower, upper, doc) *values++ = static_cast<double>(in.name);
#include "solvers/bilevel/oracles/bilevel_settings.def"
#undef FENCHEL_SETTING
}

inline void store(const fen_bilevel_result& in, double* values) {
#define FENCHEL_RESULT(type, name, doc) *values++ = static_cast<double>(in.name);
#include "solvers/bilevel/oracles/bilevel_result.def"
#undef FENCHEL_RESULT
}

inline void store(const fen_transport_result& in, double* values) {
#define FENCHEL_RESULT(type, name, doc) *values++ = static_cast<double>(in.name);
#include "solvers/transport/result.def"
#undef FENCHEL_RESULT
}

inline void store(const fen_progress& in, double* values) {
#define FENCHEL_PROGRESS(type, name, doc) *values++ = static_cast<double>(in.name);
#include "solve/progress.def"
#undef FENCHEL_PROGRESS
}

// The struct of fen_setting_set and fen_setting_get, chosen by its name.
class Settings {
 public:
  // An unknown name gives NULL settings: the C side then names the fault.
  bool open(JNIEnv* env, const char* structure, jdoubleArray array) {
    if (array == nullptr || structure == nullptr) return true;
    if (std::strcmp(structure, "fen_transport_spec") == 0) return read(env, array, kSpecSize, spec_);
    if (std::strcmp(structure, "fen_sinkhorn_options") == 0) return read(env, array, kOptionsSize, options_);
    if (std::strcmp(structure, "fen_minimize_options") == 0) return read(env, array, kMinimizeOptionsSize, minimize_);
    if (std::strcmp(structure, "fen_derivative_options") == 0)
      return read(env, array, kDerivativeOptionsSize, derivative_);
    if (std::strcmp(structure, "fen_tune_options") == 0) return read(env, array, kTuneOptionsSize, tune_);
    if (std::strcmp(structure, "fen_bilevel_options") == 0) return read(env, array, kBilevelOptionsSize, bilevel_);
    return true;
  }

  void write_back(JNIEnv* env, jdoubleArray array) const {
    double values[kRoom];
    if (found_ == &spec_) store(spec_, values);
    if (found_ == &options_) store(options_, values);
    if (found_ == &minimize_) store(minimize_, values);
    if (found_ == &derivative_) store(derivative_, values);
    if (found_ == &tune_) store(tune_, values);
    if (found_ == &bilevel_) store(bilevel_, values);
    if (found_ != nullptr) env->SetDoubleArrayRegion(array, 0, size_, values);
  }

  void* get() { return found_; }

 private:
  static constexpr int kRoom =
      kSpecSize + kOptionsSize + kMinimizeOptionsSize + kDerivativeOptionsSize + kTuneOptionsSize + kBilevelOptionsSize;

  template <class T>
  bool read(JNIEnv* env, jdoubleArray array, int size, T& out) {
    double values[kRoom];
    env->GetDoubleArrayRegion(array, 0, size, values);
    if (env->ExceptionCheck()) return false;
    load(values, out);
    found_ = &out;
    size_ = size;
    return true;
  }

  void* found_ = nullptr;
  int size_ = 0;
  fen_transport_spec spec_{};
  fen_sinkhorn_options options_{};
  fen_minimize_options minimize_{};
  fen_derivative_options derivative_{};
  fen_tune_options tune_{};
  fen_bilevel_options bilevel_{};
};

}  // namespace fenchel_jni
