/* test_oom_session.c -- every allocation of a session (section 16) fails in turn, those of its solver's thread too: the
 * status is FEN_E_NOMEM, the session is over, nothing leaks, and the next session works; or the failure is survived,
 * with the same bits. A session left in the middle ends where there is no memory at all. */
#include "composite_fixtures.h"
#include "failing_malloc.h"

enum { N = 3, M = 2, KINDS = 2 << FEN_BILEVEL_ORACLE_LOWER_CROSS };

typedef struct story {
  const char* method; /* NULL: a hypergradient */
  int32_t mode;
  uint32_t kinds;
} story;

typedef struct answer_of {
  int32_t status;
  long requests;
  double theta[M], x[N], gradient[M];
} answer_of;

/* h = sum_j (j + 1) x_j^2 / 2 + |x|^4 / 4 - x_0 t_0 - x_1 t_1, f = |x - 1|^2 / 2 + |t|^2 / 20. */
static int32_t compute(const fen_bilevel_request* r) {
  const int upper = r->oracle == FEN_BILEVEL_ORACLE_UPPER;
  double value = 0, square = 0;
  for (int j = 0; j < N; ++j) square += r->x[j] * r->x[j];
  for (int j = 0; j < N; ++j) {
    const double away = r->x[j] - 1, t = j < M ? r->theta[j] : 0;
    value += upper ? away * away / 2 + t * t / 20 : (j + 1) * r->x[j] * r->x[j] / 2 - r->x[j] * t;
    if (r->dx != NULL) r->dx[j] = upper ? away : (j + 1 + square) * r->x[j] - t;
    if (r->dtheta != NULL && j < M) r->dtheta[j] = upper ? t / 10 : -r->x[j];
  }
  if (r->value != NULL) *r->value = value + (upper ? 0 : square * square / 4);
  for (int64_t row = 0; r->out != NULL && row < r->count; ++row) {
    if (r->oracle == FEN_BILEVEL_ORACLE_LOWER_HVP) {
      double along = 0;
      for (int j = 0; j < N; ++j) along += r->x[j] * r->v[row * N + j];
      for (int j = 0; j < N; ++j) r->out[row * N + j] = (j + 1 + square) * r->v[row * N + j] + 2 * along * r->x[j];
    } else if (r->oracle == FEN_BILEVEL_ORACLE_LOWER_CROSS_T) {
      for (int j = 0; j < M; ++j) r->out[row * M + j] = -r->v[row * N + j];
    } else {
      for (int j = 0; j < N; ++j) r->out[row * N + j] = j < M ? -r->v[row * M + j] : 0;
    }
  }
  return 0;
}

static int32_t make(const story* s, fen_bilevel_session** out, fen_error* err) {
  double t[M] = {0.5, -0.25}, start[N] = {0.1, 0.2, 0.3};
  const fen_array theta = view1(FEN_F64, M, t), x = view1(FEN_F64, N, start);
  fen_bilevel_options options;
  CHECK(fen_bilevel_options_init(&options, sizeof options) == FEN_OK);
  options.hypergradient_mode = s->mode;
  options.max_iter = 2;
  options.unroll_iter = 5;
  options.kept_iter = 3;
  return fen_bilevel_session_create(s->kinds, N, M, s->method, &theta, &x, NULL, NULL, &options, out, err);
}

static fen_bilevel_request no_request(void) {
  fen_bilevel_request r;
  memset(&r, 0, sizeof r);
  r.struct_size = sizeof r;
  return r;
}

static long taken; /* allocations asked for, to the end or to the failure; from there on there is memory again */

/* To its end; then it is destroyed. */
static answer_of run(const story* s, fen_error* err) {
  answer_of a;
  fen_bilevel_session* session = NULL;
  fen_bilevel_request r = no_request();
  int32_t answer = 0;
  memset(&a, 0, sizeof a);
  a.status = make(s, &session, err);
  if (a.status != FEN_OK) {
    taken = alloc_disarm();
    CHECK(session == NULL);
    return a;
  }
  for (; (a.status = fen_bilevel_session_next(session, answer, &r, err)) == FEN_OK && r.oracle != 0; ++a.requests)
    answer = compute(&r);
  if (a.status != FEN_OK) {
    fen_error other = no_error();
    taken = alloc_disarm();
    CHECK(fen_bilevel_session_next(session, 0, &r, &other) == FEN_E_STATE);
    CHECK(fen_bilevel_session_result(session, NULL, NULL, NULL, NULL, &other) == FEN_E_STATE);
  } else {
    const fen_array theta = view1(FEN_F64, M, a.theta), x = view1(FEN_F64, N, a.x),
                    slope = view1(FEN_F64, M, a.gradient), *const one = s->method == NULL ? &slope : NULL;
    a.status = fen_bilevel_session_result(session, &theta, &x, one, NULL, err);
    taken = alloc_disarm();
    if (a.status != FEN_OK) { /* nothing is written, and what was found is still there */
      CHECK(a.theta[0] == 0 && a.x[0] == 0 && a.gradient[0] == 0);
      CHECK(fen_bilevel_session_result(session, &theta, &x, one, NULL, err) == FEN_OK);
    }
  }
  fen_bilevel_session_destroy(session);
  return a;
}

/* The run with allocation k failing; returns whether there was a k-th. */
static int failing_at(const story* s, const answer_of* expected, long k, int for_good, long* refused) {
  fen_error err = no_error();
  const long live = atomic_load(&alloc_live);
  alloc_arm(k, for_good);
  const answer_of a = run(s, &err);
  const int reached = taken > k;
  if (reached && a.status != FEN_OK) {
    CHECK_STATUS(FEN_E_NOMEM, a.status, &err);
    ++*refused;
  } else {
    CHECK_OK(a.status, &err);
    CHECK(memcmp(&a, expected, sizeof a) == 0);
  }
  CHECK(atomic_load(&alloc_live) == live);
  return reached;
}

static void all_allocations(const story* s) {
  const char* const name = s->method != NULL ? s->method : "hypergradient";
  fen_error err = no_error();
  (void)run(s, &err); /* what happens once per process, as the first thread's start, happens here */
  const answer_of expected = run(s, &err);
  CHECK_OK(expected.status, &err);
  CHECK(expected.requests > 4);
  const int failures = check_failures;
  long k[2] = {0, 0}, refused = 0;
  for (int for_good = 0; for_good < 2; ++for_good)
    while (k[for_good] < 100000 && check_failures == failures &&
           failing_at(s, &expected, k[for_good], for_good, &refused))
      ++k[for_good];
  CHECK(k[0] > 10 && refused > 10);
  if (check_failures > failures)
    fprintf(stderr, "  in %s, mode %d, allocations %ld and %ld\n", name, s->mode, k[0], k[1]);
  printf("  %-16s mode %d  %ld allocations, %ld requests\n", name, s->mode, k[0], expected.requests);
}

/* Left at every request with no memory left: nobody may ask for any to end. */
static void abandoned_without_memory(const story* s) {
  fen_error err = no_error();
  const long requests = run(s, &err).requests;
  for (long k = 0; k < requests; ++k) {
    const long live = atomic_load(&alloc_live);
    fen_bilevel_session* session = NULL;
    fen_bilevel_request r = no_request();
    int32_t answer = 0;
    CHECK_OK(make(s, &session, &err), &err);
    for (long asked = 0; asked <= k; ++asked) {
      CHECK_OK(fen_bilevel_session_next(session, answer, &r, &err), &err);
      answer = compute(&r);
    }
    alloc_arm(0, 1);
    fen_bilevel_session_destroy(session);
    (void)alloc_disarm();
    CHECK(atomic_load(&alloc_live) == live);
  }
}

int main(void) {
  const uint32_t bare = 1 << FEN_BILEVEL_ORACLE_LOWER | 1 << FEN_BILEVEL_ORACLE_UPPER;
  for (int32_t mode = 0; mode < 6; ++mode) {
    const story s = {NULL, mode, KINDS - 2};
    all_allocations(&s);
    abandoned_without_memory(&s);
  }
  for (int32_t i = 0; i < fen_term_count("bilevel_method"); ++i) {
    const story s[2] = {{fen_term_name("bilevel_method", i), 0, KINDS - 2},
                        {fen_term_name("bilevel_method", i), 0, bare}};
    for (int k = 0; k < 2; ++k) {
      all_allocations(&s[k]);
      abandoned_without_memory(&s[k]);
    }
  }
  return check_report("oom_session");
}
