/* Reconstructs a moving phantom from a quarter of its frequencies: see dynamic_phantom.py.
 *
 * Of each frame's discrete Fourier transform only a random part is measured, with noise. Total variation in space and
 * in time and two nuclear norms, of the frames as rows and of the lines of all frames, say what such sequences look
 * like; each is a simple term, behind a linear map where it needs one, and condat_vu minimises the sum. */
#include <math.h>

#include "compose.h"
#include "pictures.h"

enum { FRAMES = 24, SIDE = 64, FRAME = SIDE * SIDE, PIXELS = FRAMES * FRAME, RESULTS = 4 };

static double error_of(const double* x, const double* truth) {
  double missed = 0, all = 0;
  for (int i = 0; i < PIXELS; ++i) {
    missed += (x[i] - truth[i]) * (x[i] - truth[i]);
    all += truth[i] * truth[i];
  }
  return sqrt(missed / all);
}

static fen_term* differences(const fen_array* shape, int64_t* axes, int64_t n) {
  const fen_array along = vector(FEN_I64, n, axes);
  const fen_param params[] = {{.name = "shape", .array = shape}, {.name = "axes", .array = &along}};
  return term("operator", "differences", params, 2);
}

/* The nuclear norm of x read as a matrix. */
static fen_term* nuclear(double rows, double cols) {
  const fen_param params[] = {
      {.name = "rows", .value = rows}, {.name = "cols", .value = cols}, {.name = "lam", .value = 0.005}};
  return term("prox", "nuclear", params, 3);
}

/* The frequencies of the truth that the mask keeps, with noise: real and imaginary parts. */
static double* measured(const fen_term* measure, double* truth, const double* mask, const double* noise) {
  fen_error err = {.struct_size = sizeof err};
  double* y = doubles(fen_term_rows(measure));
  const fen_array x = vector(FEN_F64, PIXELS, truth), out = vector(FEN_F64, fen_term_rows(measure), y);
  ok(fen_operator_apply(measure, 0, &x, &out, &err), &err);
  for (int64_t i = 0, k = 0; i < PIXELS; ++i) {
    if (mask[i] == 0) continue;
    y[k++] += noise[2 * i];
    y[k++] += noise[2 * i + 1];
  }
  return y;
}

/* A frame of each, and below it a line through time. */
static void draw(const char* output, const double* truth, double* const* found) {
  picture p = white(3 * SIDE + 4 + 3 * FRAMES, (1 + RESULTS) * (3 * SIDE + 4) - 4);
  for (int k = 0; k <= RESULTS; ++k) {
    const double* x = k == 0 ? truth : found[k - 1];
    put(&p, 0, k * (3 * SIDE + 4), x + 6 * FRAME, SIDE, SIDE, SIDE, 3);
    put(&p, 3 * SIDE + 4, k * (3 * SIDE + 4), x + 26 * SIDE, FRAMES, SIDE, FRAME, 3);
  }
  save(&p, output, "dynamic_phantom.pgm");
}

int main(int argc, char** argv) {
  const char* output = argc > 1 ? argv[1] : "build/examples/c";
  fen_error err = {.struct_size = sizeof err};
  size_t bytes;
  double* truth = input(output, "phantom", &bytes);
  double* kept = input(output, "phantom_mask", &bytes);
  double* noise = input(output, "phantom_noise", &bytes);
  int64_t lengths[3] = {FRAMES, SIDE, SIDE}, in_frame[2] = {1, 2}, in_time[1] = {0};
  int64_t* pixel = malloc(sizeof(int64_t) * 2 * PIXELS); /* a gradient in space is one group */
  if (pixel == NULL) return 1;
  for (int64_t i = 0; i < 2 * PIXELS; ++i) pixel[i] = i % PIXELS;
  const fen_array shape = vector(FEN_I64, 3, lengths), axes = vector(FEN_I64, 2, in_frame);
  const fen_array mask = vector(FEN_F64, PIXELS, kept), group = vector(FEN_I64, 2 * PIXELS, pixel);

  const fen_param transform[] = {
      {.name = "shape", .array = &shape}, {.name = "axes", .array = &axes}, {.name = "mask", .array = &mask}};
  fen_term* measure = term("operator", "masked_dft", transform, 3);
  double* data = measured(measure, truth, kept, noise);
  const fen_array y = vector(FEN_F64, fen_term_rows(measure), data);
  const fen_param model[] = {{.name = "A", .term = measure}, {.name = "y", .array = &y}};
  fen_term* f = term("smooth", "least_squares", model, 2);
  const fen_param norms[] = {{.name = "lam", .value = 0.004}, {.name = "group", .array = &group}};
  fen_term* g[4] = {term("prox", "group_l2", norms, 2),
                    term("prox", "l1", &(fen_param){.name = "lam", .value = 0.004}, 1), nuclear(FRAMES, FRAME),
                    nuclear(FRAMES * SIDE, SIDE)};
  fen_term* A[4] = {differences(&shape, in_frame, 2), differences(&shape, in_time, 1), NULL, NULL};

  double* found[RESULTS]; /* zeros for the rest; space; space and time; all four */
  fen_array x[RESULTS];
  for (int k = 0; k < RESULTS; ++k) x[k] = vector(FEN_F64, PIXELS, found[k] = doubles(PIXELS));
  ok(fen_operator_apply(measure, FEN_APPLY_TRANSPOSE, &y, &x[0], &err), &err);
  const int32_t terms[RESULTS] = {0, 1, 2, 4};
  for (int k = 1; k < RESULTS; ++k)
    (void)minimize(f, terms[k], (const fen_term* const*)g, (const fen_term* const*)A, 1e-4, 3000, &x[k]);

  for (int k = 0; k < RESULTS; ++k) {
    char name[16];
    snprintf(name, sizeof name, "error_%d", k);
    decimal(name, error_of(found[k], truth));
  }
  array("all_four", found[3], sizeof(double) * PIXELS);
  draw(output, truth, found);
  for (int k = 0; k < 4; ++k) {
    fen_term_destroy(g[k]);
    fen_term_destroy(A[k]);
    free(found[k]);
  }
  fen_term_destroy(f);
  fen_term_destroy(measure);
  free(data);
  free(pixel);
  free(truth);
  free(kept);
  free(noise);
  return 0;
}
