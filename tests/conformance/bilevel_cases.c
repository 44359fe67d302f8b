/* bilevel_cases.c -- the cases of kind "bilevel": h = sum_j a_j x_j^2 / 2 - <K t, x> + |x|^4 / 8,
 * f = |x - b|^2 / 2 + |t|^2 / 20. Every sum from the left. */
#include "conformance_case.h"

typedef struct Levels {
  int64_t n, m;
  const double *a, *b, *K; /* (n), (n), (n, m) */
} Levels;

static int32_t lower(void* user, const double* x, const double* t, uint32_t fresh, double* value, double* dx,
                     double* dt) {
  const Levels* l = (const Levels*)user;
  double square = 0, sum = 0;
  (void)fresh;
  for (int64_t j = 0; j < l->n; ++j) square += x[j] * x[j];
  for (int64_t j = 0; j < l->n; ++j) {
    double pull = 0;
    for (int64_t i = 0; i < l->m; ++i) pull += l->K[j * l->m + i] * t[i];
    sum += l->a[j] * x[j] * x[j] / 2 - pull * x[j];
    if (dx != NULL) dx[j] = l->a[j] * x[j] + 0.5 * square * x[j] - pull;
  }
  for (int64_t i = 0; dt != NULL && i < l->m; ++i) {
    double along = 0;
    for (int64_t j = 0; j < l->n; ++j) along += l->K[j * l->m + i] * x[j];
    dt[i] = -along;
  }
  if (value != NULL) *value = sum + 0.125 * square * square;
  return 0;
}

static int32_t upper(void* user, const double* x, const double* t, uint32_t fresh, double* value, double* dx,
                     double* dt) {
  const Levels* l = (const Levels*)user;
  double sum = 0;
  (void)fresh;
  for (int64_t j = 0; j < l->n; ++j) {
    sum += (x[j] - l->b[j]) * (x[j] - l->b[j]) / 2;
    if (dx != NULL) dx[j] = x[j] - l->b[j];
  }
  for (int64_t i = 0; i < l->m; ++i) {
    sum += t[i] * t[i] / 20;
    if (dt != NULL) dt[i] = t[i] / 10;
  }
  if (value != NULL) *value = sum;
  return 0;
}

static int32_t hvp(void* user, const double* x, const double* t, uint32_t fresh, int64_t count, const double* v,
                   double* out) {
  const Levels* l = (const Levels*)user;
  double square = 0;
  (void)t, (void)fresh;
  for (int64_t j = 0; j < l->n; ++j) square += x[j] * x[j];
  for (int64_t k = 0; k < count; ++k, v += l->n, out += l->n) {
    double along = 0;
    for (int64_t j = 0; j < l->n; ++j) along += x[j] * v[j];
    for (int64_t j = 0; j < l->n; ++j) out[j] = (l->a[j] + 0.5 * square) * v[j] + along * x[j];
  }
  return 0;
}

static int32_t cross_t(void* user, const double* x, const double* t, uint32_t fresh, int64_t count, const double* v,
                       double* out) {
  const Levels* l = (const Levels*)user;
  (void)x, (void)t, (void)fresh;
  for (int64_t k = 0; k < count; ++k, v += l->n, out += l->m) {
    for (int64_t i = 0; i < l->m; ++i) {
      double along = 0;
      for (int64_t j = 0; j < l->n; ++j) along += l->K[j * l->m + i] * v[j];
      out[i] = -along;
    }
  }
  return 0;
}

static int32_t constants(void* user, const double* t, fen_bilevel_constants* out) {
  (void)user, (void)t;
  out->mu = 1;
  out->hessian_lipschitz = 8;
  out->cross_norm = 10;
  out->cross_lipschitz = 0;
  out->upper_lipschitz = 1;
  return 0;
}

static void print_found(const Case* c, const fen_bilevel_result* r) {
  const int64_t counts[] = {r->termination, r->derivative_status, r->mu_source,         r->finite_differences,
                            r->iterations,  r->lower_iterations,  r->linear_iterations, r->lower_gradients,
                            r->lower_hvps,  r->cross_products,    r->upper_gradients};
  const double numbers[] = {r->value, r->first_value,    r->residual, r->hypergradient,
                            r->bound, r->lower_residual, r->x_error};
  printf("%s counts", c->name);
  print_bits(counts, FEN_I64, 0, 11);
  printf("%s numbers", c->name);
  print_bits(numbers, FEN_F64, 0, 7);
}

void run_bilevel(Case* c) {
  double* a = uniforms(c, c->n);
  for (int64_t j = 0; j < c->n; ++j) a[j] += 1;
  double* b = uniforms(c, c->n);
  for (int64_t j = 0; j < c->n; ++j) b[j] -= 0.5;
  double* K = uniforms(c, c->n * c->m);
  for (int64_t k = 0; k < c->n * c->m; ++k) K[k] -= 0.5;
  double *t = doubles(c->m), *x = doubles(c->n);
  for (int64_t i = 0; i < c->m; ++i) t[i] = 0.5;
  for (int64_t j = 0; j < c->n; ++j) x[j] = 0.25;
  Levels levels = {c->n, c->m, a, b, K};
  fen_bilevel_oracles table;
  memset(&table, 0, sizeof table);
  table.struct_size = sizeof table;
  table.user = &levels;
  table.n = c->n;
  table.m = c->m;
  table.lower = lower;
  table.upper = upper;
  if (asks(c, "products")) table.lower_hvp = hvp, table.lower_cross_t = cross_t;
  if (asks(c, "constants")) table.constants = constants;
  fen_bilevel_options options;
  fen_bilevel_result result;
  fen_bilevel_options_init(&options, sizeof options);
  fen_bilevel_result_init(&result, sizeof result);
  options.tol = double_of(c, "tol");
  options.max_iter = integer_of(c, "max_iter");
  options.hypergradient_mode = (int32_t)integer_of(c, "mode");
  const fen_array theta = view(c, t, 1, c->m, 0, 0), at = view(c, x, 1, c->n, 0, 0),
                  gradient = view(c, NULL, 1, c->m, 0, 0);
  const char* const method = value_of(c, "method");
  const int one = strcmp(method, "hypergradient") == 0;
  if (failed(c, one ? fen_hypergradient(&table, &theta, &at, &gradient, &options, &result, NULL)
                    : fen_bilevel(&table, method, &theta, &at, NULL, NULL, &options, NULL, NULL, &result, NULL)))
    return;
  print_found(c, &result);
  print_array(c, "theta", &theta);
  print_array(c, "x", &at);
  if (one) print_array(c, "gradient", &gradient);
}
