/* test_kkt.c -- section 14, quadratic programs: a closed form, strided f32, and every way to call it wrongly. */
#include <math.h>

#include "check.h"
#include "fixtures.h"

/* min 1/2 |x|^2 - (2, 1) x subject to x1 + x2 = 1, x2 >= 0.25: x = (0.75, 0.25), nu = 1.25, lam = 0.5. */
static double P[4] = {1, 0, 0, 1}, q[2] = {-2, -1}, E[2] = {1, 1}, e[1] = {1}, G[2] = {0, -1}, h[1] = {-0.25};
static double x[2] = {0.75, 0.25}, nu[1] = {1.25}, lam[1] = {0.5};

typedef struct program {
  fen_array P, q, E, e, G, h, x, nu, lam;
  fen_kkt_bundle at;
} program;

static void open_program(program* p) {
  p->P = view2(FEN_F64, 2, 2, P), p->q = view1(FEN_F64, 2, q), p->E = view2(FEN_F64, 1, 2, E);
  p->e = view1(FEN_F64, 1, e), p->G = view2(FEN_F64, 1, 2, G), p->h = view1(FEN_F64, 1, h);
  p->x = view1(FEN_F64, 2, x), p->nu = view1(FEN_F64, 1, nu), p->lam = view1(FEN_F64, 1, lam);
  const fen_kkt_bundle at = {sizeof at, &p->P, &p->q, &p->E, &p->e, &p->G, &p->h, &p->x, &p->nu, &p->lam};
  p->at = at;
}

static fen_kkt_bundle empty_bundle(void) {
  fen_kkt_bundle out;
  memset(&out, 0, sizeof out);
  out.struct_size = sizeof out;
  return out;
}

/* x2 = -h, x1 = e + h: dx = (de + dh, -dh) whatever P and q; nu = 2 - x1 and lam = nu + x2 - 1. */
static void closed_form(void) {
  program p;
  open_program(&p);
  double c[2] = {1, 3}, de[1], dh[1], dq[2], dP[4];
  const fen_array seed = view1(FEN_F64, 2, c), e_out = view1(FEN_F64, 1, de), h_out = view1(FEN_F64, 1, dh),
                  q_out = view1(FEN_F64, 2, dq), P_out = view2(FEN_F64, 2, 2, dP);
  fen_kkt_bundle bundle = empty_bundle();
  bundle.x = &seed, bundle.e = &e_out, bundle.h = &h_out, bundle.q = &q_out, bundle.P = &P_out;
  fen_derivative_result result;
  fen_derivative_result_init(&result, sizeof result);
  fen_error err = no_error();
  CHECK_OK(fen_kkt_vjp(&p.at, &bundle, NULL, &result, &err), &err);
  CHECK_CLOSE(de[0], 1, 1e-14);
  CHECK_CLOSE(dh[0], -2, 1e-14);
  for (int i = 0; i < 2; ++i) CHECK_CLOSE(dq[i], 0, 1e-14);
  for (int i = 0; i < 4; ++i) CHECK_CLOSE(dP[i], 0, 1e-14);
  CHECK(result.derivative_status == FEN_DERIVATIVE_STATUS_CERTIFIED);
  CHECK(result.mu_source == FEN_MU_SOURCE_MODEL_EXACT && result.mu > 0 && result.bound < 1e-12);
  CHECK(result.active == 4 && result.linear_solver == FEN_LINEAR_SOLVER_DIRECT);

  double tangent[1] = {1}, dx[2], dnu[1], dlam[1];
  const fen_array moved = view1(FEN_F64, 1, tangent), x_out = view1(FEN_F64, 2, dx), nu_out = view1(FEN_F64, 1, dnu),
                  lam_out = view1(FEN_F64, 1, dlam);
  bundle = empty_bundle();
  bundle.h = &moved, bundle.x = &x_out, bundle.nu = &nu_out, bundle.lam = &lam_out;
  CHECK_OK(fen_kkt_jvp(&p.at, &bundle, NULL, NULL, &err), &err);
  CHECK_CLOSE(dx[0], 1, 1e-14);
  CHECK_CLOSE(dx[1], -1, 1e-14);
  CHECK_CLOSE(dnu[0], -1, 1e-14);
  CHECK_CLOSE(dlam[0], -2, 1e-14);
}

static void strided_floats(void) {
  float Q[2] = {1, 2}, at_x[4] = {0, 9, 0, 9}, c[4] = {1, 9, 2, 9}, out[4] = {7, 7, 7, 7}, full[4] = {2, 0, 0, 4};
  at_x[0] = -0.5f, at_x[2] = -0.5f;
  const fen_array P32 = view2(FEN_F32, 2, 2, full), q32 = view1(FEN_F32, 2, Q);
  fen_array x32 = view1(FEN_F32, 2, at_x), seed = view1(FEN_F32, 2, c), image = view1(FEN_F32, 2, out);
  x32.strides[0] = seed.strides[0] = image.strides[0] = 8;
  fen_kkt_bundle at = empty_bundle(), bundle = empty_bundle();
  at.P = &P32, at.q = &q32, at.x = &x32, bundle.x = &seed, bundle.q = &image;
  fen_error err = no_error();
  CHECK_OK(fen_kkt_vjp(&at, &bundle, NULL, NULL, &err), &err);
  CHECK_CLOSE(out[0], -0.5, 1e-7);
  CHECK_CLOSE(out[2], -0.5, 1e-7);
  CHECK(out[1] == 7 && out[3] == 7);
}

static void misuse(void) {
  program p;
  open_program(&p);
  double c[2] = {1, 3}, dq[2] = {7, 7}, wide[3] = {7, 7, 7};
  const fen_array seed = view1(FEN_F64, 2, c), q_out = view1(FEN_F64, 2, dq), long_out = view1(FEN_F64, 3, wide);
  fen_kkt_bundle bundle = empty_bundle();
  bundle.x = &seed, bundle.q = &q_out;
  fen_error err = no_error();
  const fen_kkt_bundle at = p.at;
#define REFUSED(STATUS, FIELD, VALUE)                                          \
  do {                                                                         \
    p.at.FIELD = (VALUE);                                                      \
    CHECK_STATUS(STATUS, fen_kkt_vjp(&p.at, &bundle, NULL, NULL, &err), &err); \
    CHECK(strstr(err.message, "at.") != NULL);                                 \
    p.at = at;                                                                 \
  } while (0)
  REFUSED(FEN_E_STRUCT_SIZE, struct_size, 8);
  REFUSED(FEN_E_NULL_ARGUMENT, q, NULL);
  REFUSED(FEN_E_NULL_ARGUMENT, x, NULL);
  REFUSED(FEN_E_NULL_ARGUMENT, nu, NULL);
  REFUSED(FEN_E_NULL_ARGUMENT, h, NULL);
  REFUSED(FEN_E_SHAPE, q, &p.e);
  REFUSED(FEN_E_SHAPE, P, &p.q);
  REFUSED(FEN_E_SHAPE, G, &p.P);
  c[1] = NAN;
  CHECK_STATUS(FEN_E_NOT_FINITE, fen_kkt_vjp(&p.at, &bundle, NULL, NULL, &err), &err);
  c[1] = 3;
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, fen_kkt_vjp(NULL, &bundle, NULL, NULL, &err), &err);
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, fen_kkt_vjp(&p.at, NULL, NULL, NULL, &err), &err);
  bundle.q = NULL;
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, fen_kkt_vjp(&p.at, &bundle, NULL, NULL, &err), &err);
  bundle.q = &long_out;
  CHECK_STATUS(FEN_E_SHAPE, fen_kkt_vjp(&p.at, &bundle, NULL, NULL, &err), &err);
  bundle.q = &seed;
  CHECK_STATUS(FEN_E_OVERLAP, fen_kkt_vjp(&p.at, &bundle, NULL, NULL, &err), &err);
  bundle.q = &p.q;
  CHECK_STATUS(FEN_E_OVERLAP, fen_kkt_vjp(&p.at, &bundle, NULL, NULL, &err), &err);
  bundle.q = &q_out;
  fen_derivative_options options;
  fen_derivative_options_init(&options, sizeof options);
  options.linear_solver = FEN_LINEAR_SOLVER_NEUMANN;
  CHECK_STATUS(FEN_E_UNSUPPORTED, fen_kkt_vjp(&p.at, &bundle, &options, NULL, &err), &err);
  p.at.E = p.at.e = p.at.nu = NULL;
  bundle.e = &p.nu;
  CHECK_STATUS(FEN_E_SHAPE, fen_kkt_vjp(&p.at, &bundle, NULL, NULL, &err), &err);
  CHECK(dq[0] == 7 && wide[0] == 7 && nu[0] == 1.25);
}

int main(void) {
  closed_form();
  strided_floats();
  misuse();
  return check_report("kkt");
}
