// declaration.hpp -- what the lists in .def files declare: the words they use, and one line of them as data.
//
// declare_struct.hpp and declare_choice.hpp turn such a file into a struct or an enum; whatever is done field by field
// (defaults, ranges, the C interface, JNI, documentation) is one template over `each` or `declared_choices`.
#pragma once
#include <cstddef>
#include <span>
#include <type_traits>

#include "base/types.hpp"

namespace fenchel::declared {

using F64 = double;
using I64 = std::int64_t;
using I32 = std::int32_t;
inline constexpr double inf = kInf;

template <class T>
inline constexpr Dtype kDtype = std::is_same_v<T, F64>   ? Dtype::f64
                                : std::is_same_v<T, I64> ? Dtype::i64
                                                         : Dtype::i32;

struct Field {
  const char* name = nullptr;
  const char* doc = nullptr;
  Dtype dtype = Dtype::f64;
  std::size_t offset = 0;                     // in the twin that `each` was asked for
  bool ranged = false;                        // a setting, with the following three
  double fallback = 0, lower = 0, upper = 0;  // a fallback outside its range: required
};

struct Choice {
  const char* name;
  std::int32_t code;
  const char* doc;
};

template <class Struct>
inline constexpr std::size_t kFieldCount = [] {
  std::size_t count = 0;
  Struct::template each<Struct>([&](const Field&, auto, auto) { ++count; });
  return count;
}();

}  // namespace fenchel::declared
