/* test_threads.c -- the thread rule: a problem shared by many threads, a solver each, one solver used by two at once,
 * cancel from outside, and a thread with a small stack. Run under TSan too. */
#include <pthread.h>
#include <stdatomic.h>

#include "composite_fixtures.h"
#include "fenchel/fenchel.h"

enum { N = 40, THREADS = 64 };

static double cost[N * N];
static fen_geometry* geometry;
static fen_problem* problem;

static void make_problem(void) {
  fen_error err = no_error();
  fill_cost(cost, N, N, 2);
  const fen_array view = view2(FEN_F64, N, N, cost);
  const fen_transport_spec spec = spec_of(0.02);
  CHECK_OK(fen_matrix_create(&view, &geometry, &err), &err);
  CHECK_OK(fen_transport_create(geometry, NULL, NULL, &spec, &problem, &err), &err);
}

/* What one thread does and found; CHECK is for the main thread only. */
typedef struct job {
  pthread_t thread;
  int32_t num_threads, status;
  fen_transport_result result;
  double phi[N];
} job;

static void* solve_shared(void* argument) {
  job* j = argument;
  fen_sinkhorn_options options = default_options();
  options.num_threads = j->num_threads;
  fen_solver* solver = NULL;
  const fen_array phi = view1(FEN_F64, N, j->phi);
  j->result = empty_result();
  j->status = fen_sinkhorn_create(problem, "auto", &options, &solver, NULL);
  if (j->status == FEN_OK) j->status = fen_solver_solve(solver, &j->result, NULL);
  if (j->status == FEN_OK) j->status = fen_transport_potentials(solver, &phi, NULL, NULL);
  fen_solver_destroy(solver);
  return NULL;
}

static void many_threads(void) {
  static job jobs[THREADS];
  for (int i = 0; i < THREADS; ++i) {
    jobs[i].num_threads = 1 + i % 3;
    CHECK(pthread_create(&jobs[i].thread, NULL, solve_shared, &jobs[i]) == 0);
  }
  for (int i = 0; i < THREADS; ++i) pthread_join(jobs[i].thread, NULL);
  for (int i = 0; i < THREADS; ++i) {
    CHECK(jobs[i].status == FEN_OK && jobs[i].result.termination == FEN_CONVERGED);
    CHECK(memcmp(jobs[i].phi, jobs[0].phi, sizeof jobs[0].phi) == 0); /* for any number of threads */
  }
}

/* ---- one solver, two threads ---- */

static atomic_int inside, leave;

static int32_t wait_inside(void* user, const fen_progress* progress) {
  (void)user;
  (void)progress;
  atomic_store(&inside, 1);
  while (!atomic_load(&leave)) {
  }
  return 0;
}

static void* solve_one(void* solver) {
  fen_transport_result result = empty_result();
  static _Thread_local int32_t status;
  status = fen_solver_solve(solver, &result, NULL);
  return (void*)(intptr_t)(status == FEN_OK ? result.termination : status);
}

static fen_solver* watched_solver(void) {
  fen_error err = no_error();
  fen_sinkhorn_options options = default_options();
  options.monitor_interval = 0;
  options.tol = 1e-12;
  fen_solver* solver = NULL;
  CHECK_OK(fen_sinkhorn_create(problem, "sinkhorn", &options, &solver, &err), &err);
  CHECK(fen_solver_set_monitor(solver, wait_inside, NULL) == FEN_OK);
  atomic_store(&inside, 0);
  atomic_store(&leave, 0);
  return solver;
}

static void busy_and_cancel(void) {
  fen_solver* solver = watched_solver();
  pthread_t thread;
  void* end = NULL;
  CHECK(pthread_create(&thread, NULL, solve_one, solver) == 0);
  while (!atomic_load(&inside)) {
  }
  fen_error err = no_error();
  CHECK_STATUS(FEN_E_BUSY, fen_solver_solve(solver, NULL, &err), &err);
  CHECK(strstr(err.message, "solver is in use") != NULL);
  fen_cancel(solver);
  atomic_store(&leave, 1);
  pthread_join(thread, &end);
  CHECK((intptr_t)end == FEN_CANCELLED);
  CHECK_OK(fen_solver_solve(solver, NULL, &err), &err); /* free again */
  fen_solver_destroy(solver);
}

static void destroy_while_running(void) {
  fen_solver* solver = watched_solver();
  pthread_t thread;
  void* end = NULL;
  CHECK(pthread_create(&thread, NULL, solve_one, solver) == 0);
  while (!atomic_load(&inside)) {
  }
  fen_solver_destroy(solver);
  atomic_store(&leave, 1);
  pthread_join(thread, &end);
  CHECK((intptr_t)end == FEN_CANCELLED);
}

/* ---- a small stack, as JVM and musl threads have ---- */

static void* whole_story(void* argument) {
  job* j = argument;
  double x[N * 3], y[N * 3], value = 0, gx[N * 3];
  fill_uniform(x, N * 3, 4);
  fill_uniform(y, N * 3, 5);
  const fen_array px = view2(FEN_F64, N, 3, x), py = view2(FEN_F64, N, 3, y), g = view2(FEN_F64, N, 3, gx);
  const fen_transport_spec spec = spec_of(0.05);
  j->status = fen_sinkhorn_divergence(&px, &py, NULL, NULL, "euclidean", &spec, "auto", NULL, &value, &g, NULL, NULL,
                                      NULL, NULL, NULL);
  if (j->status != FEN_OK) return NULL;
  solve_shared(j);
  if (j->status != FEN_OK) return NULL;
  fen_error err = no_error();
  fen_solver* solver = NULL;
  j->status = fen_sinkhorn_create(problem, "auto", NULL, &solver, &err);
  if (j->status == FEN_OK) j->status = fen_solver_solve(solver, NULL, &err);
  const fen_array cot = view1(FEN_F64, N, j->phi), out = view1(FEN_F64, N, gx);
  const fen_transport_bundle bundle = {.struct_size = sizeof bundle, .a = &out, .phi = &cot};
  if (j->status == FEN_OK) j->status = fen_transport_vjp(solver, 0, &bundle, &err);
  fen_solver_destroy(solver);
  return NULL;
}

static void small_stack(void) {
  static job j = {.num_threads = 2};
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  CHECK(pthread_attr_setstacksize(&attributes, 256 * 1024) == 0);
  CHECK(pthread_create(&j.thread, &attributes, whole_story, &j) == 0);
  pthread_join(j.thread, NULL);
  pthread_attr_destroy(&attributes);
  CHECK(j.status == FEN_OK && j.result.termination == FEN_CONVERGED);
}

/* ---- composite problems: terms shared by all, a solver each, and rows of a prox over threads ---- */

enum { SAMPLES = 50, FEATURES = 20, COMPOSITE_JOBS = 24 };

typedef struct composite_job {
  pthread_t thread;
  const fen_problem* problem;
  const char* method;
  int32_t num_threads, status;
  double x[FEATURES];
} composite_job;

static void* minimise_shared(void* argument) {
  composite_job* j = argument;
  fen_solver* solver = NULL;
  fen_minimize_options options = minimize_options();
  options.num_threads = j->num_threads;
  const fen_array x = view1(FEN_F64, FEATURES, j->x);
  j->status = fen_minimize_create(j->problem, j->method, &options, &solver, NULL);
  if (j->status == FEN_OK) j->status = fen_minimize_solve(solver, &x, NULL, NULL);
  fen_solver_destroy(solver);
  return NULL;
}

static void composite_threads(void) {
  static const char* const methods[] = {"cd", "fista", "adaptive", "bcd"};
  static double a[SAMPLES * FEATURES], y[SAMPLES];
  static composite_job jobs[COMPOSITE_JOBS];
  fill_uniform(a, SAMPLES * FEATURES, 1);
  fill_uniform(y, SAMPLES, 2);
  const fen_array matrix = view2(FEN_F64, SAMPLES, FEATURES, a), targets = view1(FEN_F64, SAMPLES, y);
  fen_term *f = model_term("least_squares", &matrix, &targets, 0), *g = simple_term("prox", "l1", "lam", 0.3);
  fen_problem* lasso = composite_problem(FEN_F64, 0, f, g);
  for (int i = 0; i < COMPOSITE_JOBS; ++i) {
    jobs[i].problem = lasso;
    jobs[i].method = methods[i % 4];
    jobs[i].num_threads = 1 + i / 4 % 3;
    CHECK(pthread_create(&jobs[i].thread, NULL, minimise_shared, &jobs[i]) == 0);
  }
  for (int i = 0; i < COMPOSITE_JOBS; ++i) pthread_join(jobs[i].thread, NULL);
  for (int i = 0; i < COMPOSITE_JOBS; ++i) {
    CHECK(jobs[i].status == FEN_OK);
    CHECK(memcmp(jobs[i].x, jobs[i % 4].x, sizeof jobs[0].x) == 0); /* for any number of threads */
  }
  double one[SAMPLES * FEATURES], three[SAMPLES * FEATURES];
  const fen_array by_one = view2(FEN_F64, SAMPLES, FEATURES, one), by_three = view2(FEN_F64, SAMPLES, FEATURES, three);
  fen_term* simplex = simple_term("prox", "simplex", NULL, 0);
  CHECK(fen_prox_apply(simplex, &matrix, 1, NULL, &by_one, NULL, 1, NULL) == FEN_OK);
  CHECK(fen_prox_apply(simplex, &matrix, 1, NULL, &by_three, NULL, 3, NULL) == FEN_OK);
  CHECK(memcmp(one, three, sizeof one) == 0);
  fen_term_destroy(simplex);
  fen_problem_destroy(lasso);
  fen_term_destroy(f);
  fen_term_destroy(g);
}

int main(void) {
  make_problem();
  composite_threads();
  many_threads();
  busy_and_cancel();
  destroy_while_running();
  small_stack();
  fen_problem_destroy(problem);
  fen_geometry_destroy(geometry);
  return check_report("threads");
}
