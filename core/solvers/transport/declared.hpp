// declared.hpp -- the structs that the .def files of this folder declare: settings, spec, result, methods.
#pragma once
#include "solve/outcome.hpp"

namespace fenchel {

#define FENCHEL_STRUCT SinkhornSettings
#define FENCHEL_FIELDS "solvers/transport/settings.def"
#include "base/declare_struct.hpp"

enum class RegType : std::int32_t { kl = 0, entropy = 1 };

using declared::inf;  // as spec.def writes it

#define FENCHEL_STRUCT TransportSpec
#define FENCHEL_FIELDS "solvers/transport/spec.def"
#include "base/declare_struct.hpp"

#define FENCHEL_STRUCT TransportResult
#define FENCHEL_FIELDS "solvers/transport/result.def"
#include "base/declare_struct.hpp"

enum class TransportMethod : int {
#define FENCHEL_METHOD(name, doc) method_##name,
#include "solvers/transport/methods.def"
#undef FENCHEL_METHOD
};

}  // namespace fenchel
