/* test_misuse_derivatives.c -- section 14 called by the careless and the hostile: views that stand for more than there
 * is, sizes whose sum overflows, structs of other versions, callbacks that write nothing, call back or free what is in
 * use. Whatever is refused changes nothing, and at once. */
#include "composite_fixtures.h"

enum { N = 4, M = 2, ROWS = 8 };

static const int64_t kEndless = (int64_t)1 << 50; /* of a broadcast view: nobody lives to see its end */

static fen_array endless(int ndim, int64_t second, double* one) {
  fen_array a = ndim == 1 ? view1(FEN_F64, kEndless, one) : view2(FEN_F64, kEndless, second, one);
  a.strides[0] = a.strides[1] = 0;
  return a;
}

/* ---- section 14: roots ---- */

typedef struct root {
  int silent_at, calls; /* the product that writes nothing; fail with NaN where negative */
  int depth;
} root;

static int32_t twice(void* user, int32_t what, const double* in, double* out);

static int32_t inner_call(int depth) {
  double c[N] = {1, 2, 3, 4}, out[M] = {0};
  const fen_array seed = view1(FEN_F64, N, c), image = view1(FEN_F64, M, out);
  root r = {0, 0, depth};
  return fen_implicit_vjp(N, M, FEN_ROOT_SYMMETRIC, twice, &r, &seed, NULL, &image, NULL, NULL, NULL) == FEN_OK &&
                 fabs(out[1] + 1) < 1e-12
             ? 0
             : -9;
}

/* dF/dx = 2 I, dF/dtheta the first two columns of I: out = -c / 2. */
static int32_t twice(void* user, int32_t what, const double* in, double* out) {
  root* r = (root*)user;
  const int from_theta = what == FEN_ROOT_DTHETA, to_theta = what == FEN_ROOT_DTHETA_T;
  ++r->calls;
  if (r->calls == r->silent_at) return 0;
  if (r->depth > 0 && inner_call(r->depth - 1) != 0) return -9;
  for (int i = 0; i < (to_theta ? M : N); ++i)
    out[i] = from_theta && i >= M ? 0 : from_theta || to_theta ? in[i] : 2 * in[i];
  if (r->calls == -r->silent_at) out[0] = NAN;
  return 0;
}

static void roots(void) {
  double c[N] = {1, 2, 3, 4}, out[N + M] = {7, 7, 7, 7, 7, 7}, raw[N + 1];
  const fen_array seed = view1(FEN_F64, N, c), image = view1(FEN_F64, M, out);
  fen_error err = no_error();
  root r = {0, 0, 0};
  /* n + m overflows */
  CHECK_STATUS(FEN_E_TOO_LARGE,
               fen_implicit_vjp(INT64_MAX, INT64_MAX, 0, twice, &r, &seed, NULL, &image, NULL, NULL, &err), &err);
  CHECK_STATUS(FEN_E_TOO_LARGE, fen_implicit_jvp(1, INT64_MAX, 0, twice, &r, &seed, &image, NULL, NULL, &err), &err);
  /* not aligned to its elements */
  const fen_array crooked = view1(FEN_F64, N, (char*)raw + 4);
  CHECK_STATUS(FEN_E_STRIDE, fen_implicit_vjp(N, M, 0, twice, &r, &crooked, NULL, &image, NULL, NULL, &err), &err);
  /* the answer inside the question, the start inside the answer */
  const fen_array within = view1(FEN_F64, M, c + 1), all = view1(FEN_F64, N, out);
  CHECK_STATUS(FEN_E_OVERLAP, fen_implicit_vjp(N, M, 0, twice, &r, &seed, NULL, &within, NULL, NULL, &err), &err);
  CHECK_STATUS(FEN_E_OVERLAP, fen_implicit_vjp(N, M, 0, twice, &r, &seed, &all, &image, NULL, NULL, &err), &err);
  CHECK(r.calls == 0 && out[0] == 7 && c[0] == 1);
  /* a product that writes nothing, or NaN, is no answer, whichever it is and whatever solves */
  for (int32_t solver = 0; solver <= 6; ++solver) {
    fen_derivative_options options;
    fen_derivative_options_init(&options, sizeof options);
    options.linear_solver = solver;
    options.max_iter = 30;
    root good = {0, 0, 0};
    CHECK_OK(fen_implicit_vjp(N, M, FEN_ROOT_SYMMETRIC, twice, &good, &seed, NULL, &image, &options, NULL, &err), &err);
    CHECK_CLOSE(out[0], -0.5, 1e-9);
    out[0] = out[1] = 7;
    for (int k = 1; k <= good.calls; ++k)
      for (int sign = -1; sign <= 1; sign += 2) {
        root bad = {sign * k, 0, 0};
        CHECK_STATUS(FEN_E_NOT_FINITE,
                     fen_implicit_vjp(N, M, FEN_ROOT_SYMMETRIC, twice, &bad, &seed, NULL, &image, &options, NULL, &err),
                     &err);
        CHECK(bad.calls == k && out[0] == 7 && out[1] == 7);
      }
  }
  /* calls within calls */
  root deep = {0, 0, 3};
  CHECK_OK(fen_implicit_vjp(N, M, FEN_ROOT_SYMMETRIC, twice, &deep, &seed, NULL, &image, NULL, NULL, &err), &err);
  CHECK_CLOSE(out[1], -1, 1e-12);
}

/* ---- section 14: solutions ---- */

typedef struct owner {
  fen_problem* problem;
  fen_term *f, *g;
} owner;

static void let_go(owner* o) {
  fen_problem_destroy(o->problem);
  fen_term_destroy(o->g);
  fen_term_destroy(o->f);
  memset(o, 0, sizeof *o);
}

/* |x|^2; frees every handle of the problem that is being differentiated. */
static int32_t bowl(void* user, int64_t n, int32_t dtype, const void* x, double* value, void* gradient) {
  const double* at = (const double*)x;
  (void)dtype;
  let_go((owner*)user);
  *value = 0;
  for (int64_t i = 0; i < n; ++i) *value += at[i] * at[i];
  for (int64_t i = 0; gradient != NULL && i < n; ++i) ((double*)gradient)[i] = 2 * at[i];
  return 0;
}
static int32_t bowl_hvp(void* user, int64_t n, int32_t dtype, const void* x, const void* v, void* out) {
  (void)dtype, (void)x;
  let_go((owner*)user);
  for (int64_t i = 0; i < n; ++i) ((double*)out)[i] = 2 * ((const double*)v)[i];
  return 0;
}

static void solutions(void) {
  double data[ROWS * N], y[ROWS], x[N] = {1, 2, 3, 4}, c[N] = {1, 1, 1, 1}, lam[1] = {7}, dx[N] = {7};
  fill_uniform(data, ROWS * N, 3);
  fill_uniform(y, ROWS, 4);
  const fen_array A = view2(FEN_F64, ROWS, N, data), targets = view1(FEN_F64, ROWS, y), at = view1(FEN_F64, N, x),
                  seed = view1(FEN_F64, N, c), l2 = view1(FEN_F64, 1, lam), step = view1(FEN_F64, N, dx);
  fen_error err = no_error();
  owner o = {NULL, model_term("least_squares", &A, &targets, 0), simple_term("prox", "squared_l2", "lam", 1)};
  o.problem = composite_problem(FEN_F64, 0, o.f, o.g);
  double one = 1;
  const fen_array vast = endless(1, 0, &one), vast2 = endless(2, 3, &one);
  const fen_solution_array tangents[2] = {{"f.y", &vast}, {"f.y", &vast2}};
  for (int k = 0; k < 2; ++k) {
    const int32_t status = fen_solution_jvp(o.problem, &at, &tangents[k], 1, &step, NULL, NULL, &err);
    CHECK(status == FEN_E_TOO_LARGE || status == FEN_E_SHAPE);
  }
  CHECK_STATUS(FEN_E_SHAPE, fen_solution_jvp(o.problem, &vast, &tangents[0], 1, &step, NULL, NULL, &err), &err);
  /* what the problem reads in place is no output */
  const fen_array borrowed = view1(FEN_F64, 1, data + 3);
  const fen_solution_array into = {"g.l2", &borrowed}, both[2] = {{"g.l2", &l2}, {"f.y", &l2}};
  CHECK_STATUS(FEN_E_OVERLAP, fen_solution_vjp(o.problem, &at, &seed, &into, 1, NULL, NULL, &err), &err);
  CHECK(fen_solution_vjp(o.problem, &at, &seed, both, 2, NULL, NULL, &err) < 0);
  CHECK(lam[0] == 7 && dx[0] == 7);
  let_go(&o);
  CHECK_OK(fen_smooth_callback(N, bowl, bowl_hvp, 2, 1, &o, &o.f, &err), &err);
  o.g = simple_term("prox", "squared_l2", "lam", 1);
  o.problem = composite_problem(FEN_F64, 0, o.f, o.g);
  const fen_solution_array want = {"g.l2", &l2};
  for (int i = 0; i < N; ++i) x[i] = 0;
  CHECK_OK(fen_solution_vjp(o.problem, &at, &seed, &want, 1, NULL, NULL, &err), &err);
  CHECK(o.problem == NULL && lam[0] == 0);
}

/* ---- structs of an older and a newer library ---- */

typedef struct newer_options {
  fen_derivative_options known;
  double unknown;
} newer_options;
typedef struct newer_result {
  fen_derivative_result known;
  double unknown[2];
} newer_result;

static void versions(void) {
  double c[N] = {1, 2, 3, 4}, out[M] = {0};
  const fen_array seed = view1(FEN_F64, N, c), image = view1(FEN_F64, M, out);
  root r = {0, 0, 0};
  fen_error err = no_error();
#define CALL(options, result) \
  fen_implicit_vjp(N, M, FEN_ROOT_SYMMETRIC, twice, &r, &seed, NULL, &image, (options), (result), &err)
  newer_options options;
  memset(&options, 0, sizeof options);
  fen_derivative_options_init(&options.known, sizeof options.known);
  options.known.struct_size = sizeof options;
  CHECK_OK(CALL(&options.known, NULL), &err);
  options.unknown = 1; /* a wish that this library does not understand */
  CHECK_STATUS(FEN_E_STRUCT_SIZE, CALL(&options.known, NULL), &err);
  options.known.struct_size = 12;
  CHECK_STATUS(FEN_E_STRUCT_SIZE, CALL(&options.known, NULL), &err);
  newer_result result;
  memset(&result, 0x55, sizeof result);
  result.known.struct_size = sizeof result;
  CHECK_OK(CALL(NULL, &result.known), &err);
  CHECK(result.known.struct_size == sizeof result && result.unknown[0] == 0 && result.unknown[1] == 0);
  fen_derivative_result old = {0};
  old.struct_size = offsetof(fen_derivative_result, products); /* ends behind iterations */
  memset(&old.products, 0x55, 8);
  const fen_derivative_result before = old;
  CHECK_OK(CALL(NULL, &old), &err);
  CHECK(old.derivative_status == FEN_DERIVATIVE_STATUS_UNCERTIFIED && memcmp(&old.products, &before.products, 8) == 0);
  /* the result in the memory of the answer */
  fen_array inside = image;
  inside.data = &result.known.seconds;
  inside.shape[0] = 1;
  result.known.struct_size = sizeof result;
  CHECK_STATUS(FEN_E_OVERLAP,
               fen_implicit_vjp(N, 1, FEN_ROOT_SYMMETRIC, twice, &r, &seed, NULL, &inside, NULL, &result.known, &err),
               &err);
}

/* ---- section 14: programs ---- */

static void programs(void) {
  double one = 1, P[N * N] = {0}, out[N * N] = {0};
  const fen_array vast = endless(1, 0, &one), x = view1(FEN_F64, N, P), square = view2(FEN_F64, N, N, P),
                  wish = view2(FEN_F64, N, N, out);
  fen_kkt_bundle at, bundle;
  fen_error err = no_error();
  memset(&at, 0, sizeof at);
  memset(&bundle, 0, sizeof bundle);
  at.struct_size = bundle.struct_size = sizeof at;
  at.x = at.q = &vast;
  bundle.x = &vast;
  bundle.P = &wish;
  CHECK_STATUS(FEN_E_TOO_LARGE, fen_kkt_vjp(&at, &bundle, NULL, NULL, &err), &err);
  at.x = at.q = &x;
  at.E = &square, at.e = at.nu = &vast;
  CHECK_STATUS(FEN_E_TOO_LARGE, fen_kkt_vjp(&at, &bundle, NULL, NULL, &err), &err);
  at.E = at.e = at.nu = NULL;
  at.P = &square;
  bundle.x = &x;
  bundle.P = &square;
  CHECK_STATUS(FEN_E_OVERLAP, fen_kkt_vjp(&at, &bundle, NULL, NULL, &err), &err);
}

int main(void) {
  roots();
  solutions();
  versions();
  programs();
  return check_report("misuse_derivatives");
}
