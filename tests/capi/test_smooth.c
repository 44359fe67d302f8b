/* test_smooth.c -- fenchel.h sections 10 and 11: smooth terms, callbacks, and composite problems as they are put
 * together. */
#include "composite_fixtures.h"

enum { N = 4, M = 6 };

static fen_error err;
static double a[M * N], y[M], x[2 * N];

static fen_term* squares(int intercept) {
  const fen_array matrix = view2(FEN_F64, M, N, a), targets = view1(FEN_F64, M, y);
  fill_uniform(a, M * N, 1);
  fill_uniform(y, M, 2);
  fill_uniform(x, 2 * N, 3);
  return model_term("least_squares", &matrix, &targets, intercept);
}

static double by_hand(const double* at, int64_t step, double* gradient) {
  double value = 0;
  memset(gradient, 0, N * sizeof *gradient);
  for (int i = 0; i < M; ++i) {
    double r = -y[i];
    for (int j = 0; j < N; ++j) r += a[i * N + j] * at[j * step];
    value += r * r / 2;
    for (int j = 0; j < N; ++j) gradient[j] += r * a[i * N + j];
  }
  return value;
}

static void gradients(void) {
  fen_term* f = squares(0);
  double expected[N], got[2 * N], value = 0;
  const double hand = by_hand(x, 2, expected);
  fen_array at = view1(FEN_F64, N, x), to = view1(FEN_F64, N, got);
  at.strides[0] = to.strides[0] = 2 * (int64_t)sizeof *x;
  CHECK_OK(fen_smooth_gradient(f, &at, &value, &to, &err), &err);
  CHECK_CLOSE(value, hand, 1e-13);
  for (int j = 0; j < N; ++j) CHECK_CLOSE(got[2 * j], expected[j], 1e-13);
  CHECK_OK(fen_smooth_gradient(f, &at, &value, NULL, &err), &err);
  CHECK_OK(fen_smooth_gradient(f, &at, NULL, &to, &err), &err);
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, fen_smooth_gradient(f, &at, NULL, NULL, &err), &err);
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, fen_smooth_gradient(f, NULL, &value, NULL, &err), &err);
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, fen_smooth_gradient(NULL, &at, &value, NULL, &err), &err);
  CHECK_STATUS(FEN_E_OVERLAP, fen_smooth_gradient(f, &at, &value, &at, &err), &err);
  fen_array inside = view1(FEN_F64, N, a + 3);
  CHECK_STATUS(FEN_E_OVERLAP, fen_smooth_gradient(f, &at, &value, &inside, &err), &err);
  const fen_array wrong = view1(FEN_F64, N + 1, x), single = view1(FEN_F32, N, got);
  CHECK_STATUS(FEN_E_SHAPE, fen_smooth_gradient(f, &wrong, &value, NULL, &err), &err);
  CHECK_STATUS(FEN_E_DTYPE, fen_smooth_gradient(f, &at, &value, &single, &err), &err);

  /* hvp against the difference of gradients, exact for squares */
  double v[N], out[N], there[N], other[N];
  fill_uniform(v, N, 9);
  const fen_array along = view1(FEN_F64, N, v), result = view1(FEN_F64, N, out);
  CHECK_OK(fen_smooth_hvp(f, &at, &along, &result, &err), &err);
  for (int j = 0; j < N; ++j) there[j] = x[2 * j] + v[j];
  by_hand(there, 1, other);
  for (int j = 0; j < N; ++j) CHECK_CLOSE(out[j], other[j] - expected[j], 1e-12);
  CHECK_STATUS(FEN_E_OVERLAP, fen_smooth_hvp(f, &at, &along, &along, &err), &err);
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, fen_smooth_hvp(f, &at, NULL, &result, &err), &err);
  double bound = 0, trace = 0;
  for (int i = 0; i < M * N; ++i) trace += a[i] * a[i];
  CHECK_OK(fen_smooth_lipschitz(f, &bound, &err), &err);
  CHECK(bound >= trace / N && bound <= 1.05 * trace);
  x[2] = NAN;
  CHECK_STATUS(FEN_E_NOT_FINITE, fen_smooth_gradient(f, &at, &value, &to, &err), &err);
  fen_term_destroy(f);

  f = squares(1); /* a free intercept is the last unknown */
  CHECK(fen_term_rows(f) == N + 1);
  fen_term_destroy(f);
}

/* f(x) = |x|^2 / 2 by callbacks that answer `answer` at call `at`. */
typedef struct quadratic {
  int calls, at;
  int32_t answer;
} quadratic;

static int32_t call_gradient(void* user, int64_t n, int32_t dtype, const void* px, double* value, void* gradient) {
  quadratic* q = user;
  *value = 0;
  for (int64_t i = 0; i < n; ++i) {
    const double at = dtype == FEN_F32 ? (double)((const float*)px)[i] : ((const double*)px)[i];
    *value += at * at / 2;
  }
  if (gradient != NULL) memcpy(gradient, px, (size_t)n * (dtype == FEN_F32 ? 4 : 8));
  return ++q->calls == q->at ? q->answer : 0;
}

static int32_t call_hvp(void* user, int64_t n, int32_t dtype, const void* px, const void* v, void* out) {
  quadratic* q = user;
  (void)px;
  memcpy(out, v, (size_t)n * (dtype == FEN_F32 ? 4 : 8));
  return ++q->calls == q->at ? q->answer : 0;
}

static void callbacks(void) {
  quadratic q = {0, 3, -7};
  fen_term* f = NULL;
  double at[N] = {1, 2, 3, 4}, out[N] = {9, 9, 9, 9}, value = 5;
  const fen_array point = view1(FEN_F64, N, at), to = view1(FEN_F64, N, out);
  CHECK_STATUS(FEN_E_RANGE, fen_smooth_callback(0, call_gradient, NULL, 1, 1, &q, &f, &err), &err);
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, fen_smooth_callback(N, NULL, NULL, 1, 1, &q, &f, &err), &err);
  CHECK_STATUS(FEN_E_RANGE, fen_smooth_callback(N, call_gradient, NULL, -1, 1, &q, &f, &err), &err);
  CHECK_STATUS(FEN_E_RANGE, fen_smooth_callback(N, call_gradient, NULL, NAN, 1, &q, &f, &err), &err);
  CHECK_STATUS(FEN_E_RANGE, fen_smooth_callback(N, call_gradient, NULL, 1, 2, &q, &f, &err), &err);
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, fen_smooth_callback(N, call_gradient, NULL, 1, 1, &q, NULL, &err), &err);
  CHECK_OK(fen_smooth_callback(N, call_gradient, NULL, HUGE_VAL, 0, &q, &f, &err), &err);
  CHECK_STATUS(FEN_E_UNSUPPORTED, fen_smooth_hvp(f, &point, &point, &to, &err), &err);
  fen_term_destroy(f);
  CHECK_OK(fen_smooth_callback(N, call_gradient, call_hvp, 1, 1, &q, &f, &err), &err);
  CHECK_OK(fen_smooth_gradient(f, &point, &value, &to, &err), &err);
  CHECK(value == 15 && out[3] == 4);
  CHECK_OK(fen_smooth_hvp(f, &point, &point, &to, &err), &err);
  out[0] = value = 7;
  CHECK_STATUS(FEN_E_CALLBACK, fen_smooth_gradient(f, &point, &value, &to, &err), &err);
  CHECK(err.detail == -7 && out[0] == 7 && value == 7); /* nothing was written */
  q.calls = 0;
  q.answer = 2; /* there is no iterate to return */
  q.at = 1;
  CHECK_STATUS(FEN_E_CALLBACK, fen_smooth_hvp(f, &point, &point, &to, &err), &err);
  CHECK(err.detail > 0 && out[0] == 7);
  fen_term_destroy(f);
}

static int32_t compose(int32_t dtype, int64_t n, const fen_term* f, int32_t count, const fen_term* const* g) {
  fen_problem* out = NULL;
  const int32_t status = fen_composite_create(dtype, n, f, count, g, NULL, &out, &err);
  CHECK((status == FEN_OK) == (out != NULL));
  fen_problem_destroy(out);
  return status;
}

static void problems(void) {
  fen_term *f = squares(1), *l1 = simple_term("prox", "l1", NULL, 0);
  const fen_term* one[1] = {l1};
  const fen_term* hole[1] = {NULL};
  fen_problem* problem = NULL;
  CHECK_OK(compose(FEN_F64, 0, f, 1, one), &err);
  CHECK_OK(compose(FEN_F32, 0, f, 0, NULL), &err);
  CHECK_OK(compose(FEN_F64, 7, NULL, 1, one), &err);
  CHECK_STATUS(FEN_E_SHAPE, compose(FEN_F64, 0, NULL, 1, one), &err);
  CHECK_STATUS(FEN_E_SHAPE, compose(FEN_F64, N + 2, f, 1, one), &err);
  CHECK_STATUS(FEN_E_EMPTY, compose(FEN_F64, 3, NULL, 0, NULL), &err);
  CHECK_STATUS(FEN_E_DTYPE, compose(FEN_I32, 0, f, 1, one), &err);
  CHECK_STATUS(FEN_E_DTYPE, compose(17, 0, f, 1, one), &err);
  CHECK_STATUS(FEN_E_RANGE, compose(FEN_F64, -1, f, 1, one), &err);
  CHECK_STATUS(FEN_E_RANGE, compose(FEN_F64, 0, f, -1, one), &err);
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, compose(FEN_F64, 0, f, 1, NULL), &err);
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, compose(FEN_F64, 0, f, 1, hole), &err);
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, fen_composite_create(FEN_F64, 0, f, 1, one, NULL, NULL, &err), &err);
  CHECK_OK(fen_composite_create(FEN_F64, 0, f, 1, one, NULL, &problem, &err), &err);
  CHECK(fen_composite_size(problem) == N + 1 && fen_composite_size(NULL) == -1);

  /* the two kinds of problems do not mix */
  fen_solver* solver = NULL;
  int64_t bytes = 0;
  CHECK_STATUS(FEN_E_STATE, fen_sinkhorn_create(problem, "auto", NULL, &solver, &err), &err);
  CHECK(strstr(err.message, "composite") != NULL);
  CHECK_STATUS(FEN_E_STATE, fen_sinkhorn_workspace(problem, "auto", NULL, &bytes, &err), &err);
  double cost[4] = {0, 1, 1, 0};
  fen_transport_spec spec = spec_of(1);
  const fen_array view = view2(FEN_F64, 2, 2, cost);
  fen_geometry* geometry = NULL;
  fen_problem* transport = NULL;
  CHECK_OK(fen_matrix_create(&view, &geometry, &err), &err);
  CHECK_OK(fen_transport_create(geometry, NULL, NULL, &spec, &transport, &err), &err);
  CHECK(fen_composite_size(transport) == -1);
  CHECK_STATUS(FEN_E_STATE, fen_minimize_create(transport, "auto", NULL, &solver, &err), &err);
  CHECK_OK(fen_sinkhorn_create(transport, "auto", NULL, &solver, &err), &err);
  fen_minimize_result result = minimize_result();
  double u[2];
  const fen_array to = view1(FEN_F64, 2, u);
  int64_t count = 0;
  CHECK_STATUS(FEN_E_STATE, fen_minimize_warm_start(solver, NULL, &err), &err);
  CHECK_STATUS(FEN_E_STATE, fen_minimize_solve(solver, NULL, &result, &err), &err);
  CHECK_STATUS(FEN_E_STATE, fen_minimize_result_get(solver, &result, &err), &err);
  CHECK_STATUS(FEN_E_STATE, fen_minimize_solution(solver, &to, &err), &err);
  CHECK_STATUS(FEN_E_STATE, fen_minimize_dual(solver, 0, &to, &err), &err);
  CHECK_STATUS(FEN_E_STATE, fen_minimize_trace(solver, &count, NULL, &err), &err);
  fen_solver_destroy(solver);
  fen_problem_destroy(transport);
  fen_geometry_destroy(geometry);
  fen_term_destroy(f); /* in any order */
  fen_term_destroy(l1);
  fen_problem_destroy(problem);
}

int main(void) {
  err = no_error();
  gradients();
  callbacks();
  problems();
  return check_report("smooth");
}
