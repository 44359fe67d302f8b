/* python_scalars.i -- names, numbers that C returns through pointers, and short lists of numbers. */
%{
/* A str as C's text, borrowed from it; None is NULL. 0, or -1 with an exception that names the argument. */
static int fenpy_text_in(PyObject *obj, const char *name, const char **text) {
  Py_ssize_t size = 0;
  *text = NULL;
  if (obj == Py_None) return 0;
  if (!PyUnicode_Check(obj)) {
    fenpy_array_refuse(FEN_E_DTYPE, name, "%.40s is a '%.60s', not a str", Py_TYPE(obj)->tp_name);
    return -1;
  }
  *text = PyUnicode_AsUTF8AndSize(obj, &size);
  if (*text == NULL) return -1;
  if (strlen(*text) == (size_t)size) return 0;
  fenpy_array_refuse(FEN_E_NAME, name, "%.40s holds a zero character after '%.60s'", *text);
  return -1;
}
%}
%typemap(in) const char * (const char *text = NULL) {
  if (fenpy_text_in($input, "$1_name", &text) != 0) SWIG_fail;
  $1 = (char *)text; /* SWIG drops the const */
}
%typemap(freearg) const char * ""

%typemap(in, numinputs=0) double *value (double number = 0) "$1 = &number;"
%typemap(argout) double *value "if (result == FEN_OK) $result = fenpy_append($result, PyFloat_FromDouble(*$1));"
%apply double *value {double *norm, double *constant, double *t};

%typemap(in, numinputs=0) int64_t *bytes (int64_t number = 0), int64_t *failed (int64_t number = 0) "$1 = &number;"
%typemap(argout) int64_t *bytes, int64_t *failed
  "if (result == FEN_OK) $result = fenpy_append($result, PyLong_FromLongLong(*$1));"

/* fen_term_capabilities -> str */
%typemap(in, numinputs=0) (char *text, int64_t size) (char text[1024])
  "text[0] = 0; $1 = text; $2 = (int64_t)sizeof text;"
%typemap(argout) (char *text, int64_t size) "if (result == FEN_OK) $result = fenpy_append($result, PyUnicode_FromString($1));"

/* fen_transport_plan_csr, fen_minimize_trace: a number in, the number of entries out. */
%typemap(in) int64_t *nnz (int64_t number = 0) {
  number = PyLong_AsLongLong($input);
  if (number == -1 && PyErr_Occurred()) SWIG_fail;
  $1 = &number;
}
%typemap(argout) int64_t *nnz "if (result == FEN_OK) $result = fenpy_append($result, PyLong_FromLongLong(*$1));"

%apply int64_t *nnz {int64_t *count};

/* fen_grid_create: shape is a sequence of 1 to 4 ints, spacing as many numbers or None. */
%{
static Py_ssize_t fenpy_numbers(PyObject *obj, const char *name, int64_t *integers, double *reals) {
  PyObject *list = PySequence_Fast(obj, name);
  if (list == NULL) return -1;
  Py_ssize_t count = PySequence_Fast_GET_SIZE(list);
  if (count > FEN_MAX_DIMS) {
    fenpy_array_refuse(FEN_E_SHAPE, name, "%.40s has more than 4 entries%.1s", "");
    count = -1;
  }
  for (Py_ssize_t k = 0; k < count; ++k) {
    PyObject *item = PySequence_Fast_GET_ITEM(list, k);
    if (integers != NULL) integers[k] = PyLong_AsLongLong(item);
    if (reals != NULL) reals[k] = PyFloat_AsDouble(item);
    if (PyErr_Occurred()) count = -1;
  }
  Py_DECREF(list);
  return count;
}
%}
%typemap(in) (int32_t ndim, const int64_t *shape) (int64_t numbers[4]) {
  const Py_ssize_t count = fenpy_numbers($input, "shape must be a sequence of integers", numbers, NULL);
  if (count < 0) SWIG_fail;
  $1 = (int32_t)count;
  $2 = numbers;
}
%typemap(in) const double *spacing (double numbers[4]) {
  if ($input != Py_None) {
    const Py_ssize_t count = fenpy_numbers($input, "spacing must be a sequence of numbers", NULL, numbers);
    if (count < 0) SWIG_fail;
    if (count != arg1) { /* arg1 is ndim */
      fenpy_raise(FEN_E_SHAPE, 0, "spacing must have as many entries as shape");
      SWIG_fail;
    }
    $1 = numbers;
  } else {
    $1 = NULL;
  }
}

/* Room for structs or codes that C fills: a writable buffer and its size in bytes, or None. */
%typemap(arginit) (void *room, int64_t room_bytes) "view$argnum.obj = NULL;"
%typemap(in) (void *room, int64_t room_bytes) (Py_buffer view) {
  $1 = NULL;
  $2 = 0;
  if ($input != Py_None) {
    if (PyObject_GetBuffer($input, &view, PyBUF_WRITABLE) != 0) {
      view.obj = NULL;
      SWIG_fail;
    }
    $1 = view.buf;
    $2 = (int64_t)view.len;
  }
}
%typemap(freearg) (void *room, int64_t room_bytes) "fenpy_release(&view$argnum);"
