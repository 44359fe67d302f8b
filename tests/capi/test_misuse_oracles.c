/* test_misuse_oracles.c -- section 16 called by the careless and the hostile: oracles that write nothing, claim what
 * cannot be, call back, or write where the caller's own arrays are; tables, requests and results of other versions. */
#include "composite_fixtures.h"

enum { N = 3, M = 2 };

/* h = ||x||^2 / 2 - x_0 t_0 - x_1 t_1, f = ||x - 1||^2 / 2: x = (t, 0), dF/dt = t - 1. */
typedef struct level {
  int calls, silent_at;  /* the call that writes nothing */
  double *theta, *start; /* the caller's memory, spoilt at each call */
  int depth;
  fen_bilevel_constants claim;
} level;

static int32_t solve_below(int depth);

static int begin(level* q) { /* whether this call is to write */
  ++q->calls;
  if (q->theta != NULL) q->theta[0] = q->start[0] = -1e6 * q->calls;
  if (q->depth > 0) CHECK(solve_below(q->depth - 1) == FEN_OK);
  return q->calls != q->silent_at;
}

static int32_t lower(void* user, const double* x, const double* t, uint32_t fresh, double* value, double* dx,
                     double* dt) {
  (void)fresh;
  if (!begin((level*)user)) return 0;
  if (value != NULL) *value = (x[0] * x[0] + x[1] * x[1] + x[2] * x[2]) / 2 - x[0] * t[0] - x[1] * t[1];
  for (int j = 0; dx != NULL && j < N; ++j) dx[j] = x[j] - (j < M ? t[j] : 0);
  for (int j = 0; dt != NULL && j < M; ++j) dt[j] = -x[j];
  return 0;
}

static int32_t upper(void* user, const double* x, const double* t, uint32_t fresh, double* value, double* dx,
                     double* dt) {
  (void)t, (void)fresh;
  if (!begin((level*)user)) return 0;
  if (value != NULL) *value = 0;
  for (int j = 0; value != NULL && j < N; ++j) *value += (x[j] - 1) * (x[j] - 1) / 2;
  for (int j = 0; dx != NULL && j < N; ++j) dx[j] = x[j] - 1;
  for (int j = 0; dt != NULL && j < M; ++j) dt[j] = 0;
  return 0;
}

static int32_t hvp(void* user, const double* x, const double* t, uint32_t fresh, int64_t count, const double* v,
                   double* out) {
  (void)x, (void)t, (void)fresh;
  if (begin((level*)user)) memcpy(out, v, sizeof(double) * N * (size_t)count);
  return 0;
}

static int32_t cross_t(void* user, const double* x, const double* t, uint32_t fresh, int64_t count, const double* v,
                       double* out) {
  (void)x, (void)t, (void)fresh;
  if (begin((level*)user))
    for (int64_t k = 0; k < count; ++k)
      for (int j = 0; j < M; ++j) out[k * M + j] = -v[k * N + j];
  return 0;
}

static int32_t claims(void* user, const double* t, fen_bilevel_constants* out) {
  const level* q = (const level*)user;
  (void)t;
  *out = q->claim;
  return 0;
}

static fen_bilevel_oracles table(level* q) {
  fen_bilevel_oracles o;
  memset(&o, 0, sizeof o);
  o.struct_size = sizeof o;
  o.user = q;
  o.n = N;
  o.m = M;
  o.lower = lower;
  o.upper = upper;
  o.lower_hvp = hvp;
  o.lower_cross_t = cross_t;
  return o;
}

static int32_t solve_below(int depth) {
  double t[M] = {3, 3}, x[N] = {0}, out[M];
  const fen_array theta = view1(FEN_F64, M, t), start = view1(FEN_F64, N, x), slope = view1(FEN_F64, M, out);
  level q;
  memset(&q, 0, sizeof q);
  q.depth = depth;
  const fen_bilevel_oracles o = table(&q);
  const int32_t status = fen_hypergradient(&o, &theta, &start, &slope, NULL, NULL, NULL);
  return status != FEN_OK ? status : fabs(out[0] - 2) < 1e-6 ? FEN_OK : FEN_E_INTERNAL;
}

typedef struct call {
  double t[M], x[N], out[M];
  fen_array theta, start, slope;
  level q;
  fen_bilevel_oracles o;
  fen_error err;
} call;

static void open_call(call* c) {
  memset(c, 0, sizeof *c);
  c->t[0] = 3, c->t[1] = -1, c->out[0] = c->out[1] = 7;
  c->theta = view1(FEN_F64, M, c->t);
  c->start = view1(FEN_F64, N, c->x);
  c->slope = view1(FEN_F64, M, c->out);
  c->o = table(&c->q);
  c->err = no_error();
}

static int32_t slope_of(call* c) {
  return fen_hypergradient(&c->o, &c->theta, &c->start, &c->slope, NULL, NULL, &c->err);
}

static void silent_oracles(void) {
  static const char* const methods[6] = {NULL, "implicit", "maid", "f2sa", "bome", "sl_bamm"};
  static call c;
  open_call(&c);
  CHECK_OK(slope_of(&c), &c.err);
  CHECK_CLOSE(c.out[0], 2, 1e-8);
  CHECK_CLOSE(c.out[1], -2, 1e-8);
  for (int k = 1, calls = c.q.calls; k <= calls; ++k) {
    open_call(&c);
    c.q.silent_at = k;
    const int32_t status = slope_of(&c);
    CHECK(status == FEN_E_RANGE || status == FEN_E_CALLBACK || (status == FEN_OK && fabs(c.out[0] - 2) < 1e-6));
    CHECK(status == FEN_OK || c.out[0] == 7);
    CHECK(k > 1 || status == FEN_E_RANGE);
  }
  for (int i = 1; i < 6; ++i)
    for (int k = 1; k < 12; ++k) { /* a search goes on from where it was, or fails; what it returns is finite */
      open_call(&c);
      c.q.silent_at = k;
      fen_bilevel_options options;
      fen_bilevel_options_init(&options, sizeof options);
      options.max_iter = 4;
      fen_bilevel_result result;
      fen_bilevel_result_init(&result, sizeof result);
      const int32_t status =
          fen_bilevel(&c.o, methods[i], &c.theta, &c.start, NULL, NULL, &options, NULL, NULL, &result, &c.err);
      CHECK(status == FEN_OK || status == FEN_E_RANGE || status == FEN_E_CALLBACK);
      CHECK(isfinite(c.t[0]) && isfinite(c.x[0]) && (status == FEN_OK ? isfinite(result.value) : c.t[0] == 3));
    }
}

static void false_claims(void) {
  static const double bad[4] = {-1, NAN, INFINITY, 5};
  static call c;
  for (int k = 0; k < 4; ++k) {
    open_call(&c);
    c.o.constants = claims;
    const fen_bilevel_constants claim = {0, 0, bad[k], 4, 0, 1, 0, 1}; /* mu above the Lipschitz constant, last */
    c.q.claim = claim;
    CHECK_STATUS(FEN_E_RANGE, slope_of(&c), &c.err);
    CHECK(strstr(c.err.message, "mu") != NULL && c.out[0] == 7);
  }
}

static void memory(void) {
  static call quiet, c;
  open_call(&quiet);
  CHECK_OK(slope_of(&quiet), &quiet.err);
  open_call(&c); /* the oracles write into the arrays of the call: it had copied them */
  c.q.theta = c.t, c.q.start = c.x;
  CHECK_OK(slope_of(&c), &c.err);
  CHECK(memcmp(c.out, quiet.out, sizeof c.out) == 0 && memcmp(c.x, quiet.x, sizeof c.x) == 0);
  open_call(&c); /* calls within calls */
  c.q.depth = 2;
  CHECK_OK(slope_of(&c), &c.err);
  CHECK(memcmp(c.out, quiet.out, sizeof c.out) == 0);
  open_call(&c);
  c.slope.data = c.x;
  CHECK_STATUS(FEN_E_OVERLAP, slope_of(&c), &c.err);
  c.slope.data = (char*)c.out + 4;
  CHECK_STATUS(FEN_E_STRIDE, slope_of(&c), &c.err);
  const int32_t shared =
      fen_bilevel(&c.o, "implicit", &c.theta, &c.start, &c.theta, NULL, NULL, NULL, NULL, NULL, &c.err);
  CHECK(shared == FEN_E_OVERLAP && c.q.calls == 0); /* a bound in the memory of theta, which is written */
  double one = 0;
  fen_array vast = view1(FEN_F64, INT64_MAX / 8, &one);
  vast.strides[0] = 0;
  c.o.m = INT64_MAX / 8;
  CHECK_STATUS(FEN_E_TOO_LARGE, fen_hypergradient(&c.o, &vast, &c.start, &vast, NULL, NULL, &c.err), &c.err);
  CHECK(fen_bilevel(&c.o, NULL, &c.theta, &c.start, NULL, NULL, NULL, NULL, NULL, NULL, &c.err) < 0);
  CHECK(c.q.calls == 0);
}

typedef struct newer_table {
  fen_bilevel_oracles known;
  fen_level_fn unknown;
} newer_table;

static void versions(void) {
  static call c;
  static newer_table t;
  open_call(&c);
  memset(&t, 0, sizeof t);
  t.known = c.o;
  t.known.struct_size = sizeof t;
  CHECK_OK(fen_hypergradient(&t.known, &c.theta, &c.start, &c.slope, NULL, NULL, &c.err), &c.err);
  t.unknown = upper; /* an oracle that this library would never call */
  CHECK_STATUS(FEN_E_STRUCT_SIZE, fen_hypergradient(&t.known, &c.theta, &c.start, &c.slope, NULL, NULL, &c.err),
               &c.err);
  t.known.struct_size = offsetof(fen_bilevel_oracles, lower_hvp); /* the oldest: products by differences */
  fen_bilevel_result result;
  fen_bilevel_result_init(&result, sizeof result);
  CHECK_OK(fen_hypergradient(&t.known, &c.theta, &c.start, &c.slope, NULL, &result, &c.err), &c.err);
  CHECK(result.finite_differences == 1);
  const uint32_t sizes[4] = {0, 8, sizeof c.o - 4, 8192};
  for (int k = 0; k < 4; ++k) {
    c.o.struct_size = sizes[k];
    CHECK_STATUS(FEN_E_STRUCT_SIZE, slope_of(&c), &c.err);
  }
  c.o.struct_size = sizeof c.o;
  c.o.reserved = 1;
  CHECK_STATUS(FEN_E_STRUCT_SIZE, slope_of(&c), &c.err);
}

/* A session whose caller computes nothing: the requests' memory is not taken for answers. */
static void silent_sessions(void) {
  static call c;
  for (int k = 0; k < 2; ++k) {
    open_call(&c);
    fen_bilevel_session* session = NULL;
    fen_bilevel_request r;
    memset(&r, 0, sizeof r);
    r.struct_size = sizeof r;
    const uint32_t oracles = 1u << FEN_BILEVEL_ORACLE_LOWER | 1u << FEN_BILEVEL_ORACLE_UPPER;
    CHECK_OK(fen_bilevel_session_create(oracles, N, M, k == 0 ? NULL : "implicit", &c.theta, &c.start, NULL, NULL, NULL,
                                        &session, &c.err),
             &c.err);
    CHECK(fen_bilevel_session_result(session, &c.slope, NULL, NULL, NULL, &c.err) == FEN_E_STATE);
    CHECK_OK(fen_bilevel_session_next(session, -77, &r, &c.err), &c.err); /* the first answer belongs to nothing */
    int asked = 0;
    int32_t status;
    while ((status = fen_bilevel_session_next(session, 0, &r, &c.err)) == FEN_OK && r.oracle != 0 && ++asked < 1000) {
    }
    CHECK(status == FEN_E_RANGE && asked < 1000);
    CHECK(fen_bilevel_session_result(session, &c.slope, NULL, NULL, NULL, &c.err) == FEN_E_STATE && c.out[0] == 7);
    fen_bilevel_session_destroy(session);
  }
}

int main(void) {
  silent_oracles();
  false_claims();
  memory();
  versions();
  silent_sessions();
  return check_report("misuse_oracles");
}
