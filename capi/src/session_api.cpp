// session_api.cpp -- fenchel.h section 16: bilevel problems whose caller is asked instead of called back.
#include <algorithm>
#include <cstddef>
#include <cstring>

#include "bilevel_inputs.hpp"
#include "fenchel/fenchel.h"
#include "fields.hpp"
#include "guard.hpp"
#include "handles.hpp"
#include "names.hpp"
#include "results.hpp"
#include "solvers/bilevel/oracles/bilevel_session.hpp"

using namespace fenchel;
using namespace fenchel::capi;

struct fen_bilevel_session {
  Mark mark = Mark::session;
  BilevelSession core;
  const BilevelRequest* asked = nullptr;  // what the next answer belongs to
  fen_bilevel_constants constants{};      // where the caller writes them
};

namespace {

constexpr std::uint32_t kLower = 1u << FEN_BILEVEL_ORACLE_LOWER, kUpper = 1u << FEN_BILEVEL_ORACLE_UPPER,
                        kProx = 1u << FEN_BILEVEL_ORACLE_PROX, kProxVjp = 1u << FEN_BILEVEL_ORACLE_PROX_VJP,
                        kKnown = (2u << FEN_BILEVEL_ORACLE_CONSTANTS) - 2u;

void check_kinds(std::uint32_t oracles, int64_t n, int64_t m) {
  if ((oracles & ~kKnown) != 0)
    fail(Status::RANGE, "oracles is %; legal: sums of 1 << fen_bilevel_oracle, 2 .. %", static_cast<int64_t>(oracles),
         static_cast<int64_t>(kKnown));
  if ((oracles & kLower) == 0 || (oracles & kUpper) == 0)
    fail(Status::NULL_ARGUMENT, "oracles is %, without lower (%) or upper (%); both are required",
         static_cast<int64_t>(oracles), static_cast<int64_t>(kLower), static_cast<int64_t>(kUpper));
  if ((oracles & kProxVjp) != 0 && (oracles & kProx) == 0)
    fail(Status::NULL_ARGUMENT, "oracles has prox_vjp without prox, which it needs");
  if (n < 1) fail(Status::RANGE, "n is %; legal: >= 1", n);
  if (m < 1) fail(Status::RANGE, "m is %; legal: >= 1", m);
  check_fits("the vectors", product_bytes(n, sizeof(double), 32));
  check_fits("the vectors", product_bytes(m, sizeof(double), 32));
}

template <class Session>  // fen_bilevel_session, const or not
Session& live_session(Session* session) {
  require(session, "session");
  if (session->mark != Mark::session) fail(Status::STATE, "session is no live handle of a session");
  return *session;
}

std::size_t check_request(const fen_bilevel_request* request) {
  require(request, "request");
  const std::size_t size = request->struct_size;
  if (size < offsetof(fen_bilevel_request, constants) || size > 4096 || size % 8 != 0)
    fail(Status::STRUCT_SIZE, "struct_size of fen_bilevel_request is %; set it to sizeof (% here)",
         static_cast<int64_t>(size), static_cast<int64_t>(sizeof(fen_bilevel_request)));
  return size;
}

void prepare(fen_bilevel_constants& c) {
  const BilevelConstants unknown;
  c.struct_size = sizeof c;
  c.mu = unknown.mu;
  c.lipschitz = unknown.lipschitz;
  c.hessian_lipschitz = unknown.hessian_lipschitz;
  c.cross_norm = unknown.cross_norm;
  c.cross_lipschitz = unknown.cross_lipschitz;
  c.upper_lipschitz = unknown.upper_lipschitz;
}

void write_request(fen_bilevel_session& session, const BilevelRequest& in, std::size_t size, fen_bilevel_request* out) {
  fen_bilevel_request r{};
  r.struct_size = out->struct_size;
  r.oracle = static_cast<int32_t>(in.oracle);
  r.fresh = in.fresh;
  r.count = in.count;
  r.step = in.step;
  r.x = in.x;
  r.theta = in.theta;
  r.v = in.v;
  r.c = in.c;
  r.value = in.value;
  r.dx = in.dx;
  r.dtheta = in.dtheta;
  r.out = in.out;
  if (in.constants != nullptr) {
    prepare(session.constants);
    r.constants = &session.constants;
  }
  std::memcpy(out, &r, std::min(size, sizeof r));
}

// Brings home what was written outside the solver's memory.
void collect(const fen_bilevel_session& session) {
  const fen_bilevel_constants& c = session.constants;
  if (session.asked != nullptr && session.asked->constants != nullptr)
    *session.asked->constants = {c.mu,         c.lipschitz,       c.hessian_lipschitz,
                                 c.cross_norm, c.cross_lipschitz, c.upper_lipschitz};
}

}  // namespace

int32_t fen_bilevel_session_create(uint32_t oracles, int64_t n, int64_t m, const char* method, const fen_array* theta,
                                   const fen_array* x, const fen_array* low, const fen_array* high,
                                   const fen_bilevel_options* options, fen_bilevel_session** out, fen_error* err) {
  return guarded(err, [&] {
    require(out, "out");
    check_kinds(oracles, n, m);
    std::optional<BilevelMethod> which;
    if (method != nullptr) which = find_bilevel_method(method);
    const ArrayView outer = check_array("theta", theta, Access::in, Dtype::f64, {m});
    const ArrayView inner = check_array("x", x, Access::in, Dtype::f64, {n});
    Arguments arguments;
    BilevelProblem bounds;
    bounds.lower_bound = check_bound("low", low, m, arguments);
    bounds.upper_bound = check_bound("high", high, m, arguments);
    check_bounds(bounds);
    const BilevelSettings settings = load_settings(options);
    *out = new fen_bilevel_session{.core{n, m, oracles, which, settings, std::move(bounds.lower_bound),
                                         std::move(bounds.upper_bound), check_vector("theta", outer),
                                         check_vector("x", inner)}};
  });
}

int32_t fen_bilevel_session_next(fen_bilevel_session* session, int32_t answer, fen_bilevel_request* request,
                                 fen_error* err) {
  return guarded(err, [&] {
    fen_bilevel_session& s = live_session(session);
    const std::size_t size = check_request(request);
    if (s.core.over()) fail(Status::STATE, "the session is over: there is nothing left to ask");
    if (answer == 0) collect(s);
    s.asked = nullptr;
    const BilevelRequest& next = s.core.next(answer);
    s.asked = &next;
    write_request(s, next, size, request);
  });
}

int32_t fen_bilevel_session_cancel(fen_bilevel_session* session) {
  return guarded(nullptr, [&] { live_session(session).core.cancel(); });
}

int32_t fen_bilevel_session_result(const fen_bilevel_session* session, const fen_array* theta, const fen_array* x,
                                   const fen_array* gradient, fen_bilevel_result* result, fen_error* err) {
  return guarded(err, [&] {
    const BilevelSession& core = live_session(session).core;
    if (!core.solved()) fail(Status::STATE, "the session has no result: it has not come to its end, or failed");
    const ArrayView outer = check_optional("theta", theta, Access::out, Dtype::f64, {core.m()});
    const ArrayView inner = check_optional("x", x, Access::out, Dtype::f64, {core.n()});
    const ArrayView slope = check_optional("gradient", gradient, Access::out, Dtype::f64, {core.m()});
    if (slope.ndim != 0 && !core.has_gradient())
      fail(Status::STATE, "gradient is asked for, but the session was made with a method");
    check_result("result", result);
    Arguments arguments;
    arguments.output("theta", outer);
    arguments.output("x", inner);
    arguments.output("gradient", slope);
    arguments.output("result", result, result == nullptr ? 0 : static_cast<int64_t>(result->struct_size));
    arguments.check();
    if (outer.ndim != 0) write_vector(core.theta(), outer);
    if (inner.ndim != 0) write_vector(core.x(), inner);
    if (slope.ndim != 0) write_vector(core.gradient(), slope);
    write_result(result, core.result());
  });
}

void fen_bilevel_session_destroy(fen_bilevel_session* session) {
  if (session == nullptr || session->mark != Mark::session) return;
  session->mark = Mark::dead;
  delete session;
}
