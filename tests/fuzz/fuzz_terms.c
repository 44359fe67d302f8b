/* fuzz_terms.c -- random terms with random parameters, composed at random, applied to random vectors, minimised and
 * stopped. Whatever the values, a status of the list comes back. */
#include <math.h>

#include "fuzz_common.h"

enum { SLOTS = 4, ROOM = 24, STEPS = 40, MOST_PARAMS = 10 };

typedef struct world {
  fen_term* terms[SLOTS];
  fen_problem* problem;
  fen_solver* solver;
} world;

static double matrices[SLOTS][ROOM * ROOM]; /* may be borrowed for as long as a world lives */
static int64_t numbers[SLOTS][ROOM];
static const char* const kKinds[] = {"operator", "smooth", "prox"};

static fen_array view(int32_t dtype, int ndim, int64_t n, int64_t m, void* data) {
  const int64_t shape[2] = {n, m};
  fen_array a;
  fen_array_init(&a, dtype, ndim, shape, data);
  return a;
}

/* A number that is mostly legal. */
static double number_for(const fen_param_info* info, bytes* in) {
  double value = 4 * take_double(in) - 1;
  if (info->kind == FEN_PARAM_INTEGER) value = floor(3 * value);
  if (take_byte(in) < 240 && !(value >= info->lower && value <= info->upper)) value = info->default_value;
  return value;
}

static void make_term(world* w, bytes* in) {
  const char* kind = kKinds[take_below(in, 3)];
  const char* name = fen_term_name(kind, (int32_t)take_below(in, (unsigned)fen_term_count(kind)));
  const unsigned slot = take_below(in, SLOTS);
  fen_param params[MOST_PARAMS];
  fen_array arrays[MOST_PARAMS];
  int32_t count = 0;
  double* data = matrices[slot];
  if (w->terms[slot] != NULL) return; /* its memory may be borrowed */
  memset(params, 0, sizeof params);
  for (int i = 0; i < ROOM * ROOM; ++i) data[i] = (double)((i * 37 + (int)slot * 11) % 64) / 32 - 1;
  for (int i = 0; i < 8; ++i) data[take_byte(in) % (ROOM * ROOM)] = take_double(in);
  for (int i = 0; i < ROOM; ++i) numbers[slot][i] = (int64_t)take_below(in, 9) - 1;
  for (int32_t p = 0; p < fen_term_parameter_count(kind, name) && count < MOST_PARAMS; ++p) {
    fen_param_info info = {.struct_size = sizeof info};
    DEMAND(fen_term_parameter(kind, name, p, &info) == FEN_OK);
    if ((info.flags & FEN_PARAM_REQUIRED) == 0 && take_byte(in) < 150) continue;
    params[count].name = info.name;
    const int64_t n = 1 + take_below(in, 8), m = 1 + take_below(in, 8);
    const int ndim = (info.flags & FEN_PARAM_BORROWED) != 0 && take_byte(in) < 250 ? 2 : 1;
    switch (info.kind) {
      case FEN_PARAM_REAL:
      case FEN_PARAM_INTEGER:
        params[count].value = number_for(&info, in);
        break;
      case FEN_PARAM_ARRAY:
      case FEN_PARAM_INDICES:
        arrays[count] =
            info.kind == FEN_PARAM_INDICES ? view(FEN_I64, 1, n, 1, numbers[slot]) : view(FEN_F64, ndim, n, m, data);
        params[count].array = &arrays[count];
        break;
      default:
        params[count].term = w->terms[take_below(in, SLOTS)];
    }
    ++count;
  }
  fen_error err = fresh_error();
  fen_term* made = NULL;
  const int32_t status = sane(fen_term_create(kind, name, params, count, &made, &err), &err);
  DEMAND((status == FEN_OK) == (made != NULL));
  w->terms[slot] = made;
}

static void drop(world* w, bytes* in) {
  switch (take_below(in, 4)) {
    case 0:
      fen_problem_destroy(w->problem);
      w->problem = NULL;
      break;
    case 1:
      fen_solver_destroy(w->solver);
      w->solver = NULL;
      break;
    default:
      /* Terms go only when nobody can be reading what they borrow. */
      if (w->problem == NULL && w->solver == NULL)
        for (int i = 0; i < SLOTS; ++i) {
          fen_term_destroy(w->terms[i]);
          w->terms[i] = NULL;
        }
  }
}

static void use_term(world* w, bytes* in) {
  const fen_term* term = w->terms[take_below(in, SLOTS)];
  double x[2 * ROOM], y[2 * ROOM], value[2];
  fen_error err = fresh_error();
  const int64_t size = fen_term_cols(term), other = fen_term_rows(term);
  const int64_t n = size > 0 && size <= ROOM ? size : 1 + take_below(in, 8);
  const int64_t m = other > 0 && other <= ROOM ? other : n;
  for (int i = 0; i < 2 * ROOM; ++i) x[i] = 4 * take_double(in) - 2;
  const fen_array v1 = view(FEN_F64, 1, n, 1, x), o1 = view(FEN_F64, 1, n, 1, y), v2 = view(FEN_F64, 2, 2, n, x);
  const fen_array o2 = view(FEN_F64, 2, 2, n, y), ym = view(FEN_F64, 1, m, 1, y), xm = view(FEN_F64, 1, m, 1, x);
  const double step = 0.01 + take_double(in);
  switch (take_below(in, 10)) {
    case 0:
      sane(fen_operator_apply(term, 0, &v1, &ym, &err), &err);
      break;
    case 1:
      sane(fen_operator_apply(term, FEN_APPLY_TRANSPOSE, &xm, &o1, &err), &err);
      break;
    case 2:
      sane(fen_operator_norm(term, value, &err), &err);
      break;
    case 3:
      sane(fen_smooth_gradient(term, &v1, value, &o1, &err), &err);
      break;
    case 4:
      sane(fen_smooth_lipschitz(term, value, &err), &err);
      break;
    case 5:
      sane(fen_prox_value(term, &v1, value, &err), &err);
      break;
    case 6:
      sane(fen_prox_conjugate(term, &v1, value, &err), &err);
      break;
    case 7:
      sane(fen_prox_vjp(term, &v1, step, &v1, &o1, &err), &err);
      break;
    default:
      sane(fen_prox_apply(term, &v2, step, NULL, &o2, value, 1, &err), &err);
  }
}

static void compose(world* w, bytes* in) {
  const fen_term *g[2], *A[2];
  for (int i = 0; i < 2; ++i) {
    g[i] = w->terms[take_below(in, SLOTS)];
    A[i] = take_byte(in) < 128 ? NULL : w->terms[take_below(in, SLOTS)];
  }
  const fen_term* f = take_byte(in) < 60 ? NULL : w->terms[take_below(in, SLOTS)];
  fen_problem* made = NULL;
  fen_error err = fresh_error();
  const int64_t n = take_byte(in) < 128 ? 0 : take_below(in, 9);
  const int32_t status = sane(fen_composite_create(take_byte(in) < 200 ? FEN_F64 : FEN_F32, n, f,
                                                   (int32_t)take_below(in, 3), g, A, &made, &err),
                              &err);
  DEMAND((status == FEN_OK) == (made != NULL));
  if (made == NULL) return;
  fen_problem_destroy(w->problem);
  w->problem = made;
}

static int32_t answer_after(void* user, const fen_progress* progress) {
  const int32_t* plan = user;
  return progress->iteration >= plan[0] ? plan[1] : 0;
}

static void minimise(world* w, bytes* in) {
  fen_error err = fresh_error();
  fen_solver* made = NULL;
  fen_minimize_options options;
  fen_minimize_options_init(&options, sizeof options);
  options.max_iter = 1 + take_below(in, 60);
  options.monitor_interval = 0;
  options.trace = (int32_t)take_below(in, 5);
  options.step_rule = (int32_t)take_below(in, 6);
  options.momentum = (int32_t)take_below(in, 7);
  options.selection = (int32_t)take_below(in, 11);
  options.partition = (int32_t)take_below(in, 8);
  options.block_update = (int32_t)take_below(in, 7);
  const char* name = fen_term_name("minimize_method", (int32_t)take_below(in, 13));
  int32_t plan[2] = {(int32_t)take_below(in, 90), (int32_t)take_below(in, 5) - 2};
  const int32_t status = sane(fen_minimize_create(w->problem, name, &options, &made, &err), &err);
  DEMAND((status == FEN_OK) == (made != NULL));
  if (made == NULL) return;
  fen_solver_destroy(w->solver);
  w->solver = made;
  fen_minimize_result result;
  fen_minimize_result_init(&result, sizeof result);
  fen_solver_set_monitor(made, answer_after, plan);
  const int32_t solved = sane(fen_minimize_solve(made, NULL, &result, &err), &err);
  fen_solver_set_monitor(made, NULL, NULL);
  if (solved == FEN_OK) {
    DEMAND(result.termination > FEN_NOT_RUN && result.termination <= FEN_DIVERGED);
    DEMAND(result.termination != FEN_CONVERGED || !isnan(result.objective));
    double u[ROOM];
    int64_t count = 0;
    const fen_array out = view(FEN_F64, 1, ROOM, 1, u);
    sane(fen_minimize_solution(made, &out, &err), &err);
    sane(fen_minimize_dual(made, 0, &out, &err), &err);
    DEMAND(sane(fen_minimize_trace(made, &count, NULL, &err), &err) == FEN_OK && count >= 0);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static void (*const kSteps[])(world*, bytes*) = {make_term, make_term, make_term, make_term, use_term,
                                                   use_term,  compose,   compose,   minimise,  drop};
  bytes in = {data, size};
  world w;
  memset(&w, 0, sizeof w);
  for (int step = 0; step < STEPS && in.left > 0; ++step)
    kSteps[take_below(&in, sizeof kSteps / sizeof kSteps[0])](&w, &in);
  fen_solver_destroy(w.solver);
  fen_problem_destroy(w.problem);
  for (int slot = 0; slot < SLOTS; ++slot) fen_term_destroy(w.terms[slot]);
  return 0;
}
