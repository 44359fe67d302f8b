/* compose.h -- the few lines that every composite story needs: terms by name, problems and solves that end the program
 * where a call fails. */
#ifndef COMPOSE_H
#define COMPOSE_H

#include "numbers.h"

static inline fen_array vector(int32_t dtype, int64_t n, void* data) {
  fen_array view;
  fen_array_init(&view, dtype, 1, &n, data);
  return view;
}

static inline double* doubles(int64_t n) {
  double* out = calloc((size_t)n, sizeof *out);
  if (out == NULL) exit(1);
  return out;
}

static inline fen_term* term(const char* kind, const char* name, const fen_param* params, int32_t n) {
  fen_error err = {.struct_size = sizeof err};
  fen_term* out = NULL;
  ok(fen_term_create(kind, name, params, n, &out, &err), &err);
  return out;
}

/* Minimises f(x) + sum_i g_i(A_i x) over x, (n); A or one of its entries may be NULL. A tol or max_iter of 0: the
 * default. */
static inline fen_minimize_result minimize(const fen_term* f, int32_t n_terms, const fen_term* const* g,
                                           const fen_term* const* A, double tol, int64_t max_iter, const fen_array* x) {
  fen_error err = {.struct_size = sizeof err};
  fen_minimize_options options;
  fen_minimize_result result;
  fen_minimize_options_init(&options, sizeof options);
  fen_minimize_result_init(&result, sizeof result);
  options.tol = tol;
  if (max_iter > 0) options.max_iter = max_iter;
  fen_problem* problem = NULL;
  fen_solver* solver = NULL;
  ok(fen_composite_create(FEN_F64, 0, f, n_terms, g, A, &problem, &err), &err);
  ok(fen_minimize_create(problem, "auto", &options, &solver, &err), &err);
  ok(fen_minimize_solve(solver, x, &result, &err), &err);
  fen_solver_destroy(solver);
  fen_problem_destroy(problem);
  printf("%s by %s after %lld iterations (%.2f s): objective %.6f, residual %.1e\n",
         fen_termination_name(result.termination), fen_term_name("minimize_method", result.method),
         (long long)result.iterations, result.seconds, result.objective, result.residual);
  return result;
}

#endif
