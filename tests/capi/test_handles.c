/* test_handles.c -- lifetimes and states: any order of destroying, wrong kinds, calls out of turn, calls from the
 * monitor. */
#include "fenchel/fenchel.h"
#include "fixtures.h"

enum { N = 12 };

static void any_order(void) {
  double cost[N * N];
  fill_cost(cost, N, N, 3);
  fen_solver* solver = matrix_solver(cost, N, N, 0.05, "auto", NULL); /* geometry and problem are gone */
  fen_error err = no_error();
  fen_transport_result result = empty_result();
  CHECK_OK(fen_solver_solve(solver, &result, &err), &err);
  CHECK(result.termination == FEN_CONVERGED);
  fen_solver_destroy(solver);
}

static void wrong_kind(void) {
  double cost[N * N];
  fill_cost(cost, N, N, 3);
  fen_error err = no_error();
  const fen_array view = view2(FEN_F64, N, N, cost);
  const fen_transport_spec spec = spec_of(0.1);
  fen_geometry* geometry = NULL;
  fen_problem* problem = NULL;
  fen_solver* solver = NULL;
  CHECK_OK(fen_matrix_create(&view, &geometry, &err), &err);
  CHECK_OK(fen_transport_create(geometry, NULL, NULL, &spec, &problem, &err), &err);
  CHECK_STATUS(FEN_E_STATE, fen_sinkhorn_create((fen_problem*)geometry, "auto", NULL, &solver, &err), &err);
  CHECK(strstr(err.message, "problem is not a live fen_problem") != NULL);
  CHECK_STATUS(FEN_E_STATE, fen_transport_create((fen_geometry*)problem, NULL, NULL, &spec, &problem, &err), &err);
  CHECK_STATUS(FEN_E_STATE, fen_solver_solve((fen_solver*)problem, NULL, &err), &err);
  CHECK(fen_geometry_rows((fen_geometry*)problem) == -1);
  CHECK(fen_geometry_rows(geometry) == N && fen_geometry_cols(geometry) == N &&
        fen_geometry_dtype(geometry) == FEN_F64);
  fen_solver_destroy((fen_solver*)geometry); /* ignored: not a solver */
  fen_problem_destroy((fen_problem*)geometry);
  fen_geometry_destroy((fen_geometry*)problem);
  CHECK(fen_geometry_rows(geometry) == N);
  fen_geometry_destroy(geometry);
  fen_problem_destroy(problem);
}

/* What needs a solution says so. */
static void before_solving(void) {
  double cost[N * N], plan[N * N], vector[N] = {0}, other[N] = {0};
  int64_t rows[N], cols[N], nnz = 3;
  fill_cost(cost, N, N, 3);
  fen_solver* solver = matrix_solver(cost, N, N, 0.1, "sinkhorn", NULL);
  fen_error err = no_error();
  fen_transport_result result = empty_result();
  const fen_array p = view2(FEN_F64, N, N, plan), v = view1(FEN_F64, N, vector), w = view1(FEN_F64, N, other);
  const fen_array r = view1(FEN_I64, N, rows), c = view1(FEN_I64, N, cols);
  CHECK_STATUS(FEN_E_STATE, fen_solver_result(solver, &result, &err), &err);
  CHECK_STATUS(FEN_E_STATE, fen_transport_potentials(solver, &v, &w, &err), &err);
  CHECK_STATUS(FEN_E_STATE, fen_transport_plan(solver, &p, &err), &err);
  CHECK_STATUS(FEN_E_STATE, fen_transport_plan_csr(solver, 0, &nnz, NULL, NULL, NULL, &err), &err);
  CHECK_STATUS(FEN_E_STATE, fen_transport_apply(solver, 0, &v, &w, &err), &err);
  CHECK_STATUS(FEN_E_STATE, fen_transport_sample(solver, FEN_SAMPLE_PER_ROW, 1, &r, &c, &err), &err);
  CHECK_STATUS(FEN_E_STATE, fen_transport_gradient(solver, "a", &v, &err), &err);
  fen_transport_bundle bundle = {.struct_size = sizeof bundle, .a = &v, .phi = &w};
  CHECK_STATUS(FEN_E_STATE, fen_transport_vjp(solver, 0, &bundle, &err), &err);
  CHECK_STATUS(FEN_E_STATE, fen_transport_jvp(solver, 0, &bundle, &err), &err);
  CHECK(strstr(err.message, "fen_solver_solve") != NULL && nnz == 3);
  fen_solver_destroy(solver);
}

/* ---- from the monitor ---- */

typedef struct visit {
  fen_solver* solver;
  int calls;
  int32_t statuses[4];
} visit;

static int32_t re_enter(void* user, const fen_progress* progress) {
  visit* v = user;
  double data[N];
  const fen_array phi = view1(FEN_F64, N, data);
  (void)progress;
  if (v->calls++ == 0) {
    v->statuses[0] = fen_solver_solve(v->solver, NULL, NULL);
    v->statuses[1] = fen_transport_potentials(v->solver, &phi, NULL, NULL);
    v->statuses[2] = fen_solver_set_monitor(v->solver, NULL, NULL);
    v->statuses[3] = fen_solver_warm_start(v->solver, NULL, NULL, NULL);
  }
  return 0;
}

static int32_t destroy_self(void* user, const fen_progress* progress) {
  visit* v = user;
  (void)progress;
  if (v->calls++ == 0) fen_solver_destroy(v->solver);
  return 0;
}

static void from_the_monitor(void) {
  double cost[N * N];
  fill_cost(cost, N, N, 3);
  fen_sinkhorn_options options = default_options();
  options.monitor_interval = 0;
  fen_error err = no_error();
  fen_transport_result result = empty_result();
  visit v = {matrix_solver(cost, N, N, 0.05, "sinkhorn", &options), 0, {0}};
  CHECK(fen_solver_set_monitor(v.solver, re_enter, &v) == FEN_OK);
  CHECK_OK(fen_solver_solve(v.solver, &result, &err), &err);
  CHECK(v.calls > 1 && result.termination == FEN_CONVERGED);
  for (int k = 0; k < 4; ++k) CHECK(v.statuses[k] == FEN_E_BUSY);

  v.calls = 0;
  CHECK(fen_solver_set_monitor(v.solver, destroy_self, &v) == FEN_OK);
  CHECK_OK(fen_solver_solve(v.solver, &result, &err), &err); /* ends cancelled, and frees the solver */
  CHECK(v.calls == 1 && result.termination == FEN_CANCELLED);
}

/* The borrowed cost matrix is not to be written, whatever the call. */
static void borrowed(void) {
  double cost[N * N];
  fill_cost(cost, N, N, 3);
  fen_solver* solver = matrix_solver(cost, N, N, 0.1, "auto", NULL);
  fen_error err = no_error();
  CHECK_OK(fen_solver_solve(solver, NULL, &err), &err);
  const fen_array inside = view1(FEN_F64, N, cost + N), all = view2(FEN_F64, N, N, cost);
  CHECK_STATUS(FEN_E_OVERLAP, fen_transport_potentials(solver, &inside, NULL, &err), &err);
  CHECK(strstr(err.message, "borrowed cost matrix") != NULL);
  CHECK_STATUS(FEN_E_OVERLAP, fen_transport_plan(solver, &all, &err), &err);
  CHECK_STATUS(FEN_E_OVERLAP, fen_transport_gradient(solver, "cost", &all, &err), &err);
  fen_solver_destroy(solver);
}

int main(void) {
  any_order();
  wrong_kind();
  before_solving();
  from_the_monitor();
  borrowed();
  return check_report("handles");
}
