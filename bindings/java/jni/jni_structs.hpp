// jni_structs.hpp -- the declared structs as double[] in declared order, so that no layout is known to Java.
//
// Everything is a template over the declarations of core: a new field or struct needs no line here. Counts stay below
// 2^53.
#pragma once
#include <jni.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <new>

#include "twins.hpp"

namespace fenchel_jni {

using fenchel::capi::Twin;

// How many doubles the C struct takes.
template <class C>
inline constexpr int kSize = static_cast<int>(fenchel::declared::kFieldCount<Twin<C>>);

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

template <class C>
void load(const double* values, C& out) {
  out = {};
  out.struct_size = sizeof out;
  Twin<C>::template each<C>([&](const auto&, auto member, auto) {
    out.*member = as<std::remove_reference_t<decltype(out.*member)>>(*values++);
  });
}

template <class C>
void store(const C& in, double* values) {
  Twin<C>::template each<C>([&](const auto&, auto member, auto) { *values++ = static_cast<double>(in.*member); });
}

// The struct of fen_setting_set and fen_setting_get, chosen by its name.
class Settings {
 public:
  // An unknown name gives NULL settings: the C side then names the fault.
  bool open(JNIEnv* env, const char* structure, jdoubleArray array) {
    if (array == nullptr || structure == nullptr) return true;
#define FENCHEL_SETTINGS(c_struct, cpp_struct, doc) \
  if (std::strcmp(structure, #c_struct) == 0) return read<c_struct>(env, array);
#define FENCHEL_RESULTS(c_struct, cpp_struct, doc)
#define FENCHEL_SEEN(c_struct, cpp_struct, doc)
#include "declared_structs.def"
    return true;
  }

  void write_back(JNIEnv* env, jdoubleArray array) const {
    if (write_ != nullptr) write_(env, array, room_);
  }

  void* get() { return write_ == nullptr ? nullptr : room_; }

 private:
#undef FENCHEL_SETTINGS
#define FENCHEL_SETTINGS(c_struct, cpp_struct, doc) sizeof(c_struct),
  static constexpr std::size_t kRoom = std::max({
#include "declared_structs.def"
      std::size_t{0}});
#undef FENCHEL_SETTINGS
#undef FENCHEL_RESULTS
#undef FENCHEL_SEEN

  template <class C>
  bool read(JNIEnv* env, jdoubleArray array) {
    double values[kSize<C>];
    env->GetDoubleArrayRegion(array, 0, kSize<C>, values);
    if (env->ExceptionCheck()) return false;
    load(values, *new (room_) C);
    write_ = [](JNIEnv* to, jdoubleArray out, const void* room) {
      double now[kSize<C>];
      store(*static_cast<const C*>(room), now);
      to->SetDoubleArrayRegion(out, 0, kSize<C>, now);
    };
    return true;
  }

  void (*write_)(JNIEnv*, jdoubleArray, const void*) = nullptr;  // of the struct in room_
  alignas(8) unsigned char room_[kRoom];
};

}  // namespace fenchel_jni
