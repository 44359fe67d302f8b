/* test_bilevel.c -- section 16: bilevel problems by oracles, and every way to call them wrongly. */
#include <math.h>
#include <string.h>

#include "check.h"
#include "composite_fixtures.h"

enum { N = 3, M = 2 };

/* h = sum_j a_j x_j^2 / 2 - x_0 t_0 - x_1 t_1,  f = ||x - b||^2 / 2 + w ||t||^2 / 2:
 * x_j = t_j / a_j, dF/dt_j = (t_j / a_j - b_j) / a_j + w t_j, least at t_j = b_j a_j / (1 + w a_j^2). */
typedef struct quadratic {
  double a[N], b[N], w;
  int calls, fail_at;
  int32_t answer;
} quadratic;

static int32_t called(quadratic* q) { return ++q->calls == q->fail_at ? q->answer : 0; }

static int32_t lower(void* user, const double* x, const double* t, uint32_t fresh, double* value, double* dx,
                     double* dt) {
  quadratic* q = (quadratic*)user;
  double sum = -x[0] * t[0] - x[1] * t[1];
  (void)fresh;
  for (int j = 0; j < N; ++j) sum += q->a[j] * x[j] * x[j] / 2;
  if (value != NULL) *value = sum;
  for (int j = 0; dx != NULL && j < N; ++j) dx[j] = q->a[j] * x[j] - (j < M ? t[j] : 0);
  for (int j = 0; dt != NULL && j < M; ++j) dt[j] = -x[j];
  return called(q);
}

static int32_t upper(void* user, const double* x, const double* t, uint32_t fresh, double* value, double* dx,
                     double* dt) {
  quadratic* q = (quadratic*)user;
  double sum = 0;
  (void)fresh;
  for (int j = 0; j < N; ++j) sum += (x[j] - q->b[j]) * (x[j] - q->b[j]) / 2;
  for (int j = 0; j < M; ++j) sum += q->w * t[j] * t[j] / 2;
  if (value != NULL) *value = sum;
  for (int j = 0; dx != NULL && j < N; ++j) dx[j] = x[j] - q->b[j];
  for (int j = 0; dt != NULL && j < M; ++j) dt[j] = q->w * t[j];
  return called(q);
}

static int32_t hvp(void* user, const double* x, const double* t, uint32_t fresh, int64_t count, const double* v,
                   double* out) {
  quadratic* q = (quadratic*)user;
  (void)x, (void)t, (void)fresh;
  for (int64_t k = 0; k < count; ++k)
    for (int j = 0; j < N; ++j) out[k * N + j] = q->a[j] * v[k * N + j];
  return called(q);
}

static int32_t cross_t(void* user, const double* x, const double* t, uint32_t fresh, int64_t count, const double* v,
                       double* out) {
  (void)x, (void)t, (void)fresh;
  for (int64_t k = 0; k < count; ++k)
    for (int j = 0; j < M; ++j) out[k * M + j] = -v[k * N + j];
  return called((quadratic*)user);
}

static int32_t constants(void* user, const double* t, fen_bilevel_constants* out) {
  (void)t;
  out->mu = 1;
  out->lipschitz = 4;
  out->hessian_lipschitz = 0;
  out->cross_norm = 1;
  out->cross_lipschitz = 0;
  out->upper_lipschitz = 1;
  return called((quadratic*)user);
}

static quadratic problem(void) {
  const quadratic q = {{1, 2, 4}, {1, -1, 0.5}, 0.1, 0, 0, 0};
  return q;
}

static fen_bilevel_oracles table(quadratic* q) {
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
  o.constants = constants;
  return o;
}

static double slope(const quadratic* q, const double* t, int j) {
  return (t[j] / q->a[j] - q->b[j]) / q->a[j] + q->w * t[j];
}

static fen_bilevel_options bilevel_options(void) {
  fen_bilevel_options options;
  CHECK(fen_bilevel_options_init(&options, sizeof options) == FEN_OK);
  return options;
}
static fen_bilevel_result bilevel_result(void) {
  fen_bilevel_result result;
  CHECK(fen_bilevel_result_init(&result, sizeof result) == FEN_OK);
  return result;
}

static void hypergradient_is_the_closed_form(void) {
  quadratic q = problem();
  double t[M] = {0.3, -0.7}, x[N] = {0}, z[M];
  const fen_array at = view1(FEN_F64, M, t), start = view1(FEN_F64, N, x), out = view1(FEN_F64, M, z);
  fen_bilevel_oracles o = table(&q);
  for (int differences = 0; differences < 2; ++differences) {
    fen_bilevel_result result = bilevel_result();
    fen_error err = no_error();
    if (differences) o.lower_hvp = NULL, o.lower_cross_t = NULL;
    CHECK_OK(fen_hypergradient(&o, &at, &start, &out, NULL, &result, &err), &err);
    for (int j = 0; j < M; ++j) CHECK(fabs(z[j] - slope(&q, t, j)) < (differences ? 1e-7 : 1e-8));
    CHECK(result.finite_differences == differences);
    CHECK(result.derivative_status ==
          (differences ? FEN_DERIVATIVE_STATUS_UNCERTIFIED : FEN_DERIVATIVE_STATUS_CERTIFIED));
    if (!differences)
      CHECK(hypot(z[0] - slope(&q, t, 0), z[1] - slope(&q, t, 1)) <= result.bound + 1e-15 && result.bound < 1e-7);
  }
}

static void methods_find_the_minimum(void) {
  const char* const methods[] = {"implicit", "f2sa", "bome", "sl_bamm", "maid"};
  const double tols[] = {1e-12, 1e-6, 1e-6, 1e-6, 1e-6}; /* implicit: of the gain left, the others: of the slope */
  for (int k = 0; k < (int)(sizeof tols / sizeof *tols); ++k) {
    quadratic q = problem();
    double t[M] = {0, 0}, x[N] = {0};
    const fen_array outer = view1(FEN_F64, M, t), inner = view1(FEN_F64, N, x);
    fen_bilevel_options options = bilevel_options();
    fen_bilevel_result result = bilevel_result();
    fen_error err = no_error();
    const fen_bilevel_oracles o = table(&q);
    options.tol = tols[k];
    CHECK_OK(fen_bilevel(&o, methods[k], &outer, &inner, NULL, NULL, &options, NULL, NULL, &result, &err), &err);
    CHECK(result.termination == FEN_CONVERGED);
    CHECK(result.value < result.first_value);
    for (int j = 0; j < M; ++j) {
      CHECK(fabs(t[j] - q.b[j] * q.a[j] / (1 + q.w * q.a[j] * q.a[j])) < 1e-4);
      CHECK(fabs(x[j] - t[j] / q.a[j]) < 1e-6);
    }
  }
}

/* Bounds hold at every call, and where they bind. */
static void bounds_bind(const char* method) {
  quadratic q = problem();
  double t[M] = {0, 0}, x[N] = {0}, low[M] = {-1, -0.5}, high[M] = {0.5, INFINITY};
  const fen_array outer = view1(FEN_F64, M, t), inner = view1(FEN_F64, N, x), l = view1(FEN_F64, M, low),
                  h = view1(FEN_F64, M, high);
  fen_error err = no_error();
  const fen_bilevel_oracles o = table(&q);
  CHECK_OK(fen_bilevel(&o, method, &outer, &inner, &l, &h, NULL, NULL, NULL, NULL, &err), &err);
  CHECK(t[0] == 0.5);
  CHECK(t[1] == -0.5);
}

/* Every call may fail, or be outside the domain at the start: nothing of the caller's changes then. */
static void failing_calls(const char* method) {
  for (int k = 1;; ++k) {
    quadratic q = problem();
    double t[M] = {0.1, 0.2}, x[N] = {0.5, 0.5, 0.5};
    const fen_array outer = view1(FEN_F64, M, t), inner = view1(FEN_F64, N, x);
    fen_error err = no_error();
    const fen_bilevel_oracles o = table(&q);
    q.fail_at = k;
    q.answer = -7;
    const int32_t status = fen_bilevel(&o, method, &outer, &inner, NULL, NULL, NULL, NULL, NULL, NULL, &err);
    if (q.calls < k) {
      CHECK(status == FEN_OK && k > 10);
      break;
    }
    CHECK(status == FEN_E_CALLBACK && err.detail == -7);
    CHECK(t[0] == 0.1 && t[1] == 0.2 && x[0] == 0.5 && x[2] == 0.5);
  }
}

static void misuse(void) {
  quadratic q = problem();
  double t[M] = {0.1, 0.2}, x[N] = {0}, z[M], nan[M] = {NAN, 0}, below[M] = {1, 1};
  const fen_array at = view1(FEN_F64, M, t), start = view1(FEN_F64, N, x), out = view1(FEN_F64, M, z),
                  bad = view1(FEN_F64, M, nan), low = view1(FEN_F64, M, below), wrong = view1(FEN_F64, N, x);
  fen_error err = no_error();
  fen_bilevel_oracles o = table(&q);
  CHECK(fen_hypergradient(NULL, &at, &start, &out, NULL, NULL, &err) == FEN_E_NULL_ARGUMENT);
  CHECK(fen_hypergradient(&o, &bad, &start, &out, NULL, NULL, &err) == FEN_E_NOT_FINITE);
  CHECK(fen_hypergradient(&o, &wrong, &start, &out, NULL, NULL, &err) == FEN_E_SHAPE);
  CHECK(fen_hypergradient(&o, &at, &start, &at, NULL, NULL, &err) == FEN_E_OVERLAP);
  CHECK(fen_bilevel(&o, "implicitt", &at, &start, NULL, NULL, NULL, NULL, NULL, NULL, &err) == FEN_E_NAME);
  CHECK(fen_bilevel(&o, "implicit", &at, &start, &low, NULL, NULL, NULL, NULL, NULL, &err) == FEN_E_RANGE);
  o.lower = NULL;
  CHECK(fen_hypergradient(&o, &at, &start, &out, NULL, NULL, &err) == FEN_E_NULL_ARGUMENT);
  o = table(&q);
  o.struct_size = 7;
  CHECK(fen_hypergradient(&o, &at, &start, &out, NULL, NULL, &err) == FEN_E_STRUCT_SIZE);
  o = table(&q);
  o.n = 0;
  CHECK(fen_hypergradient(&o, &at, &start, &out, NULL, NULL, &err) == FEN_E_RANGE);
  CHECK(q.calls == 0);
}

int main(void) {
  hypergradient_is_the_closed_form();
  methods_find_the_minimum();
  for (int k = 0; k < 5; ++k) {
    const char* const methods[] = {"implicit", "f2sa", "bome", "sl_bamm", "maid"};
    bounds_bind(methods[k]);
    failing_calls(methods[k]);
  }
  misuse();
  return check_report("bilevel");
}
