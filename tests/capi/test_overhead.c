/* test_overhead.c -- what a call costs beyond the solve: a 10 x 10 problem through the one-call function and through a
 * solver that is used again, against the seconds the solve itself reports. The bound is generous for shared machines.
 */
#include <time.h>

#include "fenchel/fenchel.h"
#include "fixtures.h"

enum { N = 10, ROUNDS = 2000 };

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int ascending(const void* a, const void* b) {
  const double x = *(const double*)a, y = *(const double*)b;
  return (x > y) - (x < y);
}

static double median(double* values) {
  qsort(values, ROUNDS, sizeof *values, ascending);
  return values[ROUNDS / 2];
}

int main(void) {
  static double extra[ROUNDS], solved[ROUNDS];
  double cost[N * N], phi[N], psi[N];
  fill_cost(cost, N, N, 1);
  fen_error err = no_error();
  fen_transport_result result = empty_result();
  const fen_array c = view2(FEN_F64, N, N, cost), f = view1(FEN_F64, N, phi), g = view1(FEN_F64, N, psi);
  const fen_transport_spec spec = spec_of(0.1);
  fen_solver* solver = matrix_solver(cost, N, N, 0.1, "auto", NULL);
  for (int i = 0; i < ROUNDS; ++i) {
    const double start = now();
    fen_solver_solve(solver, &result, &err);
    extra[i] = now() - start - result.seconds;
  }
  const double again = median(extra);
  for (int i = 0; i < ROUNDS; ++i) {
    const double start = now();
    fen_sinkhorn(NULL, NULL, &c, &spec, "auto", NULL, &f, &g, &result, &err);
    extra[i] = now() - start - result.seconds;
    solved[i] = result.seconds;
  }
  const double one_call = median(extra);
  printf("10 x 10: solve %.2f us; beyond it: solver used again %.2f us, one call %.2f us\n", 1e6 * median(solved),
         1e6 * again, 1e6 * one_call);
  CHECK(again < 20e-6);
  CHECK(one_call < 50e-6);
  fen_solver_destroy(solver);
  return check_report("overhead");
}
