/* python_arrays.i -- fen_array from the buffer protocol: strided, zero-copy, no NumPy headers. The view is released
 * after the call, not before it (SWIG's own pybuffer.i does the latter, a race once the GIL is dropped).
 * Whether an array is written is the library's to know: a read-only buffer carries FEN_ARRAY_READONLY, and the
 * library refuses it as an output, by name. */
%{
/* The fen_dtype of a struct-module format in native byte order, else 0. */
static int32_t fenpy_dtype(const char *format, Py_ssize_t itemsize) {
  if (format == NULL) return 0;
  if (*format == '@' || *format == '=' || *format == (PY_BIG_ENDIAN ? '>' : '<')) ++format;
  if (format[0] == '\0' || format[1] != '\0') return 0;
  switch (format[0]) {
    case 'f': return itemsize == 4 ? FEN_F32 : 0;
    case 'd': return itemsize == 8 ? FEN_F64 : 0;
    case 'i': case 'l': case 'q': case 'n': return itemsize == 4 ? FEN_I32 : itemsize == 8 ? FEN_I64 : 0;
    default: return 0;
  }
}

static void fenpy_array_refuse(int32_t code, const char *name, const char *text, const char *value) {
  char message[300];
  PyOS_snprintf(message, sizeof message, text, name, value);
  fenpy_raise(code, 0, message);
}

/* Describes an acquired view. 0, or -1 with an exception that names the argument. */
static int fenpy_array_from_view(const Py_buffer *view, const char *name, fen_array *array) {
  memset(array, 0, sizeof *array);
  array->struct_size = (uint32_t)sizeof *array;
  array->dtype = fenpy_dtype(view->format, view->itemsize);
  if (array->dtype == 0) {
    fenpy_array_refuse(FEN_E_DTYPE, name,
                       "%.40s has elements of format '%.60s'; float32 ('f'), float64 ('d'), int32 or int64 in this "
                       "machine's byte order are needed", view->format != NULL ? view->format : "B");
    return -1;
  }
  if (view->ndim > FEN_MAX_DIMS) {
    fenpy_array_refuse(FEN_E_SHAPE, name, "%.40s has more than 4 dimensions%.1s", "");
    return -1;
  }
  if (view->suboffsets != NULL) {
    fenpy_array_refuse(FEN_E_STRIDE, name, "%.40s is an array of pointers (suboffsets)%.1s", "");
    return -1;
  }
  array->ndim = view->ndim;
  array->flags = view->readonly ? FEN_ARRAY_READONLY : 0;
  array->data = view->buf;
  for (int k = 0; k < view->ndim; ++k) {
    array->shape[k] = view->shape[k];
    array->strides[k] = view->strides[k];
  }
  return 0;
}

/* Acquires obj: 1 if it is an array, 0 if it is None, -1 with an exception. Release the view if view->obj. */
static int fenpy_array_in(PyObject *obj, const char *name, Py_buffer *view, fen_array *array) {
  view->obj = NULL;
  if (obj == Py_None) return 0;
  if (!PyObject_CheckBuffer(obj)) {
    fenpy_array_refuse(FEN_E_DTYPE, name, "%.40s is a '%.60s', which is no array (it lacks the buffer protocol)",
                       Py_TYPE(obj)->tp_name);
    return -1;
  }
  if (PyObject_GetBuffer(obj, view, PyBUF_RECORDS_RO) != 0) {
    view->obj = NULL;
    return -1;
  }
  return fenpy_array_from_view(view, name, array) == 0 ? 1 : -1;
}

static void fenpy_release(Py_buffer *view) {
  if (view->obj != NULL) PyBuffer_Release(view);
}
%}

%typemap(arginit) const fen_array * "view$argnum.obj = NULL;"
%typemap(in) const fen_array * (Py_buffer view, fen_array array) {
  const int found = fenpy_array_in($input, "$1_name", &view, &array);
  if (found < 0) SWIG_fail;
  $1 = found ? &array : NULL;
}
%typemap(freearg) const fen_array * "fenpy_release(&view$argnum);"

/* fen_transport_bundle: a dict from member name to array. */
%{
typedef struct fenpy_bundle {
  fen_transport_bundle c;
  fen_array arrays[8];
  Py_buffer views[8];
} fenpy_bundle;

static int fenpy_bundle_set(fenpy_bundle *bundle, int k, PyObject *dict, const char *name, const fen_array **member) {
  PyObject *value = PyDict_GetItemString(dict, name);
  const int found = value != NULL ? fenpy_array_in(value, name, &bundle->views[k], &bundle->arrays[k]) : 0;
  *member = found > 0 ? &bundle->arrays[k] : NULL;
  return found < 0 ? -1 : found;
}

static int fenpy_bundle_in(PyObject *dict, fenpy_bundle *bundle) {
  fen_transport_bundle *c = &bundle->c;
  memset(bundle, 0, sizeof *bundle);
  c->struct_size = (uint32_t)sizeof *c;
  if (!PyDict_Check(dict)) {
    fenpy_array_refuse(FEN_E_NULL_ARGUMENT, "bundle", "%.40s is a '%.60s', not a dict of arrays",
                       Py_TYPE(dict)->tp_name);
    return -1;
  }
  const char *names[8] = {"a", "b", "cost", "x", "y", "phi", "psi", "plan"};
  const fen_array **members[8] = {&c->a, &c->b, &c->cost, &c->x, &c->y, &c->phi, &c->psi, &c->plan};
  for (int k = 0; k < 8; ++k) {
    if (fenpy_bundle_set(bundle, k, dict, names[k], members[k]) < 0) return -1;
  }
  return 0;
}

static void fenpy_bundle_release(fenpy_bundle *bundle) {
  for (int k = 0; k < 8; ++k) fenpy_release(&bundle->views[k]);
}
%}

%typemap(arginit) const fen_transport_bundle * "memset(&bundle$argnum, 0, sizeof bundle$argnum);"
%typemap(in) const fen_transport_bundle * (fenpy_bundle bundle) {
  if (fenpy_bundle_in($input, &bundle) != 0) SWIG_fail;
  $1 = &bundle.c;
}
%typemap(freearg) const fen_transport_bundle * "fenpy_bundle_release(&bundle$argnum);"
