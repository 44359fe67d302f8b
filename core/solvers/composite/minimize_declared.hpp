// minimize_declared.hpp -- the structs that the .def files of composite problems declare: settings, result, methods.
#pragma once
#include "solve/outcome.hpp"

namespace fenchel {

using declared::inf;  // as minimize_settings.def writes it

struct MinimizeSettings {
#define FENCHEL_SETTING(type, name, value, lower, upper, doc) declared::type name = static_cast<declared::type>(value);
#include "solvers/composite/minimize_settings.def"
#undef FENCHEL_SETTING
};

struct MinimizeResult {
#define FENCHEL_RESULT(type, name, doc) declared::type name = 0;
#include "solvers/composite/minimize_result.def"
#undef FENCHEL_RESULT
};

enum class MinimizeMethod : int {
#define FENCHEL_METHOD(name, family, doc) method_##name,
#include "solvers/composite/minimize_methods.def"
#undef FENCHEL_METHOD
};

// Closed choices among the settings: FENCHEL_CHOICE(name, code, doc) in CHOICE.def; a setting holds the code.
#define FENCHEL_CHOICE(name, code, doc) name = code,
enum class StepRule : std::int32_t {
#include "solvers/composite/step_rule.def"
};
enum class Momentum : std::int32_t {
#include "solvers/composite/momentum.def"
};
enum class Partition : std::int32_t {
#include "solvers/composite/partition.def"
};
enum class Selection : std::int32_t {
#include "solvers/composite/selection.def"
};
enum class BlockUpdate : std::int32_t {
#include "solvers/composite/block_update.def"
};
#undef FENCHEL_CHOICE

}  // namespace fenchel
