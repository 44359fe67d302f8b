/* fixtures.h -- small problems that every file of these tests uses. Include after fenchel.h. */
#ifndef FENCHEL_TEST_FIXTURES_H
#define FENCHEL_TEST_FIXTURES_H

#include <math.h>
#include <stdint.h>

#include "check.h"
#include "fenchel/fenchel.h"

static inline fen_error no_error(void) {
  fen_error err;
  memset(&err, 0, sizeof err);
  err.struct_size = sizeof err;
  return err;
}

static inline fen_array view1(int32_t dtype, int64_t n, void* data) {
  fen_array a;
  fen_array_init(&a, dtype, 1, &n, data);
  return a;
}

static inline fen_array view2(int32_t dtype, int64_t n, int64_t m, void* data) {
  const int64_t shape[2] = {n, m};
  fen_array a;
  fen_array_init(&a, dtype, 2, shape, data);
  return a;
}

static inline fen_array view3(int32_t dtype, int64_t k, int64_t n, int64_t m, void* data) {
  const int64_t shape[3] = {k, n, m};
  fen_array a;
  fen_array_init(&a, dtype, 3, shape, data);
  return a;
}

static inline fen_transport_spec spec_of(double eps) {
  fen_transport_spec spec;
  fen_transport_spec_init(&spec, sizeof spec);
  spec.eps = eps;
  return spec;
}

static inline fen_sinkhorn_options default_options(void) {
  fen_sinkhorn_options options;
  fen_sinkhorn_options_init(&options, sizeof options);
  return options;
}

static inline fen_transport_result empty_result(void) {
  fen_transport_result result;
  fen_transport_result_init(&result, sizeof result);
  return result;
}

/* The same numbers everywhere, without a library's generator: splitmix64, uniform in [0, 1). */
static inline double uniform(uint64_t* state) {
  uint64_t z = (*state += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return (double)((z ^ (z >> 31)) >> 11) * (1.0 / 9007199254740992.0);
}

static inline void fill_uniform(double* data, int64_t count, uint64_t seed) {
  for (int64_t i = 0; i < count; ++i) data[i] = uniform(&seed);
}

/* The squared-distance matrix of two seeded clouds in the unit square. */
static inline void fill_cost(double* cost, int64_t n, int64_t m, uint64_t seed) {
  double* x = malloc(sizeof(double) * (size_t)(2 * (n + m)));
  fill_uniform(x, 2 * (n + m), seed);
  const double* y = x + 2 * n;
  for (int64_t i = 0; i < n; ++i)
    for (int64_t j = 0; j < m; ++j) {
      const double dx = x[2 * i] - y[2 * j], dy = x[2 * i + 1] - y[2 * j + 1];
      cost[i * m + j] = dx * dx + dy * dy;
    }
  free(x);
}

/* A solver of an (n, m) matrix problem with uniform weights; the cost is the caller's and must stay. */
static inline fen_solver* matrix_solver(double* cost, int64_t n, int64_t m, double eps, const char* method,
                                        const fen_sinkhorn_options* options) {
  fen_error err = no_error();
  const fen_array view = view2(FEN_F64, n, m, cost);
  const fen_transport_spec spec = spec_of(eps);
  fen_geometry* geometry = NULL;
  fen_problem* problem = NULL;
  fen_solver* solver = NULL;
  CHECK_OK(fen_matrix_create(&view, &geometry, &err), &err);
  CHECK_OK(fen_transport_create(geometry, NULL, NULL, &spec, &problem, &err), &err);
  CHECK_OK(fen_sinkhorn_create(problem, method, options, &solver, &err), &err);
  fen_geometry_destroy(geometry); /* the solver keeps what it needs */
  fen_problem_destroy(problem);
  return solver;
}

#endif
