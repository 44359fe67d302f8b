/* python_solve.i -- the whole of fenchel.sinkhorn() in one call from Python: geometry, problem, solver, warm start,
 * solve, potentials, with the GIL released once. This is what keeps a 10 x 10 problem within microseconds of C. */
%{
typedef struct fenpy_call {
  fen_geometry *geometry; /* made here from a matrix, else NULL */
  fen_problem *problem;
  fen_solver *solver;
  const fen_geometry *given;
  fen_array arrays[7]; /* cost a b warm_phi warm_psi phi psi */
  Py_buffer views[7];
  int present[7];
  fen_transport_spec spec;
  fen_sinkhorn_options options;
  fen_transport_result result;
  fen_error err;
} fenpy_call;

enum { FENPY_COST, FENPY_A, FENPY_B, FENPY_WARM_PHI, FENPY_WARM_PSI, FENPY_PHI, FENPY_PSI };

static const fen_array *fenpy_call_array(const fenpy_call *call, int k) {
  return call->present[k] ? &call->arrays[k] : NULL;
}

/* Everything that needs no Python. The caller frees what was made, also after a failure. */
static int32_t fenpy_call_run(fenpy_call *call, const char *method, fenpy_monitor *monitor) {
  int32_t status = FEN_OK;
  if (call->given == NULL) {
    status = fen_matrix_create(&call->arrays[FENPY_COST], &call->geometry, &call->err);
    call->given = call->geometry;
  }
  if (status == FEN_OK) {
    status = fen_transport_create(call->given, fenpy_call_array(call, FENPY_A), fenpy_call_array(call, FENPY_B),
                                  &call->spec, &call->problem, &call->err);
  }
  if (status == FEN_OK) {
    status = fen_sinkhorn_create(call->problem, method, &call->options, &call->solver, &call->err);
  }
  if (status == FEN_OK) status = fen_solver_set_monitor(call->solver, fenpy_monitor_call, monitor);
  if (status == FEN_OK && (call->present[FENPY_WARM_PHI] || call->present[FENPY_WARM_PSI])) {
    status = fen_solver_warm_start(call->solver, fenpy_call_array(call, FENPY_WARM_PHI),
                                   fenpy_call_array(call, FENPY_WARM_PSI), &call->err);
  }
  if (status == FEN_OK) status = fen_solver_solve(call->solver, &call->result, &call->err);
  if (status == FEN_OK) {
    status = fen_transport_potentials(call->solver, fenpy_call_array(call, FENPY_PHI),
                                      fenpy_call_array(call, FENPY_PSI), &call->err);
  }
  return status;
}

/* What C will borrow of cost: the geometry's capsule, or a memoryview of the matrix. A new reference. */
static PyObject *fenpy_call_cost(fenpy_call *call, PyObject *cost) {
  if (PyCapsule_CheckExact(cost)) {
    call->given = (const fen_geometry *)fenpy_pointer(cost, "fen_geometry", "cost");
    Py_INCREF(cost);
    return cost;
  }
  PyObject *keep = PyMemoryView_FromObject(cost);
  if (keep != NULL) fenpy_array_from_view(PyMemoryView_GET_BUFFER(keep), "cost", &call->arrays[FENPY_COST]);
  return keep;
}

static int fenpy_call_in(fenpy_call *call, int k, PyObject *obj, const char *name) {
  call->present[k] = fenpy_array_in(obj, name, &call->views[k], &call->arrays[k]);
  return call->present[k] >= 0;
}

/* Frees what a solver keeps alive by itself, and the views; returns the pair (solver, result), or NULL. */
static PyObject *fenpy_call_finish(fenpy_call *call, fenpy_context *context, int32_t status) {
  PyObject *capsule = NULL, *bytes = NULL;
  for (int k = 0; k < 7; ++k) fenpy_release(&call->views[k]);
  fen_problem_destroy(call->problem);
  fen_geometry_destroy(call->geometry);
  if (PyErr_Occurred() || fenpy_monitor_raise(&context->monitor) || status != FEN_OK) {
    if (!PyErr_Occurred()) fenpy_raise(status, call->err.detail, call->err.message);
    fen_solver_destroy(call->solver);
    fenpy_context_free(context);
    return NULL;
  }
  Py_CLEAR(context->monitor.callable); /* a closure may hold the result: no cycle through the capsule */
  capsule = fenpy_wrap_fen_solver(call->solver, context);
  if (capsule != NULL) bytes = fenpy_bytes(&call->result, sizeof call->result);
  if (bytes == NULL) {
    Py_XDECREF(capsule);
    return NULL;
  }
  return Py_BuildValue("(NN)", capsule, bytes);
}
%}

%nothread solve;
%inline %{
/* cost: a geometry or a matrix; every other array may be None. -> (solver, bytes of fen_transport_result) */
static PyObject *solve(PyObject *a, PyObject *b, PyObject *cost, PyObject *spec, const char *method,
                       PyObject *options, PyObject *warm_phi, PyObject *warm_psi, PyObject *monitor, PyObject *phi,
                       PyObject *psi) {
  fenpy_call call;
  int32_t status = FEN_OK;
  memset(&call, 0, sizeof call);
  fenpy_error_init(&call.err);
  call.result.struct_size = (uint32_t)sizeof call.result;
  PyObject *keep = fenpy_call_cost(&call, cost);
  fenpy_context *context = keep != NULL ? fenpy_context_new(keep) : NULL;
  Py_XDECREF(keep);
  if (context == NULL) return NULL;
  if (!PyErr_Occurred() && fenpy_callable(monitor) && fenpy_call_in(&call, FENPY_A, a, "a") &&
      fenpy_call_in(&call, FENPY_B, b, "b") && fenpy_call_in(&call, FENPY_WARM_PHI, warm_phi, "warm_start phi") &&
      fenpy_call_in(&call, FENPY_WARM_PSI, warm_psi, "warm_start psi") &&
      fenpy_call_in(&call, FENPY_PHI, phi, "phi") && fenpy_call_in(&call, FENPY_PSI, psi, "psi") &&
      fenpy_struct_in(spec, "spec", &call.spec, sizeof call.spec) >= 0 &&
      fenpy_struct_in(options, "options", &call.options, sizeof call.options) >= 0) {
    fenpy_monitor_init(&context->monitor, monitor);
    fenpy_monitor_interval(&context->monitor, &call.options);
    Py_BEGIN_ALLOW_THREADS
    status = fenpy_call_run(&call, method, &context->monitor);
    Py_END_ALLOW_THREADS
  }
  return fenpy_call_finish(&call, context, status);
}
%}
