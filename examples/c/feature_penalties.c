/* Chooses 64 penalties, one a pixel, for handwritten digits: see feature_penalties.py.
 *
 * Ten logistic models, a class against the rest, are fitted to 250 images only; the other training images judge them.
 * One penalty shared by all pixels is tuned first, then each pixel gets its own. */
#include <math.h>

#include "compose.h"
#include "pictures.h"

enum { FITTED = 250, PIXELS = 64, CLASSES = 10 };

/* Logistic models on some images, one a class: +1 for the class, -1 for the rest. */
typedef struct models {
  fen_term *A, *f[CLASSES];
} models;

static models make_models(double* images, const double* digits, int64_t n, double mean) {
  models out;
  double* sign = doubles(n);
  const fen_array stored = matrix(FEN_F64, n, PIXELS, images), y = vector(FEN_F64, n, sign);
  out.A = term("operator", "dense", &(fen_param){.name = "matrix", .array = &stored}, 1);
  const fen_param model[] = {{.name = "A", .term = out.A}, {.name = "y", .array = &y}, {.name = "mean", .value = mean}};
  for (int k = 0; k < CLASSES; ++k) {
    for (int64_t i = 0; i < n; ++i) sign[i] = digits[i] == k ? 1 : -1;
    out.f[k] = term("smooth", "logistic", model, 3);
  }
  free(sign);
  return out;
}

static void destroy_models(models* m) {
  for (int k = 0; k < CLASSES; ++k) fen_term_destroy(m->f[k]);
  fen_term_destroy(m->A);
}

/* From theta, (count), to the best values; the classes share them as folds would. x, (CLASSES, PIXELS). */
static fen_tune_result tune(const models* f, const models* held_out, const char* tuned, int64_t values, double* theta,
                            double* x) {
  fen_error err = {.struct_size = sizeof err};
  fen_tune_options options;
  fen_tune_result result;
  fen_tune_options_init(&options, sizeof options);
  fen_tune_result_init(&result, sizeof result);
  options.num_threads = 0;
  const fen_array at = vector(FEN_F64, values, theta), out = matrix(FEN_F64, CLASSES, PIXELS, x);
  ok(fen_tune(FEN_F64, CLASSES, (const fen_term* const*)f->f, (const fen_term* const*)held_out->f, "squared_l2", NULL,
              0, &tuned, 1, &at, &out, &options, NULL, NULL, &result, &err),
     &err);
  return result;
}

static int64_t count_right(const double* x, const double* tests, const double* answers, int64_t n) {
  int64_t right = 0;
  for (int64_t i = 0; i < n; ++i) {
    double highest = -INFINITY;
    int best = 0;
    for (int k = 0; k < CLASSES; ++k) {
      double score = 0;
      for (int j = 0; j < PIXELS; ++j) score += tests[i * PIXELS + j] * x[k * PIXELS + j];
      if (score > highest) highest = score, best = k;
    }
    right += best == answers[i];
  }
  return right;
}

static void report(const char* name, const fen_tune_result* found, int64_t right, int64_t tests) {
  char line[64];
  printf("%s after %lld evaluations, %.2f s: criterion %.6f (was %.6f), %lld of %lld test digits right\n",
         fen_termination_name(found->termination), (long long)found->iterations, found->seconds, found->criterion,
         found->first_criterion, (long long)right, (long long)tests);
  snprintf(line, sizeof line, "%s_criterion", name);
  number(line, found->criterion);
  snprintf(line, sizeof line, "%s_right", name);
  count(line, right);
  snprintf(line, sizeof line, "%s_evaluations", name);
  count(line, found->iterations);
}

/* The mean of all images, black ink, and the penalties: grey is the shared one, white a thousandth, black a thousand of
 * it. */
static void draw(const char* output, const double* images, int64_t n, double shared, const double* penalties) {
  double ink[PIXELS] = {0}, shade[PIXELS];
  for (int64_t i = 0; i < n * PIXELS; ++i) ink[i % PIXELS] += images[i] / (double)n;
  for (int j = 0; j < PIXELS; ++j) ink[j] = 1 - ink[j], shade[j] = 0.5 - log10(penalties[j] / shared) / 6;
  picture p = white(256, 528);
  put(&p, 0, 0, ink, 8, 8, 8, 32);
  put(&p, 0, 272, shade, 8, 8, 8, 32);
  save(&p, output, "feature_penalties.pgm");
}

int main(int argc, char** argv) {
  const char* output = argc > 1 ? argv[1] : "build/examples/c";
  size_t bytes, train_bytes, test_bytes;
  double* images = input(output, "digits_train_x", &bytes);
  double* digits = input(output, "digits_train_y", &train_bytes);
  double* tests = input(output, "digits_test_x", &bytes);
  double* answers = input(output, "digits_test_y", &test_bytes);
  const int64_t n = (int64_t)(train_bytes / sizeof(double)), n_tests = (int64_t)(test_bytes / sizeof(double));
  models f = make_models(images, digits, FITTED, 0);
  models held_out = make_models(images + FITTED * PIXELS, digits + FITTED, n - FITTED, 1);

  double shared = 1, penalties[PIXELS], x[CLASSES * PIXELS];
  const fen_tune_result one = tune(&f, &held_out, "lam", 1, &shared, x);
  report("one", &one, count_right(x, tests, answers, n_tests), n_tests);
  for (int j = 0; j < PIXELS; ++j) penalties[j] = shared;
  const fen_tune_result each = tune(&f, &held_out, "weights", PIXELS, penalties, x);
  report("each", &each, count_right(x, tests, answers, n_tests), n_tests);
  number("penalty", shared);
  array("penalties", penalties, sizeof penalties);
  draw(output, images, n, shared, penalties);
  destroy_models(&f);
  destroy_models(&held_out);
  free(images);
  free(digits);
  free(tests);
  free(answers);
  return 0;
}
