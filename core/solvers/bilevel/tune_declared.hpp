// tune_declared.hpp -- the structs that the .def files of tuning declare.
#pragma once
#include "solve/outcome.hpp"

namespace fenchel {

#define FENCHEL_ENUM Risk
#define FENCHEL_VALUES "solvers/bilevel/risk.def"
#include "base/declare_choice.hpp"

#define FENCHEL_STRUCT TuneSettings
#define FENCHEL_FIELDS "solvers/bilevel/tune_settings.def"
#include "base/declare_struct.hpp"

#define FENCHEL_STRUCT TuneResult
#define FENCHEL_FIELDS "solvers/bilevel/tune_result.def"
#include "base/declare_struct.hpp"

}  // namespace fenchel
