#include "choices.hpp"

#include <cstring>

#include "solvers/bilevel/oracles/bilevel_session.hpp"
#include "twins.hpp"

namespace fenchel::capi {
namespace {

#define FENCHEL_REG_TYPE(name, code, text, doc) {text, code, doc},
constexpr declared::Choice kRegTypes[] = {
#include "solvers/transport/reg_types.def"
};
#undef FENCHEL_REG_TYPE

}  // namespace

std::span<const declared::Choice> choices_of(const char* setting) {
  if (std::strcmp(setting, "reg_type") == 0) return kRegTypes;  // written otherwise than its C name
#define FENCHEL_ENUM_OF(key, cpp_enum, doc) \
  if (std::strcmp(setting, #key) == 0) return declared_choices(cpp_enum{});
#include "declared_choices.def"
#undef FENCHEL_ENUM_OF
  return {};
}

}  // namespace fenchel::capi
