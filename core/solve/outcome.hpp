// outcome.hpp -- how a solve ended, what its result proves, and what a monitor sees.
#pragma once
#include "base/declaration.hpp"

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

#define FENCHEL_STRUCT Progress
#define FENCHEL_FIELDS "solve/progress.def"
#include "base/declare_struct.hpp"

}  // namespace fenchel
