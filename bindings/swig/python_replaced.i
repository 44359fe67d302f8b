/* python_replaced.i -- the few functions whose Python form needs more than typemaps, under their C names. */

/* The matrix is borrowed by C: the geometry's capsule holds a memoryview of it. */
%ignore fen_matrix_create;
%rename(fen_matrix_create) fenpy_matrix_create;
%nothread fenpy_matrix_create;
%inline %{
static PyObject *fenpy_matrix_create(PyObject *cost) {
  fen_array array;
  fen_error err;
  fen_geometry *geometry = NULL;
  PyObject *keep = PyMemoryView_FromObject(cost), *capsule = NULL;
  if (keep == NULL) return NULL;
  if (fenpy_array_from_view(PyMemoryView_GET_BUFFER(keep), "cost", &array) == 0) {
    int32_t status;
    fenpy_error_init(&err);
    Py_BEGIN_ALLOW_THREADS
    status = fen_matrix_create(&array, &geometry, &err);
    Py_END_ALLOW_THREADS
    if (status == FEN_OK) {
      capsule = fenpy_wrap_fen_geometry(geometry, fenpy_context_new(keep));
    } else {
      fenpy_raise(status, err.detail, err.message);
    }
  }
  Py_DECREF(keep);
  return capsule;
}
%}

/* monitor(bytes of fen_progress) -> None | int, called at most every `interval` seconds. None removes it. */
%ignore fen_solver_set_monitor;
%rename(fen_solver_set_monitor) fenpy_solver_set_monitor;
%nothread fenpy_solver_set_monitor;
%inline %{
static PyObject *fenpy_solver_set_monitor(PyObject *solver, PyObject *monitor, double interval) {
  if (fenpy_pointer(solver, "fen_solver", "solver") == NULL || !fenpy_callable(monitor)) return NULL;
  fenpy_context *context = (fenpy_context *)PyCapsule_GetContext(solver);
  fenpy_monitor_clear(&context->monitor);
  fenpy_monitor_init(&context->monitor, monitor);
  context->monitor.interval = interval;
  Py_RETURN_NONE;
}
%}

%ignore fen_solver_solve;
%rename(fen_solver_solve) fenpy_solver_solve;
%nothread fenpy_solver_solve;
%inline %{
static PyObject *fenpy_solver_solve(PyObject *solver) {
  fen_solver *handle = (fen_solver *)fenpy_pointer(solver, "fen_solver", "solver");
  if (handle == NULL) return NULL;
  fenpy_monitor *monitor = &((fenpy_context *)PyCapsule_GetContext(solver))->monitor;
  fen_transport_result made;
  fen_error err;
  int32_t status;
  memset(&made, 0, sizeof made);
  made.struct_size = (uint32_t)sizeof made;
  fenpy_error_init(&err);
  monitor->last = -1e300;
  Py_BEGIN_ALLOW_THREADS
  status = fen_solver_solve(handle, &made, &err);
  Py_END_ALLOW_THREADS
  if (fenpy_monitor_raise(monitor)) return NULL;
  if (status == FEN_OK) return fenpy_bytes(&made, sizeof made);
  fenpy_raise(status, err.detail, err.message);
  return NULL;
}
%}

/* -> (value, bytes of three results) */
%typemap(in, numinputs=0) fen_transport_result *three (fen_transport_result made[3]) {
  memset(made, 0, sizeof made);
  for (int k = 0; k < 3; ++k) made[k].struct_size = (uint32_t)sizeof made[k];
  $1 = made;
}
%typemap(argout) fen_transport_result *three
  "if (result == FEN_OK) $result = fenpy_append($result, fenpy_bytes($1, 3 * sizeof *$1));"
%ignore fen_sinkhorn_divergence;
%rename(fen_sinkhorn_divergence) fenpy_sinkhorn_divergence;
%inline %{
static int32_t fenpy_sinkhorn_divergence(const fen_array *x, const fen_array *y, const fen_array *a, const fen_array *b,
                                         const char *cost, const fen_transport_spec *spec, const char *method,
                                         const fen_sinkhorn_options *options, double *value, const fen_array *x_grad,
                                         const fen_array *y_grad, const fen_array *a_grad, const fen_array *b_grad,
                                         fen_transport_result *three, fen_error *err) {
  return fen_sinkhorn_divergence(x, y, a, b, cost, spec, method, options, value, x_grad, y_grad, a_grad, b_grad, three,
                                 err);
}
%}

/* -> (failed, message of the first failed item). statuses: room for count int32, results: for count structs. */
%typemap(in, numinputs=0) char *first_message (char text[512]) "text[0] = '\\0'; $1 = text;"
%typemap(argout) char *first_message "if (result == FEN_OK) $result = fenpy_append($result, PyUnicode_FromString($1));"
%apply (void *room, int64_t room_bytes) {(void *statuses, int64_t statuses_bytes),
                                         (void *results, int64_t results_bytes)};
%{
static int fenpy_room(const char *name, const void *room, int64_t bytes, int64_t count, size_t size, fen_error *err) {
  if (room == NULL || bytes / (int64_t)size >= count) return 1;
  err->code = FEN_E_SHAPE;
  PyOS_snprintf(err->message, sizeof err->message, "%s is too short for %lld items", name, (long long)count);
  return 0;
}
%}
%ignore fen_sinkhorn_batch;
%rename(fen_sinkhorn_batch) fenpy_sinkhorn_batch;
%inline %{
static int32_t fenpy_sinkhorn_batch(int64_t count, const fen_array *cost, const fen_array *a, const fen_array *b,
                                    const fen_array *sizes, const fen_transport_spec *spec, const char *method,
                                    const fen_sinkhorn_options *options, fen_monitor_fn monitor, void *user,
                                    const fen_array *phi, const fen_array *psi, const fen_array *plans,
                                    void *statuses, int64_t statuses_bytes, void *results, int64_t results_bytes,
                                    int64_t *failed, char *first_message, fen_error *err) {
  fen_transport_result *items = (fen_transport_result *)results;
  fen_sinkhorn_options polled;
  if (options != NULL) {
    polled = *options;
    fenpy_monitor_interval((fenpy_monitor *)user, &polled);
    options = &polled;
  }
  if (!fenpy_room("statuses", statuses, statuses_bytes, count, sizeof(int32_t), err) ||
      !fenpy_room("results", results, results_bytes, count, sizeof *items, err)) {
    return err->code;
  }
  for (int64_t k = 0; items != NULL && k < count; ++k) items[k].struct_size = (uint32_t)sizeof *items;
  const int32_t status = fen_sinkhorn_batch(count, cost, a, b, sizes, spec, method, options, monitor, user, phi, psi,
                                            plans, (int32_t *)statuses, items, failed, err);
  if (status == FEN_OK && *failed > 0) memcpy(first_message, err->message, 512);
  return status;
}
%}
