/* What an outside C program does first: one call, a callback, a refusal. */
#include <fenchel/fenchel.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static int32_t count_calls(void* user, const fen_progress* progress) {
  *(int*)user += progress->iteration >= 0;
  return 0;
}

static int expect(int condition, const char* what) {
  if (!condition) fprintf(stderr, "failed: %s\n", what);
  return condition ? 0 : 1;
}

int main(void) {
  double a[2] = {0.5, 0.5}, b[2] = {0.25, 0.75}, cost[4] = {0, 1, 1, 0}, phi[2], psi[2];
  const int64_t shape[2] = {2, 2};
  fen_array va, vb, vcost, vphi, vpsi;
  fen_array_init(&va, FEN_F64, 1, shape, a);
  fen_array_init(&vb, FEN_F64, 1, shape, b);
  fen_array_init(&vcost, FEN_F64, 2, shape, cost);
  fen_array_init(&vphi, FEN_F64, 1, shape, phi);
  fen_array_init(&vpsi, FEN_F64, 1, shape, psi);

  fen_transport_spec spec;
  fen_sinkhorn_options options;
  fen_transport_result result;
  fen_error err = {.struct_size = sizeof err};
  int wrong = expect(fen_transport_spec_init(&spec, sizeof spec) == FEN_OK, "spec");
  wrong += expect(fen_sinkhorn_options_init(&options, sizeof options) == FEN_OK, "options");
  wrong += expect(fen_transport_result_init(&result, sizeof result) == FEN_OK, "result");
  spec.eps = 0.05;
  wrong += expect(fen_sinkhorn(&va, &vb, &vcost, &spec, "auto", NULL, &vphi, &vpsi, &result, &err) == FEN_OK,
                  "fen_sinkhorn");
  wrong += expect(result.termination == FEN_CONVERGED && fabs(result.cost - 0.25) < 1e-6,
                  "a quarter of the mass moves by 1");

  fen_geometry* geometry = NULL;
  fen_problem* problem = NULL;
  fen_solver* solver = NULL;
  int calls = 0;
  options.monitor_interval = 0;
  wrong += expect(fen_matrix_create(&vcost, &geometry, &err) == FEN_OK, "fen_matrix_create");
  wrong += expect(fen_transport_create(geometry, &va, &vb, &spec, &problem, &err) == FEN_OK, "fen_transport_create");
  wrong += expect(fen_sinkhorn_create(problem, "sinkhorn", &options, &solver, &err) == FEN_OK, "fen_sinkhorn_create");
  wrong += expect(fen_solver_set_monitor(solver, count_calls, &calls) == FEN_OK, "fen_solver_set_monitor");
  wrong += expect(fen_solver_solve(solver, &result, &err) == FEN_OK && calls > 0, "the monitor is called");
  fen_solver_destroy(solver);
  fen_problem_destroy(problem);
  fen_geometry_destroy(geometry);

  spec.eps = -1;
  wrong +=
      expect(fen_sinkhorn(&va, &vb, &vcost, &spec, "auto", NULL, NULL, NULL, NULL, &err) == FEN_E_RANGE, "a refusal");
  wrong += expect(strstr(err.message, "eps") != NULL, "its message names the argument");
  wrong += expect(fen_abi_version() == FEN_ABI_VERSION, "header and library are of one ABI");
  if (wrong == 0) printf("C: fenchel %s, %s, cost %.6f\n", fen_version(), fen_target(), result.cost);
  return wrong;
}
