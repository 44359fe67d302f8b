/* call_overhead.c -- what one call of fen_sinkhorn on a 10 x 10 problem costs beyond the solve it reports.
 * Prints two numbers: microseconds beyond the solve, microseconds of the solve; the best of seven rounds. */
#define _POSIX_C_SOURCE 199309L
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "fenchel/fenchel.h"

enum { N = 10, CALLS = 20000, ROUNDS = 7 };

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int ascending(const void* p, const void* q) {
  const double x = *(const double*)p, y = *(const double*)q;
  return (x > y) - (x < y);
}

static fen_array view(double* data, int64_t rows, int64_t cols) {
  fen_array v = {sizeof(fen_array), FEN_F64, cols ? 2 : 1, 0, data, {rows, cols}, {cols ? cols * 8 : 8, 8}};
  return v;
}

int main(void) {
  double cost[N * N], a[N], phi[N], psi[N], beyond[ROUNDS], inside[ROUNDS];
  srand(0);
  for (int i = 0; i < N * N; i++) cost[i] = (double)rand() / RAND_MAX;
  for (int i = 0; i < N; i++) a[i] = 1.0 / N;
  const fen_array va = view(a, N, 0), vc = view(cost, N, N), vphi = view(phi, N, 0), vpsi = view(psi, N, 0);
  fen_transport_spec spec;
  fen_transport_spec_init(&spec, sizeof spec);
  spec.eps = 0.1;
  for (int round = 0; round < ROUNDS; round++) {
    double solving = 0.0;
    const double start = now();
    for (int k = 0; k < CALLS; k++) {
      fen_transport_result result;
      result.struct_size = sizeof result;
      if (fen_sinkhorn(&va, &va, &vc, &spec, "auto", NULL, &vphi, &vpsi, &result, NULL) != FEN_OK) return 1;
      solving += result.seconds;
    }
    beyond[round] = 1e6 * (now() - start - solving) / CALLS;
    inside[round] = 1e6 * solving / CALLS;
  }
  qsort(beyond, ROUNDS, sizeof *beyond, ascending);
  qsort(inside, ROUNDS, sizeof *inside, ascending);
  printf("%.4f %.4f\n", beyond[0], inside[0]);
  return 0;
}
