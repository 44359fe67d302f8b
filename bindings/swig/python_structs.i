/* python_structs.i -- plain structs as bytes in C layout. Their fields are declared once, in core, and packed by
 * fenchel/_declared.py, which is generated: a new field changes nothing here. */
%{
/* Copies a bytes-like object of exactly `size` bytes. 1, 0 for None, -1 with an exception. */
static int fenpy_struct_in(PyObject *obj, const char *name, void *out, size_t size) {
  Py_buffer view;
  if (obj == Py_None) return 0;
  if (PyObject_GetBuffer(obj, &view, PyBUF_SIMPLE) != 0) return -1;
  const int fits = view.len == (Py_ssize_t)size;
  if (fits) memcpy(out, view.buf, size);
  PyBuffer_Release(&view);
  if (fits) return 1;
  char message[120];
  PyOS_snprintf(message, sizeof message, "%.40s must be %d bytes of the C struct", name, (int)size);
  fenpy_raise(FEN_E_STRUCT_SIZE, 0, message);
  return -1;
}

static PyObject *fenpy_bytes(const void *data, size_t size) {
  return PyBytes_FromStringAndSize((const char *)data, (Py_ssize_t)size);
}
%}

%define FENPY_SETTINGS(TYPE)
%typemap(in) const TYPE * (TYPE copy) {
  const int found = fenpy_struct_in($input, "$1_name", &copy, sizeof copy);
  if (found < 0) SWIG_fail;
  $1 = found ? &copy : NULL;
}
%enddef
FENPY_SETTINGS(fen_transport_spec)
FENPY_SETTINGS(fen_sinkhorn_options)
FENPY_SETTINGS(fen_minimize_options)
FENPY_SETTINGS(fen_derivative_options)
FENPY_SETTINGS(fen_tune_options)
FENPY_SETTINGS(fen_bilevel_options)

/* fen_x_init() -> bytearray with the defaults. */
%define FENPY_INIT(TYPE, NAME)
%typemap(in, numinputs=0) (TYPE *NAME, size_t size) (TYPE made)
  "memset(&made, 0, sizeof made); $1 = &made; $2 = sizeof made;"
%typemap(argout) (TYPE *NAME, size_t size)
  "$result = fenpy_append($result, PyByteArray_FromStringAndSize((const char *)$1, (Py_ssize_t)sizeof *$1));"
%enddef
FENPY_INIT(fen_transport_spec, spec)
FENPY_INIT(fen_sinkhorn_options, options)
FENPY_INIT(fen_transport_result, result)
FENPY_INIT(fen_minimize_options, options)
FENPY_INIT(fen_minimize_result, result)
FENPY_INIT(fen_derivative_options, options)
FENPY_INIT(fen_derivative_result, result)
FENPY_INIT(fen_tune_options, options)
FENPY_INIT(fen_bilevel_options, options)
FENPY_INIT(fen_tune_result, result)
FENPY_INIT(fen_bilevel_result, result)

%define FENPY_RESULT(TYPE)
%typemap(in, numinputs=0) TYPE *result (TYPE made)
  "memset(&made, 0, sizeof made); made.struct_size = (uint32_t)sizeof made; $1 = &made;"
%typemap(argout) TYPE *result
  "if (result == FEN_OK) $result = fenpy_append($result, fenpy_bytes($1, sizeof *$1));"
%enddef
FENPY_RESULT(fen_transport_result)
FENPY_RESULT(fen_minimize_result)
FENPY_RESULT(fen_derivative_result)
FENPY_RESULT(fen_tune_result)
FENPY_RESULT(fen_bilevel_result)

/* fen_setting_set changes the bytearray it is given; fen_setting_get reads any bytes. */
%{
static int fenpy_settings_in(PyObject *obj, int flags, Py_buffer *view) {
  uint32_t struct_size = 0;
  if (PyObject_GetBuffer(obj, view, flags) != 0) {
    view->obj = NULL;
    return -1;
  }
  if (view->len >= 4) memcpy(&struct_size, view->buf, 4);
  if (view->len >= 4 && view->len >= (Py_ssize_t)struct_size) return 0;
  fenpy_raise(FEN_E_STRUCT_SIZE, 0, "settings is shorter than its struct_size says");
  return -1;
}
%}
%typemap(arginit) void *settings, const void *settings "view$argnum.obj = NULL;"
%typemap(in) void *settings (Py_buffer view) {
  if (fenpy_settings_in($input, PyBUF_WRITABLE, &view) != 0) SWIG_fail;
  $1 = view.buf;
}
%typemap(in) const void *settings (Py_buffer view) {
  if (fenpy_settings_in($input, PyBUF_SIMPLE, &view) != 0) SWIG_fail;
  $1 = view.buf;
}
%typemap(freearg) void *settings, const void *settings "fenpy_release(&view$argnum);"

/* fen_setting_at -> (name, doc, dtype, default, lower, upper) */
%typemap(in, numinputs=0) fen_setting_info *info (fen_setting_info made)
  "memset(&made, 0, sizeof made); made.struct_size = (uint32_t)sizeof made; $1 = &made;"
%typemap(argout) fen_setting_info *info {
  $result = fenpy_append($result, Py_BuildValue("ssiddd", $1->name, $1->doc, (int)$1->dtype, $1->default_value,
                                                $1->lower, $1->upper));
}

/* fen_term_parameter -> (name, doc, kind, flags, default, lower, upper) */
%typemap(in, numinputs=0) fen_param_info *info (fen_param_info made)
  "memset(&made, 0, sizeof made); made.struct_size = (uint32_t)sizeof made; $1 = &made;"
%typemap(argout) fen_param_info *info {
  $result = fenpy_append($result, Py_BuildValue("ssiIddd", $1->name, $1->doc, (int)$1->kind, (unsigned)$1->flags,
                                                $1->default_value, $1->lower, $1->upper));
}
