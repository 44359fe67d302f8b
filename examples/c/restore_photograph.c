/* Denoises a photograph, and fills in the 60 % of its pixels that are lost, by total variation: see
 * restore_photograph.py.
 *
 * Denoising is one proximal map. Inpainting is a least-squares term on the pixels that are left and an isotropic total
 * variation: the sum of the lengths of the gradients, a group norm behind finite differences. */
#include <math.h>

#include "compose.h"
#include "pictures.h"

enum { ROWS = 256, COLS = 256, PIXELS = ROWS * COLS };

/* Peak signal-to-noise ratio in decibels. */
static double decibels(const double* image, const double* truth) {
  double sum = 0;
  for (int i = 0; i < PIXELS; ++i) sum += (image[i] - truth[i]) * (image[i] - truth[i]);
  return -10 * log10(sum / PIXELS);
}

static void denoise(double* noisy, double* out) {
  fen_error err = {.struct_size = sizeof err};
  const fen_param grid[] = {{.name = "rows", .value = ROWS},
                            {.name = "cols", .value = COLS},
                            {.name = "lam", .value = 0.05},
                            {.name = "isotropic", .value = 1}};
  fen_term* tv = term("prox", "tv2d", grid, 4);
  const fen_array v = vector(FEN_F64, PIXELS, noisy), x = vector(FEN_F64, PIXELS, out);
  ok(fen_prox_apply(tv, &v, 1, NULL, &x, NULL, 1, &err), &err);
  fen_term_destroy(tv);
}

static void fill_in(double* mask, double* masked, double* out) {
  int64_t shape[2] = {ROWS, COLS};
  int64_t* pixel = malloc(sizeof(int64_t) * 2 * PIXELS); /* a gradient is one group: its two differences */
  if (pixel == NULL) exit(1);
  for (int64_t i = 0; i < 2 * PIXELS; ++i) pixel[i] = i % PIXELS;
  const fen_array d = vector(FEN_F64, PIXELS, mask), y = vector(FEN_F64, PIXELS, masked);
  const fen_array grid = vector(FEN_I64, 2, shape), group = vector(FEN_I64, 2 * PIXELS, pixel);
  const fen_array x = vector(FEN_F64, PIXELS, out);

  fen_term* known = term("operator", "diagonal", &(fen_param){.name = "d", .array = &d}, 1);
  const fen_param model[] = {{.name = "A", .term = known}, {.name = "y", .array = &y}};
  fen_term* f = term("smooth", "least_squares", model, 2);
  const fen_param norms[] = {{.name = "lam", .value = 0.002}, {.name = "group", .array = &group}};
  fen_term* lengths = term("prox", "group_l2", norms, 2);
  fen_term* differences = term("operator", "differences", &(fen_param){.name = "shape", .array = &grid}, 1);
  (void)minimize(f, 1, (const fen_term* const*)&lengths, (const fen_term* const*)&differences, 1e-4, 0, &x);
  fen_term_destroy(differences);
  fen_term_destroy(lengths);
  fen_term_destroy(f);
  fen_term_destroy(known);
  free(pixel);
}

int main(int argc, char** argv) {
  const char* output = argc > 1 ? argv[1] : "build/examples/c";
  size_t bytes;
  double* truth = input(output, "photograph", &bytes);
  double* noisy = input(output, "photograph_noisy", &bytes);
  double* mask = input(output, "photograph_mask", &bytes);
  double *denoised = doubles(PIXELS), *masked = doubles(PIXELS), *filled = doubles(PIXELS);
  for (int i = 0; i < PIXELS; ++i) masked[i] = mask[i] * truth[i];
  denoise(noisy, denoised);
  fill_in(mask, masked, filled);

  decimal("noisy_db", decibels(noisy, truth));
  decimal("denoised_db", decibels(denoised, truth));
  decimal("filled_db", decibels(filled, truth));
  array("denoised", denoised, sizeof(double) * PIXELS);
  double* images[5] = {truth, noisy, denoised, masked, filled};
  picture p = white(ROWS, 5 * (COLS + 8) - 8);
  for (int k = 0; k < 5; ++k) put(&p, 0, k * (COLS + 8), images[k], ROWS, COLS, COLS, 1);
  save(&p, output, "restore_photograph.pgm");
  for (int k = 0; k < 5; ++k) free(images[k]);
  free(mask);
  return 0;
}
