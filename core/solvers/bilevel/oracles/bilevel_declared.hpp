// bilevel_declared.hpp -- the structs and choices that the .def files of bilevel problems declare.
#pragma once
#include "solvers/bilevel/derivative_declared.hpp"

namespace fenchel {

#define FENCHEL_STRUCT BilevelSettings
#define FENCHEL_FIELDS "solvers/bilevel/oracles/bilevel_settings.def"
#include "base/declare_struct.hpp"

#define FENCHEL_STRUCT BilevelResult
#define FENCHEL_FIELDS "solvers/bilevel/oracles/bilevel_result.def"
#include "base/declare_struct.hpp"

#define FENCHEL_ENUM HypergradientMode
#define FENCHEL_VALUES "solvers/bilevel/oracles/hypergradient_mode.def"
#include "base/declare_choice.hpp"

#define FENCHEL_ENUM LowerMethod
#define FENCHEL_VALUES "solvers/bilevel/oracles/lower_method.def"
#include "base/declare_choice.hpp"

enum class BilevelMethod : std::int32_t {
#define FENCHEL_BILEVEL_METHOD(name, doc) name,
#include "solvers/bilevel/oracles/bilevel_method.def"
#undef FENCHEL_BILEVEL_METHOD
};

}  // namespace fenchel
