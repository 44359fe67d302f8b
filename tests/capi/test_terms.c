/* test_terms.c -- fenchel.h section 10: every way a term, its parameters and the arrays of its calls can be wrong, and
 * what right ones answer: any strides, rows, in place, both dtypes. */
#include <float.h>

#include "composite_fixtures.h"

enum { N = 5, M = 3, ROWS = 4 };

static fen_error err;
static const double nan_value = NAN;

/* ---- making ---- */

static int32_t make(const char* kind, const char* name, const fen_param* params, int32_t count) {
  fen_term* out = (fen_term*)&err;
  const int32_t status = fen_term_create(kind, name, params, count, &out, &err);
  if (status == FEN_OK)
    fen_term_destroy(out);
  else
    CHECK(out == (fen_term*)&err); /* untouched */
  return status;
}

static int32_t make_one(const char* kind, const char* name, fen_param p) { return make(kind, name, &p, 1); }

static void names_are_checked(void) {
  fen_term* out = NULL;
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, make(NULL, "l1", NULL, 0), &err);
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, make("prox", NULL, NULL, 0), &err);
  CHECK_STATUS(FEN_E_NAME, make("proxx", "l1", NULL, 0), &err);
  CHECK(strstr(err.message, "'prox'") != NULL);
  CHECK_STATUS(FEN_E_NAME, make("cost", "l1", NULL, 0), &err);
  CHECK_STATUS(FEN_E_NAME, make("prox", "l11", NULL, 0), &err);
  CHECK(strstr(err.message, "'l1'") != NULL);
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, fen_term_create("prox", "l1", NULL, 0, NULL, &err), &err);
  CHECK_STATUS(FEN_E_RANGE, make("prox", "l1", NULL, -1), &err);
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, make("prox", "l1", NULL, 1), &err);
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, make_one("prox", "l1", number_param(NULL, 1)), &err);
  CHECK_STATUS(FEN_E_NAME, make_one("prox", "l1", number_param("lamda", 1)), &err);
  CHECK(strstr(err.message, "'lam'") != NULL);
  const fen_param twice[2] = {number_param("lam", 1), number_param("lam", 1)};
  CHECK_STATUS(FEN_E_NAME, make("prox", "l1", twice, 2), &err);
  CHECK_OK(fen_term_create("prox", "l1", twice, 1, &out, NULL), &err);
  fen_term_destroy(out);
  fen_term_destroy(NULL);
}

static void values_are_checked(void) {
  double data[N] = {1, 2, 0, 4, 5};
  int32_t whole[N] = {0};
  fen_array view = view1(FEN_F64, N, data);
  fen_term* l1 = simple_term("prox", "l1", NULL, 0);
  CHECK_STATUS(FEN_E_RANGE, make_one("prox", "l1", number_param("lam", -1)), &err);
  CHECK(strstr(err.message, "lam") != NULL && strstr(err.message, "-1") != NULL);
  CHECK_STATUS(FEN_E_RANGE, make_one("prox", "l1", number_param("lam", nan_value)), &err);
  CHECK_STATUS(FEN_E_RANGE, make_one("prox", "l1", number_param("lam", HUGE_VAL)), &err);
  fen_param mixed = number_param("lam", 1);
  mixed.array = &view;
  CHECK_STATUS(FEN_E_RANGE, make_one("prox", "l1", mixed), &err);
  mixed = number_param("lam", 1);
  mixed.term = l1;
  CHECK_STATUS(FEN_E_RANGE, make_one("prox", "l1", mixed), &err);
  mixed = array_param("weights", &view);
  CHECK_OK(make_one("prox", "l1", mixed), &err);
  mixed.value = 1;
  CHECK_STATUS(FEN_E_RANGE, make_one("prox", "l1", mixed), &err);
  mixed.value = 0;
  mixed.term = l1;
  CHECK_STATUS(FEN_E_RANGE, make_one("prox", "l1", mixed), &err);
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, make_one("prox", "l1", array_param("weights", NULL)), &err);

  data[2] = -1; /* outside the bounds of the elements */
  CHECK_STATUS(FEN_E_RANGE, make_one("prox", "l1", array_param("weights", &view)), &err);
  CHECK(strstr(err.message, "weights[2]") != NULL);
  data[2] = nan_value;
  CHECK_STATUS(FEN_E_NOT_FINITE, make_one("prox", "l1", array_param("weights", &view)), &err);
  data[2] = HUGE_VAL; /* legal here */
  CHECK_OK(make_one("prox", "l1", array_param("weights", &view)), &err);
  view.strides[0] = -(int64_t)sizeof *data;
  view.data = data + N - 1;
  data[2] = -2;
  CHECK_STATUS(FEN_E_RANGE, make_one("prox", "l1", array_param("weights", &view)), &err);
  data[2] = 1;
  CHECK_OK(make_one("prox", "l1", array_param("weights", &view)), &err);
  fen_array bad = view1(FEN_I32, N, whole);
  CHECK_STATUS(FEN_E_DTYPE, make_one("prox", "l1", array_param("weights", &bad)), &err);
  bad = view1(FEN_F64, 0, data);
  CHECK_STATUS(FEN_E_EMPTY, make_one("prox", "l1", array_param("weights", &bad)), &err);
  bad = view1(FEN_F64, N, NULL);
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, make_one("prox", "l1", array_param("weights", &bad)), &err);
  bad = view1(FEN_F64, N, data);
  bad.ndim = 0;
  CHECK_STATUS(FEN_E_SHAPE, make_one("prox", "l1", array_param("weights", &bad)), &err);
  bad = view1(FEN_F64, N, data);
  bad.struct_size = 3;
  CHECK_STATUS(FEN_E_STRUCT_SIZE, make_one("prox", "l1", array_param("weights", &bad)), &err);
  bad = view1(FEN_F64, (int64_t)1 << 50, data);
  bad.strides[0] = 0; /* one number, standing for more than memory holds */
  CHECK_STATUS(FEN_E_TOO_LARGE, make_one("prox", "l1", array_param("weights", &bad)), &err);
  fen_term_destroy(l1);
}

/* Matrices are checked in the order of memory, and what is wrong is named by the order of indices, whatever the
 * strides. */
static void matrices_are_checked_in_any_order(void) {
  double data[4 * N * M];
  float narrow[N * M];
  const int64_t item = sizeof(double);
  const int64_t strides[5][2] = {{M * item, item},         /* rows */
                                 {item, N * item},         /* columns */
                                 {-item, N * item},        /* columns, from below */
                                 {2 * item, 4 * N * item}, /* every second of every second */
                                 {-M * 2 * item, -2 * item}};
  const int64_t first[5] = {0, 0, N - 1, 0, 4 * N * M - 2};
  const double bad[3] = {NAN, HUGE_VAL, -1.5e308};
  char name[32];
  for (int layout = 0; layout < 5; ++layout) {
    fen_array view = view2(FEN_F64, N, M, data + first[layout]);
    view.strides[0] = strides[layout][0];
    view.strides[1] = strides[layout][1];
    for (int at = 0; at < N * M; ++at) {
      const int64_t place = first[layout] + (at / M * view.strides[0] + at % M * view.strides[1]) / item;
      for (int k = 0; k < 4 * N * M; ++k) data[k] = NAN; /* between the elements: not read */
      for (int i = 0; i < N; ++i)
        for (int j = 0; j < M; ++j)
          data[first[layout] + (i * view.strides[0] + j * view.strides[1]) / item] = at % 2 == 0 ? 1e308 : 5e-324;
      CHECK_OK(make_one("operator", "dense", array_param("matrix", &view)), &err);
      data[place] = bad[at % 3];
      if (at / M + 1 < N) /* one more, later by its indices and earlier in a matrix of columns */
        data[first[layout] + ((at / M + 1) * view.strides[0]) / item] = NAN;
      CHECK_STATUS(at % 3 == 2 ? FEN_E_RANGE : FEN_E_NOT_FINITE,
                   make_one("operator", "dense", array_param("matrix", &view)), &err);
      snprintf(name, sizeof name, "matrix[%d, %d] is ", at / M, at % M);
      CHECK(strstr(err.message, name) != NULL);
    }
  }
  for (int k = 0; k < N * M; ++k) narrow[k] = FLT_MAX; /* the bounds of doubles, in floats */
  fen_array view = view2(FEN_F32, M, N, narrow);
  CHECK_OK(make_one("operator", "dense", array_param("matrix", &view)), &err);
  narrow[N + 2] = -HUGE_VALF;
  CHECK_STATUS(FEN_E_NOT_FINITE, make_one("operator", "dense", array_param("matrix", &view)), &err);
  CHECK(strstr(err.message, "matrix[1, 2] is -inf") != NULL);
  view.strides[0] = 0; /* one row, M times */
  CHECK_OK(make_one("operator", "dense", array_param("matrix", &view)), &err);
}

static void kinds_of_terms_are_checked(void) {
  double data[N * M];
  fill_uniform(data, N * M, 1);
  const fen_array matrix = view2(FEN_F64, M, N, data);
  fen_term *A = matrix_term(&matrix), *l1 = simple_term("prox", "l1", NULL, 0);
  fen_problem* problem = NULL;
  const fen_term* g[1] = {l1};
  const fen_term* wrong[1] = {A};
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, make("operator", "dense", NULL, 0), &err);
  CHECK(strstr(err.message, "matrix") != NULL);
  CHECK_STATUS(FEN_E_STATE, fen_prox_value(A, &matrix, data, &err), &err);
  CHECK_STATUS(FEN_E_STATE, fen_operator_norm(l1, data, &err), &err);
  CHECK_STATUS(FEN_E_STATE, fen_smooth_lipschitz(l1, data, &err), &err);
  CHECK_STATUS(FEN_E_STATE, fen_composite_create(FEN_F64, 0, l1, 1, g, NULL, &problem, &err), &err);
  CHECK_STATUS(FEN_E_STATE, fen_composite_create(FEN_F64, 0, NULL, 1, wrong, NULL, &problem, &err), &err);
  CHECK(strstr(err.message, "g[0]") != NULL);
  CHECK_STATUS(FEN_E_STATE, fen_composite_create(FEN_F64, N, NULL, 1, g, g, &problem, &err), &err);
  CHECK(strstr(err.message, "A[0]") != NULL);
  int64_t not_a_term[4] = {1, 2, 3, 4};
  CHECK_STATUS(FEN_E_STATE, fen_operator_norm((const fen_term*)not_a_term, data, &err), &err);
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, fen_operator_norm(NULL, data, &err), &err);
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, fen_smooth_lipschitz(NULL, data, &err), &err);
  CHECK(problem == NULL);
  fen_term_destroy(A);
  fen_term_destroy(l1);
}

static void catalogues_tell(void) {
  static const char* const kinds[] = {"operator", "smooth", "prox"};
  char text[256];
  for (int k = 0; k < 3; ++k) {
    const int32_t count = fen_term_count(kinds[k]);
    CHECK(count > 0);
    for (int32_t i = 0; i < count; ++i) {
      const char* name = fen_term_name(kinds[k], i);
      const int32_t parameters = fen_term_parameter_count(kinds[k], name);
      CHECK(parameters >= 0 && fen_term_doc(kinds[k], i) != NULL);
      for (int32_t p = 0; p < parameters; ++p) {
        fen_param_info info = {.struct_size = sizeof info};
        CHECK_OK(fen_term_parameter(kinds[k], name, p, &info), NULL);
        CHECK(info.name != NULL && info.doc != NULL && info.kind >= 0 && info.kind <= 6 && info.flags < 8);
        CHECK(info.struct_size == sizeof info && !(info.lower > info.upper));
      }
      fen_param_info info = {.struct_size = sizeof info};
      CHECK_STATUS(FEN_E_RANGE, fen_term_parameter(kinds[k], name, parameters, &info), NULL);
      CHECK_STATUS(FEN_E_RANGE, fen_term_parameter(kinds[k], name, -1, &info), NULL);
    }
    CHECK(fen_term_name(kinds[k], count) == NULL && fen_term_doc(kinds[k], -1) == NULL);
  }
  fen_param_info small = {.struct_size = 8};
  CHECK_STATUS(FEN_E_STRUCT_SIZE, fen_term_parameter("prox", "l1", 0, &small), NULL);
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, fen_term_parameter("prox", "l1", 0, NULL), NULL);
  CHECK_STATUS(FEN_E_NAME, fen_term_parameter("prox", "l11", 0, &small), NULL);
  CHECK(fen_term_parameter_count("prox", "l11") == -1 && fen_term_parameter_count(NULL, NULL) == -1);
  fen_term* l1 = simple_term("prox", "l1", NULL, 0);
  CHECK(strcmp(fen_term_kind(l1), "prox") == 0 && fen_term_kind(NULL) == NULL);
  CHECK(fen_term_rows(l1) == -1 && fen_term_cols(l1) == -1 && fen_term_rows(NULL) == -1);
  CHECK_OK(fen_term_capabilities(l1, text, sizeof text, &err), &err);
  CHECK(strstr(text, "convex") != NULL && strstr(text, "separable") != NULL);
  CHECK_STATUS(FEN_E_RANGE, fen_term_capabilities(l1, text, 4, &err), &err);
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, fen_term_capabilities(l1, NULL, 4, &err), &err);
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, fen_term_capabilities(NULL, text, 4, &err), &err);
  fen_term_destroy(l1);
}

/* ---- products ---- */

static void operators_apply(void) {
  double a[N * M], x[ROWS * 2 * N], y[ROWS * M], z[M], back[N];
  fill_uniform(a, N * M, 1);
  fill_uniform(x, ROWS * 2 * N, 2);
  const fen_array matrix = view2(FEN_F64, M, N, a);
  fen_term* A = matrix_term(&matrix);
  CHECK(fen_term_rows(A) == M && fen_term_cols(A) == N && strcmp(fen_term_kind(A), "operator") == 0);
  fen_array rows = view2(FEN_F64, ROWS, N, x), out = view2(FEN_F64, ROWS, M, y);
  rows.strides[0] = 2 * N * (int64_t)sizeof *x;
  rows.strides[1] = 2 * (int64_t)sizeof *x;
  CHECK_OK(fen_operator_apply(A, 0, &rows, &out, &err), &err);
  for (int r = 0; r < ROWS; ++r) {
    for (int i = 0; i < M; ++i) {
      double sum = 0;
      for (int j = 0; j < N; ++j) sum += a[i * N + j] * x[r * 2 * N + 2 * j];
      CHECK_CLOSE(y[r * M + i], sum, 1e-14);
    }
  }
  fill_uniform(z, M, 3);
  fen_array from = view1(FEN_F64, M, z), to = view1(FEN_F64, N, back);
  CHECK_OK(fen_operator_apply(A, FEN_APPLY_TRANSPOSE, &from, &to, &err), &err);
  for (int j = 0; j < N; ++j) {
    double sum = 0;
    for (int i = 0; i < M; ++i) sum += a[i * N + j] * z[i];
    CHECK_CLOSE(back[j], sum, 1e-14);
  }
  CHECK_STATUS(FEN_E_SHAPE, fen_operator_apply(A, 0, &from, &to, &err), &err);
  CHECK_STATUS(FEN_E_RANGE, fen_operator_apply(A, 2, &from, &to, &err), &err);
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, fen_operator_apply(A, 1, NULL, &to, &err), &err);
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, fen_operator_apply(A, 1, &from, NULL, &err), &err);
  fen_array inside = view1(FEN_F64, N, a + 2); /* the matrix is borrowed: nobody may write there */
  CHECK_STATUS(FEN_E_OVERLAP, fen_operator_apply(A, 1, &from, &inside, &err), &err);
  z[1] = nan_value;
  CHECK_STATUS(FEN_E_NOT_FINITE, fen_operator_apply(A, 1, &from, &to, &err), &err);
  fen_array single = view1(FEN_F32, N, back);
  z[1] = 1;
  CHECK_STATUS(FEN_E_DTYPE, fen_operator_apply(A, 1, &from, &single, &err), &err);
  double norm = 0, fro = 0;
  for (int i = 0; i < N * M; ++i) fro += a[i] * a[i];
  CHECK_OK(fen_operator_norm(A, &norm, &err), &err);
  CHECK(norm > 0.5 * sqrt(fro / M) && norm <= 1.03 * sqrt(fro));
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, fen_operator_norm(A, NULL, &err), &err);
  fen_term_destroy(A);
}

/* ---- proximal maps ---- */

static void soft_thresholding(void) {
  double v[N] = {3, -2, 0.5, -0.5, 0}, out[N], value = 0;
  const double expected[N] = {2, -1, 0, 0, 0};
  fen_term* l1 = simple_term("prox", "l1", "lam", 0.5);
  const fen_array from = view1(FEN_F64, N, v), to = view1(FEN_F64, N, out);
  CHECK_OK(fen_prox_apply(l1, &from, 2.0, NULL, &to, &value, 1, &err), &err);
  for (int i = 0; i < N; ++i) CHECK(out[i] == expected[i]);
  CHECK(value == 1.5);
  CHECK_OK(fen_prox_value(l1, &from, &value, &err), &err);
  CHECK(value == 3.0);
  CHECK_OK(fen_prox_conjugate(l1, &from, &value, &err), &err);
  CHECK(value == HUGE_VAL);
  double seed[N] = {1, 1, 1, 1, 1}, back[N];
  const fen_array cotangent = view1(FEN_F64, N, seed), result = view1(FEN_F64, N, back);
  CHECK_OK(fen_prox_vjp(l1, &from, 2.0, &cotangent, &result, &err), &err);
  CHECK(back[0] == 1 && back[1] == 1 && back[2] == 0 && back[4] == 0);
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, fen_prox_vjp(l1, &from, 2.0, NULL, &result, &err), &err);
  CHECK_STATUS(FEN_E_OVERLAP, fen_prox_vjp(l1, &from, 2.0, &cotangent, &cotangent, &err), &err);
  CHECK_STATUS(FEN_E_RANGE, fen_prox_vjp(l1, &from, 0, &cotangent, &result, &err), &err);

  double steps[N] = {1, 2, 3, 4, 5};
  fen_array each = view1(FEN_F64, N, steps);
  CHECK_OK(fen_prox_apply(l1, &from, 0, &each, &to, NULL, 1, &err), &err);
  CHECK(out[0] == 2.5 && out[1] == -1);
  steps[3] = 0;
  CHECK_STATUS(FEN_E_RANGE, fen_prox_apply(l1, &from, 0, &each, &to, NULL, 1, &err), &err);
  steps[3] = nan_value;
  CHECK_STATUS(FEN_E_RANGE, fen_prox_apply(l1, &from, 0, &each, &to, NULL, 1, &err), &err);
  fen_term_destroy(l1);
}

static void prox_misuse(void) {
  double v[N] = {1, 2, 3, 4, 5}, out[N] = {9, 9, 9, 9, 9};
  fen_term* l1 = simple_term("prox", "l1", NULL, 0);
  const fen_array from = view1(FEN_F64, N, v), to = view1(FEN_F64, N, out);
  const fen_array shorter = view1(FEN_F64, N - 1, out), single = view1(FEN_F32, N, out);
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, fen_prox_apply(NULL, &from, 1, NULL, &to, NULL, 1, &err), &err);
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, fen_prox_apply(l1, NULL, 1, NULL, &to, NULL, 1, &err), &err);
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, fen_prox_apply(l1, &from, 1, NULL, NULL, NULL, 1, &err), &err);
  CHECK_STATUS(FEN_E_SHAPE, fen_prox_apply(l1, &from, 1, NULL, &shorter, NULL, 1, &err), &err);
  CHECK_STATUS(FEN_E_SHAPE, fen_prox_apply(l1, &from, 1, &shorter, &to, NULL, 1, &err), &err);
  CHECK_STATUS(FEN_E_DTYPE, fen_prox_apply(l1, &from, 1, NULL, &single, NULL, 1, &err), &err);
  CHECK_STATUS(FEN_E_RANGE, fen_prox_apply(l1, &from, 1, NULL, &to, NULL, -1, &err), &err);
  CHECK_STATUS(FEN_E_RANGE, fen_prox_apply(l1, &from, 1, NULL, &to, NULL, 1025, &err), &err);
  const double steps[] = {0, -1, nan_value, HUGE_VAL};
  for (int i = 0; i < 4; ++i)
    CHECK_STATUS(FEN_E_RANGE, fen_prox_apply(l1, &from, steps[i], NULL, &to, NULL, 1, &err), &err);
  float fv[N] = {1}, fo[N];
  const fen_array f_from = view1(FEN_F32, N, fv), f_to = view1(FEN_F32, N, fo);
  CHECK_STATUS(FEN_E_RANGE, fen_prox_apply(l1, &f_from, 1e-60, NULL, &f_to, NULL, 1, &err), &err); /* 0 as f32 */
  CHECK_STATUS(FEN_E_RANGE, fen_prox_apply(l1, &f_from, 1e60, NULL, &f_to, NULL, 1, &err), &err);
  v[2] = nan_value;
  CHECK_STATUS(FEN_E_NOT_FINITE, fen_prox_apply(l1, &from, 1, NULL, &to, NULL, 1, &err), &err);
  CHECK_STATUS(FEN_E_NOT_FINITE, fen_prox_value(l1, &from, v, &err), &err);
  v[2] = 1;
  fen_array shifted = view1(FEN_F64, N - 1, v + 1), part = view1(FEN_F64, N - 1, v);
  CHECK_STATUS(FEN_E_OVERLAP, fen_prox_apply(l1, &shifted, 1, NULL, &part, NULL, 1, &err), &err);
  CHECK_STATUS(FEN_E_OVERLAP, fen_prox_apply(l1, &from, 1, NULL, &to, out, 1, &err), &err);
  fen_array readonly = to;
  readonly.flags = FEN_ARRAY_READONLY;
  CHECK_STATUS(FEN_E_READONLY, fen_prox_apply(l1, &from, 1, NULL, &readonly, NULL, 1, &err), &err);
  for (int i = 0; i < N; ++i) CHECK(out[i] == 9);
  double weights[3] = {1, 1, 1};
  const fen_array w = view1(FEN_F64, 3, weights);
  const fen_param p = array_param("weights", &w);
  fen_term* bound = NULL;
  CHECK_OK(fen_term_create("prox", "l1", &p, 1, &bound, &err), &err);
  CHECK(fen_term_rows(bound) == 3);
  CHECK_STATUS(FEN_E_SHAPE, fen_prox_apply(bound, &from, 1, NULL, &to, NULL, 1, &err), &err);
  fen_term_destroy(bound);
  fen_term_destroy(l1);
}

/* Rows with a step each, in place, strided and by several threads: the same bits as one vector after the other. */
static void rows_agree(const char* name, fen_term* g) {
  double v[ROWS * N], alone[ROWS * N], values[ROWS], steps[ROWS], wide[ROWS * N * 2], both[ROWS];
  fill_uniform(v, ROWS * N, 7);
  for (int r = 0; r < ROWS; ++r) steps[r] = 0.2 + 0.1 * r;
  for (int i = 0; i < ROWS * N; ++i) v[i] = v[i] + 0.1;
  for (int r = 0; r < ROWS; ++r) {
    const fen_array from = view1(FEN_F64, N, v + r * N), to = view1(FEN_F64, N, alone + r * N);
    const int32_t status = fen_prox_apply(g, &from, steps[r], NULL, &to, &values[r], 1, &err);
    if (status == FEN_E_SHAPE) return; /* a term with a shape of its own */
    if (!CHECK_OK(status, &err)) fprintf(stderr, "  of %s\n", name);
  }
  fen_array step_column = view2(FEN_F64, ROWS, 1, steps), mine = view2(FEN_F64, ROWS, N, wide);
  mine.strides[0] = 2 * N * (int64_t)sizeof *wide;
  mine.strides[1] = 2 * (int64_t)sizeof *wide;
  for (int r = 0; r < ROWS; ++r)
    for (int j = 0; j < N; ++j) wide[r * 2 * N + 2 * j] = v[r * N + j];
  CHECK_OK(fen_prox_apply(g, &mine, 0, &step_column, &mine, both, 3, &err), &err);
  for (int r = 0; r < ROWS; ++r) {
    int same = memcmp(&both[r], &values[r], sizeof(double)) == 0;
    for (int j = 0; j < N; ++j) same = same && wide[r * 2 * N + 2 * j] == alone[r * N + j];
    if (!CHECK(same)) fprintf(stderr, "  of %s\n", name);
  }
}

static void whole_catalogue_agrees(void) {
  for (int32_t i = 0; i < fen_term_count("prox"); ++i) {
    const char* name = fen_term_name("prox", i);
    int required = 0;
    for (int32_t p = 0; p < fen_term_parameter_count("prox", name); ++p) {
      fen_param_info info = {.struct_size = sizeof info};
      CHECK_OK(fen_term_parameter("prox", name, p, &info), NULL);
      required = required || (info.flags & FEN_PARAM_REQUIRED) != 0;
    }
    fen_term* g = NULL;
    if (required || fen_term_create("prox", name, NULL, 0, &g, &err) != FEN_OK) continue;
    rows_agree(name, g);
    fen_term_destroy(g);
  }
}

int main(void) {
  err = no_error();
  names_are_checked();
  values_are_checked();
  matrices_are_checked_in_any_order();
  kinds_of_terms_are_checked();
  catalogues_tell();
  operators_apply();
  soft_thresholding();
  prox_misuse();
  whole_catalogue_agrees();
  return check_report("terms");
}
