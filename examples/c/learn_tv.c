/* Learns how to denoise photographs by total variation, its weight and how far its corner is rounded: see learn_tv.py.
 */
#include <math.h>

#include "compose.h"
#include "pictures.h"

enum { SIDE = 96, PIXELS = SIDE * SIDE, COLUMNS = 5 };

static int64_t sides[2] = {SIDE, SIDE};

/* ||x - y||^2 / 2. */
static fen_term* squares(const fen_term* identity, double* y) {
  const fen_array targets = vector(FEN_F64, PIXELS, y);
  const fen_param params[] = {{.name = "A", .term = identity}, {.name = "y", .array = &targets}};
  return term("smooth", "least_squares", params, 2);
}

static fen_array shape_of_pictures(void) {
  const int64_t axes = 2;
  fen_array shape;
  fen_array_init(&shape, FEN_I64, 1, &axes, sides);
  return shape;
}

/* From theta, lam and eps, to the best values: judged by the clean picture, or where that is NULL by Stein's estimate
 * with noise of 0.1. x: the denoised picture, or NULL. */
static fen_tune_result learn(const fen_term* identity, double* noisy, double* clean, double* theta, double* x) {
  fen_error err = {.struct_size = sizeof err};
  fen_tune_options options;
  fen_tune_result result;
  fen_tune_options_init(&options, sizeof options);
  fen_tune_result_init(&result, sizeof result);
  if (clean == NULL) options.risk = FEN_RISK_SURE_MONTE_CARLO, options.sigma = 0.1;
  fen_term *f = squares(identity, noisy), *criterion = clean == NULL ? NULL : squares(identity, clean);
  const fen_term *lower[] = {f}, *upper[] = {criterion};
  const char* tuned[] = {"lam", "eps"};
  const int64_t one[] = {1, PIXELS};
  const fen_array at = vector(FEN_F64, 2, theta), shape = shape_of_pictures();
  fen_array out;
  if (x != NULL) fen_array_init(&out, FEN_F64, 2, one, x);
  ok(fen_tune(FEN_F64, 1, lower, clean == NULL ? NULL : upper, "smoothed_tv",
              &(fen_param){.name = "shape", .array = &shape}, 1, tuned, 2, &at, x == NULL ? NULL : &out, &options, NULL,
              NULL, &result, &err),
     &err);
  fen_term_destroy(f);
  fen_term_destroy(criterion);
  return result;
}

/* x = argmin of ||x - y||^2 / 2 and the variation with weight and rounding theta. */
static void denoise(const fen_term* identity, double* noisy, const double* theta, double* x) {
  const fen_array shape = shape_of_pictures(), out = vector(FEN_F64, PIXELS, x);
  const fen_param variation[] = {
      {.name = "shape", .array = &shape}, {.name = "lam", .value = theta[0]}, {.name = "eps", .value = theta[1]}};
  fen_term *f = squares(identity, noisy), *tv = term("smooth", "smoothed_tv", variation, 3);
  const fen_param terms[] = {{.name = "term", .term = f}, {.name = "term", .term = tv}};
  fen_term* sum = term("smooth", "sum", terms, 2);
  minimize(sum, 0, NULL, NULL, 1e-8, 10000, &out);
  fen_term_destroy(sum);
  fen_term_destroy(tv);
  fen_term_destroy(f);
}

/* Peak signal-to-noise ratio in decibels. */
static double decibels(const double* image, const double* clean) {
  double sum = 0;
  for (int i = 0; i < PIXELS; ++i) sum += (image[i] - clean[i]) * (image[i] - clean[i]);
  return -10 * log10(sum / PIXELS);
}

static void report(const char* name, const fen_tune_result* found, const double* theta) {
  char line[64];
  printf("%s: lam %.5f, eps %.5f after %lld evaluations, %.2f s; slope %.1e, proved to %.1e\n", name, theta[0],
         theta[1], (long long)found->iterations, found->seconds, found->derivative, found->bound);
  const double values[] = {theta[0], theta[1], found->first_criterion, found->criterion};
  const char* names[] = {"lam", "eps", "before", "after"};
  for (int k = 0; k < 4; ++k) {
    snprintf(line, sizeof line, "%s_%s", name, names[k]);
    number(line, values[k]);
  }
  snprintf(line, sizeof line, "%s_certified", name);
  count(line, found->derivative_status == FEN_DERIVATIVE_STATUS_CERTIFIED);
}

/* Denoises a crop by hand, as learned, and by its own estimate; draws them between the noisy and the clean one. */
static void try_on(const fen_term* identity, const char* output, const char* crop, double theta[2][2], picture* p,
                   int64_t row) {
  static const char* names[] = {"noisy", "by_hand", "learned", "by_sure"};
  char line[64];
  size_t bytes;
  double *images[COLUMNS], own[2] = {theta[0][0], theta[0][1]};
  snprintf(line, sizeof line, "crop_%s_noisy", crop);
  images[0] = input(output, line, &bytes);
  snprintf(line, sizeof line, "crop_%s", crop);
  images[4] = input(output, line, &bytes);
  for (int k = 1; k < 4; ++k) images[k] = doubles(PIXELS);
  for (int k = 0; k < 2; ++k) denoise(identity, images[0], theta[k], images[k + 1]);
  const fen_tune_result found = learn(identity, images[0], NULL, own, images[3]);
  report(crop, &found, own);
  for (int k = 0; k < COLUMNS; ++k) {
    put(p, row * 2 * (SIDE + 4), k * 2 * (SIDE + 4), images[k], SIDE, SIDE, SIDE, 2);
    if (k == COLUMNS - 1) break;
    snprintf(line, sizeof line, "%s_%s_db", crop, names[k]);
    decimal(line, decibels(images[k], images[4]));
  }
  for (int k = 0; k < COLUMNS; ++k) free(images[k]);
}

int main(int argc, char** argv) {
  const char* output = argc > 1 ? argv[1] : "build/examples/c";
  size_t bytes;
  fen_term* identity = term("operator", "identity", &(fen_param){.name = "size", .value = PIXELS}, 1);
  double *clean = input(output, "crop_learn", &bytes), *noisy = input(output, "crop_learn_noisy", &bytes);
  double theta[2][2] = {{0.05, 0.01}, {0.05, 0.01}}; /* lam and eps: by hand, and learned from there */
  const fen_tune_result found = learn(identity, noisy, clean, theta[1], NULL);
  report("learned", &found, theta[1]);
  picture p = white(4 * SIDE + 8, COLUMNS * 2 * (SIDE + 4));
  try_on(identity, output, "flower", theta, &p, 0);
  try_on(identity, output, "temple", theta, &p, 1);
  save(&p, output, "learn_tv.pgm");
  free(clean);
  free(noisy);
  fen_term_destroy(identity);
  return 0;
}
