/* composite_fixtures.h -- terms and small composite problems for the tests of sections 10-13. Include after check.h. */
#ifndef FENCHEL_TEST_COMPOSITE_FIXTURES_H
#define FENCHEL_TEST_COMPOSITE_FIXTURES_H

#include "fixtures.h"

static inline fen_param number_param(const char* name, double value) {
  const fen_param p = {name, value, NULL, NULL};
  return p;
}

static inline fen_param array_param(const char* name, const fen_array* array) {
  const fen_param p = {name, 0, array, NULL};
  return p;
}

static inline fen_param term_param(const char* name, const fen_term* term) {
  const fen_param p = {name, 0, NULL, term};
  return p;
}

/* A term with one number, or with none (name NULL). */
static inline fen_term* simple_term(const char* kind, const char* term, const char* name, double value) {
  fen_error err = no_error();
  fen_term* out = NULL;
  const fen_param p = number_param(name, value);
  CHECK_OK(fen_term_create(kind, term, name == NULL ? NULL : &p, name == NULL ? 0 : 1, &out, &err), &err);
  return out;
}

static inline fen_term* matrix_term(const fen_array* matrix) {
  fen_error err = no_error();
  fen_term* out = NULL;
  const fen_param p = array_param("matrix", matrix);
  CHECK_OK(fen_term_create("operator", "dense", &p, 1, &out, &err), &err);
  return out;
}

/* sum_i loss(y_i, (A x)_i) with A, (m, n), in the caller's memory. */
static inline fen_term* model_term(const char* loss, const fen_array* matrix, const fen_array* y, int intercept) {
  fen_error err = no_error();
  fen_term *out = NULL, *A = matrix_term(matrix);
  const fen_param params[3] = {term_param("A", A), array_param("y", y), number_param("intercept", intercept)};
  CHECK_OK(fen_term_create("smooth", loss, params, 3, &out, &err), &err);
  fen_term_destroy(A); /* the model keeps it */
  return out;
}

/* f + g of size n where neither says it. */
static inline fen_problem* composite_problem(int32_t dtype, int64_t n, const fen_term* f, const fen_term* g) {
  fen_error err = no_error();
  fen_problem* out = NULL;
  CHECK_OK(fen_composite_create(dtype, n, f, g != NULL, &g, NULL, &out, &err), &err);
  return out;
}

static inline fen_minimize_options minimize_options(void) {
  fen_minimize_options options;
  fen_minimize_options_init(&options, sizeof options);
  return options;
}

static inline fen_minimize_result minimize_result(void) {
  fen_minimize_result result;
  fen_minimize_result_init(&result, sizeof result);
  return result;
}

#endif
