// derivative_declared.hpp -- the structs and choices that the .def files of derivatives declare.
#pragma once
#include "linsolve/linear_system.hpp"
#include "solve/outcome.hpp"

namespace fenchel {

struct DerivativeSettings {
#define FENCHEL_SETTING(type, name, value, lower, upper, doc) declared::type name = static_cast<declared::type>(value);
#include "solvers/bilevel/derivative_settings.def"
#undef FENCHEL_SETTING
};

struct DerivativeResult {
#define FENCHEL_RESULT(type, name, doc) declared::type name = 0;
#include "solvers/bilevel/derivative_result.def"
#undef FENCHEL_RESULT
};

#define FENCHEL_CHOICE(name, code, doc) name = code,
enum class DerivativeStatus : std::int32_t {
#include "solvers/bilevel/derivative_status.def"
};
enum class MuSource : std::int32_t {
#include "solvers/bilevel/mu_source.def"
};
enum class OptimalityMap : std::int32_t {
#include "solvers/bilevel/optimality_map.def"
};
#undef FENCHEL_CHOICE

// What the linear solver says, into the result.
inline void take_report(const LinearReport& report, DerivativeResult& result) {
  result.linear_solver = static_cast<std::int32_t>(report.solver);
  result.iterations = report.iterations;
  result.products = report.products;
  result.residual = report.residual;
  result.scale = report.scale;
}

}  // namespace fenchel
