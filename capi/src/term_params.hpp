// term_params.hpp -- fen_param lists against the declared parameters of a term: what reaches a maker is legal.
#pragma once
#include "base/term.hpp"
#include "fenchel/fenchel.h"
#include "handles.hpp"

namespace fenchel::capi {

struct CheckedParams {
  Params params;
  Outside outside;  // arrays read in place, here and in the terms given
};

// Throws NAME for an unknown parameter (with the nearest names), or one given again; NULL_ARGUMENT for a required one
// that is missing, or one without its array or term; RANGE, SHAPE, DTYPE, EMPTY, NOT_FINITE, TOO_LARGE for values that
// are not legal; STATE for terms of another kind.
CheckedParams check_params(const TermInfo& info, const fen_param* params, int32_t count);

}  // namespace fenchel::capi
