/* python_errors.i -- a failed status becomes the exception class of its line in status.def. */
%{
static PyObject *fenpy_exceptions = NULL; /* dict: code -> class, from fenchel/errors.py */

/* Sets an exception with attributes code and detail. message NULL or empty: the status's own text. */
static void fenpy_raise(int32_t code, int32_t detail, const char *message) {
  if (message == NULL || message[0] == '\0') message = fen_status_message(code);
  PyObject *key = PyLong_FromLong(code);
  PyObject *type = key != NULL && fenpy_exceptions != NULL ? PyDict_GetItem(fenpy_exceptions, key) : NULL;
  Py_XDECREF(key);
  if (type == NULL) type = PyExc_RuntimeError;
  PyObject *error = PyObject_CallFunction(type, "s", message);
  if (error == NULL) return;
  PyObject *code_object = PyLong_FromLong(code), *detail_object = PyLong_FromLong(detail);
  if (code_object != NULL && detail_object != NULL && PyObject_SetAttrString(error, "code", code_object) == 0 &&
      PyObject_SetAttrString(error, "detail", detail_object) == 0) {
    PyErr_SetObject((PyObject *)Py_TYPE(error), error);
  }
  Py_XDECREF(code_object);
  Py_XDECREF(detail_object);
  Py_DECREF(error);
}

/* What a callback term raised on this thread, until the call that it ended has returned: callbacks run on the thread that
 * called, so the exception waits where it is looked for, however many solves share the term. */
static _Thread_local PyObject *fenpy_pending[3];

static void fenpy_pending_keep(void) {
  if (fenpy_pending[0] != NULL) {
    PyErr_Clear(); /* the first one tells what happened */
  } else {
    PyErr_Fetch(&fenpy_pending[0], &fenpy_pending[1], &fenpy_pending[2]);
  }
}

/* Raises it. 1 if there was something. */
static int fenpy_pending_raise(void) {
  if (fenpy_pending[0] == NULL) return 0;
  PyErr_Restore(fenpy_pending[0], fenpy_pending[1], fenpy_pending[2]);
  fenpy_pending[0] = fenpy_pending[1] = fenpy_pending[2] = NULL;
  return 1;
}

/* What every call with a status ends with: 0, or -1 with an exception set. */
static int fenpy_check(int32_t status, const fen_error *err) {
  if (fenpy_pending_raise()) return -1;
  if (status == FEN_OK) return 0;
  fenpy_raise(status, err->detail, err->message);
  return -1;
}

static void fenpy_error_init(fen_error *err) {
  err->struct_size = (uint32_t)sizeof *err;
  err->code = 0;
  err->detail = 0;
  err->message[0] = '\0';
}

/* Appends an output: None becomes the output, one output becomes a pair, and so on. Steals both. */
static PyObject *fenpy_append(PyObject *result, PyObject *output) {
  if (result == NULL || result == Py_None) {
    Py_XDECREF(result);
    return output;
  }
  const Py_ssize_t count = PyTuple_CheckExact(result) ? PyTuple_GET_SIZE(result) : 1;
  PyObject *grown = output != NULL ? PyTuple_New(count + 1) : NULL;
  if (grown != NULL) {
    for (Py_ssize_t i = 0; i < count; ++i) {
      PyObject *item = PyTuple_CheckExact(result) ? PyTuple_GET_ITEM(result, i) : result;
      Py_INCREF(item);
      PyTuple_SET_ITEM(grown, i, item);
    }
    PyTuple_SET_ITEM(grown, count, output);
  } else {
    Py_XDECREF(output);
  }
  Py_DECREF(result);
  return grown;
}
%}

%nothread set_exceptions;
%inline %{
/* The classes to raise: a dict from fen_status_code to exception class. */
static PyObject *set_exceptions(PyObject *classes) {
  if (!PyDict_Check(classes)) {
    PyErr_SetString(PyExc_TypeError, "set_exceptions: a dict from code to class is needed");
    return NULL;
  }
  Py_INCREF(classes);
  Py_XSETREF(fenpy_exceptions, classes);
  Py_RETURN_NONE;
}
%}

%typemap(in, numinputs=0) fen_error *err (fen_error error) "fenpy_error_init(&error); $1 = &error;"
%typemap(argout) fen_error *err {
  if (fenpy_check(result, $1) != 0) SWIG_fail;
}

/* A status is raised by the typemap above; where a function has no fen_error, here. */
%typemap(out) int32_t "$result = SWIG_Py_Void();"
%typemap(out) int32_t fen_abi_version, int32_t fen_term_count, int32_t fen_setting_count, int32_t fen_geometry_dtype,
              int32_t fen_term_parameter_count
  "$result = PyLong_FromLong($1);"
%typemap(out) int32_t fen_setting_at, int32_t fen_transport_spec_init, int32_t fen_sinkhorn_options_init,
              int32_t fen_transport_result_init, int32_t fen_minimize_options_init, int32_t fen_minimize_result_init,
              int32_t fen_derivative_options_init, int32_t fen_derivative_result_init, int32_t fen_tune_options_init,
              int32_t fen_tune_result_init, int32_t fen_bilevel_options_init, int32_t fen_bilevel_result_init,
              int32_t fen_term_parameter {
  if ($1 != FEN_OK) {
    fenpy_raise($1, 0, NULL);
    SWIG_fail;
  }
  $result = SWIG_Py_Void();
}
