// tune_declared.hpp -- the structs that the .def files of tuning declare.
#pragma once
#include "solve/outcome.hpp"

namespace fenchel {

enum class Risk : std::int32_t {
#define FENCHEL_CHOICE(name, code, doc) name = code,
#include "solvers/bilevel/risk.def"
#undef FENCHEL_CHOICE
};

struct TuneSettings {
#define FENCHEL_SETTING(type, name, value, lower, upper, doc) declared::type name = static_cast<declared::type>(value);
#include "solvers/bilevel/tune_settings.def"
#undef FENCHEL_SETTING
};
struct TuneResult {
#define FENCHEL_RESULT(type, name, doc) declared::type name = 0;
#include "solvers/bilevel/tune_result.def"
#undef FENCHEL_RESULT
};

}  // namespace fenchel
