/* test_minimize.c -- fenchel.h section 11: solvers of composite problems: every method, misuse, warm starts, traces. */
#include "lasso_fixture.h"

/* Every method solves the lasso, or says at once why it does not; strided output, f32, warm starts and repetition. */
static void every_method(int32_t dtype) {
  fen_problem* problem = lasso(dtype);
  const double accuracy = dtype == FEN_F64 ? 1e-6 : 1e-3;
  double best = HUGE_VAL;
  int solved = 0;
  for (int32_t i = 0; i < fen_term_count("minimize_method"); ++i) {
    const char* method = fen_term_name("minimize_method", i);
    fen_solver* solver = NULL;
    fen_minimize_options options = minimize_options();
    options.max_iter = 200000;
    const int32_t made = fen_minimize_create(problem, method, &options, &solver, &err);
    if (made == FEN_E_UNSUPPORTED) {
      CHECK(strlen(err.message) > 20 && solver == NULL);
      continue;
    }
    if (!CHECK_OK(made, &err)) continue;
    double raw[2 * N], x[N];
    fen_array out = view1(dtype, N, raw);
    out.strides[0] *= 2;
    fen_minimize_result result = minimize_result(), again = minimize_result();
    CHECK_STATUS(FEN_E_STATE, fen_minimize_result_get(solver, &again, &err), &err);
    CHECK_STATUS(FEN_E_STATE, fen_minimize_solution(solver, &out, &err), &err);
    CHECK_OK(fen_minimize_solve(solver, &out, &result, &err), &err);
    for (int j = 0; j < N; ++j) x[j] = dtype == FEN_F64 ? raw[2 * j] : (double)((float*)raw)[2 * j];
    const double value = objective(x);
    if (!CHECK(result.termination == FEN_CONVERGED)) fprintf(stderr, "  by %s: %d\n", method, result.termination);
    if (!CHECK_CLOSE(result.objective, value, accuracy * value)) fprintf(stderr, "  by %s\n", method);
    if (best == HUGE_VAL) best = value;
    if (!CHECK_CLOSE(value, best, accuracy * best)) fprintf(stderr, "  by %s\n", method);
    CHECK(result.certificate != FEN_CERTIFICATE_NONE && result.iterations >= 0 && result.tol > 0);
    CHECK(result.method > 0 && fen_term_name("minimize_method", result.method) != NULL);
    CHECK_OK(fen_minimize_result_get(solver, &again, &err), &err);
    CHECK(memcmp(&again, &result, sizeof again) == 0);
    /* from the solution it is there at once; from zero again it is as before */
    CHECK_OK(fen_minimize_warm_start(solver, &out, &err), &err);
    CHECK_OK(fen_minimize_solve(solver, NULL, &again, &err), &err);
    if (!CHECK(again.termination == FEN_CONVERGED && again.iterations <= result.iterations))
      fprintf(stderr, "  by %s: %lld from the solution, %lld from zero\n", method, (long long)again.iterations,
              (long long)result.iterations);
    CHECK_OK(fen_minimize_warm_start(solver, NULL, &err), &err);
    CHECK_OK(fen_minimize_solve(solver, NULL, &again, &err), &err);
    again.seconds = result.seconds;
    if (again.products < result.products) again.products = result.products; /* bounds of norms are taken once */
    if (!CHECK(memcmp(&again, &result, sizeof again) == 0))
      fprintf(stderr, "  by %s: a second solve differs\n", method);
    fen_solver_destroy(solver);
    ++solved;
  }
  CHECK(solved >= 3);
  fen_problem_destroy(problem);
}

static void misuse(void) {
  fen_problem* problem = lasso(FEN_F64);
  fen_solver* solver = NULL;
  fen_minimize_options options = minimize_options();
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, fen_minimize_create(NULL, "auto", NULL, &solver, &err), &err);
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, fen_minimize_create(problem, NULL, NULL, &solver, &err), &err);
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, fen_minimize_create(problem, "auto", NULL, NULL, &err), &err);
  CHECK_STATUS(FEN_E_NAME, fen_minimize_create(problem, "fistaa", NULL, &solver, &err), &err);
  CHECK(strstr(err.message, "'fista'") != NULL);
  options.tol = -1;
  CHECK_STATUS(FEN_E_RANGE, fen_minimize_create(problem, "auto", &options, &solver, &err), &err);
  options.tol = NAN;
  CHECK_STATUS(FEN_E_RANGE, fen_minimize_create(problem, "auto", &options, &solver, &err), &err);
  options = minimize_options();
  options.step_rule = 6;
  CHECK_STATUS(FEN_E_RANGE, fen_minimize_create(problem, "auto", &options, &solver, &err), &err);
  options = minimize_options();
  options.struct_size = 12;
  CHECK_STATUS(FEN_E_STRUCT_SIZE, fen_minimize_create(problem, "auto", &options, &solver, &err), &err);
  struct {
    fen_minimize_options known;
    int64_t newer;
  } grown = {minimize_options(), 0};
  grown.known.struct_size = sizeof grown;
  CHECK_OK(fen_minimize_create(problem, "auto", &grown.known, &solver, &err), &err);
  fen_solver_destroy(solver);
  solver = NULL;
  grown.newer = 1;
  CHECK_STATUS(FEN_E_STRUCT_SIZE, fen_minimize_create(problem, "auto", &grown.known, &solver, &err), &err);
  fen_minimize_options older = minimize_options(); /* ends behind a field of today */
  older.struct_size = offsetof(fen_minimize_options, max_iter) + sizeof older.max_iter;
  CHECK_OK(fen_minimize_create(problem, "auto", &older, &solver, &err), &err);

  double x[N + 1] = {0};
  const fen_array good = view1(FEN_F64, N, x), longer = view1(FEN_F64, N + 1, x), single = view1(FEN_F32, N, x);
  const fen_array inside = view1(FEN_F64, N, a + 1);
  fen_minimize_result result = minimize_result();
  CHECK_STATUS(FEN_E_SHAPE, fen_minimize_solve(solver, &longer, &result, &err), &err);
  CHECK_STATUS(FEN_E_DTYPE, fen_minimize_solve(solver, &single, &result, &err), &err);
  CHECK_STATUS(FEN_E_OVERLAP, fen_minimize_solve(solver, &inside, &result, &err), &err); /* A is borrowed */
  CHECK_STATUS(FEN_E_SHAPE, fen_minimize_warm_start(solver, &longer, &err), &err);
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, fen_minimize_solve(NULL, &good, &result, &err), &err);
  x[2] = NAN;
  CHECK_STATUS(FEN_E_NOT_FINITE, fen_minimize_warm_start(solver, &good, &err), &err);
  result.struct_size = 0;
  CHECK_STATUS(FEN_E_STRUCT_SIZE, fen_minimize_solve(solver, &good, &result, &err), &err);
  int64_t count = 0;
  CHECK_STATUS(FEN_E_STATE, fen_minimize_dual(solver, 0, &good, &err), &err);
  CHECK_STATUS(FEN_E_STATE, fen_minimize_trace(solver, &count, NULL, &err), &err);
  CHECK_STATUS(FEN_E_RANGE, fen_minimize_dual(solver, 1, &good, &err), &err);
  CHECK_STATUS(FEN_E_RANGE, fen_minimize_dual(solver, -1, &good, &err), &err);
  /* calls for transport */
  fen_transport_result transport = empty_result();
  double big[N * N];
  const fen_array plan = view2(FEN_F64, N, N, big);
  CHECK_STATUS(FEN_E_STATE, fen_solver_solve(solver, &transport, &err), &err);
  CHECK_STATUS(FEN_E_STATE, fen_solver_warm_start(solver, NULL, NULL, &err), &err);
  CHECK_STATUS(FEN_E_STATE, fen_solver_result(solver, &transport, &err), &err);
  CHECK_STATUS(FEN_E_STATE, fen_transport_plan(solver, &plan, &err), &err);
  CHECK_STATUS(FEN_E_STATE, fen_transport_potentials(solver, &good, NULL, &err), &err);
  CHECK_STATUS(FEN_E_STATE, fen_transport_gradient(solver, "a", &good, &err), &err);
  CHECK_STATUS(FEN_E_STATE, fen_transport_sample(solver, 0, 1, &good, &good, &err), &err);
  CHECK(strstr(err.message, "composite") != NULL);
  fen_solver_destroy(solver);
  fen_problem_destroy(problem);
}

static void traces(void) {
  fen_problem* problem = lasso(FEN_F64);
  fen_minimize_options options = minimize_options();
  options.trace = 4;
  fen_solver* solver = solver_of(problem, "ista", &options);
  fen_minimize_result result = minimize_result();
  CHECK_OK(fen_minimize_solve(solver, NULL, &result, &err), &err);
  int64_t count = -1;
  double records[5 * 6];
  CHECK_OK(fen_minimize_trace(solver, &count, NULL, &err), &err);
  CHECK(count == 4);
  const fen_array all = view2(FEN_F64, 4, 6, records), more = view2(FEN_F64, 5, 6, records);
  const fen_array two = view2(FEN_F64, 2, 6, records), narrow = view2(FEN_F64, 2, 5, records);
  CHECK_OK(fen_minimize_trace(solver, &count, &all, &err), &err);
  for (int k = 1; k < 4; ++k) CHECK(records[6 * k] > records[6 * (k - 1)] && records[6 * k + 1] >= records[6 * k - 5]);
  const double last = records[6 * 3 + 2];
  CHECK_OK(fen_minimize_trace(solver, &count, &two, &err), &err);
  CHECK(records[6 + 2] == last); /* the last ones */
  CHECK_STATUS(FEN_E_SHAPE, fen_minimize_trace(solver, &count, &more, &err), &err);
  CHECK_STATUS(FEN_E_SHAPE, fen_minimize_trace(solver, &count, &narrow, &err), &err);
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, fen_minimize_trace(solver, NULL, &two, &err), &err);
  fen_solver_destroy(solver);
  fen_problem_destroy(problem);
}

int main(void) {
  err = no_error();
  misuse();
  every_method(FEN_F64);
  every_method(FEN_F32);
  traces();
  return check_report("minimize");
}
