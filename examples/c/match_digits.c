/* Matches handwritten threes with handwritten fives, images being points with 64 coordinates: see match_digits.py. */
#include "numbers.h"

enum { kD = 64 };
static const double kEps = 0.2; /* in units of the cost, squared distances between images */

static fen_transport_spec spec_of(double eps) {
  fen_transport_spec spec;
  fen_transport_spec_init(&spec, sizeof spec);
  spec.eps = eps;
  return spec;
}

static double divergence(const fen_array* x, const fen_array* y) {
  fen_error err = {.struct_size = sizeof err};
  const fen_transport_spec spec = spec_of(kEps);
  double value = 0;
  ok(fen_sinkhorn_divergence(x, y, NULL, NULL, "sqeuclidean", &spec, "auto", NULL, &value, NULL, NULL, NULL, NULL, NULL,
                             &err),
     &err);
  return value;
}

/* Every second image: the same memory, read with twice the stride. */
static fen_array half(const fen_array* images, int64_t first) {
  fen_array view = *images;
  view.data = (double*)images->data + first * kD;
  view.shape[0] = (images->shape[0] - first + 1) / 2;
  view.strides[0] *= 2;
  return view;
}

/* The column of each row's largest entry, the first of equal ones. */
static void find_partners(const double* plan, int64_t n, int64_t m, int32_t* partners) {
  for (int64_t i = 0; i < n; ++i) {
    int32_t best = 0;
    for (int32_t j = 1; j < m; ++j)
      if (plan[i * m + j] > plan[i * m + best]) best = j;
    partners[i] = best;
  }
}

int main(int argc, char** argv) {
  const char* output = argc > 1 ? argv[1] : "build/examples/c";
  fen_error err = {.struct_size = sizeof err};
  size_t bytes_x, bytes_y;
  double* threes = input(output, "threes", &bytes_x);
  double* fives = input(output, "fives", &bytes_y);
  const int64_t n = (int64_t)(bytes_x / (kD * sizeof(double))), m = (int64_t)(bytes_y / (kD * sizeof(double)));
  const fen_array x = matrix(FEN_F64, n, kD, threes), y = matrix(FEN_F64, m, kD, fives);
  double* plan = malloc(sizeof(double) * (size_t)(n * m));
  int32_t* partners = malloc(sizeof(int32_t) * (size_t)n);
  if (plan == NULL || partners == NULL) return 1;

  const fen_transport_spec spec = spec_of(kEps);
  fen_sinkhorn_options options;
  fen_sinkhorn_options_init(&options, sizeof options);
  options.num_threads = 0;
  fen_geometry* geometry = NULL;
  fen_problem* problem = NULL;
  fen_solver* solver = NULL;
  ok(fen_point_cloud_create(&x, &y, "sqeuclidean", &geometry, &err), &err);
  ok(fen_transport_create(geometry, NULL, NULL, &spec, &problem, &err), &err);
  ok(fen_sinkhorn_create(problem, "auto", &options, &solver, &err), &err);
  fen_transport_result result;
  fen_transport_result_init(&result, sizeof result);
  ok(fen_solver_solve(solver, &result, &err), &err);
  const fen_array plan_view = matrix(FEN_F64, n, m, plan);
  ok(fen_transport_plan(solver, &plan_view, &err), &err);
  find_partners(plan, n, m, partners);
  const fen_array even = half(&x, 0), odd = half(&x, 1);
  printf("%s after %.4f s\n", fen_termination_name(result.termination), result.seconds);

  number("cost", result.cost);
  number("dual", result.dual);
  count("passes", result.passes);
  number("between", divergence(&x, &y));
  number("within", divergence(&even, &odd));
  array("plan", plan, sizeof(double) * (size_t)(n * m));
  array("partners", partners, sizeof(int32_t) * (size_t)n);
  fen_solver_destroy(solver);
  fen_problem_destroy(problem);
  fen_geometry_destroy(geometry);
  free(threes);
  free(fives);
  free(plan);
  free(partners);
  return 0;
}
