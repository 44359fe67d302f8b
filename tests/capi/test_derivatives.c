/* test_derivatives.c -- section 14: products with Jacobians from callbacks, and every way to call it wrongly. */
#include <math.h>

#include "check.h"
#include "composite_fixtures.h"

enum { N = 4, M = 2 };

/* dF/dx = diag(2, 3, 4, 5) + 0.1 above the diagonal unless symmetric; dF/dtheta picks coordinates 0 and 1. */
typedef struct root {
  double above;
  int calls, fail_at;
  int32_t answer;
  double shift;
} root;

static int32_t products(void* user, int32_t what, const double* in, double* out) {
  root* r = (root*)user;
  if (++r->calls == r->fail_at) return r->answer;
  switch (what) {
    case FEN_ROOT_DX:
      for (int i = 0; i < N; ++i) out[i] = (2 + i) * in[i] + (i + 1 < N ? r->above * in[i + 1] : 0);
      return 0;
    case FEN_ROOT_DX_T:
      for (int i = 0; i < N; ++i) out[i] = (2 + i) * in[i] + (i > 0 ? r->above * in[i - 1] : 0);
      return 0;
    case FEN_ROOT_DTHETA:
      for (int i = 0; i < N; ++i) out[i] = i < M ? in[i] : 0;
      return 0;
    case FEN_ROOT_DTHETA_T:
      for (int i = 0; i < M; ++i) out[i] = in[i];
      return 0;
    case FEN_ROOT_PRECONDITION:
      for (int i = 0; i < N; ++i) out[i] = in[i] / (2 + i);
      return 0;
    case FEN_ROOT_DIAGONAL:
      for (int i = 0; i < N; ++i) out[i] = in[i] * (2 + i) + r->shift;
      return 0;
    default:
      return -99;
  }
}

static fen_derivative_options derivative_options(void) {
  fen_derivative_options options;
  fen_derivative_options_init(&options, sizeof options);
  return options;
}

static fen_derivative_result derivative_result(void) {
  fen_derivative_result result;
  fen_derivative_result_init(&result, sizeof result);
  return result;
}

static void closed_forms(void) {
  double c[N] = {1, 2, 3, 4}, out[M], adjoint[N] = {0};
  const fen_array seed = view1(FEN_F64, N, c), image = view1(FEN_F64, M, out), warm = view1(FEN_F64, N, adjoint);
  for (int32_t solver = FEN_LINEAR_SOLVER_AUTOMATIC; solver <= FEN_LINEAR_SOLVER_LSMR; ++solver) {
    fen_derivative_options options = derivative_options();
    fen_derivative_result result = derivative_result();
    fen_error err = no_error();
    root symmetric = {0, 0, 0, 0, 0};
    options.linear_solver = solver;
    memset(adjoint, 0, sizeof adjoint);
    CHECK_OK(fen_implicit_vjp(N, M, FEN_ROOT_SYMMETRIC | FEN_ROOT_PRECONDITIONED, products, &symmetric, &seed, &warm,
                              &image, &options, &result, &err),
             &err);
    CHECK_CLOSE(out[0], -0.5, 1e-9);
    CHECK_CLOSE(out[1], -2.0 / 3, 1e-9);
    CHECK_CLOSE(adjoint[3], 0.8, 1e-9);
    CHECK(result.derivative_status == FEN_DERIVATIVE_STATUS_UNCERTIFIED);
    CHECK(result.residual <= 1e-10 * result.scale);
    /* The adjoint left there is the start of the next call: nothing to do for the iterative ones. */
    if (solver == FEN_LINEAR_SOLVER_CG) {
      CHECK_OK(fen_implicit_vjp(N, M, FEN_ROOT_SYMMETRIC, products, &symmetric, &seed, &warm, &image, &options, &result,
                                &err),
               &err);
      CHECK(result.iterations == 0);
    }
  }
  root upper = {0.1, 0, 0, 0, 0};
  double d[M] = {1, -1}, dx[N];
  const fen_array tangent = view1(FEN_F64, M, d), moved = view1(FEN_F64, N, dx);
  fen_error err = no_error();
  CHECK_OK(fen_implicit_jvp(N, M, 0, products, &upper, &tangent, &moved, NULL, NULL, &err), &err);
  CHECK_CLOSE(dx[1], 1.0 / 3, 1e-9);
  CHECK_CLOSE(dx[0], -(1 + 0.1 / 3) / 2, 1e-9);
  CHECK_OK(fen_implicit_vjp(N, M, 0, products, &upper, &seed, NULL, &image, NULL, NULL, &err), &err);
  CHECK_CLOSE(out[0] * d[0] + out[1] * d[1], c[0] * dx[0] + c[1] * dx[1] + c[2] * dx[2] + c[3] * dx[3], 1e-12);
}

/* A diagonal is Jacobi's preconditioner: of a diagonal matrix one product is enough, and one that cannot be is refused.
 */
static void diagonals(void) {
  double c[N] = {1, 2, 3, 4}, out[M];
  const fen_array seed = view1(FEN_F64, N, c), image = view1(FEN_F64, M, out);
  fen_derivative_options options = derivative_options();
  fen_derivative_result result = derivative_result();
  fen_error err = no_error();
  options.linear_solver = FEN_LINEAR_SOLVER_CG;
  root plain = {0, 0, 0, 0, 0};
  CHECK_OK(fen_implicit_vjp(N, M, FEN_ROOT_SYMMETRIC, products, &plain, &seed, NULL, &image, &options, &result, &err),
           &err);
  CHECK(result.iterations == N);
  const uint32_t flags = FEN_ROOT_SYMMETRIC | FEN_ROOT_HAS_DIAGONAL;
  CHECK_OK(fen_implicit_vjp(N, M, flags, products, &plain, &seed, NULL, &image, &options, &result, &err), &err);
  CHECK(result.iterations == 1);
  CHECK_CLOSE(out[1], -2.0 / 3, 1e-12);
  plain.shift = -4;
  CHECK_STATUS(FEN_E_SINGULAR,
               fen_implicit_vjp(N, M, flags, products, &plain, &seed, NULL, &image, &options, &result, &err), &err);
}

/* Every callback fails in turn, with either sign: the status says so and nothing is written. */
static void failing_callbacks(void) {
  double c[N] = {1, 2, 3, 4}, out[M] = {7, 7}, adjoint[N] = {9, 9, 9, 9};
  const fen_array seed = view1(FEN_F64, N, c), image = view1(FEN_F64, M, out), warm = view1(FEN_F64, N, adjoint);
  for (int32_t solver = FEN_LINEAR_SOLVER_AUTOMATIC; solver <= FEN_LINEAR_SOLVER_NEUMANN; ++solver) {
    fen_derivative_options options = derivative_options();
    options.linear_solver = solver;
    options.max_iter = 20;
    root whole = {0, 0, 0, 0, 0};
    double scratch[M], start[N] = {9, 9, 9, 9};
    const fen_array unused = view1(FEN_F64, M, scratch), from = view1(FEN_F64, N, start);
    fen_error err = no_error();
    CHECK_OK(fen_implicit_vjp(N, M, FEN_ROOT_SYMMETRIC, products, &whole, &seed, &from, &unused, &options, NULL, &err),
             &err);
    for (int k = 1; k <= whole.calls; ++k)
      for (int32_t answer = -5; answer <= 5; answer += 10) {
        root failing = {0, 0, k, answer, 0};
        CHECK_STATUS(
            FEN_E_CALLBACK,
            fen_implicit_vjp(N, M, FEN_ROOT_SYMMETRIC, products, &failing, &seed, &warm, &image, &options, NULL, &err),
            &err);
        CHECK(answer > 0 ? err.detail > 0 : err.detail == answer);
        CHECK(failing.calls == k);
        CHECK(out[0] == 7 && adjoint[3] == 9);
      }
  }
}

static void misuse(void) {
  double c[N] = {1, 2, 3, 4}, out[M] = {7, 7};
  const fen_array seed = view1(FEN_F64, N, c), image = view1(FEN_F64, M, out), small = view1(FEN_F64, M, c);
  root r = {0, 0, 0, 0, 0};
  fen_error err = no_error();
  CHECK_STATUS(FEN_E_RANGE, fen_implicit_vjp(0, M, 0, products, &r, &seed, NULL, &image, NULL, NULL, &err), &err);
  CHECK_STATUS(FEN_E_RANGE, fen_implicit_vjp(N, M, 16, products, &r, &seed, NULL, &image, NULL, NULL, &err), &err);
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, fen_implicit_vjp(N, M, 0, NULL, &r, &seed, NULL, &image, NULL, NULL, &err), &err);
  CHECK_STATUS(FEN_E_SHAPE, fen_implicit_vjp(N, M, 0, products, &r, &small, NULL, &image, NULL, NULL, &err), &err);
  CHECK_STATUS(FEN_E_OVERLAP, fen_implicit_vjp(N, M, 0, products, &r, &seed, &seed, &image, NULL, NULL, &err), &err);
  CHECK_STATUS(FEN_E_TOO_LARGE,
               fen_implicit_vjp(INT64_MAX / 2, M, 0, products, &r, &seed, NULL, &image, NULL, NULL, &err), &err);
  c[2] = NAN;
  CHECK_STATUS(FEN_E_NOT_FINITE, fen_implicit_vjp(N, M, 0, products, &r, &seed, NULL, &image, NULL, NULL, &err), &err);
  c[2] = 3;
  fen_derivative_options options = derivative_options();
  options.linear_solver = 7;
  CHECK_STATUS(FEN_E_RANGE, fen_implicit_vjp(N, M, 0, products, &r, &seed, NULL, &image, &options, NULL, &err), &err);
  options = derivative_options();
  options.require_certified = 1;
  CHECK_STATUS(FEN_E_UNCERTIFIED, fen_implicit_vjp(N, M, 0, products, &r, &seed, NULL, &image, &options, NULL, &err),
               &err);
  fen_derivative_result unset = {0};
  CHECK_STATUS(FEN_E_STRUCT_SIZE, fen_implicit_vjp(N, M, 0, products, &r, &seed, NULL, &image, NULL, &unset, &err),
               &err);
  CHECK(out[0] == 7 && out[1] == 7);
}

/* Strided f32, several parameters of one problem in one call, and names that are wrong. */
static void solutions(void) {
  float a[6] = {1, 2, 0, 1, 1, -1}, y[3] = {1, 2, 3}, x[4], c[2] = {1, -1}, d_lam, d_y[6];
  const fen_array matrix = view2(FEN_F32, 3, 2, a), target = view1(FEN_F32, 3, y);
  fen_term *f = model_term("least_squares", &matrix, &target, 0), *g = simple_term("prox", "squared_l2", "lam", 1);
  fen_problem* problem = composite_problem(FEN_F32, 0, f, g);
  /* (A'A + I) x = A'y: [[3, 1], [1, 7]] x = [4, 1] */
  x[0] = 27.0f / 20, x[2] = -1.0f / 20;
  fen_array at = view1(FEN_F32, 2, x), seed = view1(FEN_F32, 2, c), lam = view1(FEN_F32, 1, &d_lam),
            targets = view1(FEN_F32, 3, d_y);
  at.strides[0] = 8;
  targets.strides[0] = 8;
  const fen_solution_array outputs[2] = {{"g.l2", &lam}, {"f.y", &targets}};
  fen_derivative_result result = derivative_result();
  fen_error err = no_error();
  CHECK_OK(fen_solution_vjp(problem, &at, &seed, outputs, 2, NULL, &result, &err), &err);
  /* q = K^-1 c = (8, -4) / 20; d lam = -q'x, d y = A q */
  CHECK_CLOSE(d_lam, -(8 * 27.0 / 20 + 4 * 1.0 / 20) / 20, 1e-6);
  CHECK_CLOSE(d_y[0], (8 - 8) / 20.0, 1e-6);
  CHECK_CLOSE(d_y[2], -4 / 20.0, 1e-6);
  CHECK_CLOSE(d_y[4], 12 / 20.0, 1e-6);
  CHECK(result.derivative_status == FEN_DERIVATIVE_STATUS_CERTIFIED && result.mu == 1);
  CHECK(result.bound < 1e-4);

  const fen_solution_array twice[2] = {{"g.l2", &lam}, {"g.l2", &targets}};
  CHECK_STATUS(FEN_E_NAME, fen_solution_vjp(problem, &at, &seed, twice, 2, NULL, NULL, &err), &err);
  const fen_solution_array wrong = {"g.l3", &lam}, none = {NULL, &lam}, empty = {"g.l2", NULL};
  CHECK_STATUS(FEN_E_NAME, fen_solution_vjp(problem, &at, &seed, &wrong, 1, NULL, NULL, &err), &err);
  CHECK(strstr(err.message, "g.l2") != NULL);
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, fen_solution_vjp(problem, &at, &seed, &none, 1, NULL, NULL, &err), &err);
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, fen_solution_vjp(problem, &at, &seed, &empty, 1, NULL, NULL, &err), &err);
  CHECK_STATUS(FEN_E_RANGE, fen_solution_vjp(problem, &at, &seed, outputs, 0, NULL, NULL, &err), &err);
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, fen_solution_vjp(NULL, &at, &seed, outputs, 1, NULL, NULL, &err), &err);
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, fen_solution_vjp(problem, &at, &seed, NULL, 1, NULL, NULL, &err), &err);
  double wide = 0;
  const fen_array mixed = view1(FEN_F64, 1, &wide);
  const fen_solution_array dtype = {"g.l2", &mixed};
  CHECK_STATUS(FEN_E_DTYPE, fen_solution_vjp(problem, &at, &seed, &dtype, 1, NULL, NULL, &err), &err);
  CHECK_STATUS(FEN_E_OVERLAP,
               fen_solution_jvp(problem, &at, &(fen_solution_array){"g.l2", &lam}, 1, &at, NULL, NULL, &err), &err);
  fen_problem_destroy(problem);
  fen_term_destroy(g);
  fen_term_destroy(f);
}

/* f(x) = -x^2 / 4 with g(x) = x^2 / 2: the modulus of g alone would be a false proof, so nothing is certified. */
static int32_t hill(void* user, int64_t n, int32_t dtype, const void* x, double* value, void* gradient) {
  const double at = *(const double*)x;
  (void)user, (void)n, (void)dtype;
  *value = -0.25 * at * at;
  if (gradient != NULL) *(double*)gradient = -0.5 * at;
  return 0;
}
static int32_t hill_hvp(void* user, int64_t n, int32_t dtype, const void* x, const void* v, void* out) {
  (void)user, (void)n, (void)dtype, (void)x;
  *(double*)out = -0.5 * *(const double*)v;
  return 0;
}

static void nonconvex_is_never_certified(void) {
  fen_error err = no_error();
  for (int32_t convex = 0; convex <= 1; ++convex) { /* 1 is the caller's lie, and then the caller's proof */
    fen_term *f = NULL, *g = simple_term("prox", "squared_l2", "lam", 1);
    CHECK_OK(fen_smooth_callback(1, hill, hill_hvp, 0.5, convex, NULL, &f, &err), &err);
    fen_problem* problem = composite_problem(FEN_F64, 0, f, g);
    double x = 0, c = 1, slope = 0;
    const fen_array at = view1(FEN_F64, 1, &x), seed = view1(FEN_F64, 1, &c), out = view1(FEN_F64, 1, &slope);
    const fen_solution_array outputs = {"f.linear", &out};
    fen_derivative_result result = derivative_result();
    CHECK_OK(fen_solution_vjp(problem, &at, &seed, &outputs, 1, NULL, &result, &err), &err);
    CHECK_CLOSE(slope, -2, 1e-12);
    CHECK((result.mu_source == FEN_MU_SOURCE_MODEL_EXACT) == convex);
    CHECK((result.bound < INFINITY) == convex);
    if (!convex) CHECK(result.derivative_status == FEN_DERIVATIVE_STATUS_UNCERTIFIED);
    fen_problem_destroy(problem);
    fen_term_destroy(g);
    fen_term_destroy(f);
  }
}

int main(void) {
  closed_forms();
  diagonals();
  failing_callbacks();
  misuse();
  solutions();
  nonconvex_is_never_certified();
  return check_report("derivatives");
}
