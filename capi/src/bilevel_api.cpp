// bilevel_api.cpp -- fenchel.h section 16: bilevel problems by oracles.
#include <algorithm>
#include <cstddef>
#include <cstring>

#include "array_check.hpp"
#include "bilevel_inputs.hpp"
#include "fenchel/fenchel.h"
#include "fields.hpp"
#include "guard.hpp"
#include "inputs.hpp"
#include "names.hpp"
#include "overlap.hpp"
#include "results.hpp"
#include "solvers/bilevel/oracles/bilevel.hpp"

using namespace fenchel;
using namespace fenchel::capi;

namespace {

// The C struct round the numbers of the core's.
std::int32_t call_constants(void* fn, void* user, const double* theta, BilevelConstants* out) {
  fen_bilevel_constants c{};
  c.struct_size = sizeof c;
  c.mu = out->mu;
  c.lipschitz = out->lipschitz;
  c.hessian_lipschitz = out->hessian_lipschitz;
  c.cross_norm = out->cross_norm;
  c.cross_lipschitz = out->cross_lipschitz;
  c.upper_lipschitz = out->upper_lipschitz;
  const std::int32_t code = reinterpret_cast<fen_level_constants_fn>(fn)(user, theta, &c);
  *out = {c.mu, c.lipschitz, c.hessian_lipschitz, c.cross_norm, c.cross_lipschitz, c.upper_lipschitz};
  return code;
}

// The caller's table at this library's size.
BilevelOracles check_oracles(const fen_bilevel_oracles* oracles) {
  require(oracles, "oracles");
  const std::size_t size = oracles->struct_size;
  if (size < offsetof(fen_bilevel_oracles, lower_hvp) || size > 4096 || size % 8 != 0)
    fail(Status::STRUCT_SIZE, "struct_size of fen_bilevel_oracles is %; set it to sizeof (% here)",
         static_cast<int64_t>(size), static_cast<int64_t>(sizeof(fen_bilevel_oracles)));
  fen_bilevel_oracles t{};
  std::memcpy(&t, oracles, std::min(size, sizeof t));
  const auto* bytes = reinterpret_cast<const unsigned char*>(oracles);
  if (t.reserved != 0 || std::any_of(bytes + std::min(size, sizeof t), bytes + size, [](auto b) { return b != 0; }))
    fail(Status::STRUCT_SIZE,
         "oracles: reserved or a byte past this library's % is not zero: an oracle of a newer fenchel, or a struct "
         "that was "
         "not initialised",
         static_cast<int64_t>(sizeof t));
  if (t.n < 1) fail(Status::RANGE, "oracles.n is %; legal: >= 1", t.n);
  if (t.m < 1) fail(Status::RANGE, "oracles.m is %; legal: >= 1", t.m);
  if (t.lower == nullptr) fail(Status::NULL_ARGUMENT, "oracles.lower is NULL; it is required");
  if (t.upper == nullptr) fail(Status::NULL_ARGUMENT, "oracles.upper is NULL; it is required");
  if (t.prox == nullptr && t.prox_vjp != nullptr)
    fail(Status::NULL_ARGUMENT, "oracles.prox is NULL; prox_vjp needs it");
  check_fits("the vectors", product_bytes(t.n, sizeof(double), 32));
  check_fits("the vectors", product_bytes(t.m, sizeof(double), 32));
  return {.user = t.user,
          .n = t.n,
          .m = t.m,
          .lower = t.lower,
          .upper = t.upper,
          .lower_hvp = t.lower_hvp,
          .lower_cross_t = t.lower_cross_t,
          .lower_cross = t.lower_cross,
          .prox = t.prox,
          .prox_vjp = t.prox_vjp,
          .precondition = t.precondition,
          .constants = t.constants == nullptr ? nullptr : &call_constants,
          .constants_fn = reinterpret_cast<void*>(t.constants)};
}

void add_result(Arguments& arguments, fen_bilevel_result* result) {
  check_result("result", result);
  arguments.output("result", result, result == nullptr ? 0 : static_cast<int64_t>(result->struct_size));
}

}  // namespace

int32_t fen_hypergradient(const fen_bilevel_oracles* oracles, const fen_array* theta, const fen_array* x,
                          const fen_array* out, const fen_bilevel_options* options, fen_bilevel_result* result,
                          fen_error* err) {
  return guarded(err, [&] {
    const BilevelProblem problem{check_oracles(oracles), {}, {}};
    const int64_t n = problem.oracles.n, m = problem.oracles.m;
    const ArrayView at = check_array("theta", theta, Access::in, Dtype::f64, {m});
    const ArrayView start = check_array("x", x, Access::out, Dtype::f64, {n});
    const ArrayView answer = check_array("out", out, Access::out, Dtype::f64, {m});
    const BilevelSettings settings = load_settings(options);
    Arguments arguments;
    arguments.input("theta", at);
    arguments.output("x", start);
    arguments.output("out", answer);
    add_result(arguments, result);
    arguments.check();
    Vector solution = check_vector("x", start), z(size_of(m));
    const BilevelResult found = hypergradient(problem, settings, check_vector("theta", at), solution, z);
    write_vector(solution, start);
    write_vector(z, answer);
    write_result(result, found);
  });
}

int32_t fen_bilevel(const fen_bilevel_oracles* oracles, const char* method, const fen_array* theta, const fen_array* x,
                    const fen_array* low, const fen_array* high, const fen_bilevel_options* options,
                    fen_monitor_fn monitor, void* user, fen_bilevel_result* result, fen_error* err) {
  return guarded(err, [&] {
    BilevelProblem problem{check_oracles(oracles), {}, {}};
    const BilevelMethod which = find_bilevel_method(method);
    const int64_t n = problem.oracles.n, m = problem.oracles.m;
    const ArrayView outer = check_array("theta", theta, Access::out, Dtype::f64, {m});
    const ArrayView inner = check_array("x", x, Access::out, Dtype::f64, {n});
    Arguments arguments;
    problem.lower_bound = check_bound("low", low, m, arguments);
    problem.upper_bound = check_bound("high", high, m, arguments);
    check_bounds(problem);
    const BilevelSettings settings = load_settings(options);
    arguments.output("theta", outer);
    arguments.output("x", inner);
    add_result(arguments, result);
    arguments.check();
    Vector at = check_vector("theta", outer), solution = check_vector("x", inner);
    MonitorBridge bridge{monitor, user};
    const BilevelResult found = solve_bilevel(
        problem, which, settings, nullptr, monitor == nullptr ? nullptr : &MonitorBridge::call, &bridge, at, solution);
    write_vector(at, outer);
    write_vector(solution, inner);
    write_result(result, found);
  });
}
