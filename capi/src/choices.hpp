// choices.hpp -- settings that people write as names: the lists of names and codes, found by the setting's name.
#pragma once
#include "base/declaration.hpp"

namespace fenchel::capi {

// Empty where a setting is a number.
std::span<const declared::Choice> choices_of(const char* setting);

}  // namespace fenchel::capi
