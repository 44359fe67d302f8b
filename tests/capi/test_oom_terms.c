/* test_oom_terms.c -- test_oom.c for sections 10-14, kernel ridge of 15, and 16: every allocation fails in turn, alone
 * and with all that follow. */
#include "composite_fixtures.h"
#include "failing_malloc.h"

enum { N = 7, M = 9, ROWS = 3 };

/* Everything a story may use, reset before each run. */
typedef struct world {
  double a[M * N], y[M], x[2 * N], out[2 * ROWS * M], rows[ROWS * N], value, values[ROWS];
  fen_term *A, *f, *g;
  fen_problem* problem;
  fen_solver* solver;
  fen_minimize_result result;
} world;

static world w, before;
static const char* method = "auto";

static void drop(void) {
  fen_solver_destroy(w.solver);
  fen_problem_destroy(w.problem);
  fen_term_destroy(w.g);
  fen_term_destroy(w.f);
  fen_term_destroy(w.A);
}

static void nothing(void) {
  memset(&w, 0, sizeof w);
  fill_uniform(w.a, M * N, 1);
  fill_uniform(w.y, M, 2);
  fill_uniform(w.x, 2 * N, 3);
  fill_uniform(w.rows, ROWS * N, 4);
  w.result = minimize_result();
}

static int32_t make_matrix(fen_error* err) {
  const fen_array matrix = view2(FEN_F64, M, N, w.a);
  const fen_param p = array_param("matrix", &matrix);
  return fen_term_create("operator", "dense", &p, 1, &w.A, err);
}
static int32_t make_weighted(fen_error* err) {
  const fen_array weights = view1(FEN_F64, N, w.x);
  const fen_param p = array_param("weights", &weights);
  return fen_term_create("prox", "l1", &p, 1, &w.g, err);
}
static int32_t make_l1(fen_error* err) {
  const fen_param p = number_param("lam", 0.1);
  return fen_term_create("prox", "l1", &p, 1, &w.g, err);
}
static int32_t misspelt(fen_error* err) {
  const fen_param p = number_param("lamda", 0.1);
  const int32_t status = fen_term_create("prox", "l1", &p, 1, &w.g, err);
  return status == FEN_E_NAME ? FEN_OK : status;
}
static int32_t make_model(fen_error* err) {
  const fen_array y = view1(FEN_F64, M, w.y);
  const fen_param p[2] = {term_param("A", w.A), array_param("y", &y)};
  return fen_term_create("smooth", "least_squares", p, 2, &w.f, err);
}
static int32_t ignored(void* user, int64_t n, int32_t dtype, const void* x, double* value, void* gradient) {
  (void)user, (void)dtype, (void)x;
  *value = 0;
  if (gradient != NULL) memset(gradient, 0, 8 * (size_t)n);
  return 0;
}
static int32_t make_callback(fen_error* err) { return fen_smooth_callback(N, ignored, NULL, 1, 1, NULL, &w.f, err); }
static void have_matrix(void) {
  nothing();
  (void)make_matrix(NULL);
}
static void have_terms(void) {
  have_matrix();
  (void)make_model(NULL);
  (void)make_l1(NULL);
}
static int32_t apply_strided(fen_error* err) {
  fen_array x = view1(FEN_F64, N, w.x), out = view1(FEN_F64, M, w.out);
  x.strides[0] *= 2;
  out.strides[0] *= 2;
  return fen_operator_apply(w.A, 0, &x, &out, err);
}
static int32_t norm(fen_error* err) { return fen_operator_norm(w.A, &w.value, err); }
static int32_t gradient(fen_error* err) {
  fen_array x = view1(FEN_F64, N, w.x), out = view1(FEN_F64, N, w.out);
  x.strides[0] *= 2;
  return fen_smooth_gradient(w.f, &x, &w.value, &out, err);
}
static int32_t hvp(fen_error* err) {
  const fen_array x = view1(FEN_F64, N, w.x), v = view1(FEN_F64, N, w.rows), out = view1(FEN_F64, N, w.out);
  return fen_smooth_hvp(w.f, &x, &v, &out, err);
}
static int32_t lipschitz(fen_error* err) { return fen_smooth_lipschitz(w.f, &w.value, err); }
static int32_t prox(fen_error* err) {
  fen_array v = view2(FEN_F64, ROWS, N, w.rows), out = view2(FEN_F64, ROWS, N, w.out);
  out.strides[0] *= 2;
  out.strides[1] *= 2;
  return fen_prox_apply(w.g, &v, 1, NULL, &out, w.values, 2, err);
}
static int32_t make_problem(fen_error* err) {
  const fen_term* g[1] = {w.g};
  return fen_composite_create(FEN_F64, 0, w.f, 1, g, NULL, &w.problem, err);
}
static void have_problem(void) {
  have_terms();
  (void)make_problem(NULL);
}
static int32_t make_solver(fen_error* err) {
  fen_minimize_options options = minimize_options();
  options.max_iter = 30;
  options.trace = 3;
  return fen_minimize_create(w.problem, method, &options, &w.solver, err);
}
static void have_solver(void) {
  have_problem();
  (void)make_solver(NULL);
}
static int32_t solve(fen_error* err) {
  const fen_array x = view1(FEN_F64, N, w.out);
  return fen_minimize_solve(w.solver, &x, &w.result, err);
}
static int32_t unfold(fen_error* err) {
  double steps_of[3] = {0.01, 0.02, 0.03};
  const fen_array steps = view1(FEN_F64, 3, steps_of), x = view1(FEN_F64, N, w.out), c = view1(FEN_F64, N, w.x);
  const fen_array steps_grad = view1(FEN_F64, 3, w.values);
  const int32_t status = fen_unfold(w.problem, &steps, NULL, NULL, &x, NULL, err);
  memset(w.out, 0, sizeof w.out); /* what the first of the two wrote is no fault of the second */
  return status != FEN_OK ? status : fen_unfold_vjp(w.problem, &steps, NULL, NULL, &c, &steps_grad, NULL, NULL, err);
}
static int32_t derivatives(fen_error* err) {
  double tangent = 1, image[M], moved[N];
  const fen_array x = view1(FEN_F64, N, w.x), c = view1(FEN_F64, N, w.rows), out = view1(FEN_F64, M, image),
                  one = view1(FEN_F64, 1, &tangent), dx = view1(FEN_F64, N, moved);
  const fen_solution_array outputs[1] = {{"f.y", &out}}, tangents[1] = {{"g.l1", &one}};
  const int32_t status = fen_solution_vjp(w.problem, &x, &c, outputs, 1, NULL, NULL, err);
  return status != FEN_OK ? status : fen_solution_jvp(w.problem, &x, tangents, 1, &dx, NULL, NULL, err);
}
static int32_t program(fen_error* err) { /* min 1/2 |x|^2 - 2 x1 - x2 subject to x1 + x2 = 1, x2 >= 0.25 */
  double q[2] = {-2, -1}, ones[2] = {1, 1}, one[1] = {1}, G[2] = {0, -1}, h[1] = {-0.25};
  double P[4] = {1, 0, 0, 1}, x[2] = {0.75, 0.25}, nu[1] = {1.25}, lam[1] = {0.5}, image[2];
  const fen_array a = view2(FEN_F64, 2, 2, P), b = view1(FEN_F64, 2, q), c = view2(FEN_F64, 1, 2, ones),
                  d = view1(FEN_F64, 1, one), e = view2(FEN_F64, 1, 2, G), f = view1(FEN_F64, 1, h),
                  g = view1(FEN_F64, 2, x), i = view1(FEN_F64, 1, nu), j = view1(FEN_F64, 1, lam),
                  out = view1(FEN_F64, 2, image);
  const fen_kkt_bundle at = {sizeof at, &a, &b, &c, &d, &e, &f, &g, &i, &j};
  fen_kkt_bundle bundle = {sizeof bundle, NULL, &out, NULL, NULL, NULL, NULL, &g, NULL, NULL};
  const int32_t status = fen_kkt_vjp(&at, &bundle, NULL, NULL, err);
  bundle.q = &b, bundle.x = &out;
  return status != FEN_OK ? status : fen_kkt_jvp(&at, &bundle, NULL, NULL, err);
}
static int32_t kernel_ridge(fen_error* err) {
  double K[4] = {2, 1, 1, 2}, by_K[4];
  fen_array gram = view2(FEN_F64, 2, 2, K), y = view1(FEN_F64, 2, w.y), c = view1(FEN_F64, 2, w.x),
            out = view1(FEN_F64, 2, w.out), pulled = view2(FEN_F64, 2, 2, by_K);
  y.strides[0] *= 2;
  return fen_kernel_ridge(&gram, &y, 1, &out, &c, NULL, &pulled, NULL, err);
}
static int32_t tune_kernel(fen_error* err) {
  fen_tune_options options;
  (void)fen_tune_options_init(&options, sizeof options);
  options.risk = FEN_RISK_LEAVE_ONE_OUT;
  const fen_array X = view2(FEN_F64, ROWS, N, w.rows), y = view1(FEN_F64, ROWS, w.y), out = view1(FEN_F64, ROWS, w.out),
                  theta = view1(FEN_F64, 2, w.x);
  return fen_tune_kernel("rbf", &X, &y, NULL, NULL, &theta, &out, &options, NULL, NULL, NULL, err);
}
static int32_t tune_kernel_held_out(fen_error* err) {
  const fen_array X = view2(FEN_F64, ROWS, N, w.rows), y = view1(FEN_F64, ROWS, w.y), out = view1(FEN_F64, ROWS, w.out),
                  theta = view1(FEN_F64, 1, w.x);
  return fen_tune_kernel("linear", &X, &y, &X, &y, &theta, &out, NULL, NULL, NULL, NULL, err);
}
/* h = sum_j (j + 1) x_j^2 / 2 - x_j t_j, f = ||x - 1||^2 / 2 + ||t||^2 / 20, two of each. */
static int32_t low(void* user, const double* x, const double* t, uint32_t fresh, double* value, double* dx,
                   double* dt) {
  double sum = 0;
  (void)user, (void)fresh;
  for (int j = 0; j < 2; ++j) {
    sum += (j + 1) * x[j] * x[j] / 2 - x[j] * t[j];
    if (dx != NULL) dx[j] = (j + 1) * x[j] - t[j];
    if (dt != NULL) dt[j] = -x[j];
  }
  if (value != NULL) *value = sum;
  return 0;
}
static int32_t high(void* user, const double* x, const double* t, uint32_t fresh, double* value, double* dx,
                    double* dt) {
  double sum = 0;
  (void)user, (void)fresh;
  for (int j = 0; j < 2; ++j) {
    sum += (x[j] - 1) * (x[j] - 1) / 2 + t[j] * t[j] / 20;
    if (dx != NULL) dx[j] = x[j] - 1;
    if (dt != NULL) dt[j] = t[j] / 10;
  }
  if (value != NULL) *value = sum;
  return 0;
}
static int32_t bilevel(fen_error* err) {
  const fen_array t = view1(FEN_F64, 2, w.x), x = view1(FEN_F64, 2, w.out);
  fen_bilevel_oracles o;
  memset(&o, 0, sizeof o);
  o.struct_size = sizeof o;
  o.n = o.m = 2;
  o.lower = low;
  o.upper = high;
  return fen_bilevel(&o, method, &t, &x, NULL, NULL, NULL, NULL, NULL, NULL, err);
}
static int32_t capabilities(fen_error* err) {
  char text[200];
  return fen_term_capabilities(w.g, text, sizeof text, err);
}

typedef struct story {
  const char* name;
  void (*before)(void);
  int32_t (*act)(fen_error*);
} story;

static const story kStories[] = {
    {"matrix", nothing, make_matrix},      {"weights", nothing, make_weighted},
    {"number", nothing, make_l1},          {"misspelt name", nothing, misspelt},
    {"model", have_matrix, make_model},    {"callback", nothing, make_callback},
    {"apply", have_matrix, apply_strided}, {"norm", have_matrix, norm},
    {"gradient", have_terms, gradient},    {"hvp", have_terms, hvp},
    {"lipschitz", have_terms, lipschitz},  {"prox rows", have_terms, prox},
    {"problem", have_terms, make_problem}, {"capabilities", have_terms, capabilities},
    {"unfold", have_problem, unfold},      {"derivatives", have_problem, derivatives},
    {"program", nothing, program},         {"kernel ridge", nothing, kernel_ridge},
    {"tune kernel", nothing, tune_kernel}, {"held out", nothing, tune_kernel_held_out},
};

/* One story with allocation k failing; returns whether there was a k-th. */
static int failing_at(const story* s, long k, int for_good) {
  fen_error err = no_error();
  s->before();
  before = w;
  const long live = atomic_load(&alloc_live);
  const int failures = check_failures;
  alloc_arm(k, for_good);
  const int32_t status = s->act(&err);
  const int reached = alloc_disarm() > k;
  if (reached && status != FEN_OK) {
    CHECK_STATUS(FEN_E_NOMEM, status, &err);
    CHECK(memcmp(&w, &before, sizeof w) == 0);
    CHECK(atomic_load(&alloc_live) == live);
    if (check_failures > failures) fprintf(stderr, "  in '%s' by %s, allocation %ld\n", s->name, method, k);
    err = no_error();
    const int32_t again = s->act(&err); /* the same handles work once there is memory */
    CHECK_OK(again, &err);
  } else {
    CHECK_OK(status, &err); /* a failure that is survived, e.g. fewer threads, is fine */
  }
  drop();
  return reached;
}

static void all_allocations(const story* s, int for_good) {
  s->before();
  (void)s->act(NULL);
  drop();
  const int failures = check_failures;
  long k = 0;
  while (k < 100000 && check_failures == failures && failing_at(s, k, for_good)) ++k;
  if (!for_good) printf("  %-16s %-18s %ld allocations\n", s->name, method, k);
}

/* A solve takes no memory: everything was taken when the solver was made. */
static void solving_takes_nothing(void) {
  have_solver();
  fen_error err = no_error();
  for (int round = 0; round < 2; ++round) {
    alloc_arm(0, 1);
    const int32_t status = solve(&err);
    const long taken = alloc_disarm();
    CHECK_OK(status, &err);
    CHECK(taken == 0);
    if (taken != 0) fprintf(stderr, "  %s: %ld allocations in solve %d\n", method, taken, round);
  }
  drop();
}

int main(void) {
  for (size_t i = 0; i < sizeof kStories / sizeof kStories[0]; ++i) {
    all_allocations(&kStories[i], 0);
    all_allocations(&kStories[i], 1);
  }
  for (int32_t i = 0; i < fen_term_count("minimize_method"); ++i) {
    method = fen_term_name("minimize_method", i);
    have_solver();
    const int made = w.solver != NULL; /* not every method suits the problem */
    drop();
    if (!made) continue;
    const story with_method[] = {{"solver", have_problem, make_solver}, {"solve", have_solver, solve}};
    for (int k = 0; k < 2; ++k) all_allocations(&with_method[k], 0);
    solving_takes_nothing();
  }
  for (int32_t i = 0; i < fen_term_count("bilevel_method"); ++i) {
    method = fen_term_name("bilevel_method", i);
    const story with_method = {"bilevel", nothing, bilevel};
    all_allocations(&with_method, 0);
    all_allocations(&with_method, 1);
  }
  return check_report("oom_terms");
}
