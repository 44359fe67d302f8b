/* Solves the problems of a plain-text case file and prints the answers bit for bit; README.md describes both forms. */
#include "conformance_case.h"

static void print_result(const Case* c, const char* prefix, const fen_transport_result* r) {
  const int64_t counts[] = {r->termination, r->certificate,  r->iterations,    r->passes,
                            r->sweeps,      r->newton_steps, r->cg_iterations, r->stages};
  const double numbers[] = {r->eps, r->tol, r->error_a, r->error_b, r->mass, r->cost, r->primal, r->dual, r->gap};
  printf("%s %scounts", c->name, prefix);
  print_bits(counts, FEN_I64, 0, 8);
  printf("%s %snumbers", c->name, prefix);
  print_bits(numbers, FEN_F64, 0, 9);
}

/* ---- questions to a solved problem ---------------------------------------------------------------- */

static int ask_plans(Case* c, const fen_solver* solver) {
  if (asks(c, "plan")) {
    const fen_array plan = view(c, NULL, 2, c->n, c->m, 0);
    if (failed(c, fen_transport_plan(solver, &plan, NULL))) return 0;
    print_array(c, "plan", &plan);
  }
  if (asks(c, "csr")) {
    int64_t nnz = 0;
    if (failed(c, fen_transport_plan_csr(solver, 1e-6, &nnz, NULL, NULL, NULL, NULL))) return 0;
    const fen_array indptr = integers(c->n + 1), indices = integers(nnz), values = view(c, NULL, 1, nnz, 0, 0);
    if (failed(c, fen_transport_plan_csr(solver, 1e-6, &nnz, &indptr, &indices, &values, NULL))) return 0;
    print_array(c, "csr_indptr", &indptr);
    print_array(c, "csr_indices", &indices);
    print_array(c, "csr_values", &values);
  }
  if (asks(c, "apply")) {
    const fen_array v = view(c, uniforms(c, c->m * 2), 2, c->m, 2, 0);
    const fen_array w = view(c, uniforms(c, c->n * 2), 2, c->n, 2, 0);
    const fen_array forward = view(c, NULL, 2, c->n, 2, 0), back = view(c, NULL, 2, c->m, 2, 0);
    if (failed(c, fen_transport_apply(solver, 0, &v, &forward, NULL))) return 0;
    if (failed(c, fen_transport_apply(solver, FEN_APPLY_TRANSPOSE | FEN_APPLY_NORMALIZE, &w, &back, NULL))) return 0;
    print_array(c, "apply", &forward);
    print_array(c, "project_back", &back);
  }
  return 1;
}

static int ask_samples(Case* c, const fen_solver* solver) {
  static const char* const names[] = {"sample_rows", "sample_cols"};
  const fen_array rows = integers(16), cols = integers(16), row = integers(c->n), col = integers(c->n);
  if (failed(c, fen_transport_sample(solver, FEN_SAMPLE_JOINT, 7, &rows, &cols, NULL))) return 0;
  print_array(c, names[0], &rows);
  print_array(c, names[1], &cols);
  if (failed(c, fen_transport_sample(solver, FEN_SAMPLE_WITHOUT_REPLACEMENT, 8, &rows, &cols, NULL))) return 0;
  print_array(c, "distinct_rows", &rows);
  print_array(c, "distinct_cols", &cols);
  if (failed(c, fen_transport_sample(solver, FEN_SAMPLE_PER_ROW, 9, &row, &col, NULL))) return 0;
  print_array(c, "per_row", &col);
  return 1;
}

static int ask_gradients(Case* c, const fen_solver* solver) {
  static const char* const names[] = {"a", "b", "cost", "x", "y"};
  for (int k = 0; k < 5; ++k) {
    char field[32];
    snprintf(field, sizeof field, "gradient_%s", names[k]);
    if (!asks(c, field)) continue;
    const int64_t first = k == 1 || k == 4 ? c->m : c->n, second = k == 2 ? c->m : c->d;
    const fen_array out = view(c, NULL, k < 2 ? 1 : 2, first, second, 0);
    if (failed(c, fen_transport_gradient(solver, names[k], &out, NULL))) return 0;
    print_array(c, field, &out);
  }
  return 1;
}

static int ask_derivatives(Case* c, const fen_solver* solver, int points) {
  const int64_t n = c->n, m = c->m, d = c->d;
  if (asks(c, "vjp")) {
    const fen_array phi = view(c, uniforms(c, n), 1, n, 0, 0), psi = view(c, uniforms(c, m), 1, m, 0, 0);
    const fen_array plan = view(c, uniforms(c, n * m), 2, n, m, 0);
    const fen_array a = view(c, NULL, 1, n, 0, 0), b = view(c, NULL, 1, m, 0, 0), cost = view(c, NULL, 2, n, m, 0);
    const fen_array x = view(c, NULL, 2, n, d, 0), y = view(c, NULL, 2, m, d, 0);
    fen_transport_bundle bundle = {
        .struct_size = sizeof bundle, .a = &a, .b = &b, .phi = &phi, .psi = &psi, .plan = &plan};
    if (points) {
      bundle.x = &x;
      bundle.y = &y;
    } else {
      bundle.cost = &cost;
    }
    if (failed(c, fen_transport_vjp(solver, 0, &bundle, NULL))) return 0;
    print_array(c, "vjp_a", &a);
    print_array(c, "vjp_b", &b);
    print_array(c, points ? "vjp_x" : "vjp_cost", points ? &x : &cost);
    if (points) print_array(c, "vjp_y", &y);
  }
  if (asks(c, "jvp")) {
    fen_transport_bundle bundle = {.struct_size = sizeof bundle};
    fen_array cost, x, y;
    if (points) {
      x = view(c, uniforms(c, n * d), 2, n, d, 0);
      y = view(c, uniforms(c, m * d), 2, m, d, 0);
      bundle.x = &x;
      bundle.y = &y;
    } else {
      cost = view(c, uniforms(c, n * m), 2, n, m, 0);
      bundle.cost = &cost;
    }
    const fen_array phi = view(c, NULL, 1, n, 0, 0), psi = view(c, NULL, 1, m, 0, 0), plan = view(c, NULL, 2, n, m, 0);
    bundle.phi = &phi;
    bundle.psi = &psi;
    bundle.plan = &plan;
    if (failed(c, fen_transport_jvp(solver, 0, &bundle, NULL))) return 0;
    print_array(c, "jvp_phi", &phi);
    print_array(c, "jvp_psi", &psi);
    print_array(c, "jvp_plan", &plan);
  }
  return 1;
}

/* ---- kinds of problems ---------------------------------------------------------------------------- */

static fen_transport_spec spec_of(const Case* c) {
  fen_transport_spec spec;
  fen_transport_spec_init(&spec, sizeof spec);
  spec.eps = double_of(c, "eps");
  spec.rho_a = double_of(c, "rho_a");
  spec.rho_b = double_of(c, "rho_b");
  spec.reg_type = strcmp(value_of(c, "reg_type"), "entropy") == 0 ? FEN_REG_ENTROPY : FEN_REG_KL;
  return spec;
}

static fen_sinkhorn_options options_of(const Case* c) {
  fen_sinkhorn_options options;
  fen_sinkhorn_options_init(&options, sizeof options);
  options.tol = double_of(c, "tol");
  options.max_iter = integer_of(c, "max_iter");
  options.num_threads = (int32_t)integer_of(c, "num_threads");
  return options;
}

static int32_t geometry_of(Case* c, const char* kind, fen_geometry** out) {
  if (strcmp(kind, "points") == 0) {
    const fen_array x = view(c, uniforms(c, c->n * c->d), 2, c->n, c->d, 0);
    const fen_array y = view(c, uniforms(c, c->m * c->d), 2, c->m, c->d, 0);
    return fen_point_cloud_create(&x, &y, value_of(c, "cost"), out, NULL);
  }
  if (strcmp(kind, "grid") == 0) {
    int64_t shape[4];
    int32_t ndim = 0;
    c->n = 1;
    for (char* p = strtok(value_of(c, "shape"), ","); p != NULL; p = strtok(NULL, ",")) {
      shape[ndim] = strtoll(p, NULL, 10);
      c->n *= shape[ndim++];
    }
    c->m = c->n;
    return fen_grid_create(ndim, shape, NULL, value_of(c, "cost"), c->dtype, out, NULL);
  }
  const fen_array cost = view(c, uniforms(c, c->n * c->m), 2, c->n, c->m, 0);
  return fen_matrix_create(&cost, out, NULL);
}

/* A view, or an absent one where the weights are uniform. */
static const fen_array* weights_of(Case* c, const char* side, int64_t count, fen_array* out) {
  const char* kind = value_of(c, side);
  if (strcmp(kind, "uniform") == 0) return NULL;
  double* values = doubles(count);
  weights_into(c, kind, strcmp(side, "weights_b") == 0 ? double_of(c, "mass_b") : 1.0, values, count);
  *out = view(c, values, 1, count, 0, 0);
  return out;
}

static void run_transport(Case* c, const char* kind) {
  fen_geometry* geometry = NULL;
  fen_problem* problem = NULL;
  fen_solver* solver = NULL;
  fen_array a, b;
  if (failed(c, geometry_of(c, kind, &geometry))) return;
  const fen_array* pa = weights_of(c, "weights_a", c->n, &a);
  const fen_array* pb = weights_of(c, "weights_b", c->m, &b);
  const fen_transport_spec spec = spec_of(c);
  const fen_sinkhorn_options options = options_of(c);
  fen_transport_result result;
  fen_transport_result_init(&result, sizeof result);
  int32_t status = fen_transport_create(geometry, pa, pb, &spec, &problem, NULL);
  if (status == FEN_OK) status = fen_sinkhorn_create(problem, value_of(c, "method"), &options, &solver, NULL);
  if (status == FEN_OK) status = fen_solver_solve(solver, &result, NULL);
  if (!failed(c, status)) {
    const fen_array phi = view(c, NULL, 1, c->n, 0, 0), psi = view(c, NULL, 1, c->m, 0, 0);
    if (!failed(c, fen_transport_potentials(solver, &phi, &psi, NULL))) {
      print_result(c, "", &result);
      print_array(c, "phi", &phi);
      print_array(c, "psi", &psi);
      if (ask_plans(c, solver) && (!asks(c, "sample") || ask_samples(c, solver)) && ask_gradients(c, solver))
        ask_derivatives(c, solver, strcmp(kind, "points") == 0);
    }
  }
  fen_solver_destroy(solver);
  fen_problem_destroy(problem);
  fen_geometry_destroy(geometry);
}

static void run_divergence(Case* c) {
  const int64_t n = c->n, m = c->m, d = c->d;
  const fen_array x = view(c, uniforms(c, n * d), 2, n, d, 0), y = view(c, uniforms(c, m * d), 2, m, d, 0);
  fen_array a, b;
  const fen_array *pa = weights_of(c, "weights_a", n, &a), *pb = weights_of(c, "weights_b", m, &b);
  const fen_array gx = view(c, NULL, 2, n, d, 0), gy = view(c, NULL, 2, m, d, 0);
  const fen_array ga = view(c, NULL, 1, n, 0, 0), gb = view(c, NULL, 1, m, 0, 0);
  const fen_transport_spec spec = spec_of(c);
  const fen_sinkhorn_options options = options_of(c);
  double value = 0;
  if (failed(c, fen_sinkhorn_divergence(&x, &y, pa, pb, value_of(c, "cost"), &spec, value_of(c, "method"), &options,
                                        &value, &gx, &gy, &ga, &gb, NULL, NULL))) {
    return;
  }
  printf("%s value", c->name);
  print_bits(&value, FEN_F64, 0, 1);
  print_array(c, "gradient_x", &gx);
  print_array(c, "gradient_y", &gy);
  print_array(c, "gradient_a", &ga);
  print_array(c, "gradient_b", &gb);
}

static void run_batch(Case* c) {
  const int64_t count = c->count, n = c->n, m = c->m;
  const fen_array cost = view(c, uniforms(c, count * n * m), 3, count, n, m);
  int64_t* sizes = calloc((size_t)count * 2, sizeof *sizes);
  double *wa = doubles(count * n), *wb = doubles(count * m);
  if (sizes == NULL) exit(3);
  for (int64_t k = 0; k < count; ++k) {
    sizes[2 * k] = c->sized ? 1 + (int64_t)(uniform(c) * (double)n) : n;
    sizes[2 * k + 1] = c->sized ? 1 + (int64_t)(uniform(c) * (double)m) : m;
    weights_into(c, value_of(c, "weights_a"), 1.0, wa + k * n, sizes[2 * k]);
    weights_into(c, value_of(c, "weights_b"), 1.0, wb + k * m, sizes[2 * k + 1]);
  }
  const int64_t pairs[2] = {count, 2};
  fen_array frame;
  fen_array_init(&frame, FEN_I64, 2, pairs, sizes);
  const fen_array a = view(c, wa, 2, count, n, 0), b = view(c, wb, 2, count, m, 0);
  const fen_array phi = view(c, NULL, 2, count, n, 0), psi = view(c, NULL, 2, count, m, 0);
  const fen_transport_spec spec = spec_of(c);
  const fen_sinkhorn_options options = options_of(c);
  int32_t* statuses = calloc((size_t)count, sizeof *statuses);
  fen_transport_result* results = calloc((size_t)count, sizeof *results);
  if (statuses == NULL || results == NULL) exit(3);
  for (int64_t k = 0; k < count; ++k) results[k].struct_size = sizeof *results;
  if (failed(c, fen_sinkhorn_batch(count, &cost, &a, &b, c->sized ? &frame : NULL, &spec, value_of(c, "method"),
                                   &options, NULL, NULL, &phi, &psi, NULL, statuses, results, NULL, NULL))) {
    return;
  }
  for (int64_t k = 0; k < count; ++k) {
    char prefix[32];
    snprintf(prefix, sizeof prefix, "item%" PRId64 "_", k);
    printf("%s %sstatus %" PRId32 "\n", c->name, prefix, statuses[k]);
    print_result(c, prefix, &results[k]);
    printf("%s %sphi", c->name, prefix);
    print_bits(phi.data, c->dtype, k * n, sizes[2 * k]);
    printf("%s %spsi", c->name, prefix);
    print_bits(psi.data, c->dtype, k * m, sizes[2 * k + 1]);
  }
}

int main(int argc, char** argv) {
  static Case c;
  FILE* file = argc == 2 ? fopen(argv[1], "r") : NULL;
  if (file == NULL) {
    fprintf(stderr, "usage: conformance_runner CASES\n");
    return 2;
  }
  while (fgets(c.text, LINE, file) != NULL) {
    char name[256], kind[64];
    c.text[strcspn(c.text, "\n")] = '\0';
    snprintf(name, sizeof name, "%s", value_of(&c, "name"));
    snprintf(kind, sizeof kind, "%s", value_of(&c, "kind"));
    c.name = name;
    c.dtype = strcmp(value_of(&c, "dtype"), "f32") == 0 ? FEN_F32 : FEN_F64;
    c.n = integer_of(&c, "n");
    c.m = integer_of(&c, "m");
    c.d = integer_of(&c, "d");
    c.count = integer_of(&c, "count");
    c.sized = integer_of(&c, "sized");
    c.state = (uint64_t)integer_of(&c, "seed");
    if (strcmp(kind, "composite") == 0) {
      run_composite(&c);
    } else if (strcmp(kind, "bilevel") == 0) {
      run_bilevel(&c);
    } else if (strcmp(kind, "divergence") == 0) {
      run_divergence(&c);
    } else if (strcmp(kind, "batch") == 0) {
      run_batch(&c);
    } else {
      run_transport(&c, kind);
    }
  }
  fclose(file);
  return 0;
}
