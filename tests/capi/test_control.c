/* test_control.c -- cancel and callback failure at every call k = 1 .. N, for every method and kind of geometry;
 * limits. */
#include "fenchel/fenchel.h"
#include "fixtures.h"

enum { N = 24, MOST = 60, LARGE = 400 };

typedef struct stop {
  int calls, at;
  int32_t answer;
  int finite; /* the progress made sense each time */
} stop;

static int32_t stop_at(void* user, const fen_progress* progress) {
  stop* s = user;
  ++s->calls;
  s->finite += progress->struct_size == sizeof *progress && progress->iteration >= 0 && progress->passes >= 0 &&
               progress->tol > 0 && progress->eps > 0 && progress->seconds >= 0;
  return s->calls == s->at ? s->answer : 0;
}

static fen_geometry* make_geometry(const char* kind, double* storage) {
  fen_error err = no_error();
  fen_geometry* geometry = NULL;
  if (strcmp(kind, "matrix") == 0) {
    fill_cost(storage, N, N, 5);
    const fen_array view = view2(FEN_F64, N, N, storage);
    CHECK_OK(fen_matrix_create(&view, &geometry, &err), &err);
  } else if (strcmp(kind, "cloud") == 0) {
    fill_uniform(storage, 2 * N * 2, 5);
    const fen_array x = view2(FEN_F64, N, 2, storage), y = view2(FEN_F64, N, 2, storage + 2 * N);
    CHECK_OK(fen_point_cloud_create(&x, &y, "euclidean", &geometry, &err), &err);
  } else {
    const int64_t shape[2] = {4, N / 4};
    CHECK_OK(fen_grid_create(2, shape, NULL, "sqeuclidean", FEN_F64, &geometry, &err), &err);
  }
  return geometry;
}

/* What an undisturbed solve finds. */
typedef struct found {
  double phi[N];
  int64_t passes;
} found;

static found undisturbed(fen_problem* problem, const char* method) {
  fen_error err = no_error();
  fen_transport_result result = empty_result();
  fen_solver* solver = NULL;
  found f;
  const fen_array phi = view1(FEN_F64, N, f.phi);
  CHECK_OK(fen_sinkhorn_create(problem, method, NULL, &solver, &err), &err);
  CHECK_OK(fen_solver_solve(solver, &result, &err), &err);
  CHECK_OK(fen_transport_potentials(solver, &phi, NULL, &err), &err);
  f.passes = result.passes;
  fen_solver_destroy(solver);
  return f;
}

/* Stops at call k; the answer is finite, and the next solve is as if nothing had been. Returns whether call k was
 * reached. */
static int stopped_at(fen_problem* problem, const char* method, int k, int32_t answer, const found* fresh) {
  fen_sinkhorn_options options = default_options();
  options.monitor_interval = 0;
  fen_error err = no_error();
  fen_transport_result result = empty_result();
  fen_solver* solver = NULL;
  stop s = {0, k, answer, 0};
  CHECK_OK(fen_sinkhorn_create(problem, method, &options, &solver, &err), &err);
  CHECK(fen_solver_set_monitor(solver, stop_at, &s) == FEN_OK);
  const fen_transport_result before = result;
  const int32_t status = fen_solver_solve(solver, &result, &err);
  const int reached = s.calls >= k;
  CHECK(s.finite == s.calls && s.calls <= (reached ? k : s.calls));
  if (!reached) {
    CHECK_OK(status, &err);
  } else if (answer > 0) {
    CHECK_OK(status, &err);
    CHECK(result.termination == FEN_CANCELLED);
    CHECK(isfinite(result.error_a) && isfinite(result.error_b) && isfinite(result.dual));
  } else {
    CHECK_STATUS(FEN_E_CALLBACK, status, &err);
    CHECK(err.detail == answer && memcmp(&before, &result, sizeof result) == 0);
  }
  double phi[N], psi[N];
  const fen_array f = view1(FEN_F64, N, phi), g = view1(FEN_F64, N, psi);
  CHECK_OK(fen_transport_potentials(solver, &f, &g, &err), &err); /* the best so far, also after a failure */
  for (int i = 0; i < N; ++i) CHECK(isfinite(phi[i]) && isfinite(psi[i]));

  s.at = 0; /* and it solves again, to the end */
  result = empty_result();
  CHECK_OK(fen_solver_solve(solver, &result, &err), &err);
  CHECK(result.termination == FEN_CONVERGED && result.passes == fresh->passes);
  CHECK_OK(fen_transport_potentials(solver, &f, NULL, &err), &err);
  CHECK(memcmp(phi, fresh->phi, sizeof phi) == 0);
  fen_solver_destroy(solver);
  return reached;
}

static void every_call(const char* kind, const char* method) {
  double storage[N * N];
  double a[N];
  uint64_t seed = 9;
  double sum = 0;
  for (int i = 0; i < N; ++i) sum += a[i] = 0.1 + uniform(&seed);
  for (int i = 0; i < N; ++i) a[i] /= sum;
  fen_error err = no_error();
  fen_geometry* geometry = make_geometry(kind, storage);
  const fen_transport_spec spec = spec_of(0.05);
  const fen_array weights = view1(FEN_F64, N, a);
  fen_problem* problem = NULL;
  CHECK_OK(fen_transport_create(geometry, &weights, NULL, &spec, &problem, &err), &err);
  const found fresh = undisturbed(problem, method);
  int k = 1;
  while (k <= MOST && stopped_at(problem, method, k, 7, &fresh)) {
    stopped_at(problem, method, k, -1000 - k, &fresh);
    ++k;
  }
  if (!CHECK(k > 1)) fprintf(stderr, "  the monitor was never called: %s by %s\n", kind, method);
  fen_problem_destroy(problem);
  fen_geometry_destroy(geometry);
}

static void cancel_before(void) {
  double cost[N * N];
  fill_cost(cost, N, N, 5);
  fen_solver* solver = matrix_solver(cost, N, N, 0.02, "auto", NULL);
  fen_error err = no_error();
  fen_transport_result result = empty_result();
  fen_cancel(solver);
  CHECK_OK(fen_solver_solve(solver, &result, &err), &err);
  CHECK(result.termination == FEN_CANCELLED);
  CHECK_OK(fen_solver_solve(solver, &result, &err), &err); /* one cancel ends one solve */
  CHECK(result.termination == FEN_CONVERGED);
  fen_solver_destroy(solver);
}

static int32_t cancel_self(void* user, const fen_progress* progress) {
  (void)progress;
  fen_cancel(user);
  return 0;
}

static void cancel_within(void) {
  double cost[N * N];
  fill_cost(cost, N, N, 5);
  fen_sinkhorn_options options = default_options();
  options.monitor_interval = 0;
  options.tol = 1e-12;
  fen_solver* solver = matrix_solver(cost, N, N, 0.001, "sinkhorn", &options);
  fen_error err = no_error();
  fen_transport_result result = empty_result();
  CHECK(fen_solver_set_monitor(solver, cancel_self, solver) == FEN_OK);
  CHECK_OK(fen_solver_solve(solver, &result, &err), &err);
  CHECK(result.termination == FEN_CANCELLED && result.iterations <= 2);
  fen_solver_destroy(solver);
}

static void limits(void) {
  double cost[N * N];
  fill_cost(cost, N, N, 5);
  fen_sinkhorn_options options = default_options();
  options.max_iter = 3;
  options.tol = 1e-12;
  fen_error err = no_error();
  fen_transport_result result = empty_result();
  fen_solver* solver = matrix_solver(cost, N, N, 0.001, "sinkhorn", &options);
  CHECK_OK(fen_solver_solve(solver, &result, &err), &err);
  CHECK(result.termination == FEN_MAX_ITER && result.iterations == 3);
  fen_solver_destroy(solver);
  static double large[LARGE * LARGE]; /* hundreds of sweeps of some 100 us: neither converged nor stalled within 1 ms */
  fill_cost(large, LARGE, LARGE, 6);
  options.max_iter = INT64_C(1000000000);
  options.time_limit = 1e-3;
  solver = matrix_solver(large, LARGE, LARGE, 1e-3, "sinkhorn", &options);
  CHECK_OK(fen_solver_solve(solver, &result, &err), &err);
  CHECK(result.termination == FEN_TIME_LIMIT && result.seconds >= 1e-3 && result.seconds < 1);
  fen_solver_destroy(solver);
}

int main(void) {
  for (int32_t i = 0; i < fen_term_count("transport_method"); ++i) {
    const char* method = fen_term_name("transport_method", i);
    every_call("matrix", method);
    every_call("cloud", method);
  }
  every_call("grid", "auto");
  every_call("grid", "sinkhorn");
  cancel_before();
  cancel_within();
  limits();
  return check_report("control");
}
