/* Finds the wrong labels among handwritten digits of which 40 % are labelled wrongly: see clean_labels.py.
 *
 * Each of 798 samples gets a weight between 0 and 1; the weights are chosen so that the model fitted to the weighted
 * samples does well on 400 digits whose labels are right. */
#include <math.h>

#include "compose.h"
#include "pictures.h"

enum { PIXELS = 64, CLASSES = 10, UNKNOWNS = PIXELS * CLASSES, BINS = 20, STEPS = 201 };
static const double heavy = 30;           /* while labels are judged */
static const double ordinary[] = {3, 10}; /* every set of samples is fitted with its best */

/* Images and labels of some samples. */
typedef struct samples {
  int64_t n;
  double *x, *y;
} samples;

static samples read_samples(const char* output, const char* images, const char* labels) {
  size_t bytes, label_bytes;
  double *x = input(output, images, &bytes), *y = input(output, labels, &label_bytes);
  return (samples){(int64_t)(label_bytes / sizeof(double)), x, y};
}

/* The samples of `from` that `chosen` keeps (NULL: all), then all of `then`; the caller frees x and y. */
static samples join(samples from, const int* chosen, samples then) {
  samples out = {0, doubles((from.n + then.n) * PIXELS), doubles(from.n + then.n)};
  for (int64_t i = 0; i < from.n + then.n; ++i) {
    const samples* s = i < from.n ? &from : &then;
    const int64_t at = i < from.n ? i : i - from.n;
    if (s == &from && chosen != NULL && !chosen[i]) continue;
    memcpy(out.x + out.n * PIXELS, s->x + at * PIXELS, sizeof(double) * PIXELS);
    out.y[out.n++] = s->y[at];
  }
  return out;
}

typedef struct model {
  fen_term *A, *f;
} model;

static model make_model(samples s, double mean) {
  const fen_array stored = matrix(FEN_F64, s.n, PIXELS, s.x), y = vector(FEN_F64, s.n, s.y);
  model out;
  out.A = term("operator", "dense", &(fen_param){.name = "matrix", .array = &stored}, 1);
  const fen_param parts[] = {{.name = "A", .term = out.A},
                             {.name = "y", .array = &y},
                             {.name = "classes", .value = CLASSES},
                             {.name = "mean", .value = mean}};
  out.f = term("smooth", "multinomial", parts, 4);
  return out;
}

static void destroy_model(model* m) {
  fen_term_destroy(m->f);
  fen_term_destroy(m->A);
}

static int classify(const double* x, const double* image) {
  double score[CLASSES] = {0};
  int best = 0;
  for (int j = 0; j < PIXELS; ++j)
    for (int k = 0; k < CLASSES; ++k) score[k] += image[j] * x[j * CLASSES + k];
  for (int k = 1; k < CLASSES; ++k)
    if (score[k] > score[best]) best = k;
  return best;
}

/* Test digits that a model of these samples classifies rightly. */
static int64_t count_right(samples s, samples tests) {
  int64_t most = 0;
  model m = make_model(s, 0);
  for (int i = 0; i < 2; ++i) {
    double x[UNKNOWNS];
    const fen_array out = vector(FEN_F64, UNKNOWNS, x);
    fen_term* g = term("prox", "squared_l2", &(fen_param){.name = "lam", .value = ordinary[i]}, 1);
    (void)minimize(m.f, 1, (const fen_term* const*)&g, NULL, 1e-6, 0, &out);
    fen_term_destroy(g);
    int64_t right = 0;
    for (int64_t t = 0; t < tests.n; ++t) right += classify(x, tests.x + t * PIXELS) == tests.y[t];
    if (right > most) most = right;
  }
  destroy_model(&m);
  return most;
}

/* A weight between 0 and 1 for each sample. */
static fen_tune_result judge(samples spoilt, samples held, double* weights) {
  fen_error err = {.struct_size = sizeof err};
  fen_tune_options options;
  fen_tune_result result;
  fen_tune_options_init(&options, sizeof options);
  fen_tune_result_init(&result, sizeof result);
  options.max_iter = 10;
  for (int64_t i = 0; i < spoilt.n; ++i) weights[i] = 0.5;
  model f = make_model(spoilt, 0), criterion = make_model(held, 1);
  const fen_param fixed = {.name = "lam", .value = heavy};
  const char* tuned = "f.weights";
  const fen_array theta = vector(FEN_F64, spoilt.n, weights);
  ok(fen_tune(FEN_F64, 1, (const fen_term* const*)&f.f, (const fen_term* const*)&criterion.f, "squared_l2", &fixed, 1,
              &tuned, 1, &theta, NULL, &options, NULL, NULL, &result, &err),
     &err);
  destroy_model(&f);
  destroy_model(&criterion);
  return result;
}

/* The share of pairs, a wrong label and a right one, that the weights put in order. */
static double area(const double* weights, const int* wrong, int64_t n) {
  int64_t pairs = 0, ordered = 0;
  for (int64_t i = 0; i < n; ++i)
    for (int64_t j = 0; wrong[i] && j < n; ++j) pairs += !wrong[j], ordered += !wrong[j] && weights[i] < weights[j];
  return (double)ordered / (double)pairs;
}

/* Above: how many right labels (blue) and wrong ones (orange) have which weight. Below: the share of wrong labels found
 * (up) over the share of right ones suspected (right), as the threshold rises. */
static void draw(const char* output, const double* weights, const int* wrong, int64_t n) {
  FILE* svg = create(output, "clean_labels.svg");
  double bars[2][BINS] = {{0}}, roc[STEPS], totals[2] = {0}, most = 0;
  for (int64_t i = 0; i < n; ++i) {
    double* bar = &bars[wrong[i]][(int)fmin(BINS - 1, weights[i] * BINS)];
    most = fmax(most, *bar += 1);
    totals[wrong[i]] += 1;
  }
  for (int s = 0; s < STEPS; ++s) roc[s] = 0;
  for (int64_t i = 0; i < n; ++i) { /* just below the weight of a right label */
    double before[2] = {0};
    for (int64_t j = 0; j < n; ++j) before[wrong[j]] += weights[j] < weights[i];
    for (int s = 0; !wrong[i] && s < STEPS; ++s)
      if (before[0] <= s * totals[0] / (STEPS - 1)) roc[s] = fmax(roc[s], before[1] / totals[1]);
  }
  fprintf(svg, "<svg xmlns='http://www.w3.org/2000/svg' width='700' height='560' font-family='sans-serif'>\n");
  for (int b = 0; b < BINS; ++b)
    for (int kind = 0; kind < 2; ++kind)
      fprintf(svg, "<rect x='%.1f' y='%.1f' width='14' height='%.1f' fill='%s'/>\n", 21 + 30.0 * b + 14 * kind,
              260 - 240 * bars[kind][b] / most, 240 * bars[kind][b] / most, kind ? "#ff7f0e" : "#1f77b4");
  curve(svg, 290, roc, STEPS, 1, 0, 1, "black");
  fprintf(svg, "<text x='20' y='15'>samples by weight, 0 to 1: blue right labels, orange wrong ones</text>\n");
  fprintf(svg, "<text x='20' y='285'>wrong labels found, by right labels suspected</text>\n</svg>\n");
  fclose(svg);
}

int main(int argc, char** argv) {
  const char* output = argc > 1 ? argv[1] : "build/examples/c";
  samples truth = read_samples(output, "digits_train_x", "digits_train_y"), none = {0, NULL, NULL};
  samples spoilt = read_samples(output, "digits_train_x", "digits_flipped_y");
  samples tests = read_samples(output, "digits_test_x", "digits_test_y");
  const samples held = {truth.n - spoilt.n, truth.x + spoilt.n * PIXELS, truth.y + spoilt.n};
  double* weights = doubles(spoilt.n);
  const fen_tune_result found = judge(spoilt, held, weights);

  int *wrong = malloc(sizeof(int) * (size_t)spoilt.n), *kept = malloc(sizeof(int) * (size_t)spoilt.n);
  if (wrong == NULL || kept == NULL) return 1;
  int64_t n_wrong = 0, n_kept = 0, n_both = 0;
  for (int64_t i = 0; i < spoilt.n; ++i) {
    wrong[i] = spoilt.y[i] != truth.y[i];
    kept[i] = weights[i] > 0.5;
    n_wrong += wrong[i], n_kept += kept[i], n_both += wrong[i] && kept[i];
  }
  const double auc = area(weights, wrong, spoilt.n);
  printf("%lld of %lld labels wrong, AUC %.4f; %lld kept, %lld of them wrong\n", (long long)n_wrong,
         (long long)spoilt.n, auc, (long long)n_kept, (long long)n_both);

  number("before", found.first_criterion);
  number("after", found.criterion);
  count("evaluations", found.iterations);
  array("weights", weights, sizeof(double) * (size_t)spoilt.n);
  count("kept", n_kept);
  count("kept_wrong", n_both);
  decimal("auc", auc);
  samples sets[] = {join(spoilt, NULL, none), join(spoilt, kept, none), join(held, NULL, none),
                    join(spoilt, NULL, held), join(spoilt, kept, held)};
  const char* names[] = {"right_by_spoilt", "right_by_kept", "right_by_held", "right_by_spoilt_and_held",
                         "right_by_kept_and_held"};
  for (int k = 0; k < 5; ++k) {
    count(names[k], count_right(sets[k], tests));
    free(sets[k].x);
    free(sets[k].y);
  }
  draw(output, weights, wrong, spoilt.n);
  double* all[] = {truth.x, truth.y, spoilt.x, spoilt.y, tests.x, tests.y, weights};
  for (int k = 0; k < 7; ++k) free(all[k]);
  free(wrong);
  free(kept);
  return 0;
}
