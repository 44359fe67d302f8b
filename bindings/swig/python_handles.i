/* python_handles.i -- a C handle is a capsule with its type's name. The capsule's context keeps alive what the handle
 * borrows (the cost matrix), or what it needs (the monitor of a solver). No pointer is ever an int. */
%{
typedef struct fenpy_context {
  PyObject *keep;
  fenpy_monitor monitor;
  int64_t rows, cols; /* of an operator made from Python functions */
} fenpy_context;

static void fenpy_context_free(fenpy_context *context) {
  if (context == NULL) return;
  fenpy_monitor_clear(&context->monitor);
  Py_XDECREF(context->keep);
  PyMem_Free(context);
}

static fenpy_context *fenpy_context_new(PyObject *keep) {
  fenpy_context *context = (fenpy_context *)PyMem_Calloc(1, sizeof *context);
  if (context == NULL) {
    PyErr_NoMemory();
    return NULL;
  }
  fenpy_monitor_init(&context->monitor, NULL);
  Py_XINCREF(keep);
  context->keep = keep;
  return context;
}

static const char fenpy_destroyed[] = "destroyed fenchel handle";

static void *fenpy_pointer(PyObject *obj, const char *type, const char *name) {
  if (PyCapsule_IsValid(obj, type)) return PyCapsule_GetPointer(obj, type);
  char message[200];
  const char *found = PyCapsule_IsValid(obj, fenpy_destroyed) ? fenpy_destroyed : Py_TYPE(obj)->tp_name;
  PyOS_snprintf(message, sizeof message, "%.40s must be a %.40s handle, not '%.60s'", name, type, found);
  fenpy_raise(FEN_E_NULL_ARGUMENT, 0, message);
  return NULL;
}
%}

%define FENPY_HANDLE(TYPE, DESTROY)
%{
static void fenpy_free_##TYPE(PyObject *capsule) {
  DESTROY((TYPE *)PyCapsule_GetPointer(capsule, #TYPE));
  fenpy_context_free((fenpy_context *)PyCapsule_GetContext(capsule));
}

/* A capsule that owns handle and context; both are freed when it cannot be made. */
static PyObject *fenpy_wrap_##TYPE(TYPE *handle, fenpy_context *context) {
  PyObject *capsule = context != NULL ? PyCapsule_New(handle, #TYPE, fenpy_free_##TYPE) : NULL;
  if (capsule == NULL) {
    DESTROY(handle);
    fenpy_context_free(context);
  } else {
    PyCapsule_SetContext(capsule, context);
  }
  return capsule;
}
%}
%typemap(in) TYPE *, const TYPE * {
  $1 = (TYPE *)fenpy_pointer($input, #TYPE, "$1_name");
  if ($1 == NULL) SWIG_fail;
}
%typemap(in, numinputs=0) TYPE **out (TYPE *made = NULL) "$1 = &made;"
%typemap(argout) TYPE **out {
  if (result == FEN_OK) {
    $result = fenpy_append($result, fenpy_wrap_##TYPE(*$1, fenpy_context_new(NULL)));
  }
}
/* Frees now what would be freed with the last reference; the capsule is refused afterwards. */
%ignore DESTROY;
%rename(DESTROY) fenpy_##DESTROY;
%nothread fenpy_##DESTROY;
%inline %{
static PyObject *fenpy_##DESTROY(PyObject *handle) {
  if (handle != Py_None && !PyCapsule_IsValid(handle, fenpy_destroyed)) {
    if (fenpy_pointer(handle, #TYPE, "handle") == NULL) return NULL;
    fenpy_free_##TYPE(handle);
    PyCapsule_SetDestructor(handle, NULL);
    PyCapsule_SetContext(handle, NULL);
    PyCapsule_SetName(handle, fenpy_destroyed);
  }
  Py_RETURN_NONE;
}
%}
%enddef

FENPY_HANDLE(fen_geometry, fen_geometry_destroy)
FENPY_HANDLE(fen_problem, fen_problem_destroy)
FENPY_HANDLE(fen_solver, fen_solver_destroy)
FENPY_HANDLE(fen_term, fen_term_destroy)

/* A problem keeps the matrix that its geometry borrows, a solver that of its problem: the first argument's capsule. */
%typemap(argout) fen_problem **out {
  if (result == FEN_OK) {
    $result = fenpy_append($result, fenpy_wrap_fen_problem(*$1, fenpy_context_new(swig_obj[0])));
  }
}

/* A solver's monitor is there from the start: it looks at signals until a callable is added. */
%typemap(argout) fen_solver **out {
  if (result == FEN_OK) {
    fenpy_context *context = fenpy_context_new(swig_obj[0]);
    if (context != NULL) fen_solver_set_monitor(*$1, fenpy_monitor_call, &context->monitor);
    $result = fenpy_append($result, fenpy_wrap_fen_solver(*$1, context));
  }
}
