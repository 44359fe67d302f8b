/* Learns how to denoise photographs by total variation, its weight and how far its corner is rounded: see learn_tv.py.
 *
 * The lower level denoises y: h(x) = ||x - y||^2 / 2 + lam sum_i sqrt(|(D x)_i|^2 + eps^2). The upper level,
 * ||x - clean||^2 / 2, judges the solution where the clean image is known. Both are functions of this file. */
#include <math.h>

#include "compose.h"
#include "pictures.h"

enum { SIDE = 96, PIXELS = SIDE * SIDE };

typedef struct denoising {
  double *noisy, *clean;
  double z[2][PIXELS], length[PIXELS]; /* of the last x and eps: differences, and their rounded lengths */
  double dv[2][PIXELS];
} denoising;

/* out = D x: differences down and to the right, 0 at the edge. */
static void differences(const double* x, double out[2][PIXELS]) {
  for (int i = 0; i < PIXELS; ++i) {
    out[0][i] = i < PIXELS - SIDE ? x[i + SIDE] - x[i] : 0;
    out[1][i] = i % SIDE < SIDE - 1 ? x[i + 1] - x[i] : 0;
  }
}

/* out += factor D^T z. */
static void add_transposed(double factor, double z[2][PIXELS], double* out) {
  for (int i = 0; i < PIXELS; ++i) {
    if (i < PIXELS - SIDE) out[i + SIDE] += factor * z[0][i], out[i] -= factor * z[0][i];
    if (i % SIDE < SIDE - 1) out[i + 1] += factor * z[1][i], out[i] -= factor * z[1][i];
  }
}

static void refresh(denoising* d, const double* x, const double* theta, uint32_t fresh) {
  if (fresh == 0) return;
  differences(x, d->z);
  for (int i = 0; i < PIXELS; ++i)
    d->length[i] = sqrt(d->z[0][i] * d->z[0][i] + d->z[1][i] * d->z[1][i] + theta[1] * theta[1]);
}

static int32_t lower(void* user, const double* x, const double* theta, uint32_t fresh, double* value, double* dx,
                     double* dtheta) {
  denoising* d = user;
  const double lam = theta[0], eps = theta[1];
  double squares = 0, lengths = 0, inverses = 0;
  refresh(d, x, theta, fresh);
  for (int i = 0; i < PIXELS; ++i) {
    squares += (x[i] - d->noisy[i]) * (x[i] - d->noisy[i]);
    lengths += d->length[i];
    inverses += 1 / d->length[i];
    for (int k = 0; k < 2; ++k) d->dv[k][i] = d->z[k][i] / d->length[i];
  }
  if (value != NULL) *value = squares / 2 + lam * lengths;
  if (dtheta != NULL) dtheta[0] = lengths, dtheta[1] = lam * eps * inverses;
  if (dx != NULL) {
    for (int i = 0; i < PIXELS; ++i) dx[i] = x[i] - d->noisy[i];
    add_transposed(lam, d->dv, dx);
  }
  return 0;
}

static int32_t hvp(void* user, const double* x, const double* theta, uint32_t fresh, int64_t vectors, const double* v,
                   double* out) {
  denoising* d = user;
  refresh(d, x, theta, fresh);
  for (int64_t row = 0; row < vectors; ++row, v += PIXELS, out += PIXELS) {
    differences(v, d->dv);
    for (int i = 0; i < PIXELS; ++i) {
      const double s = d->length[i], along = (d->z[0][i] * d->dv[0][i] + d->z[1][i] * d->dv[1][i]) / (s * s);
      for (int k = 0; k < 2; ++k) d->dv[k][i] = (d->dv[k][i] - d->z[k][i] * along) / s;
      out[i] = v[i];
    }
    add_transposed(theta[0], d->dv, out);
  }
  return 0;
}

static int32_t cross_t(void* user, const double* x, const double* theta, uint32_t fresh, int64_t vectors,
                       const double* v, double* out) {
  denoising* d = user;
  refresh(d, x, theta, fresh);
  for (int64_t row = 0; row < vectors; ++row, v += PIXELS, out += 2) {
    differences(v, d->dv);
    out[0] = out[1] = 0;
    for (int i = 0; i < PIXELS; ++i) {
      const double s = d->length[i], along = d->z[0][i] * d->dv[0][i] + d->z[1][i] * d->dv[1][i];
      out[0] += along / s;
      out[1] -= theta[0] * theta[1] * along / (s * s * s);
    }
  }
  return 0;
}

static int32_t upper(void* user, const double* x, const double* theta, uint32_t fresh, double* value, double* dx,
                     double* dtheta) {
  denoising* d = user;
  double squares = 0;
  refresh(d, x, theta, fresh); /* what is new here will not be said to be new again */
  for (int i = 0; i < PIXELS; ++i) {
    const double error = x[i] - d->clean[i];
    squares += error * error;
    if (dx != NULL) dx[i] = error;
  }
  if (value != NULL) *value = squares / 2;
  if (dtheta != NULL) dtheta[0] = dtheta[1] = 0;
  return 0;
}

/* ||D||^2 <= 8; the third derivatives of sqrt(|z|^2 + eps^2) are at most 0.859 / eps^2. */
static int32_t constants(void* user, const double* theta, fen_bilevel_constants* out) {
  const double lam = theta[0], eps = theta[1], slope = 0.385 * lam / eps;
  (void)user;
  out->mu = 1;
  out->lipschitz = 1 + 8 * lam / eps;
  out->hessian_lipschitz = 0.859 * 8 * sqrt(8) * lam / (eps * eps);
  out->cross_norm = sqrt(8 * PIXELS * (1 + slope * slope));
  out->cross_lipschitz = hypot(8 / eps, 8 * lam / (eps * eps));
  out->upper_lipschitz = 1;
  return 0;
}

static fen_bilevel_oracles oracles(denoising* d, const char* output, const char* crop) {
  char name[64];
  size_t bytes;
  snprintf(name, sizeof name, "crop_%s", crop);
  d->clean = input(output, name, &bytes);
  snprintf(name, sizeof name, "crop_%s_noisy", crop);
  d->noisy = input(output, name, &bytes);
  return (fen_bilevel_oracles){.struct_size = sizeof(fen_bilevel_oracles),
                               .user = d,
                               .n = PIXELS,
                               .m = 2,
                               .lower = lower,
                               .upper = upper,
                               .lower_hvp = hvp,
                               .lower_cross_t = cross_t,
                               .constants = constants};
}

/* From theta to the best found. */
static fen_bilevel_result learn(denoising* d, const char* output, double* theta) {
  fen_error err = {.struct_size = sizeof err};
  fen_bilevel_options options;
  fen_bilevel_result result;
  fen_bilevel_options_init(&options, sizeof options);
  fen_bilevel_result_init(&result, sizeof result);
  options.log_theta = 1;
  options.tol = 1e-8;
  options.lower_tol = 1e-9;
  const fen_bilevel_oracles table = oracles(d, output, "learn");
  double* start = doubles(PIXELS);
  memcpy(start, d->noisy, sizeof(double) * PIXELS);
  const fen_array at = vector(FEN_F64, 2, theta), x = vector(FEN_F64, PIXELS, start);
  ok(fen_bilevel(&table, "implicit", &at, &x, NULL, NULL, &options, NULL, NULL, &result, &err), &err);
  free(start);
  free(d->noisy);
  free(d->clean);
  return result;
}

/* Peak signal-to-noise ratio in decibels. */
static double decibels(const double* image, const double* clean) {
  double squares = 0;
  for (int i = 0; i < PIXELS; ++i) squares += (image[i] - clean[i]) * (image[i] - clean[i]);
  return -10 * log10(squares / PIXELS);
}

/* Denoises a crop with two pairs of lam and eps; draws noisy, both, and clean in a row of the picture. */
static void try_on(denoising* d, const char* output, const char* crop, double theta[2][2], picture* p, int64_t row) {
  static const char* names[] = {"noisy", "by_hand", "learned"};
  fen_error err = {.struct_size = sizeof err};
  const fen_bilevel_oracles table = oracles(d, output, crop);
  double *images[4] = {d->noisy, doubles(PIXELS), doubles(PIXELS), d->clean}, slope[2];
  for (int k = 0; k < 2; ++k) {
    memcpy(images[k + 1], d->noisy, sizeof(double) * PIXELS);
    const fen_array at = vector(FEN_F64, 2, theta[k]), x = vector(FEN_F64, PIXELS, images[k + 1]);
    const fen_array out = vector(FEN_F64, 2, slope);
    ok(fen_hypergradient(&table, &at, &x, &out, NULL, NULL, &err), &err); /* solves the lower level on the way */
  }
  for (int k = 0; k < 4; ++k) {
    char line[64];
    put(p, row * 2 * (SIDE + 4), k * 2 * (SIDE + 4), images[k], SIDE, SIDE, SIDE, 2);
    if (k == 3) break;
    snprintf(line, sizeof line, "%s_%s_db", crop, names[k]);
    decimal(line, decibels(images[k], d->clean));
  }
  for (int k = 0; k < 4; ++k) free(images[k]);
}

int main(int argc, char** argv) {
  const char* output = argc > 1 ? argv[1] : "build/examples/c";
  static denoising d;
  double theta[2][2] = {{0.05, 0.01}, {0.05, 0.01}}; /* lam and eps: by hand, and learned from there */
  const fen_bilevel_result found = learn(&d, output, theta[1]);
  printf("%s after %lld hypergradients, %lld products with the Hessian, %.2f s\n",
         fen_termination_name(found.termination), (long long)found.iterations, (long long)found.lower_hvps,
         found.seconds);
  printf("lam %.5f, eps %.5f; hypergradient %.1e, proved to %.1e\n", theta[1][0], theta[1][1], found.hypergradient,
         found.bound);
  decimal("before", found.first_value);
  decimal("after", found.value);
  decimal("lam", theta[1][0]);
  decimal("eps", theta[1][1]);
  count("certified", found.derivative_status == FEN_DERIVATIVE_STATUS_CERTIFIED);
  picture p = white(4 * SIDE + 8, 8 * SIDE + 24);
  try_on(&d, output, "flower", theta, &p, 0);
  try_on(&d, output, "temple", theta, &p, 1);
  save(&p, output, "learn_tv.pgm");
  return 0;
}
