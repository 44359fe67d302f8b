/* test_oom.c -- every allocation of every function fails in turn, alone and with all that follow: the status is
 * FEN_E_NOMEM, nothing is written, nothing leaks, and the same handles work afterwards. */
#include "failing_malloc.h"
#include "fenchel/fenchel.h"
#include "fixtures.h"

enum { N = 9, M = 8, D = 2, K = 3 };

/* Everything a story may use, reset before each run. */
typedef struct world {
  double cost[N * M], x[N * D], y[M * D], big[K * N * M], phi[N], psi[M], plan[N * M], grad[N * M];
  int64_t rows[N], cols[N], indptr[N + 1], indices[N * M];
  fen_transport_result result, three[3];
  fen_geometry* geometry;
  fen_problem* problem;
  fen_solver* solver;
  int64_t number;
  double value;
} world;

static world w, before;
static fen_array cost_view, x_view, y_view, phi_view, psi_view, plan_view, grad_view, rows_view, cols_view;
static fen_transport_spec spec;
static fen_sinkhorn_options options;

static void reset(void) {
  memset(&w, 0, sizeof w);
  fill_cost(w.cost, N, M, 1);
  fill_uniform(w.x, N * D, 2);
  fill_uniform(w.y, M * D, 3);
  for (int k = 0; k < K; ++k) memcpy(w.big + k * N * M, w.cost, sizeof w.cost);
  cost_view = view2(FEN_F64, N, M, w.cost);
  x_view = view2(FEN_F64, N, D, w.x);
  y_view = view2(FEN_F64, M, D, w.y);
  phi_view = view1(FEN_F64, N, w.phi);
  psi_view = view1(FEN_F64, M, w.psi);
  plan_view = view2(FEN_F64, N, M, w.plan);
  grad_view = view2(FEN_F64, N, D, w.grad);
  rows_view = view1(FEN_I64, N, w.rows);
  cols_view = view1(FEN_I64, N, w.cols);
  w.result = w.three[0] = w.three[1] = w.three[2] = empty_result();
  spec = spec_of(0.05);
  options = default_options();
}

/* ---- stories: set up (nothing fails), act (allocations fail), clean up ---- */

static void nothing(void) {}

static int32_t make_matrix(fen_error* err) { return fen_matrix_create(&cost_view, &w.geometry, err); }
static int32_t make_packed(fen_error* err) {
  fen_array t = cost_view; /* read as the transpose: must be packed */
  t.shape[0] = M, t.shape[1] = N;
  t.strides[0] = cost_view.strides[1], t.strides[1] = cost_view.strides[0];
  return fen_matrix_create(&t, &w.geometry, err);
}
static int32_t make_cloud(fen_error* err) {
  return fen_point_cloud_create(&x_view, &y_view, "sqeuclidean", &w.geometry, err);
}
static int32_t make_grid(fen_error* err) {
  const int64_t shape[2] = {3, 3};
  return fen_grid_create(2, shape, NULL, "l1", FEN_F64, &w.geometry, err);
}
static int32_t misspelt(fen_error* err) {
  const int32_t status = fen_point_cloud_create(&x_view, &y_view, "sqeuclid", &w.geometry, err);
  return status == FEN_E_NAME ? FEN_OK : status;
}
static void drop(void) {
  fen_solver_destroy(w.solver);
  fen_problem_destroy(w.problem);
  fen_geometry_destroy(w.geometry);
}

static void have_cloud(void) { (void)make_cloud(NULL); }
static int32_t make_problem(fen_error* err) {
  return fen_transport_create(w.geometry, NULL, NULL, &spec, &w.problem, err);
}
static void have_problem(void) {
  have_cloud();
  (void)make_problem(NULL);
}

static const char* method;
static int32_t make_solver(fen_error* err) { return fen_sinkhorn_create(w.problem, method, &options, &w.solver, err); }
static void have_solver(void) {
  have_problem();
  (void)make_solver(NULL);
}
static int32_t solve(fen_error* err) { return fen_solver_solve(w.solver, &w.result, err); }
static int32_t solve_by_two(fen_error* err) {
  fen_solver* solver = NULL;
  options.num_threads = 2;
  int32_t status = fen_sinkhorn_create(w.problem, method, &options, &solver, err);
  options.num_threads = 1;
  if (status == FEN_OK) status = fen_solver_solve(solver, &w.result, err);
  fen_solver_destroy(solver);
  return status;
}
static void have_solved(void) {
  have_solver();
  (void)fen_solver_solve(w.solver, NULL, NULL);
}
static int32_t warm(fen_error* err) {
  double phi[N] = {0};
  const fen_array start = view1(FEN_F64, N, phi);
  return fen_solver_warm_start(w.solver, &start, NULL, err);
}
static int32_t potentials(fen_error* err) { return fen_transport_potentials(w.solver, &phi_view, &psi_view, err); }
static int32_t plan(fen_error* err) { return fen_transport_plan(w.solver, &plan_view, err); }
static int32_t count(fen_error* err) {
  return fen_transport_plan_csr(w.solver, 0.001, &w.number, NULL, NULL, NULL, err);
}
static int32_t csr(fen_error* err) {
  int64_t nnz = 0;
  int32_t status = fen_transport_plan_csr(w.solver, 0.001, &nnz, NULL, NULL, NULL, err);
  if (status != FEN_OK) return status;
  const fen_array ip = view1(FEN_I64, N + 1, w.indptr), ix = view1(FEN_I64, nnz, w.indices),
                  v = view1(FEN_F64, nnz, w.plan);
  return fen_transport_plan_csr(w.solver, 0.001, &nnz, &ip, &ix, &v, err);
}
static int32_t apply(fen_error* err) {
  double v[M] = {1};
  const fen_array in = view1(FEN_F64, M, v);
  return fen_transport_apply(w.solver, FEN_APPLY_NORMALIZE, &in, &phi_view, err);
}
static int32_t sample_rows(fen_error* err) {
  return fen_transport_sample(w.solver, FEN_SAMPLE_PER_ROW, 1, &rows_view, &cols_view, err);
}
static int32_t sample_distinct(fen_error* err) {
  return fen_transport_sample(w.solver, FEN_SAMPLE_WITHOUT_REPLACEMENT, 1, &rows_view, &cols_view, err);
}
static int32_t gradient(fen_error* err) { return fen_transport_gradient(w.solver, "x", &grad_view, err); }
static int32_t gradient_a(fen_error* err) { return fen_transport_gradient(w.solver, "a", &phi_view, err); }
static int32_t vjp(fen_error* err) {
  double c[N] = {1, -1};
  const fen_array phi = view1(FEN_F64, N, c);
  const fen_transport_bundle bundle = {.struct_size = sizeof bundle, .x = &grad_view, .b = &psi_view, .phi = &phi};
  return fen_transport_vjp(w.solver, 0, &bundle, err);
}
static int32_t jvp(fen_error* err) {
  double t[N * D] = {1, -1};
  const fen_array x = view2(FEN_F64, N, D, t);
  const fen_transport_bundle bundle = {.struct_size = sizeof bundle, .x = &x, .psi = &psi_view, .plan = &plan_view};
  return fen_transport_jvp(w.solver, 0, &bundle, err);
}
static int32_t written_cost(fen_error* err) { return fen_geometry_cost(w.geometry, &plan_view, err); }
static int32_t one_call(fen_error* err) {
  return fen_sinkhorn(NULL, NULL, &cost_view, &spec, "auto", &options, &phi_view, &psi_view, &w.result, err);
}
static int32_t divergence(fen_error* err) {
  return fen_sinkhorn_divergence(&x_view, &y_view, NULL, NULL, "l1", &spec, "auto", &options, &w.value, &grad_view,
                                 NULL, &phi_view, NULL, w.three, err);
}
static int32_t by_string(fen_error* err) { return fen_setting_set("fen_transport_spec", &spec, "eps", "0.05", err); }

/* A batch has a status each: here the call fails as a whole, or every failed item says NOMEM and wrote nothing. */
static int32_t batch(fen_error* err) {
  const fen_array big = view3(FEN_F64, K, N, M, w.big);
  double phi[K * N];
  int32_t statuses[K];
  int64_t failed = 0;
  for (int e = 0; e < K * N; ++e) phi[e] = -77;
  const fen_array out = view2(FEN_F64, K, N, phi);
  options.num_threads = 2;
  const int32_t status = fen_sinkhorn_batch(K, &big, NULL, NULL, NULL, &spec, "auto", &options, NULL, NULL, &out, NULL,
                                            NULL, statuses, NULL, &failed, err);
  options.num_threads = 1;
  if (status != FEN_OK) return status;
  for (int k = 0; k < K; ++k) {
    CHECK(statuses[k] == FEN_OK || statuses[k] == FEN_E_NOMEM);
    CHECK((statuses[k] == FEN_OK) == (phi[k * N] != -77));
  }
  return failed > 0 ? FEN_E_NOMEM : FEN_OK;
}

typedef struct story {
  const char* name;
  void (*before)(void);
  int32_t (*act)(fen_error*);
} story;

static const story kStories[] = {
    {"matrix", nothing, make_matrix},
    {"packed matrix", nothing, make_packed},
    {"cloud", nothing, make_cloud},
    {"grid", nothing, make_grid},
    {"misspelt name", nothing, misspelt},
    {"problem", have_cloud, make_problem},
    {"cost", have_cloud, written_cost},
    {"solver", have_problem, make_solver},
    {"solve", have_solver, solve},
    {"two threads", have_problem, solve_by_two},
    {"warm start", have_solver, warm},
    {"potentials", have_solved, potentials},
    {"plan", have_solved, plan},
    {"plan count", have_solved, count},
    {"plan csr", have_solved, csr},
    {"apply", have_solved, apply},
    {"sample rows", have_solved, sample_rows},
    {"sample distinct", have_solved, sample_distinct},
    {"gradient x", have_solved, gradient},
    {"gradient a", have_solved, gradient_a},
    {"vjp", have_solved, vjp},
    {"jvp", have_solved, jvp},
    {"one call", nothing, one_call},
    {"divergence", nothing, divergence},
    {"batch", nothing, batch},
    {"by string", nothing, by_string},
};

/* One story with allocation k failing; returns whether there was a k-th. */
static int failing_at(const story* s, long k, int for_good) {
  fen_error err = no_error();
  reset();
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
  reset();
  s->before();
  (void)s->act(NULL); /* what happens once per process (dispatch, locale of libc) happens here */
  drop();
  const int failures = check_failures;
  long k = 0;
  while (k < 100000 && check_failures == failures && failing_at(s, k, for_good)) ++k;
  if (!for_good) printf("  %-16s %-18s %ld allocations\n", s->name, method, k);
}

/* A solve takes no memory: everything was taken when the solver was made. */
static void solving_takes_nothing(void) {
  reset();
  have_solver();
  fen_error err = no_error();
  for (int round = 0; round < 2; ++round) {
    alloc_arm(0, 1);
    const int32_t status = fen_solver_solve(w.solver, &w.result, &err);
    const long taken = alloc_disarm();
    CHECK_OK(status, &err);
    CHECK(taken == 0);
    if (taken != 0) fprintf(stderr, "  %s: %ld allocations in solve\n", method, taken);
  }
  drop();
}

int main(void) {
  const size_t stories = sizeof kStories / sizeof kStories[0];
  method = "auto";
  for (size_t i = 0; i < stories; ++i) {
    all_allocations(&kStories[i], 0);
    all_allocations(&kStories[i], 1);
  }
  for (int32_t i = 0; i < fen_term_count("transport_method"); ++i) {
    method = fen_term_name("transport_method", i);
    const story with_method[] = {{"solver", have_problem, make_solver}, {"solve", have_solver, solve}};
    for (int k = 0; k < 2; ++k) all_allocations(&with_method[k], 0);
    solving_takes_nothing();
  }
  return check_report("oom");
}
