/* composite_cases.c -- the cases of kind "composite": a linear model and a simple term, solved and asked. */
#include "conformance_case.h"

enum { ROWS = 3, STEPS = 4, FOLDS = 3 };

typedef struct Terms {
  fen_term *A, *f, *g;
  fen_problem* problem;
} Terms;

static fen_minimize_options options_of(const Case* c) {
  fen_minimize_options options;
  fen_minimize_options_init(&options, sizeof options);
  options.tol = double_of(c, "tol");
  options.max_iter = integer_of(c, "max_iter");
  options.num_threads = (int32_t)integer_of(c, "num_threads");
  return options;
}

static void print_minimized(const Case* c, const char* prefix, const fen_minimize_result* r) {
  const int64_t counts[] = {r->termination,        r->certificate,      r->method,       r->iterations,
                            r->gradients,          r->values,           r->proxes,       r->products,
                            r->coordinate_updates, r->outer_iterations, r->newton_steps, r->cg_iterations,
                            r->backtracks,         r->restarts,         r->support,      r->screened};
  const double numbers[] = {r->tol, r->residual, r->objective, r->smooth, r->dual, r->gap, r->scale, r->step};
  printf("%s %scounts", c->name, prefix);
  print_bits(counts, FEN_I64, 0, 16);
  printf("%s %snumbers", c->name, prefix);
  print_bits(numbers, FEN_F64, 0, 8);
}

/* The matrix, row by row or (layout f) column by column in memory: the same numbers. */
static fen_array matrix_of(Case* c) {
  double* values = uniforms(c, c->m * c->n);
  for (int64_t k = 0; k < c->m * c->n; ++k) values[k] -= 0.5;
  if (strcmp(value_of(c, "layout"), "f") != 0) return view(c, values, 2, c->m, c->n, 0);
  double* turned = doubles(c->m * c->n);
  for (int64_t i = 0; i < c->m; ++i)
    for (int64_t j = 0; j < c->n; ++j) turned[j * c->m + i] = values[i * c->n + j];
  fen_array out = view(c, turned, 2, c->n, c->m, 0);
  const int64_t far = out.strides[0], near = out.strides[1];
  out.shape[0] = c->m, out.shape[1] = c->n;
  out.strides[0] = near, out.strides[1] = far;
  return out;
}

static fen_array targets_of(Case* c) {
  char loss[64];
  snprintf(loss, sizeof loss, "%s", value_of(c, "loss"));
  double* y = uniforms(c, c->m);
  for (int64_t i = 0; i < c->m; ++i) {
    if (strcmp(loss, "logistic") == 0 || strcmp(loss, "squared_hinge") == 0) y[i] = y[i] < 0.5 ? -1.0 : 1.0;
    if (strcmp(loss, "poisson") == 0) y[i] = (double)(int)(4 * y[i]);
  }
  return view(c, y, 1, c->m, 0, 0);
}

static int32_t compose(Case* c, Terms* t, fen_array* matrix, fen_array* y) {
  *matrix = matrix_of(c);
  *y = targets_of(c);
  const fen_param stored = {"matrix", 0, matrix, NULL};
  int32_t status = fen_term_create("operator", "dense", &stored, 1, &t->A, NULL);
  if (status != FEN_OK) return status;
  const fen_param model[3] = {
      {"A", 0, NULL, t->A}, {"y", 0, y, NULL}, {"intercept", (double)integer_of(c, "intercept"), NULL, NULL}};
  status = fen_term_create("smooth", value_of(c, "loss"), model, 3, &t->f, NULL);
  if (status != FEN_OK) return status;
  const char* name = value_of(c, "parameter");
  const fen_param weight = {name, double_of(c, "lam"), NULL, NULL};
  status = fen_term_create("prox", value_of(c, "prox"), &weight, strcmp(name, "-") != 0, &t->g, NULL);
  if (status != FEN_OK) return status;
  return fen_composite_create(c->dtype, 0, t->f, 1, (const fen_term* const*)&t->g, NULL, &t->problem, NULL);
}

/* ---- questions ---- */

static int ask_terms(Case* c, const Terms* t) {
  const int64_t n = c->n, size = fen_composite_size(t->problem);
  if (asks(c, "prox")) {
    double* numbers = uniforms(c, ROWS * n);
    for (int64_t k = 0; k < ROWS * n; ++k) numbers[k] = 4 * numbers[k] - 2;
    const fen_array v = view(c, numbers, 2, ROWS, n, 0), out = view(c, NULL, 2, ROWS, n, 0);
    double values[ROWS];
    if (failed(c, fen_prox_apply(t->g, &v, 0.75, NULL, &out, values, 1, NULL))) return 0;
    print_array(c, "prox", &out);
    printf("%s prox_values", c->name);
    print_bits(values, FEN_F64, 0, ROWS);
  }
  if (asks(c, "gradient")) {
    const fen_array at = view(c, uniforms(c, size), 1, size, 0, 0), out = view(c, NULL, 1, size, 0, 0);
    double value = 0;
    if (failed(c, fen_smooth_gradient(t->f, &at, &value, &out, NULL))) return 0;
    printf("%s smooth_value", c->name);
    print_bits(&value, FEN_F64, 0, 1);
    print_array(c, "smooth_gradient", &out);
  }
  return 1;
}

/* Half, a quarter and an eighth of the least factor that gives zero; then the losses of i mod 3 folds along them. */
static int ask_path(Case* c, const Terms* t, const fen_minimize_options* options) {
  const int64_t size = fen_composite_size(t->problem);
  double most = 0;
  if (failed(c, fen_lambda_max(t->problem, &most, NULL))) return 0;
  printf("%s lambda_max", c->name);
  print_bits(&most, FEN_F64, 0, 1);
  double values[ROWS] = {most / 2, most / 4, most / 8};
  const int64_t rows = ROWS;
  fen_array factors;
  fen_array_init(&factors, FEN_F64, 1, &rows, values);
  const fen_array x = view(c, NULL, 2, ROWS, size, 0);
  fen_minimize_result results[ROWS];
  for (int k = 0; k < ROWS; ++k) fen_minimize_result_init(&results[k], sizeof results[k]);
  if (failed(c, fen_path(t->problem, &factors, options, NULL, NULL, &x, results, NULL))) return 0;
  print_array(c, "path", &x);
  for (int k = 0; k < ROWS; ++k) {
    char prefix[32];
    snprintf(prefix, sizeof prefix, "path%d_", k);
    print_minimized(c, prefix, &results[k]);
  }
  const fen_array folds = integers(c->m);
  for (int64_t i = 0; i < c->m; ++i) ((int64_t*)folds.data)[i] = i % FOLDS;
  double losses[FOLDS * ROWS];
  const int64_t shape[2] = {FOLDS, ROWS};
  fen_array out;
  fen_array_init(&out, FEN_F64, 2, shape, losses);
  if (failed(c, fen_cross_validate(t->problem, &factors, &folds, options, NULL, NULL, &out, NULL))) return 0;
  print_array(c, "losses", &out);
  return 1;
}

static int ask_unfolded(Case* c, const Terms* t) {
  const int64_t size = fen_composite_size(t->problem), count = STEPS;
  double steps_of[STEPS], levels_of[STEPS], gs[STEPS], gt[STEPS], objectives_of[STEPS];
  for (int k = 0; k < STEPS; ++k) steps_of[k] = 0.0625 * (k + 1), levels_of[k] = 0.25 * (k + 1);
  fen_array steps, levels, steps_grad, levels_grad, objectives;
  fen_array_init(&steps, FEN_F64, 1, &count, steps_of);
  fen_array_init(&levels, FEN_F64, 1, &count, levels_of);
  fen_array_init(&steps_grad, FEN_F64, 1, &count, gs);
  fen_array_init(&levels_grad, FEN_F64, 1, &count, gt);
  fen_array_init(&objectives, FEN_F64, 1, &count, objectives_of);
  const fen_array x0 = view(c, uniforms(c, size), 1, size, 0, 0), cotangent = view(c, uniforms(c, size), 1, size, 0, 0);
  const fen_array x = view(c, NULL, 1, size, 0, 0), x0_grad = view(c, NULL, 1, size, 0, 0);
  if (failed(c, fen_unfold(t->problem, &steps, &levels, &x0, &x, &objectives, NULL))) return 0;
  print_array(c, "unfold", &x);
  print_array(c, "unfold_objectives", &objectives);
  if (failed(c,
             fen_unfold_vjp(t->problem, &steps, &levels, &x0, &cotangent, &steps_grad, &levels_grad, &x0_grad, NULL)))
    return 0;
  print_array(c, "unfold_steps", &steps_grad);
  print_array(c, "unfold_thresholds", &levels_grad);
  print_array(c, "unfold_start", &x0_grad);
  return 1;
}

static void solve(Case* c, const Terms* t) {
  const fen_minimize_options options = options_of(c);
  const int64_t size = fen_composite_size(t->problem);
  fen_solver* solver = NULL;
  fen_minimize_result result;
  fen_minimize_result_init(&result, sizeof result);
  const fen_array x = view(c, NULL, 1, size, 0, 0);
  if (failed(c, fen_minimize_create(t->problem, value_of(c, "method"), &options, &solver, NULL))) return;
  if (!failed(c, fen_minimize_solve(solver, &x, &result, NULL))) {
    print_minimized(c, "", &result);
    print_array(c, "x", &x);
    int good = 1;
    if (asks(c, "dual")) {
      const fen_array u = view(c, NULL, 1, c->n, 0, 0);
      good = !failed(c, fen_minimize_dual(solver, 0, &u, NULL));
      if (good) print_array(c, "dual", &u);
    }
    if (good && ask_terms(c, t) && (!asks(c, "path") || ask_path(c, t, &options)) && asks(c, "unfold"))
      (void)ask_unfolded(c, t);
  }
  fen_solver_destroy(solver);
}

void run_composite(Case* c) {
  Terms t = {NULL, NULL, NULL, NULL};
  fen_array matrix, y;
  if (!failed(c, compose(c, &t, &matrix, &y))) solve(c, &t);
  fen_problem_destroy(t.problem);
  fen_term_destroy(t.g);
  fen_term_destroy(t.f);
  fen_term_destroy(t.A);
}
