/* python_monitors.i -- the trampoline from a fen_monitor_fn to Python. It takes the GIL, lets Python's signal
 * handlers run (so that Ctrl-C ends a solve), calls the user's function when its interval has passed, and keeps an
 * exception until the call has returned: it comes back with its own traceback. */
%{
typedef struct fenpy_monitor {
  PyObject *callable; /* or NULL: signals only */
  PyObject *type, *value, *traceback;
  double interval, last; /* seconds between two calls of callable; when it was called */
} fenpy_monitor;

/* How often signals are looked at, in seconds, however rarely the user wants to be called. */
static const double fenpy_poll = 0.05;

static void fenpy_monitor_init(fenpy_monitor *monitor, PyObject *callable) {
  memset(monitor, 0, sizeof *monitor);
  monitor->last = -1e300;
  if (callable != NULL && callable != Py_None) {
    Py_INCREF(callable);
    monitor->callable = callable;
  }
}

static void fenpy_monitor_clear(fenpy_monitor *monitor) {
  Py_CLEAR(monitor->callable);
  Py_CLEAR(monitor->type);
  Py_CLEAR(monitor->value);
  Py_CLEAR(monitor->traceback);
}

/* The user's verdict: an int as C takes it, anything else by its truth: None goes on, True cancels. */
static int32_t fenpy_monitor_ask(PyObject *callable, const fen_progress *progress) {
  PyObject *bytes = fenpy_bytes(progress, sizeof *progress);
  PyObject *answer = bytes != NULL ? PyObject_CallFunctionObjArgs(callable, bytes, NULL) : NULL;
  Py_XDECREF(bytes);
  if (answer == NULL) return -1;
  long verdict = PyLong_Check(answer) ? PyLong_AsLong(answer) : PyObject_IsTrue(answer);
  Py_DECREF(answer);
  if (verdict > INT32_MAX) verdict = INT32_MAX;
  if (verdict < INT32_MIN) verdict = INT32_MIN;
  return (int32_t)verdict;
}

static int32_t fenpy_monitor_call(void *user, const fen_progress *progress) {
  fenpy_monitor *monitor = (fenpy_monitor *)user;
  const PyGILState_STATE gil = PyGILState_Ensure();
  int32_t verdict = PyErr_CheckSignals() != 0 ? -1 : 0;
  if (verdict == 0 && monitor->callable != NULL && progress->seconds - monitor->last >= monitor->interval) {
    monitor->last = progress->seconds;
    verdict = fenpy_monitor_ask(monitor->callable, progress);
  }
  if (PyErr_Occurred()) {
    verdict = -1;
    PyErr_Fetch(&monitor->type, &monitor->value, &monitor->traceback);
  }
  PyGILState_Release(gil);
  return verdict;
}

/* Raises what the monitor kept. 1 if there was something. */
static int fenpy_monitor_raise(fenpy_monitor *monitor) {
  if (monitor->type == NULL) return 0;
  PyErr_Restore(monitor->type, monitor->value, monitor->traceback);
  monitor->type = monitor->value = monitor->traceback = NULL;
  return 1;
}

static int fenpy_callable(PyObject *obj) {
  if (obj == Py_None || PyCallable_Check(obj)) return 1;
  fenpy_array_refuse(FEN_E_NULL_ARGUMENT, "monitor", "%.40s is a '%.60s', which cannot be called",
                     Py_TYPE(obj)->tp_name);
  return 0;
}

/* Sees that signals are looked at often; the interval of the user's own calls is kept by the trampoline. */
static void fenpy_monitor_poll(fenpy_monitor *monitor, double *interval) {
  monitor->interval = *interval;
  if (*interval > fenpy_poll) *interval = fenpy_poll;
}

static void fenpy_monitor_interval(fenpy_monitor *monitor, fen_sinkhorn_options *options) {
  fenpy_monitor_poll(monitor, &options->monitor_interval);
}
%}

/* A monitor for the length of one call. */
%typemap(arginit) (fen_monitor_fn monitor, void *user) "fenpy_monitor_init(&local$argnum, NULL);"
%typemap(in) (fen_monitor_fn monitor, void *user) (fenpy_monitor local) {
  if (!fenpy_callable($input)) SWIG_fail;
  fenpy_monitor_init(&local, $input);
  $1 = fenpy_monitor_call;
  $2 = &local;
}
%typemap(argout) (fen_monitor_fn monitor, void *user) "if (fenpy_monitor_raise(&local$argnum)) SWIG_fail;"
%typemap(freearg) (fen_monitor_fn monitor, void *user) "fenpy_monitor_clear(&local$argnum);"
