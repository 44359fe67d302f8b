/* lasso_fixture.h -- one small lasso, solved by every method in the tests of section 11. Include once a program. */
#ifndef FENCHEL_TEST_LASSO_FIXTURE_H
#define FENCHEL_TEST_LASSO_FIXTURE_H

#include "composite_fixtures.h"

enum { N = 8, M = 20 };

static fen_error err;
static double a[M * N], y[M];

static inline fen_term* squares(void) {
  const fen_array matrix = view2(FEN_F64, M, N, a), targets = view1(FEN_F64, M, y);
  fill_uniform(a, M * N, 1);
  fill_uniform(y, M, 2);
  for (int i = 0; i < M * N; ++i) a[i] -= 0.5;
  return model_term("least_squares", &matrix, &targets, 0);
}

static inline fen_problem* lasso(int32_t dtype) {
  fen_term *f = squares(), *g = simple_term("prox", "l1", "lam", 0.3);
  fen_problem* problem = composite_problem(dtype, 0, f, g);
  fen_term_destroy(f);
  fen_term_destroy(g);
  return problem;
}

/* 1/2 |A x - y|^2 + 0.3 |x|_1 */
static inline double objective(const double* x) {
  double value = 0;
  for (int i = 0; i < M; ++i) {
    double r = -y[i];
    for (int j = 0; j < N; ++j) r += a[i * N + j] * x[j];
    value += r * r / 2;
  }
  for (int j = 0; j < N; ++j) value += 0.3 * fabs(x[j]);
  return value;
}

static inline fen_solver* solver_of(const fen_problem* problem, const char* method,
                                    const fen_minimize_options* options) {
  fen_solver* solver = NULL;
  CHECK_OK(fen_minimize_create(problem, method, options, &solver, &err), &err);
  return solver;
}

#endif
