// declared.hpp -- the structs that the .def files of this folder declare: settings, spec, result, methods.
#pragma once
#include "solve/outcome.hpp"

namespace fenchel {

struct SinkhornSettings {
#define FENCHEL_SETTING(type, name, value, lower, upper, doc) declared::type name = static_cast<declared::type>(value);
#include "solvers/transport/settings.def"
#undef FENCHEL_SETTING
};

enum class RegType : std::int32_t { kl = 0, entropy = 1 };

using declared::inf;  // as spec.def writes it

struct TransportSpec {
#define FENCHEL_SPEC(type, name, value, lower, upper, doc) declared::type name = static_cast<declared::type>(value);
#include "solvers/transport/spec.def"
#undef FENCHEL_SPEC
};

struct TransportResult {
#define FENCHEL_RESULT(type, name, doc) declared::type name = 0;
#include "solvers/transport/result.def"
#undef FENCHEL_RESULT
};

enum class TransportMethod : int {
#define FENCHEL_METHOD(name, doc) method_##name,
#include "solvers/transport/methods.def"
#undef FENCHEL_METHOD
};

}  // namespace fenchel
