/* python_derivatives.i -- derivatives of solutions: parameters as a dict, products with Jacobians as a function.
 *
 *   outputs, tangents   {"f.y": array, ...}
 *   products            function(what, bytearray of float64) -> contiguous buffer of float64
 */
%{
enum { FENPY_MAX_PARAMETERS = 16 };

typedef struct fenpy_parameters {
  fen_solution_array items[FENPY_MAX_PARAMETERS];
  fen_array arrays[FENPY_MAX_PARAMETERS];
  Py_buffer views[FENPY_MAX_PARAMETERS];
  int32_t count;
} fenpy_parameters;

static int fenpy_parameters_in(PyObject *dict, fenpy_parameters *list) {
  Py_ssize_t position = 0;
  PyObject *key, *value;
  if (!PyDict_Check(dict) || PyDict_GET_SIZE(dict) > FENPY_MAX_PARAMETERS) {
    fenpy_array_refuse(FEN_E_NULL_ARGUMENT, "parameters", "%.40s must be a dict of at most 16 arrays%.1s", "");
    return -1;
  }
  while (PyDict_Next(dict, &position, &key, &value)) {
    const int k = list->count;
    const char *name = PyUnicode_AsUTF8(key);
    if (name == NULL) return -1;
    const int found = fenpy_array_in(value, name, &list->views[k], &list->arrays[k]);
    if (found < 0) return -1;
    list->items[k].parameter = name;
    list->items[k].array = found ? &list->arrays[k] : NULL;
    ++list->count;
  }
  return 0;
}

static void fenpy_parameters_release(fenpy_parameters *list) {
  for (int k = 0; k < FENPY_MAX_PARAMETERS; ++k) fenpy_release(&list->views[k]);
}

typedef struct fenpy_root {
  PyObject *function;
  int64_t n, m;
} fenpy_root;

static int32_t fenpy_root_call(void *user, int32_t what, const double *in, double *out) {
  const fenpy_root *root = (const fenpy_root *)user;
  const int64_t reads = what == FEN_ROOT_DTHETA ? root->m : root->n;
  const int64_t writes = what == FEN_ROOT_DTHETA_T ? root->m : root->n;
  const PyGILState_STATE gil = PyGILState_Ensure();
  PyObject *answer = PyErr_CheckSignals() != 0 ? NULL : PyObject_CallFunction(
      root->function, "iN", (int)what, fenpy_vector(reads, FEN_F64, in));
  return fenpy_function_end(gil, answer, answer != NULL && fenpy_vector_out(answer, writes, FEN_F64, out) != 0);
}
%}

%define FENPY_PARAMETERS(NAME)
%typemap(arginit) (const fen_solution_array *NAME, int32_t count) "memset(&list$argnum, 0, sizeof list$argnum);"
%typemap(in) (const fen_solution_array *NAME, int32_t count) (fenpy_parameters list) {
  if (fenpy_parameters_in($input, &list) != 0) SWIG_fail;
  $1 = list.items;
  $2 = list.count;
}
%typemap(freearg) (const fen_solution_array *NAME, int32_t count) "fenpy_parameters_release(&list$argnum);"
%enddef
FENPY_PARAMETERS(outputs)
FENPY_PARAMETERS(tangents)

%typemap(in) (fen_root_fn products, void *user) (fenpy_root root) {
  if (!fenpy_callable($input)) SWIG_fail;
  root.function = $input;
  root.n = arg1;
  root.m = arg2;
  $1 = fenpy_root_call;
  $2 = &root;
}

/* fen_tune(dtype, f, criteria, penalty, params, tuned, theta, x, options, monitor): f and criteria are sequences of capsules
 * (criteria may be None), params one of (name, value), tuned one of names. -> bytes of fen_tune_result */
%ignore fen_tune;
%rename(fen_tune) fenpy_tune;
%nothread fenpy_tune;
%inline %{
static int32_t fenpy_tune(int32_t dtype, PyObject *f, PyObject *criteria, const char *penalty, PyObject *params,
                          PyObject *tuned, const fen_array *theta, const fen_array *x, const fen_tune_options *options,
                          fen_monitor_fn monitor, void *user, fen_tune_result *result, fen_error *err) {
  const fen_term *lower[FENPY_MAX_SUMMANDS], *upper[FENPY_MAX_SUMMANDS];
  const char *names[FENPY_MAX_PARAMETERS];
  fenpy_params fixed;
  fen_tune_options polled;
  int32_t status = FEN_E_CALLBACK; /* an exception waits */
  memset(&fixed, 0, sizeof fixed);
  const Py_ssize_t folds = fenpy_terms_in(f, "f must be a sequence of terms", lower);
  const int judged = criteria != Py_None; /* None: by a risk that needs no criteria */
  const Py_ssize_t held = folds < 0 || !judged ? folds : fenpy_terms_in(criteria, "criteria must be a sequence of terms", upper);
  PyObject *pairs = PySequence_Fast(params, "params must be a sequence of pairs");
  PyObject *list = PySequence_Fast(tuned, "tuned must be a sequence of names");
  const Py_ssize_t count = list != NULL ? PySequence_Fast_GET_SIZE(list) : -1;
  int good = held >= 0 && pairs != NULL && count >= 0;
  if (good && (held != folds || count > FENPY_MAX_PARAMETERS)) {
    fenpy_raise(FEN_E_SHAPE, 0, "f and criteria must have as many terms, and tuned at most 16 names");
    good = 0;
  }
  for (Py_ssize_t k = 0; good && k < count; ++k)
    good = fenpy_text_in(PySequence_Fast_GET_ITEM(list, k), "tuned", &names[k]) == 0;
  const char *kind = fen_term_parameter_count("prox", penalty) < 0 && fen_term_parameter_count("smooth", penalty) >= 0
                         ? "smooth" : "prox";
  if (good && fenpy_params_in(pairs, kind, penalty, &fixed) == 0) {
    fen_tune_options_init(&polled, sizeof polled);
    if (options != NULL) polled = *options;
    fenpy_monitor_poll((fenpy_monitor *)user, &polled.monitor_interval);
    Py_BEGIN_ALLOW_THREADS
    status = fen_tune(dtype, (int32_t)folds, lower, judged ? upper : NULL, penalty, fixed.items, (int32_t)fixed.count, names, (int32_t)count,
                      theta, x, &polled, monitor, user, result, err);
    Py_END_ALLOW_THREADS
  } else {
    fenpy_pending_keep();
  }
  fenpy_params_free(&fixed);
  Py_XDECREF(pairs);
  Py_XDECREF(list);
  return status;
}
%}

%ignore fen_tune_kernel;
%rename(fen_tune_kernel) fenpy_tune_kernel;
%inline %{
static int32_t fenpy_tune_kernel(const char *kernel, const fen_array *X, const fen_array *y, const fen_array *held_X,
                                 const fen_array *held_y, const fen_array *theta, const fen_array *alpha,
                                 const fen_tune_options *options, fen_monitor_fn monitor, void *user,
                                 fen_tune_result *result, fen_error *err) {
  fen_tune_options polled;
  fen_tune_options_init(&polled, sizeof polled);
  if (options != NULL) polled = *options;
  fenpy_monitor_poll((fenpy_monitor *)user, &polled.monitor_interval);
  return fen_tune_kernel(kernel, X, y, held_X, held_y, theta, alpha, &polled, monitor, user, result, err);
}
%}
