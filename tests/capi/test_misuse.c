/* test_misuse.c -- every way to call wrongly has its own status and a message that names argument, value and legal
 * range, and nothing is written. */
#include "fenchel/fenchel.h"
#include "fixtures.h"

enum { N = 3, M = 4 };

/* One call's arguments, good until a case spoils one of them. */
typedef struct call {
  double cost_data[N * M], a_data[N], b_data[M];
  double phi_data[N], psi_data[M];
  fen_array cost, a, b, phi, psi;
  fen_transport_spec spec;
  fen_sinkhorn_options options;
  const char* method;
  fen_transport_result result;
} call;

static call good_call(void) {
  call c;
  memset(&c, 0, sizeof c);
  fill_uniform(c.cost_data, N * M, 1);
  for (int i = 0; i < N; ++i) c.a_data[i] = 1.0 / N;
  for (int j = 0; j < M; ++j) c.b_data[j] = 1.0 / M;
  c.spec = spec_of(0.1);
  c.options = default_options();
  c.method = "auto";
  c.result = empty_result();
  return c;
}

/* The views point into the call, so they are made where it lives. */
static void link_views(call* c) {
  c->cost = view2(FEN_F64, N, M, c->cost_data);
  c->a = view1(FEN_F64, N, c->a_data);
  c->b = view1(FEN_F64, M, c->b_data);
  c->phi = view1(FEN_F64, N, c->phi_data);
  c->psi = view1(FEN_F64, M, c->psi_data);
}

static int32_t run(call* c, fen_error* err) {
  return fen_sinkhorn(&c->a, &c->b, &c->cost, &c->spec, c->method, &c->options, &c->phi, &c->psi, &c->result, err);
}

static void mentions(const fen_error* err, const char* const* words) {
  for (; *words != NULL; ++words) {
    if (!CHECK(strstr(err->message, *words) != NULL)) fprintf(stderr, "  '%s' lacks '%s'\n", err->message, *words);
  }
}

/* Spoils a good call by `how`, expects the status and the words, and that nothing but *err changed. */
#define REFUSED(status, spoil, ...)                  \
  do {                                               \
    static call c;                                   \
    static call before;                              \
    fen_error err = no_error();                      \
    const char* const words[] = {__VA_ARGS__, NULL}; \
    c = good_call();                                 \
    link_views(&c);                                  \
    spoil;                                           \
    before = c;                                      \
    CHECK_STATUS(status, run(&c, &err), &err);       \
    CHECK(err.code == (status) && err.detail == 0);  \
    mentions(&err, words);                           \
    CHECK(memcmp(&before, &c, sizeof c) == 0);       \
    CHECK(run(&c, NULL) == (status));                \
  } while (0)

static void good(void) {
  static call c;
  fen_error err = no_error();
  c = good_call();
  link_views(&c);
  CHECK_OK(run(&c, &err), &err);
  CHECK(c.result.termination == FEN_CONVERGED && c.phi_data[0] == c.phi_data[0]);
}

static void arrays(void) {
  REFUSED(FEN_E_STRUCT_SIZE, c.cost.struct_size = 80, "cost.struct_size is 80", "88");
  REFUSED(FEN_E_DTYPE, c.cost.dtype = 0, "cost.dtype is 0", "1 (f32)");
  REFUSED(FEN_E_DTYPE, c.cost.dtype = 77, "cost.dtype is 77");
  REFUSED(FEN_E_DTYPE, c.cost.dtype = FEN_I64, "cost has dtype i64", "f32, f64");
  REFUSED(FEN_E_DTYPE, c.a.dtype = FEN_I64, "a has dtype i64", "f64");
  REFUSED(FEN_E_DTYPE, (c.b.dtype = FEN_F32, c.b.strides[0] = 4), "b has dtype f32", "f64");
  REFUSED(FEN_E_DTYPE, (c.phi.dtype = FEN_F32, c.phi.strides[0] = 4), "phi has dtype f32", "f64");
  REFUSED(FEN_E_SHAPE, c.cost.ndim = 1, "cost has shape (3,)", "(any, any)");
  REFUSED(FEN_E_SHAPE, c.cost.ndim = 9, "cost.ndim is 9", "0 .. 4");
  REFUSED(FEN_E_SHAPE, c.cost.ndim = -1, "cost.ndim is -1");
  REFUSED(FEN_E_SHAPE, c.cost.shape[0] = -5, "cost has shape (-5, 4)", ">= 0");
  REFUSED(FEN_E_SHAPE, c.a.shape[0] = N - 1, "a has shape (2,)", "(3,)");
  REFUSED(FEN_E_SHAPE, c.b.ndim = 2, "b has shape", "(4,)");
  REFUSED(FEN_E_SHAPE, c.psi.shape[0] = M + 1, "psi has shape (5,)", "(4,)");
  REFUSED(FEN_E_EMPTY, c.cost.shape[0] = 0, "cost has shape (0, 4)", ">= 1");
  REFUSED(FEN_E_EMPTY, c.cost.shape[1] = 0, "cost has shape (3, 0)", ">= 1");
  REFUSED(FEN_E_STRIDE, c.cost.strides[1] = 12, "cost has strides (32, 12)", "multiples of the element size 8");
  REFUSED(FEN_E_STRIDE, c.cost.data = (char*)c.cost_data + 4, "cost.data is not aligned");
  REFUSED(FEN_E_STRIDE, c.cost.strides[0] = INT64_MAX - 7, "cost has strides", "overflow");
  REFUSED(FEN_E_STRIDE, c.cost.strides[0] = INT64_MIN, "cost has strides", "overflow");
  REFUSED(FEN_E_TOO_LARGE, (c.cost.shape[0] = INT64_C(1) << 40, c.cost.shape[1] = INT64_C(1) << 40), "size overflows");
  REFUSED(FEN_E_TOO_LARGE,
          (c.cost.shape[0] = INT64_C(1) << 30, c.cost.shape[1] = INT64_C(1) << 20, c.cost.strides[0] = 0,
           c.cost.strides[1] = 0),
          "a packed copy of cost", "memory of this machine");
  REFUSED(FEN_E_NULL_ARGUMENT, c.cost.data = NULL, "cost.data is NULL");
  REFUSED(FEN_E_RANGE, c.cost.flags = 6, "cost.flags is 6", "FEN_ARRAY_READONLY");
  REFUSED(FEN_E_READONLY, c.phi.flags = FEN_ARRAY_READONLY, "phi is an output and read-only");
  REFUSED(FEN_E_OVERLAP, c.phi.strides[0] = 0, "phi is an output with strides (0,)");
  REFUSED(FEN_E_OVERLAP, c.phi.data = c.psi_data, "phi", "psi", "overlaps");
  REFUSED(FEN_E_OVERLAP, c.phi.data = c.a_data, "output phi overlaps a");
  REFUSED(FEN_E_OVERLAP, c.psi.data = &c.cost_data[N * M - M], "output psi overlaps cost");
  REFUSED(FEN_E_OVERLAP, c.psi.data = &c.result.eps, "psi", "result");
}

static void values(void) {
  REFUSED(FEN_E_NOT_FINITE, c.cost_data[6] = NAN, "cost[1, 2] is", "nan", "finite");
  REFUSED(FEN_E_NOT_FINITE, c.cost_data[11] = INFINITY, "cost[2, 3] is inf", "finite");
  REFUSED(FEN_E_NOT_FINITE, c.cost_data[0] = -INFINITY, "cost[0, 0] is -inf");
  REFUSED(FEN_E_NOT_FINITE, (c.cost_data[0] = -1.7e308, c.cost_data[1] = 1.7e308),
          "cost goes from -1.7e+308 to 1.7e+308");
  REFUSED(FEN_E_NOT_FINITE, c.a_data[2] = NAN, "a[2] is", "nan", "finite");
  REFUSED(FEN_E_NOT_FINITE, c.b_data[3] = INFINITY, "b[3] is inf", "finite");
  REFUSED(FEN_E_NEGATIVE, c.a_data[1] = -0.25, "a[1] is -0.25", ">= 0");
  REFUSED(FEN_E_NEGATIVE, c.b_data[0] = -1e-300, "b[0] is -1e-300", ">= 0");
  REFUSED(FEN_E_MASS, c.a_data[0] = 0.5, "a", "b", "equal masses");
  REFUSED(FEN_E_MASS, (memset(c.a_data, 0, sizeof c.a_data), memset(c.b_data, 0, sizeof c.b_data)), "a sums to 0",
          "> 0");
  REFUSED(FEN_E_RANGE, c.spec.eps = 0, "eps is 0", "> 0");
  REFUSED(FEN_E_RANGE, c.spec.eps = -1, "eps is -1", "> 0");
  REFUSED(FEN_E_RANGE, c.spec.eps = NAN, "eps is nan");
  REFUSED(FEN_E_RANGE, c.spec.eps = INFINITY, "eps is inf");
  REFUSED(FEN_E_RANGE, c.spec.rho_a = 0, "rho_a is 0", "> 0");
  REFUSED(FEN_E_RANGE, c.spec.rho_b = -2, "rho_b is -2", "> 0");
  REFUSED(FEN_E_RANGE, c.spec.reg_type = 2, "reg_type is 2", "<= 1");
  REFUSED(FEN_E_SHAPE, c.spec.symmetric = 1, "symmetric", "square");
  REFUSED(FEN_E_RANGE, c.options.max_iter = 0, "max_iter is 0", ">= 1");
  REFUSED(FEN_E_RANGE, c.options.tol = -1e-9, "tol is -1e-09", ">= 0");
  REFUSED(FEN_E_RANGE, c.options.num_threads = 5000, "num_threads is 5000", "<= 1024");
  REFUSED(FEN_E_RANGE, c.options.anneal_factor = 1, "anneal_factor is 1", ">= 1.2");
  REFUSED(FEN_E_NAME, c.method = "sinkhron", "method is 'sinkhron'", "did you mean 'sinkhorn'", "known: 'auto'");
  REFUSED(FEN_E_NAME, c.method = "", "method is ''", "known: ");
  REFUSED(FEN_E_NULL_ARGUMENT, c.method = NULL, "method is NULL");
}

/* Column outputs of one (n, 2) array interleave: legal. */
static void interleaved_outputs(void) {
  static call c;
  fen_error err = no_error();
  c = good_call();
  link_views(&c);
  double both[2 * M] = {0};
  c.phi.data = both;
  c.psi.data = both + 1;
  c.phi.strides[0] = c.psi.strides[0] = 2 * sizeof(double);
  CHECK_OK(run(&c, &err), &err);
  c.phi.strides[0] = sizeof(double);
  CHECK_STATUS(FEN_E_OVERLAP, run(&c, &err), &err);
}

static void null_pointers(void) {
  static call c;
  fen_error err = no_error();
  c = good_call();
  link_views(&c);
  fen_geometry* geometry = (fen_geometry*)&c;
  fen_problem* problem = (fen_problem*)&c;
  fen_solver* solver = (fen_solver*)&c;
  int64_t bytes = 7;
  double value = 7;
  const int64_t shape[1] = {4};
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, fen_matrix_create(NULL, &geometry, &err), &err);
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, fen_matrix_create(&c.cost, NULL, &err), &err);
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, fen_point_cloud_create(NULL, NULL, "l1", &geometry, &err), &err);
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, fen_point_cloud_create(&c.cost, NULL, NULL, &geometry, &err), &err);
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, fen_point_cloud_create(&c.cost, NULL, "l1", NULL, &err), &err);
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, fen_grid_create(1, NULL, NULL, "l1", FEN_F64, &geometry, &err), &err);
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, fen_grid_create(1, shape, NULL, NULL, FEN_F64, &geometry, &err), &err);
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, fen_grid_create(1, shape, NULL, "l1", FEN_F64, NULL, &err), &err);
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, fen_transport_create(NULL, NULL, NULL, &c.spec, &problem, &err), &err);
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, fen_sinkhorn_create(NULL, "auto", NULL, &solver, &err), &err);
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, fen_sinkhorn_workspace(NULL, "auto", NULL, &bytes, &err), &err);
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, fen_solver_warm_start(NULL, NULL, NULL, &err), &err);
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, fen_solver_solve(NULL, &c.result, &err), &err);
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, fen_solver_result(NULL, &c.result, &err), &err);
  CHECK(fen_solver_set_monitor(NULL, NULL, NULL) == FEN_E_NULL_ARGUMENT);
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, fen_transport_potentials(NULL, &c.phi, &c.psi, &err), &err);
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, fen_transport_plan(NULL, &c.cost, &err), &err);
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, fen_transport_plan_csr(NULL, 0, &bytes, NULL, NULL, NULL, &err), &err);
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, fen_transport_apply(NULL, 0, &c.b, &c.phi, &err), &err);
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, fen_transport_sample(NULL, 0, 0, &c.phi, &c.psi, &err), &err);
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, fen_transport_gradient(NULL, "a", &c.phi, &err), &err);
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, fen_transport_vjp(NULL, 0, NULL, &err), &err);
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, fen_transport_jvp(NULL, 0, NULL, &err), &err);
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, fen_geometry_cost(NULL, &c.cost, &err), &err);
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, fen_sinkhorn(NULL, NULL, NULL, &c.spec, "auto", NULL, NULL, NULL, NULL, &err),
               &err);
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, fen_sinkhorn(NULL, NULL, &c.cost, NULL, "auto", NULL, NULL, NULL, NULL, &err),
               &err);
  CHECK_STATUS(FEN_E_NULL_ARGUMENT,
               fen_sinkhorn_divergence(&c.cost, &c.cost, NULL, NULL, "l1", &c.spec, "auto", NULL, NULL, NULL, NULL,
                                       NULL, NULL, NULL, &err),
               &err);
  CHECK_STATUS(FEN_E_NULL_ARGUMENT,
               fen_sinkhorn_divergence(&c.cost, NULL, NULL, NULL, "l1", &c.spec, "auto", NULL, &value, NULL, NULL, NULL,
                                       NULL, NULL, &err),
               &err);
  CHECK_STATUS(FEN_E_NULL_ARGUMENT,
               fen_sinkhorn_batch(1, NULL, NULL, NULL, NULL, &c.spec, "auto", NULL, NULL, NULL, NULL, NULL, NULL, NULL,
                                  NULL, &bytes, &err),
               &err);
  CHECK(geometry == (fen_geometry*)&c && problem == (fen_problem*)&c && solver == (fen_solver*)&c);
  CHECK(bytes == 7 && value == 7);
  CHECK(fen_geometry_rows(NULL) == -1 && fen_geometry_cols(NULL) == -1 && fen_geometry_dtype(NULL) == -1);
  fen_geometry_destroy(NULL);
  fen_problem_destroy(NULL);
  fen_solver_destroy(NULL);
  fen_cancel(NULL);
  fen_array_init(NULL, FEN_F64, 1, shape, NULL);
}

static void clouds_and_grids(void) {
  static call c;
  fen_error err = no_error();
  c = good_call();
  link_views(&c);
  fen_geometry* geometry = NULL;
  const fen_array other = view2(FEN_F64, 2, M - 1, c.cost_data);
  CHECK_STATUS(FEN_E_SHAPE, fen_point_cloud_create(&c.cost, &other, "l1", &geometry, &err), &err);
  CHECK(strstr(err.message, "y has shape (2, 3); legal: (any, 4)") != NULL);
  CHECK_STATUS(FEN_E_NAME, fen_point_cloud_create(&c.cost, NULL, "sqeucliden", &geometry, &err), &err);
  CHECK(strstr(err.message, "did you mean 'sqeuclidean'") != NULL);
  c.cost_data[5] = NAN;
  CHECK_STATUS(FEN_E_NOT_FINITE, fen_point_cloud_create(&c.cost, NULL, "l1", &geometry, &err), &err);
  CHECK(strstr(err.message, "x[1, 1] is") != NULL);
  c.cost_data[5] = 1e223;
  CHECK_STATUS(FEN_E_RANGE, fen_point_cloud_create(&c.cost, NULL, "sqeuclidean", &geometry, &err), &err);
  CHECK(strstr(err.message, "largest cost between x and y is inf") != NULL && geometry == NULL);
  fen_array huge = c.cost;
  huge.shape[0] = INT64_C(1) << 42;
  huge.strides[0] = 0;
  CHECK_STATUS(FEN_E_TOO_LARGE, fen_point_cloud_create(&huge, NULL, "l1", &geometry, &err), &err);

  int64_t shape[3] = {4, 4, 4};
  double spacing[3] = {1, 1, 1};
  CHECK_STATUS(FEN_E_RANGE, fen_grid_create(0, shape, NULL, "l1", FEN_F64, &geometry, &err), &err);
  CHECK_STATUS(FEN_E_RANGE, fen_grid_create(4, shape, NULL, "l1", FEN_F64, &geometry, &err), &err);
  CHECK(strstr(err.message, "ndim is 4; legal: 1 .. 3") != NULL);
  CHECK_STATUS(FEN_E_DTYPE, fen_grid_create(3, shape, NULL, "l1", FEN_I32, &geometry, &err), &err);
  CHECK_STATUS(FEN_E_DTYPE, fen_grid_create(3, shape, NULL, "l1", 99, &geometry, &err), &err);
  CHECK_STATUS(FEN_E_UNSUPPORTED, fen_grid_create(3, shape, NULL, "cosine", FEN_F64, &geometry, &err), &err);
  CHECK_STATUS(FEN_E_NAME, fen_grid_create(3, shape, NULL, "l3", FEN_F64, &geometry, &err), &err);
  spacing[1] = 0;
  CHECK_STATUS(FEN_E_RANGE, fen_grid_create(3, shape, spacing, "l1", FEN_F64, &geometry, &err), &err);
  CHECK(strstr(err.message, "spacing[1] is 0") != NULL);
  shape[2] = 0;
  CHECK_STATUS(FEN_E_EMPTY, fen_grid_create(3, shape, NULL, "l1", FEN_F64, &geometry, &err), &err);
  shape[2] = -1;
  CHECK_STATUS(FEN_E_SHAPE, fen_grid_create(3, shape, NULL, "l1", FEN_F64, &geometry, &err), &err);
  shape[0] = shape[1] = shape[2] = INT64_C(1) << 30;
  CHECK_STATUS(FEN_E_TOO_LARGE, fen_grid_create(3, shape, NULL, "l1", FEN_F64, &geometry, &err), &err);
  CHECK(geometry == NULL);
}

int main(void) {
  good();
  arrays();
  values();
  interleaved_outputs();
  null_pointers();
  clouds_and_grids();
  return check_report("misuse");
}
