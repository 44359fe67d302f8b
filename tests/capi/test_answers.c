/* test_answers.c -- every public function on problems with known answers, f32 and f64, packed and strided. */
#include "fenchel/fenchel.h"
#include "fixtures.h"

enum { N = 7, M = 9, D = 2 };

/* 2 x 2, a = b = 1/2, cost [[0, 1], [1, 0]], eps = 1: plan 1/2 softmax rows of (1, e^-1). */
static void known_plan(void) {
  double cost[4] = {0, 1, 1, 0}, plan[4];
  const double diagonal = 0.5 / (1 + exp(-1.0));
  fen_error err = no_error();
  fen_transport_result result = empty_result();
  for (int32_t i = 0; i < fen_term_count("transport_method"); ++i) {
    fen_solver* solver = matrix_solver(cost, 2, 2, 1.0, fen_term_name("transport_method", i), NULL);
    const fen_array p = view2(FEN_F64, 2, 2, plan);
    CHECK_OK(fen_solver_solve(solver, &result, &err), &err);
    CHECK_OK(fen_transport_plan(solver, &p, &err), &err);
    CHECK_CLOSE(plan[0], diagonal, 1e-9);
    CHECK_CLOSE(plan[1], 0.5 - diagonal, 1e-9);
    CHECK_CLOSE(result.cost, 1 - 2 * diagonal, 1e-9);
    CHECK_CLOSE(result.mass, 1.0, 1e-9);
    CHECK(result.termination == FEN_CONVERGED && result.gap < 1e-8 && result.gap > -1e-12);
    CHECK(result.eps == 1.0 && result.reg_type == FEN_REG_KL && result.num_threads == 1);
    fen_transport_result again = empty_result();
    CHECK_OK(fen_solver_result(solver, &again, &err), &err);
    CHECK(memcmp(&again, &result, sizeof result) == 0);
    fen_solver_destroy(solver);
  }
}

typedef struct problem_data {
  double x[N * D], y[M * D], a[N], b[M];
} problem_data;

static problem_data make_data(void) {
  problem_data p;
  fill_uniform(p.x, N * D, 1);
  fill_uniform(p.y, M * D, 2);
  uint64_t seed = 3;
  double sum_a = 0, sum_b = 0;
  for (int i = 0; i < N; ++i) sum_a += p.a[i] = i == 2 ? 0 : 0.2 + uniform(&seed); /* an exact zero among them */
  for (int j = 0; j < M; ++j) sum_b += p.b[j] = 0.2 + uniform(&seed);
  for (int i = 0; i < N; ++i) p.a[i] /= sum_a;
  for (int j = 0; j < M; ++j) p.b[j] /= sum_b;
  return p;
}

static fen_solver* cloud_solver(problem_data* p, const char* method, fen_error* err) {
  const fen_array x = view2(FEN_F64, N, D, p->x), y = view2(FEN_F64, M, D, p->y);
  const fen_array a = view1(FEN_F64, N, p->a), b = view1(FEN_F64, M, p->b);
  const fen_transport_spec spec = spec_of(0.05);
  fen_sinkhorn_options options = default_options();
  options.tol = 1e-12;
  fen_geometry* geometry = NULL;
  fen_problem* problem = NULL;
  fen_solver* solver = NULL;
  CHECK_OK(fen_point_cloud_create(&x, &y, "sqeuclidean", &geometry, err), err);
  CHECK_OK(fen_transport_create(geometry, &a, &b, &spec, &problem, err), err);
  CHECK_OK(fen_sinkhorn_create(problem, method, &options, &solver, err), err);
  int64_t bytes = 0;
  CHECK_OK(fen_sinkhorn_workspace(problem, method, &options, &bytes, err), err);
  CHECK(bytes > 0);
  fen_problem_destroy(problem);
  fen_geometry_destroy(geometry);
  CHECK_OK(fen_solver_solve(solver, NULL, err), err);
  return solver;
}

/* CSR, products, barycentric projection and samples agree with the dense plan. */
static void ways_to_the_plan(void) {
  problem_data p = make_data();
  fen_error err = no_error();
  fen_solver* solver = cloud_solver(&p, "auto", &err);
  double plan[N * M], v[M * 2], out[N * 2], row_mass[N];
  const fen_array dense = view2(FEN_F64, N, M, plan);
  CHECK_OK(fen_transport_plan(solver, &dense, &err), &err);
  for (int i = 0; i < N; ++i) {
    row_mass[i] = 0;
    for (int j = 0; j < M; ++j) row_mass[i] += plan[i * M + j];
    CHECK_CLOSE(row_mass[i], p.a[i], 1e-10);
  }
  for (int j = 0; j < M; ++j) CHECK(plan[2 * M + j] == 0); /* the row of the zero weight */

  const double threshold = 1e-3;
  int64_t nnz = -1, expected = 0;
  for (int e = 0; e < N * M; ++e) expected += plan[e] > threshold;
  CHECK_OK(fen_transport_plan_csr(solver, threshold, &nnz, NULL, NULL, NULL, &err), &err);
  CHECK(nnz == expected && nnz > 0 && nnz < N * M);
  int64_t indptr[N + 1];
  int32_t indices[N * M];
  double values[N * M];
  const fen_array ip = view1(FEN_I64, N + 1, indptr), ix = view1(FEN_I32, nnz, indices),
                  vs = view1(FEN_F64, nnz, values);
  CHECK_OK(fen_transport_plan_csr(solver, threshold, &nnz, &ip, &ix, &vs, &err), &err);
  CHECK(indptr[0] == 0 && indptr[N] == nnz);
  for (int i = 0; i < N; ++i)
    for (int64_t e = indptr[i]; e < indptr[i + 1]; ++e) CHECK(values[e] == plan[i * M + indices[e]]);
  int64_t fewer = nnz - 1;
  const fen_array ix1 = view1(FEN_I32, fewer, indices), vs1 = view1(FEN_F64, fewer, values);
  CHECK_STATUS(FEN_E_SHAPE, fen_transport_plan_csr(solver, threshold, &fewer, &ip, &ix1, &vs1, &err), &err);
  CHECK_STATUS(FEN_E_RANGE, fen_transport_plan_csr(solver, -1, &nnz, NULL, NULL, NULL, &err), &err);
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, fen_transport_plan_csr(solver, 0, &nnz, &ip, NULL, NULL, &err), &err);

  fill_uniform(v, M * 2, 4);
  const fen_array in = view2(FEN_F64, M, 2, v), result = view2(FEN_F64, N, 2, out);
  for (uint32_t flags = 0; flags <= FEN_APPLY_NORMALIZE; flags += FEN_APPLY_NORMALIZE) {
    CHECK_OK(fen_transport_apply(solver, flags, &in, &result, &err), &err);
    for (int i = 0; i < N; ++i)
      for (int k = 0; k < 2; ++k) {
        double sum = 0;
        for (int j = 0; j < M; ++j) sum += plan[i * M + j] * v[j * 2 + k];
        if (flags != 0) sum = row_mass[i] > 0 ? sum / row_mass[i] : 0;
        CHECK_CLOSE(out[i * 2 + k], sum, 1e-12);
      }
  }
  double u[N], w[M];
  fill_uniform(u, N, 6);
  const fen_array in_t = view1(FEN_F64, N, u), out_t = view1(FEN_F64, M, w);
  CHECK_OK(fen_transport_apply(solver, FEN_APPLY_TRANSPOSE, &in_t, &out_t, &err), &err);
  for (int j = 0; j < M; ++j) {
    double sum = 0;
    for (int i = 0; i < N; ++i) sum += plan[i * M + j] * u[i];
    CHECK_CLOSE(w[j], sum, 1e-12);
  }
  CHECK_STATUS(FEN_E_RANGE, fen_transport_apply(solver, 4, &in, &result, &err), &err);
  CHECK_STATUS(FEN_E_SHAPE, fen_transport_apply(solver, 0, &in_t, &out_t, &err), &err);
  u[3] = NAN;
  CHECK_STATUS(FEN_E_NOT_FINITE, fen_transport_apply(solver, FEN_APPLY_TRANSPOSE, &in_t, &out_t, &err), &err);
  CHECK(strstr(err.message, "v[3] is") != NULL);
  fen_solver_destroy(solver);
}

static void samples(void) {
  problem_data p = make_data();
  fen_error err = no_error();
  fen_solver* solver = cloud_solver(&p, "auto", &err);
  enum { COUNT = 40 };
  int64_t rows[COUNT], cols[COUNT], rows2[COUNT], cols2[COUNT];
  for (int32_t mode = 0; mode <= 2; ++mode) {
    const int64_t count = mode == FEN_SAMPLE_PER_ROW ? N : COUNT;
    const fen_array r = view1(FEN_I64, count, rows), c = view1(FEN_I64, count, cols);
    const fen_array r2 = view1(FEN_I64, count, rows2), c2 = view1(FEN_I64, count, cols2);
    CHECK_OK(fen_transport_sample(solver, mode, 42, &r, &c, &err), &err);
    CHECK_OK(fen_transport_sample(solver, mode, 42, &r2, &c2, &err), &err);
    CHECK(memcmp(rows, rows2, sizeof rows[0] * (size_t)count) == 0);
    CHECK(memcmp(cols, cols2, sizeof cols[0] * (size_t)count) == 0);
    for (int64_t k = 0; k < count; ++k) {
      const int nothing = mode == FEN_SAMPLE_PER_ROW && k == 2;
      CHECK(nothing ? cols[k] == -1 : rows[k] >= 0 && rows[k] < N && cols[k] >= 0 && cols[k] < M && rows[k] != 2);
      for (int64_t l = 0; mode == FEN_SAMPLE_WITHOUT_REPLACEMENT && l < k; ++l)
        CHECK(rows[k] != rows[l] || cols[k] != cols[l]);
    }
    CHECK_OK(fen_transport_sample(solver, mode, 43, &r2, &c2, &err), &err);
    CHECK(memcmp(cols, cols2, sizeof cols[0] * (size_t)count) != 0);
  }
  const fen_array r = view1(FEN_I64, COUNT, rows), c = view1(FEN_I64, COUNT, cols), c32 = view1(FEN_I32, COUNT, cols2);
  CHECK_STATUS(FEN_E_SHAPE, fen_transport_sample(solver, FEN_SAMPLE_PER_ROW, 1, &r, &c, &err), &err);
  CHECK_STATUS(FEN_E_RANGE, fen_transport_sample(solver, 3, 1, &r, &c, &err), &err);
  CHECK_STATUS(FEN_E_DTYPE, fen_transport_sample(solver, FEN_SAMPLE_JOINT, 1, &r, &c32, &err), &err);
  fen_solver_destroy(solver);
}

/* The optimal value as a function of one number. */
static double value_at(problem_data* p, fen_error* err) {
  fen_transport_result result = empty_result();
  fen_solver* solver = cloud_solver(p, "auto", err);
  CHECK_OK(fen_solver_result(solver, &result, err), err);
  fen_solver_destroy(solver);
  return result.dual;
}

static void gradients(void) {
  problem_data p = make_data();
  fen_error err = no_error();
  fen_solver* solver = cloud_solver(&p, "auto", &err);
  double gx[N * D], gy[M * D], ga[N], plan[N * M], gc[N * M];
  const fen_array x = view2(FEN_F64, N, D, gx), y = view2(FEN_F64, M, D, gy), a = view1(FEN_F64, N, ga);
  const fen_array dense = view2(FEN_F64, N, M, plan), c = view2(FEN_F64, N, M, gc);
  CHECK_OK(fen_transport_gradient(solver, "x", &x, &err), &err);
  CHECK_OK(fen_transport_gradient(solver, "y", &y, &err), &err);
  CHECK_OK(fen_transport_gradient(solver, "a", &a, &err), &err);
  CHECK_OK(fen_transport_gradient(solver, "cost", &c, &err), &err);
  CHECK_OK(fen_transport_plan(solver, &dense, &err), &err);
  CHECK(memcmp(plan, gc, sizeof plan) == 0);
  CHECK_STATUS(FEN_E_NAME, fen_transport_gradient(solver, "z", &x, &err), &err);
  CHECK_STATUS(FEN_E_SHAPE, fen_transport_gradient(solver, "y", &x, &err), &err);
  fen_solver_destroy(solver);
  const double h = 1e-5;
  const int at[] = {0, 5, 9};
  for (int k = 0; k < 3; ++k) {
    double* numbers[2] = {&p.x[at[k]], &p.y[at[k]]};
    const double found[2] = {gx[at[k]], gy[at[k]]};
    for (int side = 0; side < 2; ++side) {
      const double keep = *numbers[side];
      *numbers[side] = keep + h;
      const double up = value_at(&p, &err);
      *numbers[side] = keep - h;
      const double down = value_at(&p, &err);
      *numbers[side] = keep;
      CHECK_CLOSE(found[side], (up - down) / (2 * h), 1e-8);
    }
  }
  /* Mass moved from a_0 to a_1: the direction in which the balanced problem is differentiable. */
  const double keep0 = p.a[0], keep1 = p.a[1];
  p.a[0] = keep0 + h, p.a[1] = keep1 - h;
  const double up = value_at(&p, &err);
  p.a[0] = keep0 - h, p.a[1] = keep1 + h;
  const double down = value_at(&p, &err);
  CHECK_CLOSE(ga[0] - ga[1], (up - down) / (2 * h), 1e-8);
}

static double inner(const double* u, const double* v, int count) {
  double sum = 0;
  for (int i = 0; i < count; ++i) sum += u[i] * v[i];
  return sum;
}

/* <vjp(w), t> = <w, jvp(t)>, through points, weights, potentials and plan at once. */
static void derivatives(void) {
  problem_data p = make_data();
  fen_error err = no_error();
  fen_solver* solver = cloud_solver(&p, "auto", &err);
  double tx[N * D], ta[N], wphi[N], wpsi[M], wplan[N * M], vx[N * D], va[N], jphi[N], jpsi[M], jplan[N * M];
  fill_uniform(tx, N * D, 11);
  fill_uniform(wphi, N, 12);
  fill_uniform(wpsi, M, 13);
  fill_uniform(wplan, N * M, 14);
  memset(ta, 0, sizeof ta);
  ta[0] = 1, ta[1] = -1;
  wphi[2] = 0; /* the potential of an empty row is a c-transform, not part of the system */
  const fen_array ax = view2(FEN_F64, N, D, tx), aa = view1(FEN_F64, N, ta);
  const fen_array aphi = view1(FEN_F64, N, wphi), apsi = view1(FEN_F64, M, wpsi), aplan = view2(FEN_F64, N, M, wplan);
  const fen_array ovx = view2(FEN_F64, N, D, vx), ova = view1(FEN_F64, N, va);
  const fen_array ojphi = view1(FEN_F64, N, jphi), ojpsi = view1(FEN_F64, M, jpsi),
                  ojplan = view2(FEN_F64, N, M, jplan);
  fen_transport_bundle back = {
      .struct_size = sizeof back, .a = &ova, .x = &ovx, .phi = &aphi, .psi = &apsi, .plan = &aplan};
  CHECK_OK(fen_transport_vjp(solver, 1e-12, &back, &err), &err);
  fen_transport_bundle forth = {
      .struct_size = sizeof forth, .a = &aa, .x = &ax, .phi = &ojphi, .psi = &ojpsi, .plan = &ojplan};
  CHECK_OK(fen_transport_jvp(solver, 1e-12, &forth, &err), &err);
  const double left = inner(vx, tx, N * D) + inner(va, ta, N);
  const double right = inner(wphi, jphi, N) + inner(wpsi, jpsi, M) + inner(wplan, jplan, N * M);
  CHECK(fabs(left) > 1e-3);
  CHECK_CLOSE(left, right, 1e-7 * fabs(left));

  back.struct_size = 8;
  CHECK_STATUS(FEN_E_STRUCT_SIZE, fen_transport_vjp(solver, 0, &back, &err), &err);
  fen_transport_bundle none = {.struct_size = sizeof none, .phi = &aphi};
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, fen_transport_vjp(solver, 0, &none, &err), &err);
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, fen_transport_jvp(solver, 0, NULL, &err), &err);
  CHECK_STATUS(FEN_E_RANGE, fen_transport_jvp(solver, NAN, &forth, &err), &err);
  forth.a = &ojphi; /* an input that is also an output */
  CHECK_STATUS(FEN_E_OVERLAP, fen_transport_jvp(solver, 0, &forth, &err), &err);
  fen_solver_destroy(solver);
}

/* Transposed, reversed and broadcast inputs, f32 and f64, give what packed ones give. */
static void strides(void) {
  double cost[N * M], wide[2 * N * M], phi[N], psi[M], phi2[N], psi2[M];
  fill_cost(cost, N, M, 8);
  fen_error err = no_error();
  fen_transport_result result = empty_result(), result2 = empty_result();
  const fen_transport_spec spec = spec_of(0.05);
  fen_array c = view2(FEN_F64, N, M, cost);
  const fen_array f = view1(FEN_F64, N, phi), g = view1(FEN_F64, M, psi);
  fen_array f2 = view1(FEN_F64, N, phi2), g2 = view1(FEN_F64, M, psi2);
  CHECK_OK(fen_sinkhorn(NULL, NULL, &c, &spec, "auto", NULL, &f, &g, &result, &err), &err);
  CHECK(result.copied_bytes == 0);

  for (int i = 0; i < N; ++i)
    for (int j = 0; j < M; ++j) wide[2 * (j * N + (N - 1 - i))] = cost[i * M + j];
  fen_array t = c; /* element (i, j) at ((N - 1 - i) + j N) * 2 doubles: transposed, reversed and spread out */
  t.data = wide + 2 * (N - 1);
  t.strides[0] = -2 * (int64_t)sizeof(double);
  t.strides[1] = 2 * N * (int64_t)sizeof(double);
  double uniform_a = 1.0 / N;
  fen_array a = view1(FEN_F64, N, &uniform_a);
  a.strides[0] = 0;
  f2.data = phi2 + N - 1;
  f2.strides[0] = -(int64_t)sizeof(double);
  CHECK_OK(fen_sinkhorn(&a, NULL, &t, &spec, "auto", NULL, &f2, &g2, &result2, &err), &err);
  CHECK(result2.copied_bytes == (int64_t)sizeof cost);
  for (int i = 0; i < N; ++i) CHECK(phi[i] == phi2[N - 1 - i]);
  for (int j = 0; j < M; ++j) CHECK(psi[j] == psi2[j]);

  float cost32[N * M], phi32[N], psi32[M];
  for (int e = 0; e < N * M; ++e) cost32[e] = (float)cost[e];
  const fen_array c32 = view2(FEN_F32, N, M, cost32), f32 = view1(FEN_F32, N, phi32), g32 = view1(FEN_F32, M, psi32);
  CHECK_OK(fen_sinkhorn(NULL, NULL, &c32, &spec, "auto", NULL, &f32, &g32, &result2, &err), &err);
  CHECK(result2.termination == FEN_CONVERGED);
  CHECK_CLOSE(result.cost, result2.cost, 1e-5);
}

static void written_cost(void) {
  problem_data p = make_data();
  fen_error err = no_error();
  double cost[N * M];
  const fen_array x = view2(FEN_F64, N, D, p.x), y = view2(FEN_F64, M, D, p.y), out = view2(FEN_F64, N, M, cost);
  for (int32_t k = 0; k < fen_term_count("cost"); ++k) {
    fen_geometry* geometry = NULL;
    CHECK_OK(fen_point_cloud_create(&x, &y, fen_term_name("cost", k), &geometry, &err), &err);
    CHECK_OK(fen_geometry_cost(geometry, &out, &err), &err);
    for (int e = 0; e < N * M; ++e) CHECK(cost[e] >= 0 && cost[e] < 10);
    if (strcmp(fen_term_name("cost", k), "l1") == 0)
      CHECK_CLOSE(cost[M + 1], fabs(p.x[2] - p.y[2]) + fabs(p.x[3] - p.y[3]), 1e-14);
    fen_geometry_destroy(geometry);
  }
}

static void warm_start(void) {
  problem_data p = make_data();
  fen_error err = no_error();
  fen_transport_result cold = empty_result(), warm = empty_result();
  double phi[N], psi[M];
  const fen_array f = view1(FEN_F64, N, phi), g = view1(FEN_F64, M, psi);
  fen_solver* solver = cloud_solver(&p, "sinkhorn", &err);
  CHECK_OK(fen_solver_result(solver, &cold, &err), &err);
  CHECK_OK(fen_transport_potentials(solver, &f, &g, &err), &err);
  CHECK_OK(fen_solver_warm_start(solver, &f, &g, &err), &err);
  CHECK_OK(fen_solver_solve(solver, &warm, &err), &err);
  CHECK(warm.termination == FEN_CONVERGED && warm.iterations <= 2 && cold.iterations > 10);
  CHECK_OK(fen_solver_warm_start(solver, NULL, NULL, &err), &err);
  CHECK_OK(fen_solver_solve(solver, &warm, &err), &err);
  CHECK(warm.iterations == cold.iterations);
  phi[1] = NAN;
  CHECK_STATUS(FEN_E_NOT_FINITE, fen_solver_warm_start(solver, &f, &g, &err), &err);
  CHECK(strstr(err.message, "phi[1] is") != NULL);
  CHECK_STATUS(FEN_E_SHAPE, fen_solver_warm_start(solver, &g, NULL, &err), &err);
  fen_solver_destroy(solver);
}

static void divergence(void) {
  problem_data p = make_data();
  fen_error err = no_error();
  double value = -1, self = -1, gx[N * D], moved;
  fen_transport_result results[3];
  for (int k = 0; k < 3; ++k) results[k] = empty_result();
  fen_sinkhorn_options options = default_options();
  options.tol = 1e-12;
  const fen_transport_spec spec = spec_of(0.1);
  const fen_array x = view2(FEN_F64, N, D, p.x), y = view2(FEN_F64, M, D, p.y), g = view2(FEN_F64, N, D, gx);
  CHECK_OK(fen_sinkhorn_divergence(&x, &y, NULL, NULL, "sqeuclidean", &spec, "auto", &options, &value, &g, NULL, NULL,
                                   NULL, results, &err),
           &err);
  CHECK(value > 1e-4);
  for (int k = 0; k < 3; ++k) CHECK(results[k].termination == FEN_CONVERGED);
  CHECK_OK(fen_sinkhorn_divergence(&x, &x, NULL, NULL, "sqeuclidean", &spec, "auto", &options, &self, NULL, NULL, NULL,
                                   NULL, NULL, &err),
           &err);
  CHECK_CLOSE(self, 0, 1e-9);
  const double h = 1e-5, keep = p.x[3];
  double both[2];
  for (int s = 0; s < 2; ++s) {
    p.x[3] = s == 0 ? keep + h : keep - h;
    CHECK_OK(fen_sinkhorn_divergence(&x, &y, NULL, NULL, "sqeuclidean", &spec, "auto", &options, &moved, NULL, NULL,
                                     NULL, NULL, NULL, &err),
             &err);
    both[s] = moved;
  }
  p.x[3] = keep;
  CHECK_CLOSE(gx[3], (both[0] - both[1]) / (2 * h), 1e-7);
  const fen_array bad = view2(FEN_F64, N, D, p.x);
  CHECK_STATUS(FEN_E_OVERLAP,
               fen_sinkhorn_divergence(&x, &y, NULL, NULL, "l1", &spec, "auto", NULL, &value, &bad, NULL, NULL, NULL,
                                       NULL, &err),
               &err);
}

int main(void) {
  known_plan();
  ways_to_the_plan();
  samples();
  gradients();
  derivatives();
  strides();
  written_cost();
  warm_start();
  divergence();
  return check_report("answers");
}
