/* fuzz_derivatives.c -- derivatives of solutions, tuning and bilevel problems with random data, settings and oracles
 * that fail or leave their domain at a random call. Whatever the values: a status of the list, and a failed call
 * changes nothing. */
#include <math.h>

#include "fuzz_common.h"

enum { N = 4, M = 2, SAMPLES = 6 };

static double tame(bytes* in) { return 4 * take_double(in) - 2; }

static void fill(bytes* in, double* to, int count) {
  for (int i = 0; i < count; ++i) to[i] = tame(in);
}

static fen_array view(int ndim, int64_t rows, int64_t cols, void* data) {
  const int64_t shape[2] = {rows, cols};
  fen_array a;
  fen_array_init(&a, FEN_F64, ndim, shape, data);
  return a;
}

static fen_derivative_options derivative_options(bytes* in) {
  fen_derivative_options options;
  fen_derivative_options_init(&options, sizeof options);
  options.linear_solver = (int32_t)take_below(in, 8);
  options.max_iter = 1 + take_below(in, 40);
  if (take_byte(in) < 60) options.tol = take_double(in);
  if (take_byte(in) < 60) options.mu = take_double(in);
  options.require_certified = take_byte(in) < 40;
  return options;
}

/* ---- f + g ---- */

typedef struct model {
  double A[SAMPLES * N], y[SAMPLES], x[N];
  fen_term *op, *f, *g;
} model;

static fen_term* term(const char* kind, const char* name, const fen_param* params, int32_t count) {
  fen_error err = fresh_error();
  fen_term* made = NULL;
  sane(fen_term_create(kind, name, params, count, &made, &err), &err);
  return made;
}

static fen_term* loss(const model* m, bytes* in) {
  static const char* const kLosses[] = {"least_squares", "logistic", "huber", "squared_hinge", "poisson"};
  const char* name = kLosses[take_below(in, 5)];
  const int64_t shape[1] = {SAMPLES};
  double y[SAMPLES];
  fen_array targets;
  for (int i = 0; i < SAMPLES; ++i) /* 0 and 1, -1 and 1, counts, or any number */
    y[i] = take_byte(in) < 250 ? (name[0] == 's' ? (m->y[i] > 0 ? 1 : -1) : m->y[i] > 0) : m->y[i];
  fen_array_init(&targets, FEN_F64, 1, shape, y);
  const fen_param params[] = {{"A", 0, NULL, m->op}, {"y", 0, &targets, NULL}};
  return term("smooth", name, params, 2);
}

static void make_model(model* m, bytes* in) {
  fill(in, m->A, SAMPLES * N);
  fill(in, m->y, SAMPLES);
  fill(in, m->x, N);
  const fen_array data = view(2, SAMPLES, N, m->A);
  const fen_param A[] = {{"A", 0, &data, NULL}};
  m->op = term("operator", "matrix", A, 1);
  m->f = m->op != NULL ? loss(m, in) : NULL;
  const char* name = fen_term_name("prox", (int32_t)take_below(in, (unsigned)fen_term_count("prox")));
  const fen_param lam[] = {{"lam", take_double(in), NULL, NULL}};
  const int takes = fen_term_parameter_count("prox", name) > 0 && take_byte(in) < 200;
  m->g = take_byte(in) < 30 ? NULL : term("prox", takes ? "l1" : name, lam, takes ? 1 : 0);
}

static void free_model(model* m) {
  fen_term_destroy(m->g);
  fen_term_destroy(m->f);
  fen_term_destroy(m->op);
}

static void differentiate(bytes* in) {
  static const int64_t kSizes[] = {SAMPLES, N, 1};
  model m;
  fen_problem* problem = NULL;
  fen_error err = fresh_error();
  make_model(&m, in);
  const fen_term* const g[] = {m.g};
  sane(fen_composite_create(FEN_F64, N, m.f, m.g != NULL, g, NULL, &problem, &err), &err);
  if (problem != NULL) {
    double c[N], data[SAMPLES];
    const double mark = 17;
    fill(in, c, N);
    for (int i = 0; i < SAMPLES; ++i) data[i] = mark;
    const fen_array x = view(1, N, 1, m.x), seed = view(1, N, 1, c), out = view(1, kSizes[take_below(in, 3)], 1, data);
    const unsigned known = (unsigned)fen_term_count("solution_parameter");
    const fen_solution_array parameter = {fen_term_name("solution_parameter", (int32_t)take_below(in, known)), &out};
    const fen_derivative_options options = derivative_options(in);
    fen_derivative_result result;
    fen_derivative_result_init(&result, sizeof result);
    const int32_t status = sane(fen_solution_vjp(problem, &x, &seed, &parameter, 1, &options, &result, &err), &err);
    if (status != FEN_OK)
      for (int i = 0; i < SAMPLES; ++i) DEMAND(data[i] == mark);
    else
      DEMAND(result.bound >= 0 && result.derivative_status >= 0 && result.derivative_status <= 3);
    if (status != FEN_OK) fill(in, data, SAMPLES);
    sane(fen_solution_jvp(problem, &x, &parameter, 1, &seed, &options, NULL, &err), &err);
  }
  fen_problem_destroy(problem);
  free_model(&m);
}

static void tune(bytes* in) {
  static const char* const kTuned[] = {"lam", "weights", "l1", "l2", "f.weights", "none"};
  model m;
  fen_error err = fresh_error();
  make_model(&m, in);
  if (m.f != NULL) {
    const fen_term* const f[] = {m.f, m.f};
    const char* penalty = fen_term_name("prox", (int32_t)take_below(in, (unsigned)fen_term_count("prox")));
    const char* tuned[] = {kTuned[take_below(in, 6)]};
    double theta[SAMPLES], kept[SAMPLES];
    for (int i = 0; i < SAMPLES; ++i) kept[i] = theta[i] = take_double(in);
    const fen_array at = view(1, 1 + take_below(in, SAMPLES), 1, theta);
    fen_tune_options options;
    fen_tune_options_init(&options, sizeof options);
    options.max_iter = 1 + take_below(in, 6);
    options.time_limit = 0.2;
    options.linear_solver = (int32_t)take_below(in, 7);
    options.require_certified = take_byte(in) < 40;
    if (take_byte(in) < 60) options.reach = 1 + take_double(in);
    const int32_t status =
        sane(fen_tune(FEN_F64, 1 + (int32_t)take_below(in, 2), f, f, take_byte(in) < 150 ? "l1" : penalty, NULL, 0,
                      tuned, 1, &at, NULL, &options, NULL, NULL, NULL, &err),
             &err);
    if (status != FEN_OK) DEMAND(memcmp(theta, kept, sizeof kept) == 0);
  }
  free_model(&m);
}

/* ---- products and programs ---- */

typedef struct products {
  double dx[N * N], dtheta[N * M];
  int calls, fail_at;
  int32_t answer;
} products;

static int32_t multiply(void* user, int32_t what, const double* in, double* out) {
  products* p = user;
  const int rows = what == FEN_ROOT_DTHETA_T ? M : N, cols = what == FEN_ROOT_DTHETA ? M : N;
  const double* matrix = what == FEN_ROOT_DTHETA || what == FEN_ROOT_DTHETA_T ? p->dtheta : p->dx;
  const int transposed = what == FEN_ROOT_DX_T || what == FEN_ROOT_DTHETA_T;
  if (++p->calls == p->fail_at) return p->answer;
  for (int i = 0; i < rows; ++i) {
    out[i] = 0;
    for (int j = 0; j < cols; ++j) out[i] += (transposed ? matrix[j * rows + i] : matrix[i * cols + j]) * in[j];
  }
  return 0;
}

static void implicit(bytes* in) {
  products p;
  double c[N], z[M] = {17, 17};
  fen_error err = fresh_error();
  memset(&p, 0, sizeof p);
  fill(in, p.dx, N * N);
  fill(in, p.dtheta, N * M);
  fill(in, c, N);
  p.fail_at = (int)take_below(in, 20);
  p.answer = (int32_t)take_below(in, 5) - 2;
  const fen_array seed = view(1, N, 1, c), out = view(1, M, 1, z);
  const fen_derivative_options options = derivative_options(in);
  const uint32_t flags = take_below(in, 8);
  if (sane(fen_implicit_vjp(N, M, flags, multiply, &p, &seed, NULL, &out, &options, NULL, &err), &err) != FEN_OK)
    DEMAND(z[0] == 17 && z[1] == 17);
  p.calls = 0;
  z[0] = z[1] = 0.5;
  sane(fen_implicit_jvp(N, M, flags, multiply, &p, &out, &seed, &options, NULL, &err), &err);
}

static void program(bytes* in) {
  double P[N * N], q[N], E[N], e[1], G[M * N], h[M], x[N], nu[1], lam[M], c[N], out[N];
  fen_error err = fresh_error();
  fill(in, P, N * N);
  fill(in, q, N), fill(in, E, N), fill(in, e, 1), fill(in, G, M * N), fill(in, h, M), fill(in, x, N), fill(in, nu, 1);
  fill(in, lam, M), fill(in, c, N);
  const fen_array aP = view(2, N, N, P), aq = view(1, N, 1, q), aE = view(2, 1, N, E), ae = view(1, 1, 1, e),
                  aG = view(2, M, N, G), ah = view(1, M, 1, h), ax = view(1, N, 1, x), anu = view(1, 1, 1, nu),
                  al = view(1, M, 1, lam), ac = view(1, N, 1, c), ao = view(1, N, 1, out);
  const int with = (int)take_below(in, 4);
  fen_kkt_bundle at = {.struct_size = sizeof at, .P = &aP, .q = &aq, .x = &ax}, bundle = {.struct_size = sizeof bundle};
  if (with & 1) at.E = &aE, at.e = &ae, at.nu = &anu;
  if (with & 2) at.G = &aG, at.h = &ah, at.lam = &al;
  bundle.x = &ac;
  bundle.q = &ao;
  for (int i = 0; i < N; ++i) out[i] = 17;
  const fen_derivative_options options = derivative_options(in);
  if (sane(fen_kkt_vjp(&at, &bundle, &options, NULL, &err), &err) != FEN_OK)
    for (int i = 0; i < N; ++i) DEMAND(out[i] == 17);
}

/* ---- bilevel problems: h = x'Ax/2 + sum x^4 / 4 + x'Bt, f = ||x - b||^2 / 2 + w ||t||^2 / 2 ---- */

typedef struct levels {
  double A[N * N], B[N * M], b[N], w;
  int calls, fail_at;
  int32_t answer; /* 3: NaN */
} levels;

static int32_t called(levels* l, double* value) {
  if (++l->calls != l->fail_at) return 0;
  if (l->answer == 3 && value != NULL) *value = NAN;
  return l->answer == 3 ? 0 : l->answer;
}

static int32_t lower(void* user, const double* x, const double* t, uint32_t fresh, double* value, double* dx,
                     double* dt) {
  levels* l = user;
  double sum = 0;
  DEMAND(fresh <= 3);
  for (int k = 0; dt != NULL && k < M; ++k) dt[k] = 0;
  for (int i = 0; i < N; ++i) {
    double slope = x[i] * x[i] * x[i];
    sum += x[i] * slope / 4;
    for (int j = 0; j < N; ++j) sum += x[i] * l->A[i * N + j] * x[j] / 2, slope += l->A[i * N + j] * x[j];
    for (int k = 0; k < M; ++k) {
      sum += x[i] * l->B[i * M + k] * t[k];
      slope += l->B[i * M + k] * t[k];
      if (dt != NULL) dt[k] += x[i] * l->B[i * M + k];
    }
    if (dx != NULL) dx[i] = slope;
  }
  if (value != NULL) *value = sum;
  return called(l, value);
}

static int32_t upper(void* user, const double* x, const double* t, uint32_t fresh, double* value, double* dx,
                     double* dt) {
  levels* l = user;
  double sum = 0;
  DEMAND(fresh <= 3);
  for (int i = 0; i < N; ++i) sum += (x[i] - l->b[i]) * (x[i] - l->b[i]) / 2;
  for (int k = 0; k < M; ++k) sum += l->w * t[k] * t[k] / 2;
  for (int i = 0; dx != NULL && i < N; ++i) dx[i] = x[i] - l->b[i];
  for (int k = 0; dt != NULL && k < M; ++k) dt[k] = l->w * t[k];
  if (value != NULL) *value = sum;
  return called(l, value);
}

static int32_t hvp(void* user, const double* x, const double* t, uint32_t fresh, int64_t count, const double* v,
                   double* out) {
  levels* l = user;
  (void)t, (void)fresh;
  for (int64_t k = 0; k < count; ++k)
    for (int i = 0; i < N; ++i) {
      out[k * N + i] = 3 * x[i] * x[i] * v[k * N + i];
      for (int j = 0; j < N; ++j) out[k * N + i] += l->A[i * N + j] * v[k * N + j];
    }
  return called(l, out);
}

static int32_t cross_t(void* user, const double* x, const double* t, uint32_t fresh, int64_t count, const double* v,
                       double* out) {
  levels* l = user;
  (void)x, (void)t, (void)fresh;
  for (int64_t r = 0; r < count; ++r)
    for (int k = 0; k < M; ++k) {
      out[r * M + k] = 0;
      for (int i = 0; i < N; ++i) out[r * M + k] += l->B[i * M + k] * v[r * N + i];
    }
  return called(l, out);
}

static int32_t constants(void* user, const double* t, fen_bilevel_constants* out) {
  levels* l = user;
  (void)t;
  out->mu = l->w;
  out->upper_lipschitz = 1 + l->w;
  return called(l, &out->cross_norm);
}

static fen_bilevel_options bilevel_options(bytes* in) {
  fen_bilevel_options options;
  fen_bilevel_options_init(&options, sizeof options);
  options.max_iter = 1 + take_below(in, 12);
  options.time_limit = 0.2;
  options.hypergradient_mode = (int32_t)take_below(in, 7);
  options.lower_method = (int32_t)take_below(in, 6);
  options.lower_max_iter = 1 + take_below(in, 200);
  options.linear_solver = (int32_t)take_below(in, 8);
  options.unroll_iter = 1 + take_below(in, 30);
  options.kept_iter = 1 + take_below(in, 30);
  options.log_theta = take_byte(in) < 60;
  options.require_certified = take_byte(in) < 40;
  options.adaptive = take_byte(in) < 200;
  options.accelerate = take_byte(in) < 128;
  if (take_byte(in) < 60) options.accuracy = take_double(in);
  if (take_byte(in) < 60) options.step = take_double(in);
  if (take_byte(in) < 60) options.lower_step = take_double(in);
  if (take_byte(in) < 60) options.penalty = take_double(in);
  if (take_byte(in) < 60) options.averaging = take_double(in);
  if (take_byte(in) < 60) options.reach = take_double(in);
  return options;
}

static void two_levels(bytes* in) {
  levels l;
  double t[M], x[N], kept[M + N], z[M] = {17, 17}, low[M] = {-3, -3}, high[M] = {3, 1};
  fen_error err = fresh_error();
  memset(&l, 0, sizeof l);
  fill(in, l.A, N * N);
  for (int i = 0; i < N; ++i) {
    for (int j = 0; j < i; ++j) l.A[i * N + j] = l.A[j * N + i];
    l.A[i * N + i] += take_byte(in) < 200 ? 9 : 0;
  }
  fill(in, l.B, N * M), fill(in, l.b, N), fill(in, t, M), fill(in, x, N);
  l.w = take_double(in);
  l.fail_at = take_byte(in) < 128 ? 0 : (int)take_byte(in);
  l.answer = (int32_t)take_below(in, 6) - 2;
  memcpy(kept, t, sizeof t), memcpy(kept + M, x, sizeof x);
  const fen_bilevel_oracles table = {.struct_size = sizeof table,
                                     .user = &l,
                                     .n = N,
                                     .m = M,
                                     .lower = lower,
                                     .upper = upper,
                                     .lower_hvp = take_byte(in) < 180 ? hvp : NULL,
                                     .lower_cross_t = take_byte(in) < 180 ? cross_t : NULL,
                                     .constants = take_byte(in) < 128 ? constants : NULL};
  const fen_array at = view(1, M, 1, t), start = view(1, N, 1, x), out = view(1, M, 1, z), below = view(1, M, 1, low),
                  above = view(1, M, 1, high);
  const fen_bilevel_options options = bilevel_options(in);
  const char* method =
      fen_term_name("bilevel_method", (int32_t)take_below(in, (unsigned)fen_term_count("bilevel_method")));
  const int bounded = take_byte(in) < 128;
  fen_bilevel_result result;
  fen_bilevel_result_init(&result, sizeof result);
  if (sane(fen_hypergradient(&table, &at, &start, &out, &options, &result, &err), &err) != FEN_OK)
    DEMAND(z[0] == 17 && z[1] == 17 && memcmp(x, kept + M, sizeof x) == 0);
  memcpy(x, kept + M, sizeof x);
  l.calls = 0;
  const int32_t status = sane(fen_bilevel(&table, method, &at, &start, bounded ? &below : NULL, bounded ? &above : NULL,
                                          &options, NULL, NULL, &result, &err),
                              &err);
  if (status != FEN_OK) DEMAND(memcmp(t, kept, sizeof t) == 0 && memcmp(x, kept + M, sizeof x) == 0);
  if (status == FEN_OK && bounded)
    for (int k = 0; k < M; ++k) DEMAND(t[k] >= low[k] && t[k] <= high[k]);
  if (status == FEN_OK) DEMAND(isfinite(t[0]) && isfinite(x[0]) && result.termination > FEN_NOT_RUN);
}

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static void (*const kSteps[])(bytes*) = {differentiate, differentiate, tune,      implicit,
                                           program,       two_levels,    two_levels};
  bytes in = {data, size};
  for (int step = 0; step < 6 && in.left > 0; ++step) kSteps[take_below(&in, sizeof kSteps / sizeof kSteps[0])](&in);
  return 0;
}
