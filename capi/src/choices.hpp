// choices.hpp -- settings that people write as names: the lists of names and codes, found by the setting's name.
#pragma once
#include <cstdint>
#include <span>

namespace fenchel::capi {

struct Choice {
  const char* name;
  std::int32_t code;
};

// Empty where a setting is a number.
std::span<const Choice> choices_of(const char* setting);

}  // namespace fenchel::capi
