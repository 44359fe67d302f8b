// declare_choice.hpp -- the enum FENCHEL_ENUM with the values of the .def file FENCHEL_VALUES, one
// FENCHEL_CHOICE(name, code, doc) a line. Included once for each enum, hence without a guard, inside namespace fenchel
// and after base/declaration.hpp:
//
//   #define FENCHEL_ENUM StepRule
//   #define FENCHEL_VALUES "solvers/composite/step_rule.def"
//   #include "base/declare_choice.hpp"
//
// A setting that is such a choice holds the code.
enum class FENCHEL_ENUM : std::int32_t {
#define FENCHEL_CHOICE(name, code, doc) name = code,
#include FENCHEL_VALUES
#undef FENCHEL_CHOICE
};

inline std::span<const declared::Choice> declared_choices(FENCHEL_ENUM) {
  static constexpr declared::Choice kValues[] = {
#define FENCHEL_CHOICE(name, code, doc) {#name, code, doc},
#include FENCHEL_VALUES
#undef FENCHEL_CHOICE
  };
  return kValues;
}
#undef FENCHEL_ENUM
#undef FENCHEL_VALUES
