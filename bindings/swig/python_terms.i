/* python_terms.i -- terms from (name, value) pairs. A value is a number, a buffer, or a term's capsule; None is left out.
 * C copies arrays but for those it reads in place; the capsule holds a memoryview of these, and the inner capsules. */
%{
typedef struct fenpy_params {
  Py_ssize_t count;
  fen_param *items;
  fen_array *arrays;
  Py_buffer *views;
  PyObject *keep; /* list: what must live as long as the term */
} fenpy_params;

static int fenpy_params_room(fenpy_params *params, Py_ssize_t count) {
  const size_t room = count > 0 ? (size_t)count : 1;
  params->items = (fen_param *)PyMem_Calloc(room, sizeof *params->items);
  params->arrays = (fen_array *)PyMem_Calloc(room, sizeof *params->arrays);
  params->views = (Py_buffer *)PyMem_Calloc(room, sizeof *params->views);
  params->keep = PyList_New(0);
  if (params->items != NULL && params->arrays != NULL && params->views != NULL && params->keep != NULL) return 0;
  PyErr_NoMemory();
  return -1;
}

static void fenpy_params_free(fenpy_params *params) {
  for (Py_ssize_t k = 0; params->views != NULL && k < params->count; ++k) fenpy_release(&params->views[k]);
  PyMem_Free(params->items);
  PyMem_Free(params->arrays);
  PyMem_Free(params->views);
  Py_XDECREF(params->keep);
}

static int fenpy_is_borrowed(const char *kind, const char *term, const char *name) {
  fen_param_info info;
  const int32_t count = fen_term_parameter_count(kind, term);
  for (int32_t k = 0; k < count; ++k) {
    memset(&info, 0, sizeof info);
    info.struct_size = (uint32_t)sizeof info;
    if (fen_term_parameter(kind, term, k, &info) == FEN_OK && strcmp(info.name, name) == 0) {
      return (info.flags & FEN_PARAM_BORROWED) != 0;
    }
  }
  return 0;
}

/* Appends one parameter. The name's text is borrowed from the pair, which the caller holds. 0, or -1 with an exception. */
static int fenpy_params_add(fenpy_params *params, const char *kind, const char *term, const char *name, PyObject *value) {
  const Py_ssize_t k = params->count;
  fen_param *item = &params->items[k];
  item->name = name;
  if (PyCapsule_CheckExact(value)) {
    item->term = (const fen_term *)fenpy_pointer(value, "fen_term", name);
    if (item->term == NULL || PyList_Append(params->keep, value) != 0) return -1;
  } else if (PyFloat_Check(value) || PyLong_Check(value)) {
    item->value = PyFloat_AsDouble(value);
    if (item->value == -1 && PyErr_Occurred()) return -1;
  } else {
    params->views[k].obj = NULL;
    params->count = k + 1; /* its view is released from here on */
    if (fenpy_array_in(value, name, &params->views[k], &params->arrays[k]) < 0) return -1;
    item->array = &params->arrays[k];
    if (fenpy_is_borrowed(kind, term, name)) {
      PyObject *view = PyMemoryView_FromObject(value);
      const int kept = view != NULL ? PyList_Append(params->keep, view) : -1;
      Py_XDECREF(view);
      return kept;
    }
  }
  params->count = k + 1;
  return 0;
}

/* From a sequence of pairs. */
static int fenpy_params_in(PyObject *pairs, const char *kind, const char *term, fenpy_params *params) {
  const Py_ssize_t count = PySequence_Fast_GET_SIZE(pairs);
  if (fenpy_params_room(params, count) != 0) return -1;
  for (Py_ssize_t k = 0; k < count; ++k) {
    PyObject *pair = PySequence_Fast_GET_ITEM(pairs, k);
    const char *name = NULL;
    if (!PyTuple_Check(pair) || PyTuple_GET_SIZE(pair) != 2) {
      fenpy_array_refuse(FEN_E_NULL_ARGUMENT, "params", "%.40s must hold (name, value) pairs, not '%.60s'",
                         Py_TYPE(pair)->tp_name);
      return -1;
    }
    if (PyTuple_GET_ITEM(pair, 1) == Py_None) continue;
    if (fenpy_text_in(PyTuple_GET_ITEM(pair, 0), "params", &name) != 0) return -1;
    if (name == NULL) {
      fenpy_raise(FEN_E_NAME, 0, "the name of a parameter is None");
      return -1;
    }
    if (fenpy_params_add(params, kind, term, name, PyTuple_GET_ITEM(pair, 1)) != 0) return -1;
  }
  return 0;
}
%}

/* fen_term_create(kind, name, params) -> capsule; params is a dict, or a sequence of (name, value). */
%ignore fen_term_create;
%rename(fen_term_create) fenpy_term_create;
%nothread fenpy_term_create;
%inline %{
static PyObject *fenpy_term_create(const char *kind, const char *name, PyObject *params) {
  fenpy_params read;
  fen_error err;
  fen_term *made = NULL;
  PyObject *items = PyDict_Check(params) ? PyDict_Items(params) : (Py_INCREF(params), params);
  PyObject *pairs = items != NULL ? PySequence_Fast(items, "params must be a dict or a sequence of pairs") : NULL;
  PyObject *capsule = NULL;
  Py_XDECREF(items);
  if (pairs == NULL) return NULL;
  memset(&read, 0, sizeof read);
  fenpy_error_init(&err);
  if (kind == NULL || name == NULL) {
    fenpy_raise(FEN_E_NAME, 0, "kind and name of a term must be given");
  } else if (fenpy_params_in(pairs, kind, name, &read) == 0) {
    int32_t status;
    Py_BEGIN_ALLOW_THREADS
    status = fen_term_create(kind, name, read.items, (int32_t)read.count, &made, &err);
    Py_END_ALLOW_THREADS
    if (fenpy_check(status, &err) == 0) {
      PyObject *keep = PyList_AsTuple(read.keep);
      capsule = keep != NULL ? fenpy_wrap_fen_term(made, fenpy_context_new(keep)) : (fen_term_destroy(made), NULL);
      Py_XDECREF(keep);
    }
  }
  fenpy_params_free(&read);
  Py_DECREF(pairs);
  return capsule;
}
%}

/* fen_prox_apply(g, v, step, steps, out, values, num_threads): values is None or room for k float64. */
%ignore fen_prox_apply;
%rename(fen_prox_apply) fenpy_prox_apply;
%inline %{
static int32_t fenpy_prox_apply(const fen_term *g, const fen_array *v, double step, const fen_array *steps,
                                const fen_array *out, void *room, int64_t room_bytes, int32_t num_threads,
                                fen_error *err) {
  const int64_t rows = v != NULL && v->ndim == 2 ? v->shape[0] : 1;
  if (room != NULL && room_bytes / (int64_t)sizeof(double) < rows) {
    err->code = FEN_E_SHAPE;
    PyOS_snprintf(err->message, sizeof err->message, "values is too short for %lld rows", (long long)rows);
    return err->code;
  }
  return fen_prox_apply(g, v, step, steps, out, (double *)room, num_threads, err);
}
%}
