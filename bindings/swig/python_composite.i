/* python_composite.i -- composite problems: creation from capsules, the solve, paths and cross-validation. */
%{
enum { FENPY_MAX_SUMMANDS = 64 };

/* The terms of a sequence (items may be None), or of None: none. Their number, or -1 with an exception. */
static Py_ssize_t fenpy_terms_in(PyObject *sequence, const char *name, const fen_term **terms) {
  if (sequence == Py_None) return 0;
  PyObject *list = PySequence_Fast(sequence, name);
  if (list == NULL) return -1;
  Py_ssize_t count = PySequence_Fast_GET_SIZE(list);
  if (count > FENPY_MAX_SUMMANDS) {
    fenpy_array_refuse(FEN_E_TOO_LARGE, name, "%.40s: more than 64%.1s", "");
    count = -1;
  }
  for (Py_ssize_t k = 0; k < count; ++k) {
    PyObject *item = PySequence_Fast_GET_ITEM(list, k);
    terms[k] = item == Py_None ? NULL : (const fen_term *)fenpy_pointer(item, "fen_term", name);
    if (terms[k] == NULL && item != Py_None) count = -1;
  }
  Py_DECREF(list);
  return count;
}
%}

/* f, g (a sequence) and A (a sequence, or None) of capsules; f and items of A may be None. */
%ignore fen_composite_create;
%rename(fen_composite_create) fenpy_composite_create;
%nothread fenpy_composite_create;
%inline %{
static PyObject *fenpy_composite_create(int32_t dtype, int64_t n, PyObject *f, PyObject *g, PyObject *A) {
  const fen_term *terms[FENPY_MAX_SUMMANDS], *maps[FENPY_MAX_SUMMANDS], *smooth = NULL;
  fen_error err;
  fen_problem *made = NULL;
  int32_t status;
  const Py_ssize_t count = fenpy_terms_in(g, "g must be a sequence of terms", terms);
  const Py_ssize_t operators = count < 0 ? -1 : fenpy_terms_in(A, "A must be a sequence of operators", maps);
  if (operators < 0) return NULL;
  if (A != Py_None && operators != count) {
    fenpy_raise(FEN_E_SHAPE, 0, "A must have as many entries as g");
    return NULL;
  }
  if (f != Py_None && (smooth = (const fen_term *)fenpy_pointer(f, "fen_term", "f")) == NULL) return NULL;
  fenpy_error_init(&err);
  PyObject *keep = PyTuple_Pack(3, f, g, A);
  if (keep == NULL) return NULL;
  Py_BEGIN_ALLOW_THREADS
  status = fen_composite_create(dtype, n, smooth, (int32_t)count, terms, A != Py_None ? maps : NULL, &made, &err);
  Py_END_ALLOW_THREADS
  PyObject *capsule = NULL;
  if (fenpy_check(status, &err) == 0) capsule = fenpy_wrap_fen_problem(made, fenpy_context_new(keep));
  Py_DECREF(keep);
  return capsule;
}
%}

/* -> bytes of fen_minimize_result; x may be None. */
%ignore fen_minimize_solve;
%rename(fen_minimize_solve) fenpy_minimize_solve;
%nothread fenpy_minimize_solve;
%inline %{
static PyObject *fenpy_minimize_solve(PyObject *solver, PyObject *x) {
  fen_solver *handle = (fen_solver *)fenpy_pointer(solver, "fen_solver", "solver");
  fen_minimize_result made;
  fen_error err;
  fen_array array;
  Py_buffer view;
  int32_t status = FEN_OK;
  if (handle == NULL) return NULL;
  const int found = fenpy_array_in(x, "x", &view, &array);
  if (found >= 0) {
    fenpy_monitor *monitor = &((fenpy_context *)PyCapsule_GetContext(solver))->monitor;
    memset(&made, 0, sizeof made);
    made.struct_size = (uint32_t)sizeof made;
    fenpy_error_init(&err);
    monitor->last = -1e300;
    Py_BEGIN_ALLOW_THREADS
    status = fen_minimize_solve(handle, found ? &array : NULL, &made, &err);
    Py_END_ALLOW_THREADS
    if (!fenpy_monitor_raise(monitor)) fenpy_check(status, &err);
  }
  fenpy_release(&view);
  return PyErr_Occurred() ? NULL : fenpy_bytes(&made, sizeof made);
}
%}

/* results is None or room for k structs. */
%apply (void *room, int64_t room_bytes) {(void *items, int64_t items_bytes)};
%ignore fen_path;
%ignore fen_cross_validate;
%rename(fen_path) fenpy_path;
%rename(fen_cross_validate) fenpy_cross_validate;
%inline %{
static int32_t fenpy_path(const fen_problem *problem, const fen_array *factors, const fen_minimize_options *options,
                          fen_monitor_fn monitor, void *user, const fen_array *x, void *items, int64_t items_bytes,
                          fen_error *err) {
  fen_minimize_result *results = (fen_minimize_result *)items;
  const int64_t count = factors != NULL && factors->ndim == 1 ? factors->shape[0] : 0;
  fen_minimize_options polled;
  fen_minimize_options_init(&polled, sizeof polled);
  if (options != NULL) polled = *options;
  fenpy_monitor_poll((fenpy_monitor *)user, &polled.monitor_interval);
  if (!fenpy_room("results", items, items_bytes, count, sizeof *results, err)) return err->code;
  for (int64_t k = 0; results != NULL && k < count; ++k) results[k].struct_size = (uint32_t)sizeof *results;
  return fen_path(problem, factors, &polled, monitor, user, x, results, err);
}

static int32_t fenpy_cross_validate(const fen_problem *problem, const fen_array *factors, const fen_array *folds,
                                    const fen_minimize_options *options, fen_monitor_fn monitor, void *user,
                                    const fen_array *losses, fen_error *err) {
  fen_minimize_options polled;
  fen_minimize_options_init(&polled, sizeof polled);
  if (options != NULL) polled = *options;
  fenpy_monitor_poll((fenpy_monitor *)user, &polled.monitor_interval);
  return fen_cross_validate(problem, factors, folds, &polled, monitor, user, losses, err);
}
%}
