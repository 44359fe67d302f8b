/* What colour would the sky of one photograph take from another one, and what decides it? See plan_sensitivity.py.
 *
 * The warmth of what the sky is paired with, red minus blue, differentiated by every share and every cost: one linear
 * system. Beside the strongest derivatives stand differences of plans that are solved again. */
#include <math.h>

#include "numbers.h"
#include "pictures.h"

enum { COLOURS = 32, PAIRS = COLOURS * COLOURS, SKY = 0 }; /* the sky is the commonest colour of the temple */
static const double eps = 0.01;                            /* in units of the cost */
static const double step = 1e-5;                           /* of the differences */

typedef struct palettes {
  double *sent, *received, *costs, *colours;
  double warmth[PAIRS];
} palettes;

/* Solves with costs and shares moved by `size` along a direction (NULL: not); writes the plan, and where by_share is
 * given the derivatives of the warmth. Returns the warmth. */
static double solve(palettes* p, double size, const double* cost, const double* share, double* by_share,
                    double* by_cost) {
  fen_error err = {.struct_size = sizeof err};
  const int64_t n = COLOURS;
  double c[PAIRS], b[COLOURS], plan[PAIRS], warmth = 0;
  for (int k = 0; k < PAIRS; ++k) c[k] = p->costs[k] + (cost == NULL ? 0 : size * cost[k]);
  for (int j = 0; j < COLOURS; ++j) b[j] = p->received[j] + (share == NULL ? 0 : size * share[j]);
  fen_array sent, received, of_warmth, to_share;
  fen_array_init(&sent, FEN_F64, 1, &n, p->sent);
  fen_array_init(&received, FEN_F64, 1, &n, b);
  fen_array_init(&to_share, FEN_F64, 1, &n, by_share);
  const fen_array view = matrix(FEN_F64, n, n, c), out = matrix(FEN_F64, n, n, plan);
  const fen_array to_cost = matrix(FEN_F64, n, n, by_cost);
  of_warmth = matrix(FEN_F64, n, n, p->warmth);

  fen_transport_spec spec;
  fen_sinkhorn_options options;
  fen_transport_spec_init(&spec, sizeof spec);
  fen_sinkhorn_options_init(&options, sizeof options);
  spec.eps = eps;
  options.tol = 1e-13;
  fen_geometry* geometry = NULL;
  fen_problem* problem = NULL;
  fen_solver* solver = NULL;
  ok(fen_matrix_create(&view, &geometry, &err), &err);
  ok(fen_transport_create(geometry, &sent, &received, &spec, &problem, &err), &err);
  ok(fen_sinkhorn_create(problem, "auto", &options, &solver, &err), &err);
  ok(fen_solver_solve(solver, NULL, &err), &err);
  ok(fen_transport_plan(solver, &out, &err), &err);
  for (int k = 0; k < PAIRS; ++k) warmth += p->warmth[k] * plan[k];
  if (by_share != NULL) {
    const fen_transport_bundle bundle = {
        .struct_size = sizeof bundle, .plan = &of_warmth, .b = &to_share, .cost = &to_cost};
    ok(fen_transport_vjp(solver, 0, &bundle, &err), &err);
  }
  fen_solver_destroy(solver);
  fen_problem_destroy(problem);
  fen_geometry_destroy(geometry);
  return warmth;
}

static double difference(palettes* p, const double* cost, const double* share) {
  return (solve(p, step, cost, share, NULL, NULL) - solve(p, -step, cost, share, NULL, NULL)) / (2 * step);
}

/* A bar for the share of each colour, by how much it warms the sky. */
static void draw(const char* output, const double* by_share, const double* colours) {
  int order[COLOURS];
  for (int j = 0; j < COLOURS; ++j) {
    int at = j;
    for (; at > 0 && by_share[order[at - 1]] < by_share[j]; --at) order[at] = order[at - 1];
    order[at] = j;
  }
  const double high = by_share[order[0]], low = by_share[order[COLOURS - 1]];
  FILE* svg = create(output, "plan_sensitivity.svg");
  fprintf(svg, "<svg xmlns='http://www.w3.org/2000/svg' width='700' height='320' font-family='sans-serif'>\n");
  for (int k = 0; k < COLOURS; ++k) {
    const double value = by_share[order[k]], *c = colours + 3 * order[k];
    fprintf(svg, "<rect x='%d' y='%.1f' width='18' height='%.1f' stroke='grey' fill='rgb(%.0f,%.0f,%.0f)'/>\n",
            20 + 20 * k, 30 + 260 * (high - fmax(value, 0)) / (high - low), 260 * fabs(value) / (high - low),
            255 * c[0], 255 * c[1], 255 * c[2]);
  }
  fprintf(svg, "<text x='20' y='18'>warmth of the sky by the share of each colour of the flower</text>\n</svg>\n");
  fclose(svg);
}

int main(int argc, char** argv) {
  const char* output = argc > 1 ? argv[1] : "build/examples/c";
  size_t bytes;
  static palettes p;
  static double by_share[COLOURS], by_cost[PAIRS], entry[PAIRS], shares[COLOURS];
  p.sent = input(output, "temple_shares", &bytes);
  p.received = input(output, "flower_shares", &bytes);
  p.costs = input(output, "palette_costs", &bytes);
  p.colours = input(output, "flower_palette", &bytes);
  for (int j = 0; j < COLOURS; ++j)
    p.warmth[SKY * COLOURS + j] = (p.colours[3 * j] - p.colours[3 * j + 2]) / p.sent[SKY];

  const double warmth = solve(&p, 0, NULL, NULL, by_share, by_cost);
  int strongest = 0, more = 0, less = 0;
  for (int k = 0; k < PAIRS; ++k)
    if (fabs(by_cost[k]) > fabs(by_cost[strongest])) strongest = k;
  for (int j = 0; j < COLOURS; ++j) {
    if (by_share[j] > by_share[more]) more = j;
    if (by_share[j] < by_share[less]) less = j;
  }
  entry[strongest] = 1, shares[more] = 1, shares[less] = -1;
  const double of_cost = difference(&p, entry, NULL), of_shares = difference(&p, NULL, shares);
  const double slope = by_share[more] - by_share[less];
  printf("cost of colour %d to colour %d: derivative %.9f, difference %.9f\n", strongest / COLOURS, strongest % COLOURS,
         by_cost[strongest], of_cost);
  printf("from colour %d to colour %d: derivative %.9f, difference %.9f\n", less, more, slope, of_shares);

  decimal("warmth", warmth);
  array("by_share", by_share, sizeof by_share);
  array("by_cost", by_cost, sizeof by_cost);
  count("row", strongest / COLOURS);
  count("column", strongest % COLOURS);
  count("more", more);
  count("less", less);
  number("slope_of_cost", by_cost[strongest]);
  number("slope_of_shares", slope);
  decimal("difference_of_cost", of_cost);
  decimal("difference_of_shares", of_shares);
  draw(output, by_share, p.colours);
  free(p.sent);
  free(p.received);
  free(p.costs);
  free(p.colours);
  return 0;
}
