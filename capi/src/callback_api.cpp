// callback_api.cpp -- fenchel.h section 10: terms that the caller computes.
#include "fenchel/fenchel.h"
#include "guard.hpp"
#include "handles.hpp"
#include "inputs.hpp"
#include "operators/callback_operator.hpp"
#include "prox/callback_prox.hpp"
#include "smooth/callback_smooth.hpp"

using namespace fenchel;
using namespace fenchel::capi;

namespace {

void check_size(const char* name, int64_t n) {
  if (n < 1) fail(Status::RANGE, "% is %; legal: >= 1", name, n);
  check_fits(name, product_bytes(n, sizeof(double), 1));
}

void check_flag(const char* name, int32_t flag) {
  if (flag != 0 && flag != 1) fail(Status::RANGE, "% is %; legal: 0, 1", name, flag);
}

fen_term* wrap(TermPtr core) {
  auto made = std::make_unique<fen_term>();
  made->core = std::move(core);
  made->outside.callback = true;
  return made.release();
}

}  // namespace

int32_t fen_operator_callback(int64_t rows, int64_t cols, fen_apply_fn apply, fen_apply_fn adjoint, void* user,
                              fen_term** out, fen_error* err) {
  return guarded(err, [&] {
    check_size("rows", rows);
    check_size("cols", cols);
    if (apply == nullptr) fail(Status::NULL_ARGUMENT, "apply is NULL; it is required");
    if (adjoint == nullptr) fail(Status::NULL_ARGUMENT, "adjoint is NULL; it is required");
    require(out, "out");
    *out = wrap(std::make_shared<CallbackOperator>(rows, cols, apply, adjoint, user));
  });
}

int32_t fen_smooth_callback(int64_t n, fen_gradient_fn gradient, fen_hvp_fn hvp, double lipschitz, int32_t convex,
                            void* user, fen_term** out, fen_error* err) {
  return guarded(err, [&] {
    check_size("n", n);
    if (gradient == nullptr) fail(Status::NULL_ARGUMENT, "gradient is NULL; it is required");
    if (!(lipschitz >= 0)) fail(Status::RANGE, "lipschitz is %; legal: >= 0, inf where unknown", lipschitz);
    check_flag("convex", convex);
    require(out, "out");
    const SmoothCallbacks calls{.gradient = gradient, .hvp = hvp, .user = user};
    *out = wrap(std::make_shared<CallbackSmooth>(n, calls, convex == 1, lipschitz));
  });
}

int32_t fen_prox_callback(int64_t n, fen_prox_fn prox, int32_t convex, void* user, fen_term** out, fen_error* err) {
  return guarded(err, [&] {
    check_size("n", n);
    if (prox == nullptr) fail(Status::NULL_ARGUMENT, "prox is NULL; it is required");
    check_flag("convex", convex);
    require(out, "out");
    *out = wrap(std::make_shared<CallbackProx>(n, prox, convex == 1, user));
  });
}
