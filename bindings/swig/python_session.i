/* python_session.i -- bilevel problems request by request. A capsule owns the session and its open request; numbers go in
 * and out by copies, so that no Python object ever looks into the solver's memory.
 *
 *   fen_bilevel_session_next(session, answer, numbers)
 *     answer   0, or what the oracle refuses with: positive outside the domain, negative failed
 *     numbers  (value, dx, dtheta, out) for an answer 0, each None where it is not wanted; None before the first request
 *     -> (oracle, fresh, count, step, wanted, x, theta, v, c), the first 0 at the end. wanted: 1 dx, 2 dtheta, 4 value
 *
 * x and theta are bytes, float64, where they changed since the last request, else None, as in python_bilevel.i.
 */
%{
#include <unistd.h>

typedef struct fenpy_session {
  fen_bilevel_session *handle;
  fen_bilevel_request request; /* oracle 0: none is open */
  int64_t n, m;
  pid_t owner; /* a child of fork has the memory, not the thread */
  int busy;
} fenpy_session;

static const char fenpy_session_name[] = "fen_bilevel_session";

static void fenpy_session_free(PyObject *capsule) {
  fenpy_session *s = (fenpy_session *)PyCapsule_GetPointer(capsule, fenpy_session_name);
  if (s->owner == getpid()) fen_bilevel_session_destroy(s->handle);
  PyMem_Free(s);
}

static PyObject *fenpy_session_wrap(fen_bilevel_session *handle, int64_t n, int64_t m) {
  fenpy_session *s = (fenpy_session *)PyMem_Calloc(1, sizeof *s);
  PyObject *capsule = s != NULL ? PyCapsule_New(s, fenpy_session_name, fenpy_session_free) : PyErr_NoMemory();
  if (capsule == NULL) {
    fen_bilevel_session_destroy(handle);
    PyMem_Free(s);
    return NULL;
  }
  s->handle = handle;
  s->request.struct_size = (uint32_t)sizeof s->request;
  s->n = n;
  s->m = m;
  s->owner = getpid();
  return capsule;
}

/* The session of a capsule that may be used here and now; NULL with an exception. */
static fenpy_session *fenpy_session_of(PyObject *capsule) {
  fenpy_session *s = (fenpy_session *)fenpy_pointer(capsule, fenpy_session_name, "session");
  if (s == NULL) return NULL;
  if (s->owner != getpid()) {
    fenpy_raise(FEN_E_STATE, 0, "the session belongs to the process that made it: this one was forked off");
    return NULL;
  }
  return s;
}

static fenpy_session *fenpy_session_idle(PyObject *capsule) {
  fenpy_session *s = fenpy_session_of(capsule);
  if (s == NULL || !s->busy) return s;
  fenpy_raise(FEN_E_BUSY, 0, "the session is in use by another thread");
  return NULL;
}

/* 0, or -1 with an exception. */
static int fenpy_answer_vector(PyObject *numbers, Py_ssize_t k, int64_t n, double *out) {
  return out == NULL ? 0 : fenpy_vector_out(PyTuple_GET_ITEM(numbers, k), n, FEN_F64, out);
}

/* What the open request asks for, from (value, dx, dtheta, out). 0, or -1 with an exception; the request stays open then. */
static int fenpy_session_answer(fenpy_session *s, PyObject *numbers) {
  const fen_bilevel_request *r = &s->request;
  const int64_t rows = r->count > 1 ? r->count : 1, width = r->oracle == FEN_BILEVEL_ORACLE_LOWER_CROSS_T ? s->m : s->n;
  if (r->oracle == FEN_BILEVEL_ORACLE_DONE) return 0;
  if (!PyTuple_CheckExact(numbers) || PyTuple_GET_SIZE(numbers) != 4) {
    fenpy_raise(FEN_E_STATE, 0, "the last request has no answer yet");
    return -1;
  }
  if (r->value != NULL && fenpy_number_out(PyTuple_GET_ITEM(numbers, 0), r->value) != 0) return -1;
  if (r->constants != NULL) {
    fen_bilevel_constants *c = r->constants;
    double *const fields[] = {&c->mu, &c->lipschitz, &c->hessian_lipschitz, &c->cross_norm, &c->cross_lipschitz, &c->upper_lipschitz};
    double known[6];
    if (fenpy_answer_vector(numbers, 3, 6, known) != 0) return -1;
    for (int k = 0; k < 6; ++k) *fields[k] = known[k];
    return 0;
  }
  return fenpy_answer_vector(numbers, 1, s->n, r->dx) != 0 || fenpy_answer_vector(numbers, 2, s->m, r->dtheta) != 0 ||
                 fenpy_answer_vector(numbers, 3, rows * width, r->out) != 0
             ? -1
             : 0;
}

/* Bytes, or None where there is nothing (new) to see. */
static PyObject *fenpy_request_vector(const double *data, int fresh, int64_t n) {
  return fenpy_fresh(data != NULL && fresh, n, data);
}

static PyObject *fenpy_request(const fenpy_session *s) {
  const fen_bilevel_request *r = &s->request;
  const int levels = r->x != NULL; /* the others tell no freshness of theta */
  const int64_t rows = r->count > 1 ? r->count : 1, width = r->oracle == FEN_BILEVEL_ORACLE_LOWER_CROSS ? s->m : s->n;
  return Py_BuildValue("iiLdiNNNN", (int)r->oracle, (int)r->fresh, (long long)r->count, r->step,
                       (r->dx != NULL) + 2 * (r->dtheta != NULL) + 4 * (r->value != NULL),
                       fenpy_request_vector(r->x, (r->fresh & FEN_FRESH_X) != 0, s->n),
                       fenpy_request_vector(r->theta, !levels || (r->fresh & FEN_FRESH_THETA) != 0, s->m),
                       fenpy_request_vector(r->v, 1, rows * width), fenpy_request_vector(r->c, 1, s->n));
}
%}

%typemap(in) const fen_bilevel_session * {
  fenpy_session *found = fenpy_session_idle($input);
  if (found == NULL) SWIG_fail;
  $1 = found->handle;
}
/* To cancel, from whatever thread. */
%typemap(in) fen_bilevel_session * {
  fenpy_session *found = fenpy_session_of($input);
  if (found == NULL) SWIG_fail;
  $1 = found->handle;
}
%typemap(in, numinputs=0) fen_bilevel_session **out (fen_bilevel_session *made = NULL) "$1 = &made;"
%typemap(argout) fen_bilevel_session **out
  "if (result == FEN_OK) $result = fenpy_append($result, fenpy_session_wrap(*$1, arg2, arg3));"
%nothread fen_bilevel_session_create;
%nothread fen_bilevel_session_cancel;
%nothread fen_bilevel_session_result;

%ignore fen_bilevel_session_next;
%ignore fen_bilevel_session_destroy;
%rename(fen_bilevel_session_next) fenpy_bilevel_session_next;
%rename(fen_bilevel_session_destroy) fenpy_bilevel_session_destroy;
%nothread fenpy_bilevel_session_next;
%nothread fenpy_bilevel_session_destroy;
%inline %{
static PyObject *fenpy_bilevel_session_next(PyObject *session, int32_t answer, PyObject *numbers) {
  fen_error err;
  int32_t status;
  fenpy_session *s = fenpy_session_idle(session);
  if (s == NULL || (answer == 0 && fenpy_session_answer(s, numbers) != 0)) return NULL;
  fenpy_error_init(&err);
  s->busy = 1;
  Py_BEGIN_ALLOW_THREADS
  status = fen_bilevel_session_next(s->handle, answer, &s->request, &err);
  Py_END_ALLOW_THREADS
  s->busy = 0;
  if (status != FEN_OK) s->request.oracle = FEN_BILEVEL_ORACLE_DONE;
  return fenpy_check(status, &err) == 0 ? fenpy_request(s) : NULL;
}

/* Ends the solve where it is; the capsule is refused afterwards. */
static PyObject *fenpy_bilevel_session_destroy(PyObject *session) {
  if (session != Py_None && !PyCapsule_IsValid(session, fenpy_destroyed)) {
    fenpy_session *s = (fenpy_session *)fenpy_pointer(session, fenpy_session_name, "session");
    if (s == NULL || (s->owner == getpid() && fenpy_session_idle(session) == NULL)) return NULL;
    fenpy_session_free(session);
    PyCapsule_SetDestructor(session, NULL);
    PyCapsule_SetName(session, fenpy_destroyed);
  }
  Py_RETURN_NONE;
}
%}
