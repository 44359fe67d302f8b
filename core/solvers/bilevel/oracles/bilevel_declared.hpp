// bilevel_declared.hpp -- the structs and choices that the .def files of bilevel problems declare.
#pragma once
#include "solvers/bilevel/derivative_declared.hpp"

namespace fenchel {

struct BilevelSettings {
#define FENCHEL_SETTING(type, name, value, lower, upper, doc) declared::type name = static_cast<declared::type>(value);
#include "solvers/bilevel/oracles/bilevel_settings.def"
#undef FENCHEL_SETTING
};

struct BilevelResult {
#define FENCHEL_RESULT(type, name, doc) declared::type name = 0;
#include "solvers/bilevel/oracles/bilevel_result.def"
#undef FENCHEL_RESULT
};

#define FENCHEL_CHOICE(name, code, doc) name = code,
enum class HypergradientMode : std::int32_t {
#include "solvers/bilevel/oracles/hypergradient_mode.def"
};
enum class LowerMethod : std::int32_t {
#include "solvers/bilevel/oracles/lower_method.def"
};
#undef FENCHEL_CHOICE

enum class BilevelMethod : std::int32_t {
#define FENCHEL_BILEVEL_METHOD(name, doc) name,
#include "solvers/bilevel/oracles/bilevel_method.def"
#undef FENCHEL_BILEVEL_METHOD
};

}  // namespace fenchel
