// derivative_declared.hpp -- the structs and choices that the .def files of derivatives declare.
#pragma once
#include "linsolve/linear_system.hpp"
#include "solve/outcome.hpp"

namespace fenchel {

#define FENCHEL_STRUCT DerivativeSettings
#define FENCHEL_FIELDS "solvers/bilevel/derivative_settings.def"
#include "base/declare_struct.hpp"

#define FENCHEL_STRUCT DerivativeResult
#define FENCHEL_FIELDS "solvers/bilevel/derivative_result.def"
#include "base/declare_struct.hpp"

#define FENCHEL_ENUM DerivativeStatus
#define FENCHEL_VALUES "solvers/bilevel/derivative_status.def"
#include "base/declare_choice.hpp"

#define FENCHEL_ENUM MuSource
#define FENCHEL_VALUES "solvers/bilevel/mu_source.def"
#include "base/declare_choice.hpp"

#define FENCHEL_ENUM OptimalityMap
#define FENCHEL_VALUES "solvers/bilevel/optimality_map.def"
#include "base/declare_choice.hpp"

// What the linear solver says, into the result.
inline void take_report(const LinearReport& report, DerivativeResult& result) {
  result.linear_solver = static_cast<std::int32_t>(report.solver);
  result.iterations = report.iterations;
  result.products = report.products;
  result.residual = report.residual;
  result.scale = report.scale;
}

}  // namespace fenchel
