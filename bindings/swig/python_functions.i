/* python_functions.i -- terms from Python functions. A function gets copies (bytearrays) of C's vectors, which it may
 * keep, and answers with contiguous buffers, which are copied out; fenchel/callbacks.py makes arrays of them. An
 * exception waits on its thread until the call that it ended has returned, and comes back with its own traceback.
 *
 *   operator  apply(dtype, x), adjoint(dtype, y) -> buffer
 *   smooth    gradient(dtype, x, wanted) -> (value, buffer or None); hvp(dtype, x, v) -> buffer
 *   prox      prox(dtype, v, step) -> (buffer, g there)
 */
%{
static PyObject *fenpy_vector(int64_t n, int32_t dtype, const void *data) {
  return PyByteArray_FromStringAndSize((const char *)data, (Py_ssize_t)n * (dtype == FEN_F32 ? 4 : 8));
}

static PyObject *fenpy_function(void *user, Py_ssize_t k) {
  return PyTuple_GET_ITEM(((fenpy_context *)user)->keep, k);
}

/* Copies a buffer of exactly n values. 0, or -1 with an exception. */
static int fenpy_vector_out(PyObject *answer, int64_t n, int32_t dtype, void *out) {
  Py_buffer view;
  const Py_ssize_t bytes = (Py_ssize_t)n * (dtype == FEN_F32 ? 4 : 8);
  if (PyObject_GetBuffer(answer, &view, PyBUF_C_CONTIGUOUS) != 0) return -1;
  const int fits = view.len == bytes;
  if (fits) memcpy(out, view.buf, (size_t)bytes);
  PyBuffer_Release(&view);
  if (!fits) fenpy_raise(FEN_E_SHAPE, 0, "a callback returned an array of the wrong size");
  return fits ? 0 : -1;
}

static int fenpy_number_out(PyObject *answer, double *out) {
  *out = PyFloat_AsDouble(answer);
  return *out == -1 && PyErr_Occurred() ? -1 : 0;
}

/* Ends a trampoline: keeps an exception, gives the GIL back. */
static int32_t fenpy_function_end(PyGILState_STATE gil, PyObject *answer, int bad) {
  const int failed = bad != 0 || answer == NULL || PyErr_Occurred();
  Py_XDECREF(answer);
  if (failed) fenpy_pending_keep();
  PyGILState_Release(gil);
  return failed ? -1 : 0;
}

/* A pair, or NULL with an exception. Steals answer. */
static PyObject *fenpy_pair(PyObject *answer) {
  if (answer == NULL || (PyTuple_CheckExact(answer) && PyTuple_GET_SIZE(answer) == 2)) return answer;
  fenpy_raise(FEN_E_CALLBACK, 0, "a callback must return a pair");
  Py_DECREF(answer);
  return NULL;
}

static int32_t fenpy_map(void *user, int32_t dtype, const void *x, void *y, int adjoint) {
  const fenpy_context *context = (const fenpy_context *)user;
  const PyGILState_STATE gil = PyGILState_Ensure();
  PyObject *answer = PyErr_CheckSignals() != 0 ? NULL : PyObject_CallFunction(
      fenpy_function(user, adjoint), "iN", (int)dtype, fenpy_vector(adjoint ? context->rows : context->cols, dtype, x));
  return fenpy_function_end(
      gil, answer, answer != NULL && fenpy_vector_out(answer, adjoint ? context->cols : context->rows, dtype, y) != 0);
}

static int32_t fenpy_apply_call(void *user, int32_t dtype, const void *x, void *y) {
  return fenpy_map(user, dtype, x, y, 0);
}

static int32_t fenpy_adjoint_call(void *user, int32_t dtype, const void *x, void *y) {
  return fenpy_map(user, dtype, x, y, 1);
}

static int32_t fenpy_gradient_call(void *user, int64_t n, int32_t dtype, const void *x, double *value, void *gradient) {
  const PyGILState_STATE gil = PyGILState_Ensure();
  PyObject *answer = PyErr_CheckSignals() != 0 ? NULL : fenpy_pair(PyObject_CallFunction(
      fenpy_function(user, 0), "iNi", (int)dtype, fenpy_vector(n, dtype, x), gradient != NULL));
  const int bad = answer != NULL &&
                  (fenpy_number_out(PyTuple_GET_ITEM(answer, 0), value) != 0 ||
                   (gradient != NULL && fenpy_vector_out(PyTuple_GET_ITEM(answer, 1), n, dtype, gradient) != 0));
  return fenpy_function_end(gil, answer, bad);
}

static int32_t fenpy_hvp_call(void *user, int64_t n, int32_t dtype, const void *x, const void *v, void *out) {
  const PyGILState_STATE gil = PyGILState_Ensure();
  PyObject *answer = PyErr_CheckSignals() != 0 ? NULL : PyObject_CallFunction(
      fenpy_function(user, 1), "iNN", (int)dtype, fenpy_vector(n, dtype, x), fenpy_vector(n, dtype, v));
  return fenpy_function_end(gil, answer, answer != NULL && fenpy_vector_out(answer, n, dtype, out) != 0);
}

static int32_t fenpy_prox_call(void *user, int64_t n, int32_t dtype, const void *v, double step, void *out,
                               double *value) {
  const PyGILState_STATE gil = PyGILState_Ensure();
  PyObject *answer = PyErr_CheckSignals() != 0 ? NULL : fenpy_pair(PyObject_CallFunction(
      fenpy_function(user, 0), "iNd", (int)dtype, fenpy_vector(n, dtype, v), step));
  double unused = 0;
  const int bad = answer != NULL && (fenpy_vector_out(PyTuple_GET_ITEM(answer, 0), n, dtype, out) != 0 ||
                                     fenpy_number_out(PyTuple_GET_ITEM(answer, 1), value != NULL ? value : &unused) != 0);
  return fenpy_function_end(gil, answer, bad);
}

/* A context that keeps two functions (the second may be None); NULL with an exception. */
static fenpy_context *fenpy_functions(PyObject *first, PyObject *second) {
  if (!PyCallable_Check(first) || (second != Py_None && !PyCallable_Check(second))) {
    fenpy_raise(FEN_E_NULL_ARGUMENT, 0, "a term from functions needs functions: what was given cannot be called");
    return NULL;
  }
  PyObject *keep = PyTuple_Pack(2, first, second);
  fenpy_context *context = keep != NULL ? fenpy_context_new(keep) : NULL;
  Py_XDECREF(keep);
  return context;
}

static PyObject *fenpy_functions_end(int32_t status, const fen_error *err, fen_term *made, fenpy_context *context) {
  if (fenpy_check(status, err) == 0) return fenpy_wrap_fen_term(made, context);
  fenpy_context_free(context);
  return NULL;
}
%}

%ignore fen_operator_callback;
%ignore fen_smooth_callback;
%ignore fen_prox_callback;
%rename(fen_operator_callback) fenpy_operator_callback;
%rename(fen_smooth_callback) fenpy_smooth_callback;
%rename(fen_prox_callback) fenpy_prox_callback;
%nothread fenpy_operator_callback;
%nothread fenpy_smooth_callback;
%nothread fenpy_prox_callback;
%inline %{
static PyObject *fenpy_operator_callback(int64_t rows, int64_t cols, PyObject *apply, PyObject *adjoint) {
  fen_error err;
  fen_term *made = NULL;
  fenpy_context *context = fenpy_functions(apply, adjoint);
  if (context == NULL) return NULL;
  context->rows = rows;
  context->cols = cols;
  fenpy_error_init(&err);
  const int32_t status =
      fen_operator_callback(rows, cols, fenpy_apply_call, fenpy_adjoint_call, context, &made, &err);
  return fenpy_functions_end(status, &err, made, context);
}

/* hvp may be None. */
static PyObject *fenpy_smooth_callback(int64_t n, PyObject *gradient, PyObject *hvp, double lipschitz, int32_t convex) {
  fen_error err;
  fen_term *made = NULL;
  fenpy_context *context = fenpy_functions(gradient, hvp);
  if (context == NULL) return NULL;
  fenpy_error_init(&err);
  const int32_t status = fen_smooth_callback(n, fenpy_gradient_call, hvp != Py_None ? fenpy_hvp_call : NULL, lipschitz,
                                             convex, context, &made, &err);
  return fenpy_functions_end(status, &err, made, context);
}

static PyObject *fenpy_prox_callback(int64_t n, PyObject *prox, int32_t convex) {
  fen_error err;
  fen_term *made = NULL;
  fenpy_context *context = fenpy_functions(prox, Py_None);
  if (context == NULL) return NULL;
  fenpy_error_init(&err);
  const int32_t status = fen_prox_callback(n, fenpy_prox_call, convex, context, &made, &err);
  return fenpy_functions_end(status, &err, made, context);
}
%}
