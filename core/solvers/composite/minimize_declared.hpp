// minimize_declared.hpp -- the structs that the .def files of composite problems declare: settings, result, methods.
#pragma once
#include "solve/outcome.hpp"

namespace fenchel {

using declared::inf;  // as minimize_settings.def writes it

#define FENCHEL_STRUCT MinimizeSettings
#define FENCHEL_FIELDS "solvers/composite/minimize_settings.def"
#include "base/declare_struct.hpp"

#define FENCHEL_STRUCT MinimizeResult
#define FENCHEL_FIELDS "solvers/composite/minimize_result.def"
#include "base/declare_struct.hpp"

enum class MinimizeMethod : int {
#define FENCHEL_METHOD(name, family, doc) method_##name,
#include "solvers/composite/minimize_methods.def"
#undef FENCHEL_METHOD
};

#define FENCHEL_ENUM StepRule
#define FENCHEL_VALUES "solvers/composite/step_rule.def"
#include "base/declare_choice.hpp"

#define FENCHEL_ENUM Momentum
#define FENCHEL_VALUES "solvers/composite/momentum.def"
#include "base/declare_choice.hpp"

#define FENCHEL_ENUM Partition
#define FENCHEL_VALUES "solvers/composite/partition.def"
#include "base/declare_choice.hpp"

#define FENCHEL_ENUM Selection
#define FENCHEL_VALUES "solvers/composite/selection.def"
#include "base/declare_choice.hpp"

#define FENCHEL_ENUM BlockUpdate
#define FENCHEL_VALUES "solvers/composite/block_update.def"
#include "base/declare_choice.hpp"

}  // namespace fenchel
