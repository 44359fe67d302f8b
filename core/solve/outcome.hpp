// outcome.hpp -- how a solve ended, what its result proves, and what a monitor sees.
#pragma once
#include "base/types.hpp"

namespace fenchel {

enum class Termination : std::int32_t {
#define FENCHEL_TERMINATION(name, code, doc) name = code,
#include "solve/termination.def"
#undef FENCHEL_TERMINATION
};

enum class Certificate : std::int32_t {
#define FENCHEL_CERTIFICATE(name, code, doc) name = code,
#include "solve/certificate.def"
#undef FENCHEL_CERTIFICATE
};

namespace declared {  // the field types of the .def files
using F64 = double;
using I64 = std::int64_t;
using I32 = std::int32_t;
inline constexpr double inf = kInf;
}  // namespace declared

struct Progress {
#define FENCHEL_PROGRESS(type, name, doc) declared::type name = 0;
#include "solve/progress.def"
#undef FENCHEL_PROGRESS
};

}  // namespace fenchel
