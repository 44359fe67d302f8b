/* The Lasso path of the diabetes data: which measurements matter, as the weight of the penalty falls: see
 * diabetes_path.py.
 *
 * A hundred solutions in one call, each with a duality gap; ten folds choose among them. */
#include "compose.h"
#include "pictures.h"

enum { MEASUREMENTS = 10, UNKNOWNS = MEASUREMENTS + 1, FACTORS = 100, FOLDS = 10 }; /* the last unknown: an intercept */
static const char* const names[MEASUREMENTS] = {"age", "sex", "bmi", "pressure", "tc",
                                                "ldl", "hdl", "tch", "ltg",      "glucose"};
static const char* const colours[MEASUREMENTS] = {"#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd",
                                                  "#8c564b", "#e377c2", "#7f7f7f", "#bcbd22", "#17becf"};

/* The held-out loss of each factor: the mean over the folds i mod 10 of the patients. */
static void held_out(const fen_problem* problem, const fen_array* factors, int64_t patients, double* mean) {
  fen_error err = {.struct_size = sizeof err};
  int32_t* fold = malloc(sizeof(int32_t) * (size_t)patients);
  double losses[FOLDS * FACTORS];
  if (fold == NULL) exit(1);
  for (int64_t i = 0; i < patients; ++i) fold[i] = (int32_t)(i % FOLDS);
  const fen_array folds = vector(FEN_I32, patients, fold), out = matrix(FEN_F64, FOLDS, FACTORS, losses);
  ok(fen_cross_validate(problem, factors, &folds, NULL, NULL, NULL, &out, &err), &err);
  for (int k = 0; k < FACTORS; ++k) {
    mean[k] = 0;
    for (int j = 0; j < FOLDS; ++j) mean[k] += losses[j * FACTORS + k] / FOLDS;
  }
  free(fold);
}

static void range(const double* values, int64_t n, double* low, double* high) {
  *low = *high = values[0];
  for (int64_t k = 0; k < n; ++k) {
    if (values[k] < *low) *low = values[k];
    if (values[k] > *high) *high = values[k];
  }
}

/* Coefficients above, losses below, over the logarithm of the factor; dotted: the best of ten folds. */
static void draw(const char* output, double (*x)[UNKNOWNS], const double* losses, int best) {
  FILE* svg = create(output, "diabetes_path.svg");
  fprintf(svg, "<svg xmlns='http://www.w3.org/2000/svg' width='700' height='560' font-family='sans-serif'>\n");
  double low = 0, high = 0;
  for (int k = 0; k < FACTORS; ++k) {
    double least, most;
    range(x[k], MEASUREMENTS, &least, &most);
    if (least < low) low = least;
    if (most > high) high = most;
  }
  for (int j = 0; j < MEASUREMENTS; ++j) {
    curve(svg, 20, &x[0][j], FACTORS, UNKNOWNS, low, high, colours[j]);
    fprintf(svg, "<text x='625' y='%.1f' font-size='11' fill='%s'>%s</text>\n",
            24 + 240 * (high - x[FACTORS - 1][j]) / (high - low), colours[j], names[j]);
  }
  range(losses, FACTORS, &low, &high);
  curve(svg, 290, losses, FACTORS, 1, low, high, "black");
  const double at = 20 + 600.0 * best / (FACTORS - 1);
  fprintf(svg, "<line x1='%.1f' x2='%.1f' y1='20' y2='530' stroke='grey' stroke-dasharray='3'/>\n", at, at);
  fprintf(svg, "<text x='20' y='15'>coefficients</text><text x='20' y='285'>held-out loss of ten folds</text>\n");
  fprintf(svg, "<text x='20' y='550'>lam, falling to a thousandth of the largest one</text>\n</svg>\n");
  fclose(svg);
}

int main(int argc, char** argv) {
  const char* output = argc > 1 ? argv[1] : "build/examples/c";
  fen_error err = {.struct_size = sizeof err};
  size_t bytes, y_bytes, ratio_bytes;
  double* data = input(output, "diabetes_x", &bytes);
  double* target = input(output, "diabetes_y", &y_bytes);
  double* ratios = input(output, "diabetes_ratios", &ratio_bytes);
  const int64_t patients = (int64_t)(y_bytes / sizeof(double));
  const fen_array stored = matrix(FEN_F64, patients, MEASUREMENTS, data), y = vector(FEN_F64, patients, target);

  fen_term* A = term("operator", "dense", &(fen_param){.name = "matrix", .array = &stored}, 1);
  const fen_param model[] = {{.name = "A", .term = A}, {.name = "y", .array = &y}, {.name = "intercept", .value = 1}};
  fen_term* f = term("smooth", "least_squares", model, 3);
  fen_term* g = term("prox", "l1", &(fen_param){.name = "lam", .value = 1}, 1);
  fen_problem* problem = NULL;
  ok(fen_composite_create(FEN_F64, 0, f, 1, (const fen_term* const*)&g, NULL, &problem, &err), &err);

  double lambda_max, factor[FACTORS], x[FACTORS][UNKNOWNS], losses[FACTORS];
  ok(fen_lambda_max(problem, &lambda_max, &err), &err);
  for (int k = 0; k < FACTORS; ++k) factor[k] = lambda_max * ratios[k];
  const fen_array factors = vector(FEN_F64, FACTORS, factor), path = matrix(FEN_F64, FACTORS, UNKNOWNS, x);
  fen_minimize_result results[FACTORS];
  for (int k = 0; k < FACTORS; ++k) fen_minimize_result_init(&results[k], sizeof results[k]);
  ok(fen_path(problem, &factors, NULL, NULL, NULL, &path, results, &err), &err);
  held_out(problem, &factors, patients, losses);
  int best = 0, used = 0;
  double gap = 0;
  for (int k = 0; k < FACTORS; ++k) {
    if (losses[k] < losses[best]) best = k;
    if (results[k].gap > gap) gap = results[k].gap;
  }
  for (int j = 0; j < MEASUREMENTS; ++j) used += x[best][j] != 0;
  printf("%d solutions, largest gap %.1e\n", FACTORS, gap);
  printf("best of ten folds: lam %.1f, %d measurements\n", factor[best], used);

  number("lambda_max", factor[0]);
  count("best", best);
  array("path", x, sizeof x);
  draw(output, x, losses, best);
  fen_problem_destroy(problem);
  fen_term_destroy(g);
  fen_term_destroy(f);
  fen_term_destroy(A);
  free(data);
  free(target);
  free(ratios);
  return 0;
}
