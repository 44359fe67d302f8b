/* test_path.c -- fenchel.h sections 12 and 13: the factor that gives zero, paths, cross-validation, unfolded iterations
 * and their derivatives against differences; misuse of each. */
#include "composite_fixtures.h"

enum { N = 6, M = 24, K = 4, FOLDS = 3, T = 5 };

static fen_error err;
static double a[M * N], y[M];
static fen_problem* lasso;

static void make_lasso(void) {
  const fen_array matrix = view2(FEN_F64, M, N, a), targets = view1(FEN_F64, M, y);
  fill_uniform(a, M * N, 1);
  fill_uniform(y, M, 2);
  for (int i = 0; i < M * N; ++i) a[i] -= 0.5;
  fen_term *f = model_term("least_squares", &matrix, &targets, 0), *g = simple_term("prox", "l1", "lam", 1);
  lasso = composite_problem(FEN_F64, 0, f, g);
  fen_term_destroy(f);
  fen_term_destroy(g);
}

static double zero_factor(void) { /* max |A' y| */
  double most = 0;
  for (int j = 0; j < N; ++j) {
    double sum = 0;
    for (int i = 0; i < M; ++i) sum += a[i * N + j] * y[i];
    if (fabs(sum) > most) most = fabs(sum);
  }
  return most;
}

static int32_t count_calls(void* user, const fen_progress* progress) {
  int* calls = user;
  (void)progress;
  return ++calls[0] >= calls[1] ? calls[2] : 0;
}

static void paths(void) {
  double t = 0, along[K], x[2 * K * N];
  CHECK_OK(fen_lambda_max(lasso, &t, &err), &err);
  CHECK_CLOSE(t, zero_factor(), 1e-12 * t);
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, fen_lambda_max(lasso, NULL, &err), &err);
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, fen_lambda_max(NULL, &t, &err), &err);
  for (int k = 0; k < K; ++k) along[k] = t * (k == 0 ? 1.0 : 1.0 / (1 << k));
  const fen_array factors = view1(FEN_F64, K, along);
  fen_array out = view2(FEN_F64, K, N, x);
  out.strides[0] *= 2;
  out.strides[1] *= 2;
  fen_minimize_result results[K];
  for (int k = 0; k < K; ++k) results[k] = minimize_result();
  CHECK_OK(fen_path(lasso, &factors, NULL, NULL, NULL, &out, results, &err), &err);
  for (int k = 0; k < K; ++k) {
    CHECK(results[k].termination == FEN_CONVERGED && results[k].certificate == FEN_CERTIFICATE_GAP);
    for (int j = 0; j < N; ++j) {
      double slope = 0; /* the optimality condition, by hand */
      for (int i = 0; i < M; ++i) {
        double r = -y[i];
        for (int l = 0; l < N; ++l) r += a[i * N + l] * x[2 * (k * N + l)];
        slope += r * a[i * N + j];
      }
      const double at = x[2 * (k * N + j)];
      CHECK(at == 0 ? fabs(slope) <= along[k] * (1 + 1e-3) : fabs(slope + copysign(along[k], at)) <= 1e-3 * t);
    }
  }
  for (int j = 0; j < N; ++j) CHECK(x[2 * j] == 0);
  /* stopped after two: the others say so and are left alone */
  int calls[3] = {0, 2, 1};
  fen_minimize_options options = minimize_options();
  options.monitor_interval = 0;
  for (int i = 0; i < 2 * K * N; ++i) x[i] = 77;
  CHECK_OK(fen_path(lasso, &factors, &options, count_calls, calls, &out, results, &err), &err);
  CHECK(results[K - 1].termination == FEN_NOT_RUN || results[K - 1].termination == FEN_CANCELLED);
  CHECK(results[K - 1].termination != FEN_NOT_RUN || x[2 * (K - 1) * N] == 77);
  calls[0] = 0, calls[2] = -5;
  for (int i = 0; i < 2 * K * N; ++i) x[i] = 77;
  CHECK_STATUS(FEN_E_CALLBACK, fen_path(lasso, &factors, &options, count_calls, calls, &out, results, &err), &err);
  CHECK(err.detail == -5 && x[0] == 77);

  CHECK_STATUS(FEN_E_NULL_ARGUMENT, fen_path(lasso, NULL, NULL, NULL, NULL, &out, results, &err), &err);
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, fen_path(lasso, &factors, NULL, NULL, NULL, NULL, results, &err), &err);
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, fen_path(NULL, &factors, NULL, NULL, NULL, &out, results, &err), &err);
  const fen_array wrong = view2(FEN_F64, K - 1, N, x), single = view2(FEN_F32, K, N, x);
  CHECK_STATUS(FEN_E_SHAPE, fen_path(lasso, &factors, NULL, NULL, NULL, &wrong, results, &err), &err);
  CHECK_STATUS(FEN_E_DTYPE, fen_path(lasso, &factors, NULL, NULL, NULL, &single, results, &err), &err);
  along[2] = -1;
  CHECK_STATUS(FEN_E_RANGE, fen_path(lasso, &factors, NULL, NULL, NULL, &out, results, &err), &err);
  along[2] = NAN;
  CHECK_STATUS(FEN_E_NOT_FINITE, fen_path(lasso, &factors, NULL, NULL, NULL, &out, results, &err), &err);
  fen_term* g = simple_term("prox", "l1", NULL, 0);
  fen_problem* no_model = composite_problem(FEN_F64, N, NULL, g);
  along[2] = 1;
  CHECK_STATUS(FEN_E_UNSUPPORTED, fen_path(no_model, &factors, NULL, NULL, NULL, &out, results, &err), &err);
  CHECK_STATUS(FEN_E_UNSUPPORTED, fen_lambda_max(no_model, &t, &err), &err);
  fen_problem_destroy(no_model);
  fen_term_destroy(g);
}

static void cross_validation(void) {
  const double most = zero_factor();
  double along[K], losses[FOLDS * K], by_two[FOLDS * K];
  int32_t fold[M];
  for (int k = 0; k < K; ++k) along[k] = most / (2 << k);
  for (int i = 0; i < M; ++i) fold[i] = i % FOLDS;
  const fen_array factors = view1(FEN_F64, K, along), folds = view1(FEN_I32, M, fold);
  const fen_array out = view2(FEN_F64, FOLDS, K, losses), again = view2(FEN_F64, FOLDS, K, by_two);
  CHECK_OK(fen_cross_validate(lasso, &factors, &folds, NULL, NULL, NULL, &out, &err), &err);
  for (int i = 0; i < FOLDS * K; ++i) CHECK(losses[i] > 0 && losses[i] < 1);
  fen_minimize_options options = minimize_options();
  options.num_threads = 2;
  CHECK_OK(fen_cross_validate(lasso, &factors, &folds, &options, NULL, NULL, &again, &err), &err);
  CHECK(memcmp(losses, by_two, sizeof losses) == 0);
  fold[3] = FOLDS;
  CHECK_STATUS(FEN_E_RANGE, fen_cross_validate(lasso, &factors, &folds, NULL, NULL, NULL, &out, &err), &err);
  fold[3] = -1;
  CHECK_STATUS(FEN_E_RANGE, fen_cross_validate(lasso, &factors, &folds, NULL, NULL, NULL, &out, &err), &err);
  fold[3] = 0;
  const fen_array shorter = view1(FEN_I32, M - 1, fold), real = view1(FEN_F32, M, fold);
  CHECK_STATUS(FEN_E_SHAPE, fen_cross_validate(lasso, &factors, &shorter, NULL, NULL, NULL, &out, &err), &err);
  CHECK_STATUS(FEN_E_DTYPE, fen_cross_validate(lasso, &factors, &real, NULL, NULL, NULL, &out, &err), &err);
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, fen_cross_validate(lasso, &factors, NULL, NULL, NULL, NULL, &out, &err), &err);
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, fen_cross_validate(lasso, &factors, &folds, NULL, NULL, NULL, NULL, &err), &err);
}

/* <cotangent, x> as a function of all parameters. */
static double seen(const double* steps, const double* levels, const double* x0, const double* cotangent) {
  double s[T], h[T], from[N], x[N], sum = 0;
  memcpy(s, steps, sizeof s), memcpy(h, levels, sizeof h), memcpy(from, x0, sizeof from);
  const fen_array vs = view1(FEN_F64, T, s), vh = view1(FEN_F64, T, h), v0 = view1(FEN_F64, N, from);
  const fen_array vx = view1(FEN_F64, N, x);
  CHECK_OK(fen_unfold(lasso, &vs, &vh, &v0, &vx, NULL, &err), &err);
  for (int j = 0; j < N; ++j) sum += cotangent[j] * x[j];
  return sum;
}

static void unfolded(void) {
  double steps[T], levels[T], x0[N], c[N], x[N], values[T], gs[T], gh[T], g0[N];
  for (int t = 0; t < T; ++t) steps[t] = 0.02 + 0.01 * t, levels[t] = 0.1 + 0.1 * t;
  fill_uniform(x0, N, 5);
  fill_uniform(c, N, 6);
  const fen_array vs = view1(FEN_F64, T, steps), vh = view1(FEN_F64, T, levels), v0 = view1(FEN_F64, N, x0);
  const fen_array vx = view1(FEN_F64, N, x), vc = view1(FEN_F64, N, c), vv = view1(FEN_F64, T, values);
  const fen_array os = view1(FEN_F64, T, gs), oh = view1(FEN_F64, T, gh), o0 = view1(FEN_F64, N, g0);
  CHECK_OK(fen_unfold(lasso, &vs, &vh, &v0, &vx, &vv, &err), &err);
  CHECK(values[T - 1] < values[0]);
  CHECK_OK(fen_unfold(lasso, &vs, NULL, NULL, &vx, NULL, &err), &err);
  CHECK_OK(fen_unfold_vjp(lasso, &vs, &vh, &v0, &vc, &os, &oh, &o0, &err), &err);
  const double h = 1e-6;
  for (int t = 0; t < T; ++t) {
    double up[T], down[T];
    memcpy(up, steps, sizeof up), memcpy(down, steps, sizeof down);
    up[t] += h, down[t] -= h;
    CHECK_CLOSE(gs[t], (seen(up, levels, x0, c) - seen(down, levels, x0, c)) / (2 * h), 1e-6);
    memcpy(up, levels, sizeof up), memcpy(down, levels, sizeof down);
    up[t] += h, down[t] -= h;
    CHECK_CLOSE(gh[t], (seen(steps, up, x0, c) - seen(steps, down, x0, c)) / (2 * h), 1e-6);
  }
  for (int j = 0; j < N; ++j) {
    double up[N], down[N];
    memcpy(up, x0, sizeof up), memcpy(down, x0, sizeof down);
    up[j] += h, down[j] -= h;
    CHECK_CLOSE(g0[j], (seen(steps, levels, up, c) - seen(steps, levels, down, c)) / (2 * h), 1e-6);
  }
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, fen_unfold(lasso, NULL, NULL, NULL, &vx, NULL, &err), &err);
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, fen_unfold(lasso, &vs, NULL, NULL, NULL, NULL, &err), &err);
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, fen_unfold_vjp(lasso, &vs, NULL, NULL, NULL, &os, NULL, NULL, &err), &err);
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, fen_unfold_vjp(lasso, &vs, NULL, NULL, &vc, NULL, NULL, NULL, &err), &err);
  CHECK_STATUS(FEN_E_OVERLAP, fen_unfold(lasso, &vs, &vh, &v0, &v0, NULL, &err), &err);
  CHECK_STATUS(FEN_E_SHAPE, fen_unfold(lasso, &vs, &v0, NULL, &vx, NULL, &err), &err);
  steps[1] = 0;
  CHECK_STATUS(FEN_E_RANGE, fen_unfold(lasso, &vs, NULL, NULL, &vx, NULL, &err), &err);
  steps[1] = 1, levels[2] = -1;
  CHECK_STATUS(FEN_E_RANGE, fen_unfold(lasso, &vs, &vh, NULL, &vx, NULL, &err), &err);
}

int main(void) {
  err = no_error();
  make_lasso();
  paths();
  cross_validation();
  unfolded();
  fen_problem_destroy(lasso);
  return check_report("path");
}
