// declare_struct.hpp -- the struct FENCHEL_STRUCT with the fields of the .def file FENCHEL_FIELDS. Included once for
// each struct, hence without a guard, inside namespace fenchel and after base/declaration.hpp:
//
//   #define FENCHEL_STRUCT TuneSettings
//   #define FENCHEL_FIELDS "solvers/bilevel/tune_settings.def"
//   #include "base/declare_struct.hpp"
//
// A line is FENCHEL_SETTING(type, name, default, lower, upper, doc) or FENCHEL_RESULT(type, name, doc).
struct FENCHEL_STRUCT {
#define FENCHEL_SETTING(type, name, value, lower, upper, doc) \
  ::fenchel::declared::type name = static_cast<::fenchel::declared::type>(value);
#define FENCHEL_RESULT(type, name, doc) ::fenchel::declared::type name = 0;
#include FENCHEL_FIELDS
#undef FENCHEL_SETTING
#undef FENCHEL_RESULT

  // Calls visit(field, &Twin::name, &FENCHEL_STRUCT::name) for every field in declared order. Twin has members of the
  // same names and types: this struct, or its C struct.
  template <class Twin, class Visit>
  static constexpr void each(Visit&& visit) {
    using declared::inf;
#define FENCHEL_FIELD(type, name, doc, ...)                                                                            \
  visit(declared::Field{#name, doc, declared::kDtype<declared::type>, offsetof(Twin, name), __VA_ARGS__}, &Twin::name, \
        &FENCHEL_STRUCT::name);
#define FENCHEL_SETTING(type, name, value, lower, upper, doc)                                  \
  FENCHEL_FIELD(type, name, doc, true, static_cast<double>(value), static_cast<double>(lower), \
                static_cast<double>(upper))
#define FENCHEL_RESULT(type, name, doc) FENCHEL_FIELD(type, name, doc, false, 0, 0, 0)
#include FENCHEL_FIELDS
#undef FENCHEL_SETTING
#undef FENCHEL_RESULT
#undef FENCHEL_FIELD
  }
};
#undef FENCHEL_STRUCT
#undef FENCHEL_FIELDS
