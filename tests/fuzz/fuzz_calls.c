/* fuzz_calls.c -- random sequences of calls on a few handles of every kind: created, destroyed in any order, solved,
 * stopped, solved again, asked. Whatever the order, a status of the list comes back, and destroyed handles' parts live
 * on as needed. */
#include <math.h>

#include "fuzz_common.h"

enum { SLOTS = 3, N = 5, M = 4, D = 2, STEPS = 60 };

typedef struct world {
  fen_geometry* geometries[SLOTS];
  fen_problem* problems[SLOTS];
  fen_solver* solvers[SLOTS];
} world;

static double cost[N * M]; /* borrowed by geometries of every world */
static double numbers[64 * 64];

static fen_array view(int32_t dtype, int ndim, int64_t n, int64_t m, void* data) {
  const int64_t shape[2] = {n, m};
  fen_array a;
  fen_array_init(&a, dtype, ndim, shape, data);
  return a;
}

static void make_geometry(world* w, bytes* in) {
  fen_geometry* made = NULL;
  fen_error err = fresh_error();
  const unsigned kind = take_below(in, 4), slot = take_below(in, SLOTS);
  double x[(N + M) * D];
  for (int i = 0; i < (N + M) * D; ++i) x[i] = take_double(in);
  const fen_array c = view(FEN_F64, 2, N, M, cost), px = view(FEN_F64, 2, N, D, x),
                  py = view(FEN_F64, 2, M, D, x + N * D);
  const int64_t shape[2] = {2, 3};
  int32_t status;
  if (kind == 0)
    status = fen_matrix_create(&c, &made, &err);
  else if (kind < 3)
    status = fen_point_cloud_create(&px, kind == 1 ? &py : NULL, fen_term_name("cost", (int32_t)take_below(in, 4)),
                                    &made, &err);
  else
    status = fen_grid_create(2, shape, NULL, take_byte(in) & 1 ? "l1" : "sqeuclidean", FEN_F64, &made, &err);
  DEMAND((sane(status, &err) == FEN_OK) == (made != NULL));
  if (made == NULL) return;
  fen_geometry_destroy(w->geometries[slot]);
  w->geometries[slot] = made;
}

static void make_problem(world* w, bytes* in) {
  fen_geometry* geometry = w->geometries[take_below(in, SLOTS)];
  const unsigned slot = take_below(in, SLOTS), kind = take_byte(in);
  fen_problem* made = NULL;
  fen_error err = fresh_error();
  double a[8], b[8];
  for (int i = 0; i < 8; ++i) {
    a[i] = take_double(in);
    b[i] = take_double(in);
  }
  fen_transport_spec spec;
  fen_transport_spec_init(&spec, sizeof spec);
  spec.eps = 0.01 + take_byte(in) / 100.0;
  if (kind & 1) spec.rho_a = 0.1 + take_byte(in);
  if (kind & 2) spec.rho_b = 0.1 + take_byte(in);
  spec.reg_type = kind >> 2 & 1;
  spec.symmetric = kind >> 3 & 1;
  const fen_array va = view(FEN_F64, 1, geometry == NULL ? 1 : fen_geometry_rows(geometry), 1, a);
  const fen_array vb = view(FEN_F64, 1, geometry == NULL ? 1 : fen_geometry_cols(geometry), 1, b);
  const int32_t status =
      fen_transport_create(geometry, kind & 16 ? &va : NULL, kind & 32 ? &vb : NULL, &spec, &made, &err);
  DEMAND((sane(status, &err) == FEN_OK) == (made != NULL));
  if (made == NULL) return;
  fen_problem_destroy(w->problems[slot]);
  w->problems[slot] = made;
}

static void make_solver(world* w, bytes* in) {
  fen_problem* problem = w->problems[take_below(in, SLOTS)];
  const unsigned slot = take_below(in, SLOTS);
  fen_solver* made = NULL;
  fen_error err = fresh_error();
  fen_sinkhorn_options options;
  fen_sinkhorn_options_init(&options, sizeof options);
  options.max_iter = 1 + take_below(in, 40);
  options.monitor_interval = 0;
  options.num_threads = 1;
  const int32_t status = fen_sinkhorn_create(problem, fen_term_name("transport_method", (int32_t)take_below(in, 5)),
                                             &options, &made, &err);
  DEMAND((sane(status, &err) == FEN_OK) == (made != NULL));
  if (made == NULL) return;
  fen_solver_destroy(w->solvers[slot]);
  w->solvers[slot] = made;
}

static void drop(world* w, bytes* in) {
  const unsigned slot = take_below(in, SLOTS);
  switch (take_below(in, 3)) {
    case 0:
      fen_geometry_destroy(w->geometries[slot]);
      w->geometries[slot] = NULL;
      break;
    case 1:
      fen_problem_destroy(w->problems[slot]);
      w->problems[slot] = NULL;
      break;
    default:
      fen_solver_destroy(w->solvers[slot]);
      w->solvers[slot] = NULL;
  }
}

static int32_t answer_after(void* user, const fen_progress* progress) {
  const int32_t* plan = user; /* after so many iterations, this answer */
  return progress->iteration >= plan[0] ? plan[1] : 0;
}

static void solve(world* w, bytes* in) {
  fen_solver* solver = w->solvers[take_below(in, SLOTS)];
  int32_t plan[2] = {(int32_t)take_below(in, 30), (int32_t)take_below(in, 5) - 2};
  fen_transport_result result;
  fen_error err = fresh_error();
  fen_transport_result_init(&result, sizeof result);
  if (take_byte(in) & 1) fen_solver_set_monitor(solver, answer_after, plan);
  if (take_byte(in) > 230) fen_cancel(solver);
  const int32_t status = sane(fen_solver_solve(solver, &result, &err), &err);
  fen_solver_set_monitor(solver, NULL, NULL);
  if (status == FEN_OK) {
    DEMAND(result.termination > FEN_NOT_RUN && result.termination <= FEN_DIVERGED);
    DEMAND(result.termination != FEN_CONVERGED || result.error_a + result.error_b <= 2 * result.tol);
    /* From a wild warm start, what was reached when the solve was stopped may still be infinite; else that is called
     * diverged. */
    DEMAND(result.termination == FEN_DIVERGED || result.termination == FEN_CANCELLED ||
           (isfinite(result.cost) && isfinite(result.mass)));
  } else {
    DEMAND(status == FEN_E_NULL_ARGUMENT || status == FEN_E_CALLBACK || status == FEN_E_UNSUPPORTED);
    DEMAND(status != FEN_E_CALLBACK || err.detail == plan[1]);
  }
}

static void warm_start(world* w, bytes* in) {
  double phi[N], psi[M];
  for (int i = 0; i < N; ++i) phi[i] = take_double(in);
  for (int j = 0; j < M; ++j) psi[j] = take_double(in);
  const fen_array f = view(FEN_F64, 1, N, 1, phi), g = view(FEN_F64, 1, M, 1, psi);
  const unsigned kind = take_byte(in);
  fen_error err = fresh_error();
  sane(fen_solver_warm_start(w->solvers[take_below(in, SLOTS)], kind & 1 ? &f : NULL, kind & 2 ? &g : NULL, &err),
       &err);
}

/* Asks for anything, with arrays of the size that matrices and clouds have; grids refuse them by shape. */
static void ask(world* w, bytes* in) {
  static const char* const kNames[] = {"a", "b", "cost", "x", "y", "z"};
  fen_solver* solver = w->solvers[take_below(in, SLOTS)];
  fen_error err = fresh_error();
  double u[N * M], v[N * M], t[N * M];
  int64_t rows[N], cols[N], nnz = 0, indptr[N + 1], indices[N * M];
  for (int i = 0; i < N * M; ++i) u[i] = numbers[i];
  const fen_array n1 = view(FEN_F64, 1, N, 1, u), m1 = view(FEN_F64, 1, M, 1, v), nm = view(FEN_F64, 2, N, M, v);
  const fen_array nd = view(FEN_F64, 2, N, D, t), r = view(FEN_I64, 1, N, 1, rows), c = view(FEN_I64, 1, N, 1, cols);
  const fen_transport_bundle back = {
      .struct_size = sizeof back, .a = &n1, .x = take_byte(in) & 1 ? &nd : NULL, .psi = &m1};
  const fen_transport_bundle forth = {.struct_size = sizeof forth, .a = &n1, .plan = &nm};
  memset(v, 0, sizeof v);
  switch (take_below(in, 9)) {
    case 0:
      sane(fen_transport_potentials(solver, &n1, &m1, &err), &err);
      break;
    case 1:
      sane(fen_transport_plan(solver, &nm, &err), &err);
      break;
    case 2:
      if (sane(fen_transport_plan_csr(solver, 0.01, &nnz, NULL, NULL, NULL, &err), &err) == FEN_OK && nnz <= N * M) {
        const fen_array ip = view(FEN_I64, 1, N + 1, 1, indptr), ix = view(FEN_I64, 1, nnz, 1, indices),
                        e = view(FEN_F64, 1, nnz, 1, v);
        sane(fen_transport_plan_csr(solver, 0.01, &nnz, &ip, &ix, &e, &err), &err);
      }
      break;
    case 3:
      sane(fen_transport_apply(solver, FEN_APPLY_NORMALIZE, &m1, &n1, &err), &err);
      break;
    case 4:
      sane(fen_transport_sample(solver, (int32_t)take_below(in, 4), take_byte(in), &r, &c, &err), &err);
      break;
    case 5:
      sane(fen_transport_gradient(solver, kNames[take_below(in, 6)], &n1, &err), &err);
      break;
    case 6:
      sane(fen_transport_gradient(solver, kNames[take_below(in, 6)], &nd, &err), &err);
      break;
    case 7:
      sane(fen_transport_vjp(solver, 0, &back, &err), &err);
      break;
    default:
      sane(fen_transport_jvp(solver, 0, &forth, &err), &err);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static void (*const kSteps[])(world*, bytes*) = {make_geometry, make_problem, make_solver, drop, solve,
                                                   solve,         warm_start,   ask,         ask};
  bytes in = {data, size};
  world w;
  memset(&w, 0, sizeof w);
  for (int i = 0; i < N * M; ++i) cost[i] = numbers[i] = (double)(i * 37 % 64) / 64;
  for (int step = 0; step < STEPS && in.left > 0; ++step)
    kSteps[take_below(&in, sizeof kSteps / sizeof kSteps[0])](&w, &in);
  for (int slot = 0; slot < SLOTS; ++slot) {
    fen_geometry_destroy(w.geometries[slot]);
    fen_problem_destroy(w.problems[slot]);
    fen_solver_destroy(w.solvers[slot]);
  }
  return 0;
}
