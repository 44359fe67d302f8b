/* Gives a photograph the colours of another one: see colour_transfer.py.
 *
 * Unbalanced transport pairs 20,000 pixels of each, without a 20,000 x 20,000 matrix; its potential psi is a warm start
 * for all pixels of the photograph, and each goes to the mean of the colours that it is paired with. */
#include "numbers.h"

static const double kEps = 0.005; /* in units of the cost, squared distances in the unit cube */
static const double kRho = 0.1;

static int32_t report(void* user, const fen_progress* p) {
  (void)user;
  printf("  %5.1f s, %lld iterations, residual %.1e\n", p->seconds, (long long)p->iteration, p->residual);
  return 0;
}

/* A solver that sends the colours x (n, 3) to y (m, 3). */
static fen_solver* solver_of(const fen_array* x, const fen_array* y, const char* method, double tol) {
  fen_error err = {.struct_size = sizeof err};
  fen_transport_spec spec;
  fen_sinkhorn_options options;
  fen_transport_spec_init(&spec, sizeof spec);
  fen_sinkhorn_options_init(&options, sizeof options);
  spec.eps = kEps;
  spec.rho_a = spec.rho_b = kRho;
  options.tol = tol;
  options.num_threads = 0;
  options.monitor_interval = 1;
  fen_geometry* geometry = NULL;
  fen_problem* problem = NULL;
  fen_solver* solver = NULL;
  ok(fen_point_cloud_create(x, y, "sqeuclidean", &geometry, &err), &err);
  ok(fen_transport_create(geometry, NULL, NULL, &spec, &problem, &err), &err);
  ok(fen_sinkhorn_create(problem, method, &options, &solver, &err), &err);
  fen_problem_destroy(problem); /* the solver keeps what it needs */
  fen_geometry_destroy(geometry);
  fen_solver_set_monitor(solver, report, NULL);
  return solver;
}

static void write_picture(const char* output, const float* pixels, int rows, int cols) {
  char path[1024];
  snprintf(path, sizeof path, "%s/colour_transfer.ppm", output);
  FILE* file = fopen(path, "wb");
  if (file == NULL) return;
  fprintf(file, "P6\n%d %d\n255\n", cols, rows);
  for (int i = 0; i < 3 * rows * cols; ++i) {
    const float v = pixels[i] < 0 ? 0 : pixels[i] > 1 ? 1 : pixels[i];
    fputc((int)(255 * v + 0.5f), file);
  }
  fclose(file);
}

int main(int argc, char** argv) {
  const char* output = argc > 1 ? argv[1] : "build/examples/c";
  fen_error err = {.struct_size = sizeof err};
  size_t sample_bytes, target_bytes, image_bytes;
  float* sample = input(output, "temple_sample", &sample_bytes);
  float* target = input(output, "flower_sample", &target_bytes);
  float* image = input(output, "temple_image", &image_bytes);
  const int64_t n = (int64_t)sample_bytes / 12, m = (int64_t)target_bytes / 12, all = (int64_t)image_bytes / 12;
  float* psi = malloc(sizeof(float) * (size_t)m);
  float* moved = malloc(image_bytes);
  if (psi == NULL || moved == NULL) return 1;
  const fen_array x = matrix(FEN_F32, n, 3, sample), y = matrix(FEN_F32, m, 3, target);
  const fen_array pixels = matrix(FEN_F32, all, 3, image), out = matrix(FEN_F32, all, 3, moved);
  fen_array psi_view;
  fen_array_init(&psi_view, FEN_F32, 1, &m, psi);
  fen_transport_result paired, full;
  fen_transport_result_init(&paired, sizeof paired);
  fen_transport_result_init(&full, sizeof full);

  fen_solver* solver = solver_of(&x, &y, "sinkhorn_anderson", 0);
  ok(fen_solver_solve(solver, &paired, &err), &err);
  printf("%s after %.1f s\n", fen_termination_name(paired.termination), paired.seconds);
  ok(fen_transport_potentials(solver, NULL, &psi_view, &err), &err);
  fen_solver_destroy(solver);

  solver = solver_of(&pixels, &y, "sinkhorn", 0.05);
  ok(fen_solver_warm_start(solver, NULL, &psi_view, &err), &err);
  ok(fen_solver_solve(solver, &full, &err), &err);
  printf("%s after %.1f s\n", fen_termination_name(full.termination), full.seconds);
  ok(fen_transport_apply(solver, FEN_APPLY_NORMALIZE, &y, &out, &err), &err);
  fen_solver_destroy(solver);

  number("cost", paired.cost);
  number("dual", paired.dual);
  count("passes", paired.passes);
  number("full_cost", full.cost);
  array("moved", moved, image_bytes);
  write_picture(output, moved, 427, 640);
  free(sample);
  free(target);
  free(image);
  free(psi);
  free(moved);
  return 0;
}
