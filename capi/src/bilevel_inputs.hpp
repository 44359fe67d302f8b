// bilevel_inputs.hpp -- the arrays of bilevel problems, for the calls with functions and the sessions.
#pragma once
#include "array_check.hpp"
#include "inputs.hpp"
#include "overlap.hpp"
#include "solvers/bilevel/oracles/bilevel.hpp"

namespace fenchel::capi {

// A vector of finite numbers, copied.
Vector check_vector(const char* name, const ArrayView& view);
void write_vector(const Vector& values, const ArrayView& view);

// A bound of theta, (m), empty for NULL.
Vector check_bound(const char* name, const fen_array* array, int64_t m, Arguments& arguments);
void check_bounds(const BilevelProblem& problem);

}  // namespace fenchel::capi
