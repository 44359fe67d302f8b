/* Classifies handwritten digits with a penalty that switches pixels off for all classes at once: see
 * classify_digits.py.
 *
 * A multinomial model whose coefficients of one pixel form a group; most of the border of the images drops out. */
#include <math.h>

#include "compose.h"
#include "pictures.h"

enum { PIXELS = 64, CLASSES = 10, WEIGHTS = PIXELS * CLASSES }; /* x: weights (64, 10), then an intercept a class */

static int classify(const double* x, const double* image) {
  double score[CLASSES];
  int best = 0;
  for (int k = 0; k < CLASSES; ++k) {
    score[k] = x[WEIGHTS + k];
    for (int j = 0; j < PIXELS; ++j) score[k] += image[j] * x[j * CLASSES + k];
    if (score[k] > score[best]) best = k;
  }
  return best;
}

/* The weights of each class as an image: grey is zero, black the most negative, white the most positive. */
static void draw(const char* output, const double* x) {
  picture p = white(64, CLASSES * 68 - 4);
  double reach = 0, shade[PIXELS];
  for (int j = 0; j < WEIGHTS; ++j) reach = fmax(reach, fabs(x[j]));
  for (int k = 0; k < CLASSES; ++k) {
    for (int j = 0; j < PIXELS; ++j) shade[j] = 0.5 + x[j * CLASSES + k] / (2 * reach);
    put(&p, 0, 68 * k, shade, 8, 8, 8, 8);
  }
  save(&p, output, "classify_digits.pgm");
}

int main(int argc, char** argv) {
  const char* output = argc > 1 ? argv[1] : "build/examples/c";
  size_t bytes, train_bytes, test_bytes;
  double* images = input(output, "digits_train_x", &bytes);
  double* digits = input(output, "digits_train_y", &train_bytes);
  double* test_images = input(output, "digits_test_x", &bytes);
  double* test_digits = input(output, "digits_test_y", &test_bytes);
  const int64_t n = (int64_t)(train_bytes / sizeof(double)), tests = (int64_t)(test_bytes / sizeof(double));
  const fen_array stored = matrix(FEN_F64, n, PIXELS, images), y = vector(FEN_F64, n, digits);

  fen_term* A = term("operator", "dense", &(fen_param){.name = "matrix", .array = &stored}, 1);
  const fen_param model[] = {{.name = "A", .term = A},
                             {.name = "y", .array = &y},
                             {.name = "classes", .value = CLASSES},
                             {.name = "intercept", .value = 1}};
  fen_term* f = term("smooth", "multinomial", model, 4);
  const fen_param groups[] = {{.name = "lam", .value = 4}, {.name = "size", .value = CLASSES}};
  fen_term* g = term("prox", "group_l2", groups, 2);
  double x[WEIGHTS + CLASSES];
  const fen_array out = vector(FEN_F64, WEIGHTS + CLASSES, x);
  const fen_minimize_result fit = minimize(f, 1, (const fen_term* const*)&g, NULL, 1e-6, 0, &out);

  int right = 0, used = 0;
  for (int64_t i = 0; i < tests; ++i) right += classify(x, test_images + i * PIXELS) == test_digits[i];
  for (int j = 0; j < PIXELS; ++j) {
    int on = 0;
    for (int k = 0; k < CLASSES; ++k) on |= x[j * CLASSES + k] != 0;
    used += on;
  }
  printf("%d of %lld digits right, by %d of %d pixels\n", right, (long long)tests, used, PIXELS);

  number("objective", fit.objective);
  count("right", right);
  count("pixels", used);
  array("weights", x, sizeof(double) * WEIGHTS);
  draw(output, x);
  fen_term_destroy(g);
  fen_term_destroy(f);
  fen_term_destroy(A);
  free(images);
  free(digits);
  free(test_images);
  free(test_digits);
  return 0;
}
