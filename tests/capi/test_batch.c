/* test_batch.c -- many problems in one call: equal to single calls, a bad item fails alone, sizes, sharing, threads. */
#include "fenchel/fenchel.h"
#include "fixtures.h"

enum { K = 9, N = 6, M = 5 };

typedef struct batch {
  double cost[K * N * M], a[K * N], b[K * M], phi[K * N], psi[K * M], plans[K * N * M];
  int64_t sizes[K * 2];
  int32_t statuses[K];
  fen_transport_result results[K];
} batch;

static void fill(batch* t) {
  memset(t, 0, sizeof *t);
  for (int k = 0; k < K; ++k) {
    fill_cost(t->cost + k * N * M, N, M, (uint64_t)(100 + k));
    for (int i = 0; i < N; ++i) t->a[k * N + i] = 1.0 / N;
    for (int j = 0; j < M; ++j) t->b[k * M + j] = 1.0 / M;
    t->sizes[2 * k] = N;
    t->sizes[2 * k + 1] = M;
    t->results[k] = empty_result();
    t->statuses[k] = 99;
  }
  for (int e = 0; e < K * N; ++e) t->phi[e] = -77;
  for (int e = 0; e < K * M; ++e) t->psi[e] = -77;
  for (int e = 0; e < K * N * M; ++e) t->plans[e] = -77;
}

static int32_t run(batch* t, int with_sizes, int32_t threads, int64_t* failed, fen_error* err) {
  const fen_array cost = view3(FEN_F64, K, N, M, t->cost), plans = view3(FEN_F64, K, N, M, t->plans);
  const fen_array a = view2(FEN_F64, K, N, t->a), b = view2(FEN_F64, K, M, t->b),
                  sizes = view2(FEN_I64, K, 2, t->sizes);
  const fen_array phi = view2(FEN_F64, K, N, t->phi), psi = view2(FEN_F64, K, M, t->psi);
  const fen_transport_spec spec = spec_of(0.05);
  fen_sinkhorn_options options = default_options();
  options.num_threads = threads;
  return fen_sinkhorn_batch(K, &cost, with_sizes ? NULL : &a, with_sizes ? NULL : &b, with_sizes ? &sizes : NULL, &spec,
                            "auto", &options, NULL, NULL, &phi, &psi, &plans, t->statuses, t->results, failed, err);
}

static void equals_single_calls(void) {
  static batch t, two;
  fen_error err = no_error();
  int64_t failed = -1;
  fill(&t);
  fill(&two);
  CHECK_OK(run(&t, 0, 1, &failed, &err), &err);
  CHECK(failed == 0);
  CHECK_OK(run(&two, 0, 2, &failed, &err), &err);
  CHECK(memcmp(t.phi, two.phi, sizeof t.phi) == 0 && memcmp(t.plans, two.plans, sizeof t.plans) == 0);
  for (int k = 0; k < K; ++k) {
    double phi[N], psi[M];
    fen_transport_result result = empty_result();
    const fen_array cost = view2(FEN_F64, N, M, t.cost + k * N * M), f = view1(FEN_F64, N, phi),
                    g = view1(FEN_F64, M, psi);
    const fen_array a = view1(FEN_F64, N, t.a + k * N), b = view1(FEN_F64, M, t.b + k * M);
    const fen_transport_spec spec = spec_of(0.05);
    CHECK_OK(fen_sinkhorn(&a, &b, &cost, &spec, "auto", NULL, &f, &g, &result, &err), &err);
    CHECK(t.statuses[k] == FEN_OK && t.results[k].termination == FEN_CONVERGED);
    CHECK(t.results[k].passes == result.passes);
    CHECK(memcmp(phi, t.phi + k * N, sizeof phi) == 0 && memcmp(psi, t.psi + k * M, sizeof psi) == 0);
  }
}

static void bad_items_fail_alone(void) {
  static batch t;
  fen_error err = no_error();
  int64_t failed = -1;
  fill(&t);
  t.cost[3 * N * M + 7] = NAN;
  t.a[5 * N + 1] = -1;
  t.a[6 * N + 1] = 3;
  CHECK_OK(run(&t, 0, 2, &failed, &err), &err);
  CHECK(failed == 3 && err.code == FEN_E_NOT_FINITE);
  CHECK(strstr(err.message, "3") != NULL && strstr(err.message, "cost[1, 2]") != NULL);
  for (int k = 0; k < K; ++k) {
    const int32_t expected = k == 3 ? FEN_E_NOT_FINITE : k == 5 ? FEN_E_NEGATIVE : k == 6 ? FEN_E_MASS : FEN_OK;
    CHECK(t.statuses[k] == expected);
    for (int i = 0; i < N; ++i) CHECK((t.phi[k * N + i] == -77) == (expected != FEN_OK));
    CHECK((t.plans[k * N * M] == -77) == (expected != FEN_OK));
    CHECK((t.results[k].termination == FEN_NOT_RUN) == (expected != FEN_OK));
  }
}

static void own_sizes(void) {
  static batch t;
  fen_error err = no_error();
  int64_t failed = -1;
  fill(&t);
  t.sizes[2 * 1] = 4, t.sizes[2 * 1 + 1] = 2;
  t.sizes[2 * 2] = 0;
  t.sizes[2 * 4 + 1] = M + 1;
  CHECK_OK(run(&t, 1, 1, &failed, &err), &err);
  CHECK(failed == 2 && t.statuses[2] < 0 && t.statuses[4] < 0 && t.statuses[1] == FEN_OK);
  double mass = 0;
  for (int i = 0; i < N; ++i)
    for (int j = 0; j < M; ++j) {
      const double p = t.plans[N * M + i * M + j];
      if (i < 4 && j < 2)
        mass += p;
      else
        CHECK(p == -77);
    }
  CHECK_CLOSE(mass, 1, 1e-9);
  CHECK(t.phi[N + 3] != -77 && t.phi[N + 4] == -77 && t.psi[M + 1] != -77 && t.psi[M + 2] == -77);
}

static void shared_cost(void) {
  static batch t;
  fen_error err = no_error();
  int64_t failed = -1;
  fill(&t);
  fen_array cost = view3(FEN_F64, K, N, M, t.cost);
  cost.strides[0] = 0;
  const fen_array phi = view2(FEN_F64, K, N, t.phi);
  const fen_transport_spec spec = spec_of(0.05);
  CHECK_OK(fen_sinkhorn_batch(K, &cost, NULL, NULL, NULL, &spec, "sinkhorn", NULL, NULL, NULL, &phi, NULL, NULL, NULL,
                              NULL, &failed, &err),
           &err);
  CHECK(failed == 0);
  for (int k = 1; k < K; ++k) CHECK(memcmp(t.phi, t.phi + k * N, sizeof(double) * N) == 0);
}

static int32_t count_items(void* user, const fen_progress* progress) {
  int64_t* last = user;
  CHECK(progress->iteration >= *last && progress->iteration <= K);
  *last = progress->iteration;
  return 0;
}

static int32_t fail_item(void* user, const fen_progress* progress) {
  (void)user;
  return progress->iteration >= 3 ? -5 : 0;
}

static int32_t cancel_item(void* user, const fen_progress* progress) {
  (void)user;
  return progress->iteration >= 3 ? 1 : 0;
}

static void monitored(void) {
  static batch t;
  fen_error err = no_error();
  int64_t failed = -1, last = 0;
  fill(&t);
  const fen_array cost = view3(FEN_F64, K, N, M, t.cost);
  const fen_transport_spec spec = spec_of(0.05);
  fen_sinkhorn_options options = default_options();
  options.monitor_interval = 0;
  CHECK_OK(fen_sinkhorn_batch(K, &cost, NULL, NULL, NULL, &spec, "auto", &options, count_items, &last, NULL, NULL, NULL,
                              t.statuses, NULL, &failed, &err),
           &err);
  CHECK(last >= K - 1 && failed == 0);
  CHECK_STATUS(FEN_E_CALLBACK,
               fen_sinkhorn_batch(K, &cost, NULL, NULL, NULL, &spec, "auto", &options, fail_item, NULL, NULL, NULL,
                                  NULL, NULL, NULL, NULL, &err),
               &err);
  CHECK(err.detail == -5);
  CHECK_OK(fen_sinkhorn_batch(K, &cost, NULL, NULL, NULL, &spec, "auto", &options, cancel_item, NULL, NULL, NULL, NULL,
                              t.statuses, NULL, &failed, &err),
           &err);
  CHECK(failed == K - 3 && err.code == FEN_E_STATE);
  for (int k = 0; k < K; ++k) CHECK(t.statuses[k] == (k < 3 ? FEN_OK : FEN_E_STATE));
}

static void wrong_calls(void) {
  static batch t;
  fen_error err = no_error();
  int64_t failed = -1;
  fill(&t);
  const fen_array cost = view3(FEN_F64, K, N, M, t.cost), phi = view2(FEN_F64, K, N, t.phi),
                  a = view2(FEN_F64, K, M, t.a);
  const fen_array inside = view2(FEN_F64, K, N, t.cost);
  const fen_transport_spec spec = spec_of(0.05);
#define BATCH(count, weights, out, stat)                                                                              \
  fen_sinkhorn_batch(count, &cost, weights, NULL, NULL, &spec, "auto", NULL, NULL, NULL, out, NULL, NULL, stat, NULL, \
                     &failed, &err)
  CHECK_STATUS(FEN_E_RANGE, BATCH(-1, NULL, &phi, NULL), &err);
  CHECK_STATUS(FEN_E_SHAPE, BATCH(K + 1, NULL, &phi, NULL), &err);
  CHECK_STATUS(FEN_E_SHAPE, BATCH(K, &a, &phi, NULL), &err);
  CHECK_STATUS(FEN_E_OVERLAP, BATCH(K, NULL, &inside, NULL), &err);
  CHECK_STATUS(FEN_E_OVERLAP, BATCH(K, NULL, &phi, (int32_t*)t.phi), &err);
  CHECK(failed == -1 && t.phi[0] == -77);
  fen_array none = cost;
  none.shape[0] = 0;
  CHECK_OK(fen_sinkhorn_batch(0, &none, NULL, NULL, NULL, &spec, "auto", NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
                              &failed, &err),
           &err);
  CHECK(failed == 0);
}

int main(void) {
  equals_single_calls();
  bad_items_fail_alone();
  own_sizes();
  shared_cost();
  monitored();
  wrong_calls();
  return check_report("batch");
}
