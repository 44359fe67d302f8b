/* test_session.c -- section 16 without callbacks: the same answers bit for bit, ended at every request, wrong answers,
 * misuse. */
#include <math.h>
#include <string.h>
#include <time.h>

#include "check.h"
#include "composite_fixtures.h"

enum { N = 4, M = 2, ALL = 1022 & ~(1 << FEN_BILEVEL_ORACLE_PROX) & ~(1 << FEN_BILEVEL_ORACLE_PROX_VJP) };

/* h = sum_j a_j x_j^2 / 2 + exp(t_1) |x|^4 / 4 - x_0 t_0 - x_1, f = ||x - b||^2 / 2 + t_1^2 / 20. Not a quadratic: the
 * order of requests depends on every number. With a prox: g = exp(t_1) |x|_1 instead of the quartic. */
typedef struct level_case {
  double a[N], b[N];
  int quartic, calls, fail_at;
  int32_t answer;
} level_case;

static level_case plain_case(void) {
  const level_case c = {{1, 2, 4, 1.5}, {1, -1, 0.5, 0}, 1, 0, 0, 0};
  return c;
}

static int32_t called(level_case* c) { return ++c->calls == c->fail_at ? c->answer : 0; }

static double square(const double* x) {
  double sum = 0;
  for (int j = 0; j < N; ++j) sum += x[j] * x[j];
  return sum;
}

static int32_t lower(void* user, const double* x, const double* t, uint32_t fresh, double* value, double* dx,
                     double* dt) {
  level_case* c = (level_case*)user;
  const double s = square(x), w = c->quartic ? exp(t[1]) : 0;
  double sum = w * s * s / 4 - x[0] * t[0] - x[1];
  (void)fresh;
  for (int j = 0; j < N; ++j) sum += c->a[j] * x[j] * x[j] / 2;
  if (value != NULL) *value = sum;
  for (int j = 0; dx != NULL && j < N; ++j)
    dx[j] = c->a[j] * x[j] + w * s * x[j] - (j == 0 ? t[0] : 0) - (j == 1 ? 1 : 0);
  if (dt != NULL) dt[0] = -x[0], dt[1] = w * s * s / 4;
  return called(c);
}

static int32_t upper(void* user, const double* x, const double* t, uint32_t fresh, double* value, double* dx,
                     double* dt) {
  level_case* c = (level_case*)user;
  double sum = t[1] * t[1] / 20;
  (void)fresh;
  for (int j = 0; j < N; ++j) sum += (x[j] - c->b[j]) * (x[j] - c->b[j]) / 2;
  if (value != NULL) *value = sum;
  for (int j = 0; dx != NULL && j < N; ++j) dx[j] = x[j] - c->b[j];
  if (dt != NULL) dt[0] = 0, dt[1] = t[1] / 10;
  return called(c);
}

static int32_t hvp(void* user, const double* x, const double* t, uint32_t fresh, int64_t count, const double* v,
                   double* out) {
  level_case* c = (level_case*)user;
  const double s = square(x), w = c->quartic ? exp(t[1]) : 0;
  (void)fresh;
  for (int64_t k = 0; k < count; ++k) {
    double along = 0;
    for (int j = 0; j < N; ++j) along += x[j] * v[k * N + j];
    for (int j = 0; j < N; ++j) out[k * N + j] = (c->a[j] + w * s) * v[k * N + j] + 2 * w * along * x[j];
  }
  return called(c);
}

static int32_t cross_t(void* user, const double* x, const double* t, uint32_t fresh, int64_t count, const double* v,
                       double* out) {
  level_case* c = (level_case*)user;
  const double ws = c->quartic ? exp(t[1]) * square(x) : 0;
  (void)fresh;
  for (int64_t k = 0; k < count; ++k) {
    out[k * M] = -v[k * N], out[k * M + 1] = 0;
    for (int j = 0; j < N; ++j) out[k * M + 1] += ws * x[j] * v[k * N + j];
  }
  return called(c);
}

static int32_t cross(void* user, const double* x, const double* t, uint32_t fresh, int64_t count, const double* v,
                     double* out) {
  level_case* c = (level_case*)user;
  const double ws = c->quartic ? exp(t[1]) * square(x) : 0;
  (void)fresh;
  for (int64_t k = 0; k < count; ++k)
    for (int j = 0; j < N; ++j) out[k * N + j] = ws * x[j] * v[k * M + 1] - (j == 0 ? v[k * M] : 0);
  return called(c);
}

static int32_t prox(void* user, const double* v, const double* t, double step, double* out, double* value) {
  double sum = 0;
  for (int j = 0; j < N; ++j) {
    const double size = fabs(v[j]) - step * exp(t[1]);
    out[j] = size > 0 ? copysign(size, v[j]) : 0;
    sum += fabs(out[j]);
  }
  if (value != NULL) *value = exp(t[1]) * sum;
  return called((level_case*)user);
}

static int32_t prox_vjp(void* user, const double* v, const double* t, double step, const double* c, double* dv,
                        double* dt) {
  double sum = 0;
  for (int j = 0; j < N; ++j) {
    const int on = fabs(v[j]) > step * exp(t[1]);
    if (dv != NULL) dv[j] = on ? c[j] : 0;
    if (on) sum -= copysign(step * exp(t[1]), v[j]) * c[j];
  }
  if (dt != NULL) dt[0] = 0, dt[1] = sum;
  return called((level_case*)user);
}

static int32_t precondition(void* user, const double* x, const double* t, uint32_t fresh, const double* r,
                            double* out) {
  level_case* c = (level_case*)user;
  (void)x, (void)t, (void)fresh;
  for (int j = 0; j < N; ++j) out[j] = r[j] / c->a[j];
  return called(c);
}

static int32_t constants(void* user, const double* t, fen_bilevel_constants* out) {
  (void)t;
  out->mu = 1;
  out->cross_norm = 10;
  return called((level_case*)user);
}

static fen_bilevel_oracles table(level_case* c, uint32_t kinds) {
  fen_bilevel_oracles o;
  memset(&o, 0, sizeof o);
  o.struct_size = sizeof o;
  o.user = c;
  o.n = N;
  o.m = M;
  o.lower = lower;
  o.upper = upper;
  if (kinds >> FEN_BILEVEL_ORACLE_LOWER_HVP & 1) o.lower_hvp = hvp;
  if (kinds >> FEN_BILEVEL_ORACLE_LOWER_CROSS_T & 1) o.lower_cross_t = cross_t;
  if (kinds >> FEN_BILEVEL_ORACLE_LOWER_CROSS & 1) o.lower_cross = cross;
  if (kinds >> FEN_BILEVEL_ORACLE_PROX & 1) o.prox = prox, o.prox_vjp = prox_vjp;
  if (kinds >> FEN_BILEVEL_ORACLE_PRECONDITION & 1) o.precondition = precondition;
  if (kinds >> FEN_BILEVEL_ORACLE_CONSTANTS & 1) o.constants = constants;
  return o;
}

/* What the functions of the table would do. */
static int32_t compute(level_case* c, const fen_bilevel_request* r) {
  switch (r->oracle) {
    case FEN_BILEVEL_ORACLE_LOWER:
      return lower(c, r->x, r->theta, r->fresh, r->value, r->dx, r->dtheta);
    case FEN_BILEVEL_ORACLE_UPPER:
      return upper(c, r->x, r->theta, r->fresh, r->value, r->dx, r->dtheta);
    case FEN_BILEVEL_ORACLE_LOWER_HVP:
      return hvp(c, r->x, r->theta, r->fresh, r->count, r->v, r->out);
    case FEN_BILEVEL_ORACLE_LOWER_CROSS_T:
      return cross_t(c, r->x, r->theta, r->fresh, r->count, r->v, r->out);
    case FEN_BILEVEL_ORACLE_LOWER_CROSS:
      return cross(c, r->x, r->theta, r->fresh, r->count, r->v, r->out);
    case FEN_BILEVEL_ORACLE_PROX:
      return prox(c, r->v, r->theta, r->step, r->out, r->value);
    case FEN_BILEVEL_ORACLE_PROX_VJP:
      return prox_vjp(c, r->v, r->theta, r->step, r->c, r->dx, r->dtheta);
    case FEN_BILEVEL_ORACLE_PRECONDITION:
      return precondition(c, r->x, r->theta, r->fresh, r->v, r->out);
    case FEN_BILEVEL_ORACLE_CONSTANTS:
      return constants(c, r->theta, r->constants);
    default:
      return -1;
  }
}

static fen_bilevel_options settings(void) {
  fen_bilevel_options options;
  CHECK(fen_bilevel_options_init(&options, sizeof options) == FEN_OK);
  return options;
}

typedef struct answer_of {
  int32_t status, detail;
  double t[M], x[N], z[M];
  fen_bilevel_result result;
} answer_of;

static answer_of start(void) {
  answer_of a;
  memset(&a, 0, sizeof a);
  a.t[0] = 0.5, a.t[1] = -0.25;
  for (int j = 0; j < N; ++j) a.x[j] = 0.1 * j;
  CHECK(fen_bilevel_result_init(&a.result, sizeof a.result) == FEN_OK);
  return a;
}

static answer_of by_functions(level_case* c, uint32_t kinds, const char* method, const fen_bilevel_options* options) {
  answer_of a = start();
  fen_error err = no_error();
  const fen_bilevel_oracles o = table(c, kinds);
  const fen_array t = view1(FEN_F64, M, a.t), x = view1(FEN_F64, N, a.x), z = view1(FEN_F64, M, a.z);
  a.status = method == NULL ? fen_hypergradient(&o, &t, &x, &z, options, &a.result, &err)
                            : fen_bilevel(&o, method, &t, &x, NULL, NULL, options, NULL, NULL, &a.result, &err);
  a.detail = err.detail;
  return a;
}

static fen_bilevel_session* made(uint32_t kinds, const char* method, const fen_bilevel_options* options) {
  answer_of a = start();
  fen_error err = no_error();
  fen_bilevel_session* session = NULL;
  const fen_array t = view1(FEN_F64, M, a.t), x = view1(FEN_F64, N, a.x);
  CHECK_OK(fen_bilevel_session_create(kinds, N, M, method, &t, &x, NULL, NULL, options, &session, &err), &err);
  return session;
}

static fen_bilevel_request no_request(void) {
  fen_bilevel_request r;
  memset(&r, 0, sizeof r);
  r.struct_size = sizeof r;
  return r;
}

static answer_of by_session(level_case* c, uint32_t kinds, const char* method, const fen_bilevel_options* options) {
  answer_of a = start();
  fen_error err = no_error();
  fen_bilevel_request r = no_request();
  fen_bilevel_session* session = made(kinds, method, options);
  int32_t answer = 0;
  while ((a.status = fen_bilevel_session_next(session, answer, &r, &err)) == FEN_OK &&
         r.oracle != FEN_BILEVEL_ORACLE_DONE)
    answer = compute(c, &r);
  a.detail = err.detail;
  const fen_array t = view1(FEN_F64, M, a.t), x = view1(FEN_F64, N, a.x), z = view1(FEN_F64, M, a.z);
  const int32_t status = fen_bilevel_session_result(session, &t, &x, method == NULL ? &z : NULL, &a.result, &err);
  CHECK(status == (a.status == FEN_OK ? FEN_OK : FEN_E_STATE));
  CHECK(fen_bilevel_session_next(session, 0, &r, &err) == FEN_E_STATE);
  fen_bilevel_session_destroy(session);
  return a;
}

static int same(const answer_of* p, const answer_of* q) {
  fen_bilevel_result u = p->result, v = q->result;
  u.seconds = v.seconds = 0;
  return p->status == q->status && memcmp(p->t, q->t, sizeof p->t) == 0 && memcmp(p->x, q->x, sizeof p->x) == 0 &&
         memcmp(p->z, q->z, sizeof p->z) == 0 && memcmp(&u, &v, sizeof u) == 0;
}

/* Every method and mode, with every set of oracles: the same bits, the same counts, the same number of calls, the same
 * refusal where something is unsupported. */
static void the_same_bits(void) {
  static const uint32_t kinds[] = {6,    6 | 1 << FEN_BILEVEL_ORACLE_LOWER_HVP,
                                   ALL,  ALL & ~(1 << FEN_BILEVEL_ORACLE_PRECONDITION),
                                   1022, 6 | 1 << FEN_BILEVEL_ORACLE_CONSTANTS};
  int solved = 0;
  for (size_t k = 0; k < sizeof kinds / sizeof *kinds; ++k) {
    for (int32_t i = -6; i < 5; ++i) {
      const char* const method = i < 0 ? NULL : fen_term_name("bilevel_method", i);
      fen_bilevel_options options = settings();
      level_case c = plain_case(), d;
      if (i < 0) options.hypergradient_mode = i + 6;
      if (i == -6 && k % 2 == 1) options.linear_solver = FEN_LINEAR_SOLVER_CG;
      options.max_iter = 5;
      options.unroll_iter = 7;
      options.kept_iter = 3;
      if (kinds[k] >> FEN_BILEVEL_ORACLE_PROX & 1) c.quartic = 0;
      d = c;
      const answer_of p = by_functions(&c, kinds[k], method, &options), q = by_session(&d, kinds[k], method, &options);
      CHECK(same(&p, &q));
      CHECK(c.calls == d.calls);
      solved += p.status == FEN_OK;
    }
  }
  CHECK(solved >= 10);
}

/* Every answer may be negative, outside the domain, or not a number: as with functions. */
static void answers_at_every_request(void) {
  for (int32_t answer = -7; answer <= 3; answer += 10) {
    for (int k = 1;; ++k) {
      level_case c = plain_case(), d;
      fen_bilevel_options options = settings();
      options.max_iter = 3;
      c.fail_at = k;
      c.answer = answer;
      d = c;
      const answer_of p = by_functions(&c, ALL, "implicit", &options), q = by_session(&d, ALL, "implicit", &options);
      CHECK(same(&p, &q));
      CHECK(p.detail == q.detail && c.calls == d.calls);
      if (answer < 0 && c.calls >= k) CHECK(q.status == FEN_E_CALLBACK && q.detail == answer);
      if (c.calls < k) {
        CHECK(k > 20 && q.status == FEN_OK);
        break;
      }
    }
  }
}

static void numbers_that_are_none(void) {
  for (int k = 1;; ++k) {
    fen_error err = no_error();
    fen_bilevel_request r = no_request();
    level_case c = plain_case();
    fen_bilevel_options options = settings();
    options.max_iter = 3;
    fen_bilevel_session* session = made(6, "implicit", &options);
    int32_t answer = 0, status;
    int asked = 0;
    while ((status = fen_bilevel_session_next(session, answer, &r, &err)) == FEN_OK && r.oracle != 0) {
      answer = compute(&c, &r);
      if (++asked == k) *(r.value != NULL ? r.value : r.dx) = NAN;
    }
    CHECK(status == FEN_OK || status == FEN_E_RANGE);
    CHECK(asked > 1 || status == FEN_E_RANGE);
    fen_bilevel_session_destroy(session);
    if (asked < k) break;
  }
}

/* At every request, and before the first: the solver is ended and waited for, nothing hangs, nothing leaks. */
static void destroyed_at_every_request(void) {
  static const char* const methods[] = {NULL, "implicit", "f2sa"};
  for (int which = 0; which < 3; ++which) {
    int over = 0;
    for (int k = 0; !over; ++k) {
      fen_error err = no_error();
      fen_bilevel_request r = no_request();
      level_case c = plain_case();
      fen_bilevel_options options = settings();
      options.max_iter = 3;
      fen_bilevel_session* session = made(ALL, methods[which], &options);
      int32_t answer = 0;
      for (int asked = 0; asked < k && !over; ++asked) {
        const int32_t status = fen_bilevel_session_next(session, answer, &r, &err);
        over = status != FEN_OK || r.oracle == FEN_BILEVEL_ORACLE_DONE;
        if (!over) answer = compute(&c, &r);
      }
      fen_bilevel_session_destroy(session);
    }
  }
}

static void cancelled(void) {
  level_case c = plain_case();
  fen_error err = no_error();
  fen_bilevel_request r = no_request();
  answer_of a = start();
  fen_bilevel_options options = settings();
  options.tol = 0;
  fen_bilevel_session* session = made(ALL, "implicit", &options);
  const fen_array t = view1(FEN_F64, M, a.t), x = view1(FEN_F64, N, a.x);
  int32_t answer = 0;
  int asked = 0;
  CHECK(fen_bilevel_session_result(session, &t, &x, NULL, &a.result, &err) == FEN_E_STATE);
  for (;; ++asked) {
    CHECK_OK(fen_bilevel_session_next(session, answer, &r, &err), &err);
    if (r.oracle == FEN_BILEVEL_ORACLE_DONE) break;
    answer = compute(&c, &r);
    if (asked == 40) CHECK(fen_bilevel_session_cancel(session) == FEN_OK);
  }
  CHECK(asked >= 40);
  CHECK_OK(fen_bilevel_session_result(session, &t, NULL, NULL, &a.result, &err), &err);
  CHECK_OK(fen_bilevel_session_result(session, NULL, &x, NULL, NULL, &err), &err);
  CHECK(a.result.termination == FEN_CANCELLED && a.result.value <= a.result.first_value);
  CHECK(fen_bilevel_session_result(session, NULL, NULL, &t, NULL, &err) == FEN_E_STATE); /* no gradient */
  CHECK(fen_bilevel_session_result(session, &x, NULL, NULL, NULL, &err) == FEN_E_SHAPE);
  CHECK(fen_bilevel_session_result(session, &t, &t, NULL, NULL, &err) == FEN_E_SHAPE);
  fen_bilevel_session_destroy(session);
}

/* Sessions are independent, and may be asked in turns. */
static void two_in_turns(void) {
  level_case c[2] = {plain_case(), plain_case()};
  const fen_bilevel_options options = settings();
  fen_bilevel_session* sessions[2] = {made(ALL, NULL, &options), made(6, NULL, &options)};
  const uint32_t kinds[2] = {ALL, 6};
  fen_error err = no_error();
  int32_t answer[2] = {0, 0};
  int over[2] = {0, 0};
  while (!over[0] || !over[1]) {
    for (int i = 0; i < 2; ++i) {
      fen_bilevel_request r = no_request();
      if (over[i]) continue;
      CHECK_OK(fen_bilevel_session_next(sessions[i], answer[i], &r, &err), &err);
      over[i] = r.oracle == FEN_BILEVEL_ORACLE_DONE;
      if (!over[i]) answer[i] = compute(&c[i], &r);
    }
  }
  for (int i = 0; i < 2; ++i) {
    level_case again = plain_case();
    const answer_of expected = by_functions(&again, kinds[i], NULL, &options);
    double z[M];
    const fen_array out = view1(FEN_F64, M, z);
    CHECK_OK(fen_bilevel_session_result(sessions[i], NULL, NULL, &out, NULL, &err), &err);
    CHECK(memcmp(z, expected.z, sizeof z) == 0);
    fen_bilevel_session_destroy(sessions[i]);
  }
}

static void misuse(void) {
  answer_of a = start();
  double nan[M] = {NAN, 0}, one[M] = {1, 1};
  fen_error err = no_error();
  fen_bilevel_session* session = NULL;
  const fen_array t = view1(FEN_F64, M, a.t), x = view1(FEN_F64, N, a.x), bad = view1(FEN_F64, M, nan),
                  low = view1(FEN_F64, M, one);
  const fen_array *const pt = &t, *const px = &x;
  CHECK(fen_bilevel_session_create(6, N, M, NULL, pt, px, NULL, NULL, NULL, NULL, &err) == FEN_E_NULL_ARGUMENT);
  CHECK(fen_bilevel_session_create(2, N, M, NULL, pt, px, NULL, NULL, NULL, &session, &err) == FEN_E_NULL_ARGUMENT);
  CHECK(fen_bilevel_session_create(7, N, M, NULL, pt, px, NULL, NULL, NULL, &session, &err) == FEN_E_RANGE);
  CHECK(fen_bilevel_session_create(6 | 1024, N, M, NULL, pt, px, NULL, NULL, NULL, &session, &err) == FEN_E_RANGE);
  CHECK(fen_bilevel_session_create(6 | 1 << FEN_BILEVEL_ORACLE_PROX_VJP, N, M, NULL, pt, px, NULL, NULL, NULL, &session,
                                   &err) == FEN_E_NULL_ARGUMENT);
  CHECK(fen_bilevel_session_create(6, 0, M, NULL, pt, px, NULL, NULL, NULL, &session, &err) == FEN_E_RANGE);
  CHECK(fen_bilevel_session_create(6, N, INT64_MAX, NULL, pt, px, NULL, NULL, NULL, &session, &err) == FEN_E_TOO_LARGE);
  CHECK(fen_bilevel_session_create(6, N, M, "implict", pt, px, NULL, NULL, NULL, &session, &err) == FEN_E_NAME);
  CHECK(fen_bilevel_session_create(6, N, M, NULL, px, px, NULL, NULL, NULL, &session, &err) == FEN_E_SHAPE);
  CHECK(fen_bilevel_session_create(6, N, M, NULL, &bad, px, NULL, NULL, NULL, &session, &err) == FEN_E_NOT_FINITE);
  CHECK(fen_bilevel_session_create(6, N, M, "implicit", pt, px, NULL, &bad, NULL, &session, &err) == FEN_E_NOT_FINITE);
  CHECK(session == NULL);
  CHECK_OK(fen_bilevel_session_create(6, N, M, "implicit", pt, px, &low, NULL, NULL, &session, &err), &err);
  fen_bilevel_request r = no_request();
  CHECK(fen_bilevel_session_next(session, 0, NULL, &err) == FEN_E_NULL_ARGUMENT);
  r.struct_size = 7;
  CHECK(fen_bilevel_session_next(session, 0, &r, &err) == FEN_E_STRUCT_SIZE);
  r.struct_size = sizeof r;
  CHECK(fen_bilevel_session_next(session, 0, &r, &err) == FEN_E_RANGE); /* the start is below its bound */
  CHECK(fen_bilevel_session_next(session, 0, &r, &err) == FEN_E_STATE);
  fen_bilevel_session_destroy(session);
  CHECK(fen_bilevel_session_next(NULL, 0, &r, &err) == FEN_E_NULL_ARGUMENT);
  CHECK(fen_bilevel_session_cancel(NULL) == FEN_E_NULL_ARGUMENT);
  CHECK(fen_bilevel_session_result(NULL, NULL, NULL, NULL, NULL, &err) == FEN_E_NULL_ARGUMENT);
  fen_bilevel_session_destroy(NULL);
}

/* What an exchange costs beyond a function: printed, not judged. */
static void cost(void) {
  fen_bilevel_options options = settings();
  struct timespec then, now;
  double best[2] = {1e9, 1e9}, work[2] = {1e9, 1e9};
  options.lower_method = FEN_LOWER_METHOD_GRADIENT;
  options.lower_step = 1e-4;
  options.lower_max_iter = 5000;
  for (int round = 0; round < 6; ++round) {
    level_case c = plain_case();
    clock_gettime(CLOCK_MONOTONIC, &then);
    const clock_t begun = clock();
    if (round % 2 == 0)
      (void)by_functions(&c, ALL, NULL, &options);
    else
      (void)by_session(&c, ALL, NULL, &options);
    const double processor = 1e6 * (double)(clock() - begun) / CLOCKS_PER_SEC / c.calls;
    clock_gettime(CLOCK_MONOTONIC, &now);
    const double us =
        (1e6 * (double)(now.tv_sec - then.tv_sec) + 1e-3 * (double)(now.tv_nsec - then.tv_nsec)) / c.calls;
    if (us < best[round % 2]) best[round % 2] = us;
    if (processor < work[round % 2]) work[round % 2] = processor;
  }
  printf("| %d unknowns | us a call, all included | processor time |\n|---|---|---|\n", N);
  printf("| functions | %.3f | %.3f |\n| session | %.3f | %.3f |\n", best[0], work[0], best[1], work[1]);
}

int main(void) {
  the_same_bits();
  answers_at_every_request();
  numbers_that_are_none();
  destroyed_at_every_request();
  cancelled();
  two_in_turns();
  misuse();
  cost();
  return check_report("session");
}
