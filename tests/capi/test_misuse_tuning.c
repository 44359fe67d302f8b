/* test_misuse_tuning.c -- section 15 called by the careless and the hostile: wrong handles and names, outputs in the
 * memory of parameters, views that stand for more than there is, monitors that tune again and free everything. */
#include "composite_fixtures.h"

enum { N = 4, ROWS = 8, HELD = 6 };

typedef struct tuning {
  double data[(ROWS + HELD) * N], y[ROWS + HELD], l2[N];
  fen_term *f, *criterion;
  fen_array theta, x, weights;
  double theta_data[1], x_data[N];
  fen_tune_options options;
  int depth;
} tuning;

static void open_tuning(tuning* t) {
  memset(t, 0, sizeof *t);
  fill_uniform(t->data, (ROWS + HELD) * N, 3);
  fill_uniform(t->y, ROWS + HELD, 4);
  const fen_array A = view2(FEN_F64, ROWS, N, t->data), y = view1(FEN_F64, ROWS, t->y),
                  B = view2(FEN_F64, HELD, N, t->data + ROWS * N), z = view1(FEN_F64, HELD, t->y + ROWS);
  t->f = model_term("least_squares", &A, &y, 0);
  t->criterion = model_term("least_squares", &B, &z, 0);
  t->theta_data[0] = 0.5;
  for (int i = 0; i < N; ++i) t->l2[i] = 1;
  t->theta = view1(FEN_F64, 1, t->theta_data);
  t->x = view2(FEN_F64, 1, N, t->x_data);
  t->weights = view1(FEN_F64, N, t->l2);
  CHECK(fen_tune_options_init(&t->options, sizeof t->options) == FEN_OK);
  t->options.max_iter = 6;
}

static void close_tuning(tuning* t) {
  fen_term_destroy(t->f);
  fen_term_destroy(t->criterion);
  t->f = t->criterion = NULL;
}

static const char* const kLam[1] = {"lam"};

static int32_t tune_with(tuning* t, const char* penalty, const fen_param* params, int32_t count, fen_monitor_fn monitor,
                         fen_error* err) {
  const fen_term *f = t->f, *c = t->criterion;
  return fen_tune(FEN_F64, 1, &f, &c, penalty, params, count, kLam, 1, &t->theta, &t->x, &t->options, monitor, t, NULL,
                  err);
}

static void arguments(void) {
  static tuning t;
  fen_error err = no_error();
  open_tuning(&t);
  const fen_term *f = t.f, *c = t.criterion, *none = NULL;
  fen_term* g = simple_term("prox", "l1", "lam", 1);
  const fen_term* simple = g;
  const char *const unnamed[1] = {NULL}, *const again[2] = {"lam", "lam"};
#define TUNE(status, dtype, folds, terms, criteria, penalty, params, count, tuned, tuned_count)                    \
  CHECK_STATUS(status,                                                                                             \
               fen_tune(dtype, folds, terms, criteria, penalty, params, count, tuned, tuned_count, &t.theta, &t.x, \
                        NULL, NULL, NULL, NULL, &err),                                                             \
               &err)
  TUNE(FEN_E_NULL_ARGUMENT, FEN_F64, 1, NULL, &c, "l1", NULL, 0, kLam, 1);
  TUNE(FEN_E_NULL_ARGUMENT, FEN_F64, 1, &none, &c, "l1", NULL, 0, kLam, 1);
  TUNE(FEN_E_NULL_ARGUMENT, FEN_F64, 1, &f, NULL, "l1", NULL, 0, kLam, 1);
  TUNE(FEN_E_NULL_ARGUMENT, FEN_F64, 1, &f, &none, "l1", NULL, 0, kLam, 1);
  TUNE(FEN_E_NULL_ARGUMENT, FEN_F64, 1, &f, &c, NULL, NULL, 0, kLam, 1);
  TUNE(FEN_E_NULL_ARGUMENT, FEN_F64, 1, &f, &c, "l1", NULL, 1, kLam, 1);
  TUNE(FEN_E_NULL_ARGUMENT, FEN_F64, 1, &f, &c, "l1", NULL, 0, NULL, 1);
  TUNE(FEN_E_NULL_ARGUMENT, FEN_F64, 1, &f, &c, "l1", NULL, 0, unnamed, 1);
  TUNE(FEN_E_STATE, FEN_F64, 1, &simple, &c, "l1", NULL, 0, kLam, 1);
  TUNE(FEN_E_STATE, FEN_F64, 1, &f, &simple, "l1", NULL, 0, kLam, 1);
  TUNE(FEN_E_NAME, FEN_F64, 1, &f, &c, "l11", NULL, 0, kLam, 1);
  TUNE(FEN_E_DTYPE, FEN_I32, 1, &f, &c, "l1", NULL, 0, kLam, 1);
  TUNE(FEN_E_RANGE, FEN_F64, 0, &f, &c, "l1", NULL, 0, kLam, 1);
  TUNE(FEN_E_RANGE, FEN_F64, INT32_MIN, &f, &c, "l1", NULL, 0, kLam, 1);
  TUNE(FEN_E_RANGE, FEN_F64, 1, &f, &c, "l1", NULL, -1, kLam, 1);
  TUNE(FEN_E_RANGE, FEN_F64, 1, &f, &c, "l1", NULL, 0, kLam, INT32_MIN);
  TUNE(FEN_E_SHAPE, FEN_F64, 1, &f, &c, "l1", NULL, 0, again, 2); /* one value for two */
  const fen_param fixed = number_param("lam", 2);
  TUNE(FEN_E_NAME, FEN_F64, 1, &f, &c, "l1", &fixed, 1, kLam, 1); /* fixed and tuned */
  CHECK(t.theta_data[0] == 0.5 && t.x_data[0] == 0);
  fen_term_destroy(g);
  close_tuning(&t);
}

static void memory(void) {
  static tuning t;
  fen_error err = no_error();
  open_tuning(&t);
  const fen_param weights = array_param("weights", &t.weights);
  t.x.data = t.l2; /* the solution over the weights of the penalty */
  CHECK_STATUS(FEN_E_OVERLAP, tune_with(&t, "l1", &weights, 1, NULL, &err), &err);
  t.x.data = t.data; /* over the design matrix */
  CHECK_STATUS(FEN_E_OVERLAP, tune_with(&t, "l1", NULL, 0, NULL, &err), &err);
  t.x.data = t.x_data;
  t.theta.data = t.x_data;
  CHECK(tune_with(&t, "l1", NULL, 0, NULL, &err) < 0); /* 0 is no start, and it lies in x */
  t.theta.data = t.theta_data;
  t.theta.flags = FEN_ARRAY_READONLY;
  CHECK_STATUS(FEN_E_READONLY, tune_with(&t, "l1", NULL, 0, NULL, &err), &err);
  t.theta.flags = 0;
  t.theta.shape[0] = (int64_t)1 << 50;
  t.theta.strides[0] = 0;
  CHECK_STATUS(FEN_E_OVERLAP, tune_with(&t, "l1", NULL, 0, NULL, &err), &err);
  t.options.risk = FEN_RISK_CROSS_VALIDATION; /* more folds than samples, into an x that has them */
  t.options.cv = 65536;
  t.theta = view1(FEN_F64, 1, t.theta_data);
  const fen_term* f = t.f;
  double* many = calloc(65536 * N, sizeof *many);
  const fen_array wide = view2(FEN_F64, 65536, N, many);
  CHECK_STATUS(
      FEN_E_RANGE,
      fen_tune(FEN_F64, 1, &f, NULL, "l1", NULL, 0, kLam, 1, &t.theta, &wide, &t.options, NULL, NULL, NULL, &err),
      &err);
  free(many);
  CHECK(t.theta_data[0] == 0.5 && t.data[0] != 0 && t.l2[0] == 1);
  close_tuning(&t);
}

/* Tunes another problem, then frees the terms of the one that is being tuned. */
static int32_t busy(void* user, const fen_progress* progress) {
  tuning* t = (tuning*)user;
  (void)progress;
  if (t->depth > 0) {
    tuning* next = malloc(sizeof *next);
    open_tuning(next);
    next->depth = t->depth - 1;
    CHECK(tune_with(next, "squared_l2", NULL, 0, busy, NULL) == FEN_OK);
    close_tuning(next);
    free(next);
  }
  close_tuning(t);
  return 0;
}

static void callbacks(void) {
  static tuning quiet, t;
  fen_error err = no_error();
  open_tuning(&quiet);
  open_tuning(&t);
  t.options.monitor_interval = 0;
  t.depth = 2;
  CHECK_OK(tune_with(&quiet, "squared_l2", NULL, 0, NULL, &err), &err);
  CHECK_OK(tune_with(&t, "squared_l2", NULL, 0, busy, &err), &err);
  CHECK(t.f == NULL && t.theta_data[0] != 0.5);
  CHECK(memcmp(t.theta_data, quiet.theta_data, sizeof t.theta_data) == 0 &&
        memcmp(t.x_data, quiet.x_data, sizeof t.x_data) == 0);
  close_tuning(&quiet);
}

/* ---- kernel ridge ---- */

static void kernels(void) {
  double one = 1, K[N * N] = {0}, y[N] = {1, 2, 3, 4}, alpha[N] = {7}, theta[2] = {0.5, 1};
  for (int i = 0; i < N; ++i) K[i * N + i] = 1;
  fen_array vast = view2(FEN_F64, (int64_t)1 << 29, (int64_t)1 << 29, &one), tall = vast;
  vast.strides[0] = vast.strides[1] = tall.strides[0] = tall.strides[1] = 0;
  tall.shape[0] = (int64_t)1 << 50, tall.shape[1] = N;
  fen_array wide = view1(FEN_F64, vast.shape[0], &one), long_view = view1(FEN_F64, tall.shape[0], &one);
  wide.strides[0] = long_view.strides[0] = 0;
  const fen_array gram = view2(FEN_F64, N, N, K), targets = view1(FEN_F64, N, y), out = view1(FEN_F64, N, alpha),
                  values = view1(FEN_F64, 1, theta), short_view = view1(FEN_F64, N - 1, y);
  fen_error err = no_error();
#define RIDGE(status, K, y, lam, alpha, c, dy, dK, dlam) \
  CHECK_STATUS(status, fen_kernel_ridge(K, y, lam, alpha, c, dy, dK, dlam, &err), &err)
  RIDGE(FEN_E_SHAPE, &vast, &targets, 1, &out, NULL, NULL, NULL, NULL);
  RIDGE(FEN_E_TOO_LARGE, &vast, &wide, 1, NULL, NULL, NULL, NULL, NULL);
  RIDGE(FEN_E_NULL_ARGUMENT, NULL, &targets, 1, &out, NULL, NULL, NULL, NULL);
  RIDGE(FEN_E_NULL_ARGUMENT, &gram, NULL, 1, &out, NULL, NULL, NULL, NULL);
  RIDGE(FEN_E_NULL_ARGUMENT, &gram, &targets, 1, &out, NULL, &out, NULL, NULL);
  RIDGE(FEN_E_SHAPE, &gram, &short_view, 1, &out, NULL, NULL, NULL, NULL);
  RIDGE(FEN_E_RANGE, &gram, &targets, 0, &out, NULL, NULL, NULL, NULL);
  RIDGE(FEN_E_RANGE, &gram, &targets, NAN, &out, NULL, NULL, NULL, NULL);
  RIDGE(FEN_E_OVERLAP, &gram, &targets, 1, &targets, NULL, NULL, NULL, NULL);
  RIDGE(FEN_E_OVERLAP, &gram, &targets, 1, &out, &targets, NULL, &gram, NULL);
  K[0] = -2;
  RIDGE(FEN_E_SINGULAR, &gram, &targets, 1, &out, NULL, NULL, NULL, NULL);
  K[0] = 1;
  CHECK(alpha[0] == 7);
  RIDGE(FEN_OK, &gram, &targets, 1, NULL, NULL, NULL, NULL, NULL); /* nothing is asked for */
  RIDGE(FEN_OK, &gram, &targets, 1, &out, NULL, NULL, NULL, NULL);
  CHECK_CLOSE(alpha[3], 2, 1e-15);

  fen_tune_options options;
  fen_tune_options_init(&options, sizeof options);
#define KERNEL(status, kernel, X, y, held_X, held_y, theta)                                                          \
  CHECK_STATUS(status, fen_tune_kernel(kernel, X, y, held_X, held_y, theta, NULL, &options, NULL, NULL, NULL, &err), \
               &err)
  KERNEL(FEN_E_TOO_LARGE, "linear", &tall, &long_view, &gram, &targets, &values);
  KERNEL(FEN_E_TOO_LARGE, "linear", &gram, &targets, &tall, &long_view, &values);
  KERNEL(FEN_E_NULL_ARGUMENT, NULL, &gram, &targets, &gram, &targets, &values);
  KERNEL(FEN_E_NULL_ARGUMENT, "rbf", &gram, &targets, NULL, &targets, &values);
  KERNEL(FEN_E_NAME, "rbff", &gram, &targets, &gram, &targets, &values);
  KERNEL(FEN_E_SHAPE, "rbf", &gram, &targets, &gram, &targets, &values); /* lam alone */
  theta[0] = 0;
  KERNEL(FEN_E_RANGE, "linear", &gram, &targets, &gram, &targets, &values);
  options.risk = FEN_RISK_GCV;
  theta[0] = 0.5;
  KERNEL(FEN_E_UNSUPPORTED, "linear", &gram, &targets, &gram, NULL, &values);
  CHECK(theta[0] == 0.5 && theta[1] == 1);
}

int main(void) {
  arguments();
  memory();
  callbacks();
  kernels();
  return check_report("misuse_tuning");
}
