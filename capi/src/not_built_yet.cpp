// not_built_yet.cpp -- what of sections 10-13 of fenchel.h waits for its core. Removed piece by piece.
#include "fenchel/fenchel.h"
#include "guard.hpp"
#include "handles.hpp"

using namespace fenchel;
using namespace fenchel::capi;

int32_t fen_lambda_max(const fen_problem*, double*, fen_error* err) {
  return guarded(err, [] { fail(Status::UNSUPPORTED, "fen_lambda_max is not built yet"); });
}
int32_t fen_path(const fen_problem*, const fen_array*, const fen_minimize_options*, fen_monitor_fn, void*,
                 const fen_array*, fen_minimize_result*, fen_error* err) {
  return guarded(err, [] { fail(Status::UNSUPPORTED, "fen_path is not built yet"); });
}
int32_t fen_cross_validate(const fen_problem*, const fen_array*, const fen_array*, const fen_minimize_options*,
                           fen_monitor_fn, void*, const fen_array*, fen_error* err) {
  return guarded(err, [] { fail(Status::UNSUPPORTED, "fen_cross_validate is not built yet"); });
}
