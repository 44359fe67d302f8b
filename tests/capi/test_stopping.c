/* test_stopping.c -- fenchel.h section 11: progress, cancel and limits, monitors and callback terms that fail at call
 * k, and what a solver answers afterwards. */
#include "lasso_fixture.h"

enum { MOST = 12 };

/* ---- stopping ---- */

typedef struct stop {
  int calls, at;
  int32_t answer;
  fen_solver* busy; /* used from within */
} stop;

static int32_t stop_at(void* user, const fen_progress* progress) {
  stop* s = user;
  CHECK(progress->struct_size == sizeof *progress && progress->iteration >= 0 && progress->seconds >= 0);
  if (s->busy != NULL) {
    fen_minimize_result result = minimize_result();
    CHECK_STATUS(FEN_E_BUSY, fen_minimize_solve(s->busy, NULL, &result, NULL), NULL);
  }
  return ++s->calls == s->at ? s->answer : 0;
}

static void monitors(void) {
  fen_problem* problem = lasso(FEN_F64);
  fen_minimize_options options = minimize_options();
  options.monitor_interval = 0;
  for (int32_t i = 0; i < fen_term_count("minimize_method"); ++i) {
    fen_solver* solver = NULL;
    if (fen_minimize_create(problem, fen_term_name("minimize_method", i), &options, &solver, &err) != FEN_OK) continue;
    double x[N], fresh[N];
    const fen_array out = view1(FEN_F64, N, x), undisturbed = view1(FEN_F64, N, fresh);
    CHECK_OK(fen_minimize_solve(solver, &undisturbed, NULL, &err), &err);
    for (int k = 1; k <= MOST; ++k) {
      for (int32_t answer = -3; answer <= 1; answer += 4) {
        stop s = {0, k, answer, solver};
        fen_minimize_result result = minimize_result(), before = result;
        CHECK(fen_solver_set_monitor(solver, stop_at, &s) == FEN_OK);
        for (int j = 0; j < N; ++j) x[j] = 77;
        CHECK_OK(fen_minimize_warm_start(solver, NULL, &err), &err);
        const int32_t status = fen_minimize_solve(solver, &out, &result, &err);
        if (s.calls < k) {
          CHECK_OK(status, &err);
        } else if (answer > 0) {
          CHECK_OK(status, &err);
          CHECK(result.termination == FEN_CANCELLED && isfinite(result.objective));
          CHECK_CLOSE(result.objective, objective(x), 1e-9 * (1 + result.objective));
        } else {
          CHECK_STATUS(FEN_E_CALLBACK, status, &err);
          CHECK(err.detail == -3 && x[0] == 77 && memcmp(&result, &before, sizeof result) == 0);
        }
      }
    }
    CHECK(fen_solver_set_monitor(solver, NULL, NULL) == FEN_OK);
    CHECK_OK(fen_minimize_warm_start(solver, NULL, &err), &err);
    CHECK_OK(fen_minimize_solve(solver, &out, NULL, &err), &err);
    if (!CHECK(memcmp(x, fresh, sizeof x) == 0))
      fprintf(stderr, "  %s is not what it was before it was stopped\n", fen_term_name("minimize_method", i));
    fen_solver_destroy(solver);
  }
  fen_problem_destroy(problem);
}

static void limits(void) {
  fen_problem* problem = lasso(FEN_F64);
  fen_minimize_options options = minimize_options();
  options.max_iter = 1;
  options.tol = 1e-15;
  fen_solver* solver = solver_of(problem, "ista", &options);
  fen_minimize_result result = minimize_result();
  CHECK_OK(fen_minimize_solve(solver, NULL, &result, &err), &err);
  CHECK(result.termination == FEN_MAX_ITER && result.iterations == 1);
  fen_cancel(solver); /* before: ends the next solve, once */
  CHECK_OK(fen_minimize_solve(solver, NULL, &result, &err), &err);
  CHECK(result.termination == FEN_CANCELLED);
  CHECK_OK(fen_minimize_solve(solver, NULL, &result, &err), &err);
  CHECK(result.termination == FEN_MAX_ITER);
  fen_solver_destroy(solver);
  fen_problem_destroy(problem);
}

/* ---- callback terms that fail at call k ---- */

typedef struct failing {
  int calls, at;
  int32_t answer;
} failing;

static int32_t distance(void* user, int64_t n, int32_t dtype, const void* px, double* value, void* gradient) {
  failing* q = user;
  const double* x = px;
  if (dtype != FEN_F64) return -100;
  *value = 0;
  for (int64_t i = 0; i < n; ++i) {
    const double d = x[i] - (double)(i + 1);
    *value += (double)(i + 1) * d * d / 2;
    if (gradient != NULL) ((double*)gradient)[i] = (double)(i + 1) * d;
  }
  return ++q->calls == q->at ? q->answer : 0;
}

static void failing_terms(void) {
  failing q = {0, 0, 0};
  fen_term *f = NULL, *g = simple_term("prox", "l1", "lam", 0.5);
  CHECK_OK(fen_smooth_callback(N, distance, NULL, HUGE_VAL, 1, &q, &f, &err), &err);
  fen_problem* problem = composite_problem(FEN_F64, 0, f, g);
  for (int32_t i = 0; i < fen_term_count("minimize_method"); ++i) {
    const char* method = fen_term_name("minimize_method", i);
    fen_solver* solver = NULL;
    q.at = 0;
    if (fen_minimize_create(problem, method, NULL, &solver, &err) != FEN_OK) continue;
    double x[N];
    fen_minimize_result result = minimize_result();
    const fen_array out = view1(FEN_F64, N, x);
    CHECK_OK(fen_minimize_solve(solver, &out, &result, &err), &err);
    for (int j = 0; result.termination == FEN_CONVERGED && j < N; ++j) CHECK_CLOSE(x[j], j + 1 - 0.5 / (j + 1), 1e-5);
    for (int k = 1; k <= MOST; ++k) {
      q.calls = 0, q.at = k, q.answer = -k;
      CHECK_OK(fen_minimize_warm_start(solver, NULL, &err), &err);
      for (int j = 0; j < N; ++j) x[j] = 77;
      int32_t status = fen_minimize_solve(solver, &out, &result, &err);
      if (q.calls >= k) {
        if (!CHECK_STATUS(FEN_E_CALLBACK, status, &err)) fprintf(stderr, "  by %s at %d\n", method, k);
        CHECK(err.detail == -k && x[0] == 77);
      }
      q.calls = 0, q.answer = 1;
      CHECK_OK(fen_minimize_warm_start(solver, NULL, &err), &err);
      status = fen_minimize_solve(solver, &out, &result, &err);
      if (q.calls >= k) {
        if (!CHECK_OK(status, &err)) fprintf(stderr, "  by %s at %d\n", method, k);
        CHECK(result.termination == FEN_CANCELLED && isfinite(x[0]) && x[0] != 77);
      }
    }
    fen_solver_destroy(solver);
  }
  fen_problem_destroy(problem);
  fen_term_destroy(f);
  fen_term_destroy(g);
}

/* ---- what a solver answers when its first solve failed ---- */

static void answers_nothing(fen_solver* solver) {
  double x[N];
  int64_t count = -1;
  const fen_array out = view1(FEN_F64, N, x);
  fen_minimize_result result = minimize_result();
  CHECK_STATUS(FEN_E_STATE, fen_minimize_result_get(solver, &result, &err), &err);
  CHECK_STATUS(FEN_E_STATE, fen_minimize_solution(solver, &out, &err), &err);
  CHECK_STATUS(FEN_E_STATE, fen_minimize_dual(solver, 0, &out, &err), &err);
  CHECK_STATUS(FEN_E_STATE, fen_minimize_trace(solver, &count, NULL, &err), &err);
  CHECK(count == -1);
}

/* As after a cancel: the best iterate so far and its result, and the records of the iterations that were finished. */
static void answers_as_cancelled(fen_solver* solver, double* x, fen_minimize_result* result) {
  double records[MOST * 6];
  int64_t count = -1;
  const fen_array out = view1(FEN_F64, N, x);
  CHECK_OK(fen_minimize_result_get(solver, result, &err), &err);
  CHECK_OK(fen_minimize_solution(solver, &out, &err), &err);
  CHECK_OK(fen_minimize_trace(solver, &count, NULL, &err), &err);
  CHECK(result->termination == FEN_CANCELLED && count >= 0 && count <= MOST);
  for (int j = 0; j < N; ++j) CHECK(isfinite(x[j]));
  if (count == 0) return;
  const fen_array all = view2(FEN_F64, count, 6, records);
  CHECK_OK(fen_minimize_trace(solver, &count, &all, &err), &err);
  CHECK(records[6 * (count - 1)] <= (double)result->iterations);
}

static void first_solves_that_fail(void) {
  fen_problem* problem = lasso(FEN_F64);
  fen_minimize_options options = minimize_options();
  options.monitor_interval = 0;
  options.trace = MOST;
  for (int32_t i = 0; i < fen_term_count("minimize_method"); ++i) {
    const char* method = fen_term_name("minimize_method", i);
    for (int k = 1; k <= 3; ++k) {
      fen_solver* solver = NULL;
      if (fen_minimize_create(problem, method, &options, &solver, &err) != FEN_OK) break;
      double x[N + 1];
      fen_minimize_result result = minimize_result();
      const fen_array longer = view1(FEN_F64, N + 1, x);
      answers_nothing(solver);
      CHECK_STATUS(FEN_E_SHAPE, fen_minimize_solve(solver, &longer, &result, &err), &err);
      answers_nothing(solver); /* it was refused, not begun */
      stop s = {0, k, -3, NULL};
      CHECK(fen_solver_set_monitor(solver, stop_at, &s) == FEN_OK);
      const int32_t status = fen_minimize_solve(solver, NULL, &result, &err);
      if (s.calls == k) {
        CHECK_STATUS(FEN_E_CALLBACK, status, &err);
        answers_as_cancelled(solver, x, &result);
        if (!CHECK_CLOSE(result.objective, objective(x), 1e-9 * (1 + result.objective)))
          fprintf(stderr, "  by %s at %d\n", method, k);
      }
      fen_solver_destroy(solver);
    }
  }
  fen_problem_destroy(problem);
}

/* A callback term that fails at its first call: nothing was measured, and the answers say so. */
static void first_calls_that_fail(void) {
  failing q = {0, 1, -5};
  fen_term *f = NULL, *g = simple_term("prox", "l1", "lam", 0.5);
  CHECK_OK(fen_smooth_callback(N, distance, NULL, HUGE_VAL, 1, &q, &f, &err), &err);
  fen_problem* problem = composite_problem(FEN_F64, 0, f, g);
  fen_minimize_options options = minimize_options();
  options.trace = MOST;
  for (int32_t i = 0; i < fen_term_count("minimize_method"); ++i) {
    fen_solver* solver = NULL;
    q.calls = 0;
    if (fen_minimize_create(problem, fen_term_name("minimize_method", i), &options, &solver, &err) != FEN_OK) continue;
    double x[N];
    int64_t count = -1;
    fen_minimize_result result = minimize_result();
    CHECK_STATUS(FEN_E_CALLBACK, fen_minimize_solve(solver, NULL, NULL, &err), &err);
    answers_as_cancelled(solver, x, &result);
    CHECK_OK(fen_minimize_trace(solver, &count, NULL, &err), &err);
    CHECK(count == 0 && result.iterations == 0 && result.certificate == FEN_CERTIFICATE_NONE);
    CHECK(isinf(result.residual) && isinf(result.gap));
    for (int j = 0; j < N; ++j) CHECK(x[j] == 0);
    fen_solver_destroy(solver);
  }
  fen_problem_destroy(problem);
  fen_term_destroy(f);
  fen_term_destroy(g);
}

int main(void) {
  err = no_error();
  monitors();
  limits();
  failing_terms();
  first_solves_that_fail();
  first_calls_that_fail();
  return check_report("stopping");
}
