/* python_bilevel.i -- bilevel problems by oracles: one Python function stands for the whole table.
 *
 *   function(what, x, theta, ...)   x and theta are bytes, float64, where they changed since the last call, else None
 *     FENPY_LOWER, _UPPER          (wanted: 1 dx, 2 dtheta)   -> (value, buffer or None, buffer or None)
 *     _HVP, _CROSS_T, _CROSS       (count, v)                 -> buffer
 *     _PROX                        (v, step)                  -> (buffer, value)
 *     _PROX_VJP                    (v, step, c)               -> (buffer, buffer)
 *     _PRECONDITION                (r)                        -> buffer
 *     _CONSTANTS                   ()                         -> six numbers
 *
 * What a table has beyond lower and upper is told by bits, 1 << what.
 */
%{
enum { FENPY_LOWER, FENPY_UPPER, FENPY_HVP, FENPY_CROSS_T, FENPY_CROSS, FENPY_PROX, FENPY_PROX_VJP, FENPY_PRECONDITION,
       FENPY_CONSTANTS };

typedef struct fenpy_oracles {
  PyObject *function;
  int64_t n, m;
} fenpy_oracles;

/* A copy that the function may keep, but not change: x and theta stand for later calls, too. */
static PyObject *fenpy_frozen(int64_t n, const double *data) {
  return fenpy_bytes(data, (size_t)n * sizeof *data);
}

/* Where there is something fresh, else None. */
static PyObject *fenpy_fresh(int fresh, int64_t n, const double *data) {
  if (fresh) return fenpy_frozen(n, data);
  Py_RETURN_NONE;
}

/* Whether a tuple of `size` came back; else an exception waits. */
static int fenpy_tuple(PyObject *answer, Py_ssize_t size) {
  if (answer == NULL) return 0;
  if (PyTuple_CheckExact(answer) && PyTuple_GET_SIZE(answer) == size) return 1;
  fenpy_raise(FEN_E_CALLBACK, 0, "an oracle returned something of the wrong form");
  return 0;
}

static int fenpy_wanted_out(PyObject *answer, Py_ssize_t k, int64_t n, double *out) {
  return out == NULL || fenpy_vector_out(PyTuple_GET_ITEM(answer, k), n, FEN_F64, out) == 0;
}

static int32_t fenpy_level(void *user, int what, const double *x, const double *theta, uint32_t fresh, double *value,
                           double *dx, double *dtheta) {
  const fenpy_oracles *o = (const fenpy_oracles *)user;
  const PyGILState_STATE gil = PyGILState_Ensure();
  double unused = 0;
  PyObject *answer = PyErr_CheckSignals() != 0 ? NULL : PyObject_CallFunction(
      o->function, "iNNi", what, fenpy_fresh((fresh & FEN_FRESH_X) != 0, o->n, x),
      fenpy_fresh((fresh & FEN_FRESH_THETA) != 0, o->m, theta), (dx != NULL) + 2 * (dtheta != NULL));
  const int good = fenpy_tuple(answer, 3) &&
                   fenpy_number_out(PyTuple_GET_ITEM(answer, 0), value != NULL ? value : &unused) == 0 &&
                   fenpy_wanted_out(answer, 1, o->n, dx) && fenpy_wanted_out(answer, 2, o->m, dtheta);
  return fenpy_function_end(gil, answer, !good);
}

static int32_t fenpy_lower_call(void *user, const double *x, const double *theta, uint32_t fresh, double *value, double *dx,
                                double *dtheta) {
  return fenpy_level(user, FENPY_LOWER, x, theta, fresh, value, dx, dtheta);
}

static int32_t fenpy_upper_call(void *user, const double *x, const double *theta, uint32_t fresh, double *value, double *dx,
                                double *dtheta) {
  return fenpy_level(user, FENPY_UPPER, x, theta, fresh, value, dx, dtheta);
}

static int32_t fenpy_level_product(void *user, int what, const double *x, const double *theta, uint32_t fresh, int64_t count,
                                   const double *v, double *out) {
  const fenpy_oracles *o = (const fenpy_oracles *)user;
  const int64_t reads = what == FENPY_CROSS ? o->m : o->n, writes = what == FENPY_CROSS_T ? o->m : o->n;
  const PyGILState_STATE gil = PyGILState_Ensure();
  PyObject *answer = PyErr_CheckSignals() != 0 ? NULL : PyObject_CallFunction(
      o->function, "iNNLN", what, fenpy_fresh((fresh & FEN_FRESH_X) != 0, o->n, x),
      fenpy_fresh((fresh & FEN_FRESH_THETA) != 0, o->m, theta), (long long)count, fenpy_frozen(count * reads, v));
  return fenpy_function_end(gil, answer, answer != NULL && fenpy_vector_out(answer, count * writes, FEN_F64, out) != 0);
}

static int32_t fenpy_level_hvp(void *user, const double *x, const double *theta, uint32_t fresh, int64_t count,
                               const double *v, double *out) {
  return fenpy_level_product(user, FENPY_HVP, x, theta, fresh, count, v, out);
}

static int32_t fenpy_level_cross_t(void *user, const double *x, const double *theta, uint32_t fresh, int64_t count,
                                   const double *v, double *out) {
  return fenpy_level_product(user, FENPY_CROSS_T, x, theta, fresh, count, v, out);
}

static int32_t fenpy_level_cross(void *user, const double *x, const double *theta, uint32_t fresh, int64_t count,
                                 const double *v, double *out) {
  return fenpy_level_product(user, FENPY_CROSS, x, theta, fresh, count, v, out);
}

static int32_t fenpy_level_prox(void *user, const double *v, const double *theta, double step, double *out, double *value) {
  const fenpy_oracles *o = (const fenpy_oracles *)user;
  const PyGILState_STATE gil = PyGILState_Ensure();
  double unused = 0;
  PyObject *answer = PyErr_CheckSignals() != 0 ? NULL : PyObject_CallFunction(
      o->function, "iONNd", FENPY_PROX, Py_None, fenpy_frozen(o->m, theta), fenpy_frozen(o->n, v), step);
  const int good = fenpy_tuple(answer, 2) && fenpy_wanted_out(answer, 0, o->n, out) &&
                   fenpy_number_out(PyTuple_GET_ITEM(answer, 1), value != NULL ? value : &unused) == 0;
  return fenpy_function_end(gil, answer, !good);
}

static int32_t fenpy_level_prox_vjp(void *user, const double *v, const double *theta, double step, const double *c, double *dv,
                                    double *dtheta) {
  const fenpy_oracles *o = (const fenpy_oracles *)user;
  const PyGILState_STATE gil = PyGILState_Ensure();
  PyObject *answer = PyErr_CheckSignals() != 0 ? NULL : PyObject_CallFunction(
      o->function, "iONNdN", FENPY_PROX_VJP, Py_None, fenpy_frozen(o->m, theta), fenpy_frozen(o->n, v), step,
      fenpy_frozen(o->n, c));
  const int good =
      fenpy_tuple(answer, 2) && fenpy_wanted_out(answer, 0, o->n, dv) && fenpy_wanted_out(answer, 1, o->m, dtheta);
  return fenpy_function_end(gil, answer, !good);
}

static int32_t fenpy_level_precondition(void *user, const double *x, const double *theta, uint32_t fresh, const double *r,
                                        double *out) {
  const fenpy_oracles *o = (const fenpy_oracles *)user;
  const PyGILState_STATE gil = PyGILState_Ensure();
  PyObject *answer = PyErr_CheckSignals() != 0 ? NULL : PyObject_CallFunction(
      o->function, "iNNN", FENPY_PRECONDITION, fenpy_fresh((fresh & FEN_FRESH_X) != 0, o->n, x),
      fenpy_fresh((fresh & FEN_FRESH_THETA) != 0, o->m, theta), fenpy_frozen(o->n, r));
  return fenpy_function_end(gil, answer, answer != NULL && fenpy_vector_out(answer, o->n, FEN_F64, out) != 0);
}

static int32_t fenpy_level_constants(void *user, const double *theta, fen_bilevel_constants *out) {
  const fenpy_oracles *o = (const fenpy_oracles *)user;
  const PyGILState_STATE gil = PyGILState_Ensure();
  PyObject *answer = PyErr_CheckSignals() != 0 ? NULL : PyObject_CallFunction(
      o->function, "iON", FENPY_CONSTANTS, Py_None, fenpy_frozen(o->m, theta));
  double *const fields[] = {&out->mu, &out->lipschitz, &out->hessian_lipschitz, &out->cross_norm, &out->cross_lipschitz,
                            &out->upper_lipschitz};
  int good = fenpy_tuple(answer, 6);
  for (int k = 0; good && k < 6; ++k) good = fenpy_number_out(PyTuple_GET_ITEM(answer, k), fields[k]) == 0;
  return fenpy_function_end(gil, answer, !good);
}

static fen_bilevel_oracles fenpy_table(fenpy_oracles *o, uint32_t has) {
  fen_bilevel_oracles t;
  memset(&t, 0, sizeof t);
  t.struct_size = sizeof t;
  t.user = o;
  t.n = o->n;
  t.m = o->m;
  t.lower = fenpy_lower_call;
  t.upper = fenpy_upper_call;
  if (has & 1u << FENPY_HVP) t.lower_hvp = fenpy_level_hvp;
  if (has & 1u << FENPY_CROSS_T) t.lower_cross_t = fenpy_level_cross_t;
  if (has & 1u << FENPY_CROSS) t.lower_cross = fenpy_level_cross;
  if (has & 1u << FENPY_PROX) t.prox = fenpy_level_prox;
  if (has & 1u << FENPY_PROX_VJP) t.prox_vjp = fenpy_level_prox_vjp;
  if (has & 1u << FENPY_PRECONDITION) t.precondition = fenpy_level_precondition;
  if (has & 1u << FENPY_CONSTANTS) t.constants = fenpy_level_constants;
  return t;
}

static int64_t fenpy_length(const fen_array *array) {
  return array != NULL && array->ndim == 1 ? array->shape[0] : 0;
}
%}

%ignore fen_bilevel;
%ignore fen_hypergradient;
%rename(fen_bilevel) fenpy_bilevel;
%rename(fen_hypergradient) fenpy_hypergradient;
%nothread fenpy_bilevel;
%nothread fenpy_hypergradient;
%inline %{
static int32_t fenpy_hypergradient(PyObject *function, uint32_t has, const fen_array *theta, const fen_array *x,
                                   const fen_array *out, const fen_bilevel_options *options, fen_bilevel_result *result,
                                   fen_error *err) {
  fenpy_oracles o = {function, fenpy_length(x), fenpy_length(theta)};
  const fen_bilevel_oracles table = fenpy_table(&o, has);
  int32_t status;
  Py_BEGIN_ALLOW_THREADS
  status = fen_hypergradient(&table, theta, x, out, options, result, err);
  Py_END_ALLOW_THREADS
  return status;
}

static int32_t fenpy_bilevel(PyObject *function, uint32_t has, const char *method, const fen_array *theta, const fen_array *x,
                             const fen_array *low, const fen_array *high, const fen_bilevel_options *options,
                             fen_monitor_fn monitor, void *user, fen_bilevel_result *result, fen_error *err) {
  fenpy_oracles o = {function, fenpy_length(x), fenpy_length(theta)};
  const fen_bilevel_oracles table = fenpy_table(&o, has);
  fen_bilevel_options polled;
  int32_t status;
  fen_bilevel_options_init(&polled, sizeof polled);
  if (options != NULL) polled = *options;
  fenpy_monitor_poll((fenpy_monitor *)user, &polled.monitor_interval);
  Py_BEGIN_ALLOW_THREADS
  status = fen_bilevel(&table, method, theta, x, low, high, &polled, monitor, user, result, err);
  Py_END_ALLOW_THREADS
  return status;
}
%}
