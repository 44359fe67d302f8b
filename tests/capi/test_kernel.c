/* test_kernel.c -- section 15, kernel ridge: closed forms in f64 and f32, any strides, cancellation, and every way to
 * call it wrongly. What holds for every kernel, risk and size is in tests/laws/kernel_law.cpp. */
#include <math.h>
#include <string.h>

#include "check.h"
#include "fixtures.h"

enum { N = 3 };

/* K = (2 1; 1 2) and lam = 1: (K + I)^{-1} = (3 -1; -1 3) / 8. y = (8, 0): alpha = (3, -1). c = (0, 8): u = (-1, 3). */
static void closed_form(void) {
  double K[4] = {2, 1, 1, 2}, y[2] = {8, 0}, c[2] = {0, 8}, alpha[2], by_y[2], by_K[4], by_lam[1];
  float Kf[4] = {2, 1, 1, 2}, yf[2] = {8, 0}, cf[2] = {0, 8}, alphaf[2], by_yf[2], by_Kf[4];
  const fen_array gram[2] = {view2(FEN_F64, 2, 2, K), view2(FEN_F32, 2, 2, Kf)};
  const fen_array targets[2] = {view1(FEN_F64, 2, y), view1(FEN_F32, 2, yf)};
  const fen_array cotangent[2] = {view1(FEN_F64, 2, c), view1(FEN_F32, 2, cf)};
  const fen_array out[2] = {view1(FEN_F64, 2, alpha), view1(FEN_F32, 2, alphaf)};
  const fen_array y_out[2] = {view1(FEN_F64, 2, by_y), view1(FEN_F32, 2, by_yf)};
  const fen_array K_out[2] = {view2(FEN_F64, 2, 2, by_K), view2(FEN_F32, 2, 2, by_Kf)};
  const fen_array lam_out = view1(FEN_F64, 1, by_lam);
  for (int single = 0; single < 2; ++single) {
    fen_error err = no_error();
    by_lam[0] = 0;
    CHECK_OK(fen_kernel_ridge(&gram[single], &targets[single], 1, &out[single], &cotangent[single], &y_out[single],
                              &K_out[single], &lam_out, &err),
             &err);
    const double tolerance = single ? 1e-6 : 1e-14;
    const double expected_K[4] = {3, -1, -9, 3}; /* - u alpha^T */
    for (int i = 0; i < 2; ++i) {
      CHECK_CLOSE(single ? (double)alphaf[i] : alpha[i], i == 0 ? 3 : -1, tolerance);
      CHECK_CLOSE(single ? (double)by_yf[i] : by_y[i], i == 0 ? -1 : 3, tolerance);
    }
    for (int i = 0; i < 4; ++i) CHECK_CLOSE(single ? (double)by_Kf[i] : by_K[i], expected_K[i], 10 * tolerance);
    CHECK_CLOSE(by_lam[0], 6, 10 * tolerance); /* - <u, alpha> */
  }
}

/* One number suffices: alpha = y / (k + lam); the pull-back may be asked for without alpha, and alpha without it. */
static void one_sample(void) {
  double k[1] = {3}, y[1] = {10}, c[1] = {5}, alpha[1] = {-7}, by_y[1] = {-7};
  const fen_array K = view2(FEN_F64, 1, 1, k), targets = view1(FEN_F64, 1, y), seed = view1(FEN_F64, 1, c),
                  out = view1(FEN_F64, 1, alpha), slope = view1(FEN_F64, 1, by_y);
  fen_error err = no_error();
  CHECK_OK(fen_kernel_ridge(&K, &targets, 2, &out, NULL, NULL, NULL, NULL, &err), &err);
  CHECK_CLOSE(alpha[0], 2, 1e-15);
  CHECK_OK(fen_kernel_ridge(&K, &targets, 2, NULL, &seed, &slope, NULL, NULL, &err), &err);
  CHECK_CLOSE(by_y[0], 1, 1e-15);
  CHECK_OK(fen_kernel_ridge(&K, &targets, 2, NULL, NULL, NULL, NULL, NULL, &err), &err);
  k[0] = -1; /* indefinite, but K + lam I is not */
  CHECK_OK(fen_kernel_ridge(&K, &targets, 2, &out, NULL, NULL, NULL, NULL, &err), &err);
  CHECK_CLOSE(alpha[0], 10, 1e-14);
}

/* A matrix by columns, a reversed vector, every second number: the same bits. */
static void any_strides(void) {
  double K[N * N] = {4, 1, 2, 1, 5, 3, 2, 3, 6}, y[N] = {1, -2, 3}, c[N] = {0.5, 1, -1}, alpha[N], by_K[N * N];
  double backwards[N] = {3, -2, 1}, sparse[2 * N], wide[2 * N * N];
  memset(sparse, 0, sizeof sparse);
  memset(wide, 0, sizeof wide);
  const fen_array gram = view2(FEN_F64, N, N, K), targets = view1(FEN_F64, N, y), seed = view1(FEN_F64, N, c),
                  out = view1(FEN_F64, N, alpha), K_out = view2(FEN_F64, N, N, by_K);
  fen_array turned = gram, reversed = view1(FEN_F64, N, backwards + N - 1), apart = view1(FEN_F64, N, sparse),
            columns = view2(FEN_F64, N, N, wide);
  turned.strides[0] = gram.strides[1], turned.strides[1] = gram.strides[0];
  reversed.strides[0] = -8;
  apart.strides[0] = 16;
  columns.strides[0] = 16, columns.strides[1] = 16 * N; /* by columns, every second number */
  fen_error err = no_error();
  CHECK_OK(fen_kernel_ridge(&gram, &targets, 0.5, &out, &seed, NULL, &K_out, NULL, &err), &err);
  CHECK_OK(fen_kernel_ridge(&turned, &reversed, 0.5, &apart, &seed, NULL, &columns, NULL, &err), &err);
  for (int i = 0; i < N; ++i) CHECK(sparse[2 * i] == alpha[i] && sparse[2 * i + 1] == 0);
  for (int i = 0; i < N; ++i)
    for (int j = 0; j < N; ++j) CHECK(wide[2 * (i + N * j)] == by_K[i * N + j] && wide[2 * (i + N * j) + 1] == 0);
}

typedef struct call {
  double K[N * N], y[N], c[N], alpha[N], by_y[N], by_K[N * N], by_lam[1];
  fen_array gram, targets, seed, out, y_out, K_out, lam_out;
} call;

static void prepare(call* p) {
  static const double K[N * N] = {4, 1, 2, 1, 5, 3, 2, 3, 6}, y[N] = {1, -2, 3};
  memcpy(p->K, K, sizeof K);
  memcpy(p->y, y, sizeof y);
  memcpy(p->c, y, sizeof y);
  for (int i = 0; i < N; ++i) p->alpha[i] = p->by_y[i] = -77;
  for (int i = 0; i < N * N; ++i) p->by_K[i] = -77;
  p->by_lam[0] = -77;
  p->gram = view2(FEN_F64, N, N, p->K), p->targets = view1(FEN_F64, N, p->y), p->seed = view1(FEN_F64, N, p->c);
  p->out = view1(FEN_F64, N, p->alpha), p->y_out = view1(FEN_F64, N, p->by_y);
  p->K_out = view2(FEN_F64, N, N, p->by_K), p->lam_out = view1(FEN_F64, 1, p->by_lam);
}

/* The status, and that a refused call wrote nothing. */
static void refused(int32_t expected, const call* p, double lam, const char* word) {
  call copy = *p;
  fen_error err = no_error();
  const int32_t status =
      fen_kernel_ridge(&p->gram, &p->targets, lam, &p->out, &p->seed, &p->y_out, &p->K_out, &p->lam_out, &err);
  CHECK_STATUS(expected, status, &err);
  CHECK(memcmp(&copy, p, sizeof copy) == 0);
  if (strstr(err.message, word) == NULL) fprintf(stderr, "'%s' does not name %s\n", err.message, word);
  CHECK(strstr(err.message, word) != NULL);
}

static void misuse_of_kernel_ridge(void) {
  static const double lams[5] = {0, -1, NAN, INFINITY, -INFINITY};
  call p;
  prepare(&p);
  for (int k = 0; k < 5; ++k) refused(FEN_E_RANGE, &p, lams[k], "lam");
  p.K[4] = NAN;
  refused(FEN_E_NOT_FINITE, &p, 1, "K");
  prepare(&p), p.y[2] = INFINITY;
  refused(FEN_E_NOT_FINITE, &p, 1, "y");
  prepare(&p), p.c[0] = NAN;
  refused(FEN_E_NOT_FINITE, &p, 1, "cotangent");
  prepare(&p), p.gram.shape[1] = 2;
  refused(FEN_E_SHAPE, &p, 1, "K");
  prepare(&p), p.gram.ndim = 1;
  refused(FEN_E_SHAPE, &p, 1, "K");
  prepare(&p), p.targets.shape[0] = 2;
  refused(FEN_E_SHAPE, &p, 1, "y");
  prepare(&p), p.out.shape[0] = 2;
  refused(FEN_E_SHAPE, &p, 1, "alpha");
  prepare(&p), p.seed.shape[0] = 1;
  refused(FEN_E_SHAPE, &p, 1, "cotangent");
  prepare(&p), p.K_out.shape[0] = 2;
  refused(FEN_E_SHAPE, &p, 1, "K_cotangent");
  prepare(&p), p.gram.shape[0] = p.gram.shape[1] = 0;
  refused(FEN_E_EMPTY, &p, 1, "K");
  prepare(&p), p.targets.dtype = FEN_F32;
  refused(FEN_E_DTYPE, &p, 1, "y");
  prepare(&p), p.gram.dtype = FEN_I64;
  refused(FEN_E_DTYPE, &p, 1, "K");
  prepare(&p), p.lam_out.dtype = FEN_F32;
  refused(FEN_E_DTYPE, &p, 1, "lam_cotangent");
  prepare(&p), p.out.data = p.y;
  refused(FEN_E_OVERLAP, &p, 1, "alpha");
  prepare(&p), p.K_out.data = p.K;
  refused(FEN_E_OVERLAP, &p, 1, "K_cotangent");
  prepare(&p), p.y_out.data = p.alpha + 1;
  refused(FEN_E_OVERLAP, &p, 1, "alpha");
  prepare(&p), p.out.strides[0] = 0;
  refused(FEN_E_OVERLAP, &p, 1, "alpha");
  prepare(&p), p.out.strides[0] = 3;
  refused(FEN_E_STRIDE, &p, 1, "alpha");
  prepare(&p), p.K[0] = p.K[4] = p.K[8] = -4; /* K + lam I is indefinite */
  refused(FEN_E_SINGULAR, &p, 1, "lam");

  prepare(&p);
  fen_error err = no_error();
  CHECK(fen_kernel_ridge(NULL, &p.targets, 1, &p.out, NULL, NULL, NULL, NULL, &err) == FEN_E_NULL_ARGUMENT);
  CHECK(fen_kernel_ridge(&p.gram, NULL, 1, &p.out, NULL, NULL, NULL, NULL, &err) == FEN_E_NULL_ARGUMENT);
  CHECK(fen_kernel_ridge(&p.gram, &p.targets, 1, &p.out, NULL, &p.y_out, NULL, NULL, &err) == FEN_E_NULL_ARGUMENT);
  CHECK(strstr(err.message, "cotangent") != NULL);
  CHECK(fen_kernel_ridge(&p.gram, &p.targets, 1, &p.out, NULL, NULL, NULL, NULL, NULL) == FEN_OK);
}

/* ---- tuning ---- */

static fen_tune_options by(int32_t risk) {
  fen_tune_options options;
  CHECK(fen_tune_options_init(&options, sizeof options) == FEN_OK);
  options.risk = risk;
  options.monitor_interval = 0;
  return options;
}

static fen_tune_result no_result(void) {
  fen_tune_result result;
  CHECK(fen_tune_result_init(&result, sizeof result) == FEN_OK);
  return result;
}

/* K = I and n samples: left out, each is predicted as 0, whatever lam: the criterion is |y|^2 / n. Held out with K_T =
 * 1: predictions y / (1 + lam) of targets y / 4 are exact at lam = 3. */
static void tuned_closed_forms(void) {
  double K[N * N] = {1, 0, 0, 0, 1, 0, 0, 0, 1}, y[N] = {1, -2, 2}, quarter[N] = {0.25, -0.5, 0.5}, theta[1] = {0.2};
  double alpha[N];
  float Kf[N * N] = {1, 0, 0, 0, 1, 0, 0, 0, 1}, yf[N] = {1, -2, 2}, quarterf[N] = {0.25f, -0.5f, 0.5f}, alphaf[N];
  const fen_array lam = view1(FEN_F64, 1, theta);
  for (int single = 0; single < 2; ++single) {
    const int32_t dtype = single ? FEN_F32 : FEN_F64;
    const fen_array gram = view2(dtype, N, N, single ? (void*)Kf : K),
                    targets = view1(dtype, N, single ? (void*)yf : y),
                    held = view1(dtype, N, single ? (void*)quarterf : quarter),
                    out = view1(dtype, N, single ? (void*)alphaf : alpha);
    fen_error err = no_error();
    fen_tune_result result = no_result();
    fen_tune_options options = by(FEN_RISK_LEAVE_ONE_OUT);
    theta[0] = 0.2;
    CHECK_OK(fen_tune_kernel("gram", &gram, &targets, NULL, NULL, &lam, &out, &options, NULL, NULL, &result, &err),
             &err);
    CHECK_CLOSE(result.criterion, 3, 1e-12);
    CHECK_CLOSE(result.derivative, 0, 1e-12);
    CHECK(result.unknowns == N && result.termination == FEN_CONVERGED);
    options = by(FEN_RISK_HOLDOUT);
    options.tol = 1e-12;
    theta[0] = 0.2;
    CHECK_OK(fen_tune_kernel("gram", &gram, &targets, &gram, &held, &lam, &out, &options, NULL, NULL, &result, &err),
             &err);
    CHECK_CLOSE(theta[0], 3, 1e-4);
    CHECK(result.criterion < 1e-9 && result.first_criterion > 0.5);
    for (int i = 0; i < N; ++i) CHECK_CLOSE(single ? (double)alphaf[i] : alpha[i], y[i] / (1 + theta[0]), 1e-6);
  }
}

/* y is an eigenvector of K (eigenvalue 3) and the held-out targets ask for a shrinkage of none: lam falls, and K, with
 * an eigenvalue of -0.1, has no positive definite K + lam I below 0.1. The search steps back there; it does not fail.
 */
static void an_indefinite_gram_matrix_is_stepped_back_from(void) {
  double K[4] = {1.45, 1.55, 1.55, 1.45}, y[2] = {1, 1}, held[2] = {1.1, 1.1}, theta[1] = {5}, alpha[2];
  const fen_array gram = view2(FEN_F64, 2, 2, K), targets = view1(FEN_F64, 2, y), wanted = view1(FEN_F64, 2, held),
                  lam = view1(FEN_F64, 1, theta), out = view1(FEN_F64, 2, alpha);
  fen_error err = no_error();
  fen_tune_result result = no_result();
  const fen_tune_options options = by(FEN_RISK_HOLDOUT);
  CHECK_OK(fen_tune_kernel("gram", &gram, &targets, &gram, &wanted, &lam, &out, &options, NULL, NULL, &result, &err),
           &err);
  CHECK(theta[0] > 0.1 && theta[0] < 0.2 && result.refused > 0);
  CHECK(result.criterion < result.first_criterion);
  theta[0] = 0.01; /* at the start it is an error */
  const double before = alpha[0];
  CHECK(fen_tune_kernel("gram", &gram, &targets, &gram, &wanted, &lam, &out, &options, NULL, NULL, &result, &err) ==
        FEN_E_SINGULAR);
  CHECK(theta[0] == 0.01 && alpha[0] == before);
}

typedef struct watch {
  int calls, stop_at;
  int32_t answer;
  double best;
} watch;

static int32_t watching(void* user, const fen_progress* progress) {
  watch* w = (watch*)user;
  ++w->calls;
  CHECK(progress->iteration == w->calls);
  if (w->calls == 1 || progress->residual < w->best) w->best = progress->residual;
  return w->calls == w->stop_at ? w->answer : 0;
}

/* Cancelled after k evaluations: the best of them, as with max_iter = k, to the last bit. A negative answer is an
 * error. */
static void cancelled_and_failing_monitors(void) {
  enum { SAMPLES = 12 };
  double X[2 * SAMPLES], y[SAMPLES];
  fill_uniform(X, 2 * SAMPLES, 1);
  fill_uniform(y, SAMPLES, 2);
  const fen_array points = view2(FEN_F64, SAMPLES, 2, X), targets = view1(FEN_F64, SAMPLES, y);
  for (int k = 1; k <= 6; ++k) {
    double theta[3][2] = {{0.1, 1}, {0.1, 1}, {0.1, 1}}, alpha[3][SAMPLES] = {{0}};
    fen_tune_result result[2] = {no_result(), no_result()};
    fen_tune_options options = by(FEN_RISK_GCV);
    options.tol = 0;
    watch w = {0, k, 1, 0};
    fen_array at = view1(FEN_F64, 2, theta[0]), out = view1(FEN_F64, SAMPLES, alpha[0]);
    fen_error err = no_error();
    CHECK_OK(fen_tune_kernel("rbf", &points, &targets, NULL, NULL, &at, &out, &options, watching, &w, &result[0], &err),
             &err);
    CHECK(result[0].termination == FEN_CANCELLED && w.calls == k && result[0].iterations == k);
    CHECK(result[0].criterion == w.best && result[0].criterion <= result[0].first_criterion);
    options.max_iter = k;
    at.data = theta[1], out.data = alpha[1];
    CHECK_OK(fen_tune_kernel("rbf", &points, &targets, NULL, NULL, &at, &out, &options, NULL, NULL, &result[1], &err),
             &err);
    CHECK(memcmp(theta[0], theta[1], sizeof theta[0]) == 0 && memcmp(alpha[0], alpha[1], sizeof alpha[0]) == 0);
    w.calls = 0, w.answer = -5;
    at.data = theta[2], out.data = alpha[2];
    CHECK(fen_tune_kernel("rbf", &points, &targets, NULL, NULL, &at, &out, &options, watching, &w, NULL, &err) ==
          FEN_E_CALLBACK);
    CHECK(err.detail == -5 && theta[2][0] == 0.1 && theta[2][1] == 1 && alpha[2][0] == 0);
  }
}

typedef struct tune_call {
  double X[N * 2], y[N], T[2 * 2], t[2], theta[2], alpha[N];
  fen_array points, targets, held_X, held_y, at, out;
  fen_tune_options options;
} tune_call;

static void prepare_tune(tune_call* p, int32_t risk) {
  memset(p, 0, sizeof *p); /* padding too: it is compared */
  fill_uniform(p->X, N * 2, 5);
  fill_uniform(p->y, N, 6);
  fill_uniform(p->T, 4, 7);
  fill_uniform(p->t, 2, 8);
  p->theta[0] = 0.3, p->theta[1] = 2;
  p->points = view2(FEN_F64, N, 2, p->X), p->targets = view1(FEN_F64, N, p->y), p->held_X = view2(FEN_F64, 2, 2, p->T);
  p->held_y = view1(FEN_F64, 2, p->t), p->at = view1(FEN_F64, 2, p->theta), p->out = view1(FEN_F64, N, p->alpha);
  p->options = by(risk);
}

static void refused_tune(int32_t expected, const char* kernel, const tune_call* p, const char* word) {
  const tune_call copy = *p;
  const int held = p->options.risk == FEN_RISK_HOLDOUT;
  fen_error err = no_error();
  const int32_t status =
      fen_tune_kernel(kernel, &p->points, &p->targets, held ? &p->held_X : NULL, held ? &p->held_y : NULL, &p->at,
                      &p->out, &p->options, NULL, NULL, NULL, &err);
  CHECK_STATUS(expected, status, &err);
  CHECK(memcmp(&copy, p, sizeof copy) == 0);
  if (strstr(err.message, word) == NULL) fprintf(stderr, "'%s' does not name %s\n", err.message, word);
  CHECK(strstr(err.message, word) != NULL);
}

static void misuse_of_tuning(void) {
  static const double bad[4] = {0, -1, NAN, INFINITY};
  tune_call p;
  for (int k = 0; k < 8; ++k) {
    prepare_tune(&p, FEN_RISK_GCV), p.theta[k / 4] = bad[k % 4];
    refused_tune(k % 4 < 2 ? FEN_E_RANGE : FEN_E_NOT_FINITE, "rbf", &p, "theta");
  }
  prepare_tune(&p, FEN_RISK_GCV);
  refused_tune(FEN_E_NAME, "rfb", &p, "rbf");
  refused_tune(FEN_E_SHAPE, "gram", &p, "X");
  refused_tune(FEN_E_SHAPE, "linear", &p, "theta");
  p.at.shape[0] = 1;
  refused_tune(FEN_E_SHAPE, "rbf", &p, "theta");
  prepare_tune(&p, FEN_RISK_GCV), p.X[3] = NAN;
  refused_tune(FEN_E_NOT_FINITE, "rbf", &p, "X");
  prepare_tune(&p, FEN_RISK_GCV), p.y[0] = INFINITY;
  refused_tune(FEN_E_NOT_FINITE, "rbf", &p, "y");
  prepare_tune(&p, FEN_RISK_HOLDOUT), p.T[3] = NAN;
  refused_tune(FEN_E_NOT_FINITE, "rbf", &p, "held_X");
  prepare_tune(&p, FEN_RISK_HOLDOUT), p.t[1] = NAN;
  refused_tune(FEN_E_NOT_FINITE, "rbf", &p, "held_y");
  prepare_tune(&p, FEN_RISK_HOLDOUT), p.held_X.shape[1] = 1;
  refused_tune(FEN_E_SHAPE, "rbf", &p, "held_X");
  prepare_tune(&p, FEN_RISK_HOLDOUT), p.held_y.shape[0] = 1;
  refused_tune(FEN_E_SHAPE, "rbf", &p, "held_y");
  prepare_tune(&p, FEN_RISK_HOLDOUT), p.held_X.shape[0] = 0;
  refused_tune(FEN_E_EMPTY, "rbf", &p, "held_X");
  prepare_tune(&p, FEN_RISK_GCV), p.points.shape[0] = 0;
  refused_tune(FEN_E_EMPTY, "rbf", &p, "X");
  prepare_tune(&p, FEN_RISK_GCV), p.targets.shape[0] = 2;
  refused_tune(FEN_E_SHAPE, "rbf", &p, "y");
  prepare_tune(&p, FEN_RISK_GCV), p.out.dtype = FEN_F32;
  refused_tune(FEN_E_DTYPE, "rbf", &p, "alpha");
  prepare_tune(&p, FEN_RISK_GCV), p.out.data = p.y;
  refused_tune(FEN_E_OVERLAP, "rbf", &p, "alpha");
  prepare_tune(&p, FEN_RISK_GCV), p.at.data = p.X;
  refused_tune(FEN_E_OVERLAP, "rbf", &p, "theta");
  prepare_tune(&p, FEN_RISK_SURE);
  refused_tune(FEN_E_RANGE, "rbf", &p, "sigma");
  prepare_tune(&p, FEN_RISK_CROSS_VALIDATION);
  refused_tune(FEN_E_UNSUPPORTED, "rbf", &p, "leave_one_out");
  prepare_tune(&p, FEN_RISK_SURE_MONTE_CARLO);
  refused_tune(FEN_E_UNSUPPORTED, "rbf", &p, "leave_one_out");
  prepare_tune(&p, FEN_RISK_GCV), p.options.require_certified = 1;
  refused_tune(FEN_E_UNCERTIFIED, "rbf", &p, "bounds");
  prepare_tune(&p, FEN_RISK_GCV), p.options.tol = -1;
  refused_tune(FEN_E_RANGE, "rbf", &p, "tol");
  prepare_tune(&p, FEN_RISK_GCV), p.options.struct_size = 3;
  refused_tune(FEN_E_STRUCT_SIZE, "rbf", &p, "fen_tune_options");

  fen_error err = no_error();
  prepare_tune(&p, FEN_RISK_GCV);
  CHECK(fen_tune_kernel(NULL, &p.points, &p.targets, NULL, NULL, &p.at, NULL, &p.options, NULL, NULL, NULL, &err) ==
        FEN_E_NULL_ARGUMENT);
  CHECK(fen_tune_kernel("rbf", NULL, &p.targets, NULL, NULL, &p.at, NULL, &p.options, NULL, NULL, NULL, &err) ==
        FEN_E_NULL_ARGUMENT);
  CHECK(fen_tune_kernel("rbf", &p.points, &p.targets, NULL, NULL, NULL, NULL, &p.options, NULL, NULL, NULL, &err) ==
        FEN_E_NULL_ARGUMENT);
  CHECK(fen_tune_kernel("rbf", &p.points, &p.targets, &p.held_X, NULL, &p.at, NULL, &p.options, NULL, NULL, NULL,
                        &err) == FEN_E_UNSUPPORTED);
  p.options.risk = FEN_RISK_HOLDOUT;
  CHECK(fen_tune_kernel("rbf", &p.points, &p.targets, &p.held_X, NULL, &p.at, NULL, &p.options, NULL, NULL, NULL,
                        &err) == FEN_E_NULL_ARGUMENT);
  CHECK(strstr(err.message, "held_y") != NULL);
}

int main(void) {
  closed_form();
  one_sample();
  any_strides();
  misuse_of_kernel_ridge();
  tuned_closed_forms();
  an_indefinite_gram_matrix_is_stepped_back_from();
  cancelled_and_failing_monitors();
  misuse_of_tuning();
  return check_report("kernel");
}
