/* Thousands of small couplings in one call, each with its own size and status: see couplings.py. */
#include <math.h>

#include "numbers.h"

enum { kSize = 64 };
static const double kEps = 0.05; /* in units of the cost */

typedef struct {
  int64_t count;
  int32_t* sizes;
  int32_t* statuses;
  fen_transport_result* results;
  float *phi, *psi;
} Solved;

static void report(const Solved* s) {
  int64_t solved = 0, converged = 0, passes = 0;
  double cost = 0;
  uint32_t phi = ~0u, psi = ~0u;
  for (int64_t k = 0; k < s->count; ++k) {
    if (s->statuses[k] != FEN_OK) continue;
    ++solved;
    converged += s->results[k].termination == FEN_CONVERGED;
    passes += s->results[k].passes;
    cost += s->results[k].cost;
    phi = crc32_of(phi, s->phi + k * kSize, sizeof(float) * (size_t)s->sizes[2 * k]);
    psi = crc32_of(psi, s->psi + k * kSize, sizeof(float) * (size_t)s->sizes[2 * k + 1]);
  }
  count("status_17", s->statuses[17]);
  count("converged", converged);
  count("passes", passes);
  number("mean_cost", cost / (double)solved);
  printf("= phi %08x\n= psi %08x\n", (unsigned)~phi, (unsigned)~psi);
}

int main(int argc, char** argv) {
  const char* output = argc > 1 ? argv[1] : "build/examples/c";
  fen_error err = {.struct_size = sizeof err};
  size_t cost_bytes, size_bytes;
  float* costs = input(output, "coupling_costs", &cost_bytes);
  Solved s = {.sizes = input(output, "coupling_sizes", &size_bytes)};
  s.count = (int64_t)(size_bytes / (2 * sizeof(int32_t)));
  s.statuses = calloc((size_t)s.count, sizeof *s.statuses);
  s.results = calloc((size_t)s.count, sizeof *s.results);
  s.phi = calloc((size_t)s.count * kSize, sizeof *s.phi);
  s.psi = calloc((size_t)s.count * kSize, sizeof *s.psi);
  int64_t* sizes = calloc((size_t)s.count * 2, sizeof *sizes);
  if (s.statuses == NULL || s.results == NULL || s.phi == NULL || s.psi == NULL || sizes == NULL) return 1;
  for (int64_t k = 0; k < 2 * s.count; ++k) sizes[k] = s.sizes[k];
  for (int64_t k = 0; k < s.count; ++k) fen_transport_result_init(&s.results[k], sizeof s.results[k]);
  costs[17 * kSize * kSize] = NAN; /* one is spoilt on purpose */

  const int64_t shape[3] = {s.count, kSize, kSize};
  fen_array cost;
  fen_array_init(&cost, FEN_F32, 3, shape, costs);
  const fen_array phi = matrix(FEN_F32, s.count, kSize, s.phi), psi = matrix(FEN_F32, s.count, kSize, s.psi);
  const fen_array size_view = matrix(FEN_I64, s.count, 2, sizes);
  fen_transport_spec spec;
  fen_sinkhorn_options options;
  fen_transport_spec_init(&spec, sizeof spec);
  fen_sinkhorn_options_init(&options, sizeof options);
  spec.eps = kEps;
  options.num_threads = 0;
  int64_t failed = 0;
  ok(fen_sinkhorn_batch(s.count, &cost, NULL, NULL, &size_view, &spec, "auto", &options, NULL, NULL, &phi, &psi, NULL,
                        s.statuses, s.results, &failed, &err),
     &err);
  printf("%lld couplings, %lld failed: %s\n", (long long)s.count, (long long)failed, err.message);
  count("failed", failed);
  report(&s);
  free(costs);
  free(sizes);
  free(s.sizes);
  free(s.statuses);
  free(s.results);
  free(s.phi);
  free(s.psi);
  return 0;
}
