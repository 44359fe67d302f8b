/* test_growth.c -- 10^5 rounds of create, solve, ask, destroy: resident memory does not grow. */
#include <unistd.h>

#include "fenchel/fenchel.h"
#include "fixtures.h"

enum { N = 10 };

static long resident_kib(void) {
  long total = 0, resident = 0;
  FILE* file = fopen("/proc/self/statm", "r");
  if (file != NULL && fscanf(file, "%ld %ld", &total, &resident) != 2) resident = 0;
  if (file != NULL) fclose(file);
  return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

static void round_of(double* cost, int32_t which) {
  double phi[N], plan[N * N];
  const fen_array f = view1(FEN_F64, N, phi), p = view2(FEN_F64, N, N, plan);
  fen_error err = no_error();
  fen_solver* solver = matrix_solver(cost, N, N, 0.5, fen_term_name("transport_method", which), NULL);
  CHECK_OK(fen_solver_solve(solver, NULL, &err), &err);
  CHECK_OK(fen_transport_potentials(solver, &f, NULL, &err), &err);
  CHECK_OK(fen_transport_plan(solver, &p, &err), &err);
  fen_solver_destroy(solver);
  CHECK(fen_matrix_create(NULL, NULL, &err) == FEN_E_NULL_ARGUMENT); /* failures must not leak either */
}

int main(int argc, char** argv) {
  const long rounds = argc > 1 ? atol(argv[1]) : 100000;
  double cost[N * N];
  fill_cost(cost, N, N, 1);
  const int32_t methods = fen_term_count("transport_method");
  for (long i = 0; i < rounds / 10; ++i) round_of(cost, (int32_t)(i % methods)); /* until the heap has settled */
  const long start = resident_kib();
  for (long i = 0; i < rounds; ++i) round_of(cost, (int32_t)(i % methods));
  const long end = resident_kib();
  printf("resident: %ld KiB, after %ld rounds %ld KiB\n", start, rounds, end);
  CHECK(start > 0);
  CHECK(end - start < 512); /* a leak of 8 bytes a round would be 780 KiB */
  return check_report("growth");
}
