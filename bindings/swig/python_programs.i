/* python_programs.i -- quadratic programs: fen_kkt_bundle is a dict from member name to array. */
%{
enum { FENPY_KKT_ARRAYS = 9 };

typedef struct fenpy_kkt {
  fen_kkt_bundle c;
  fen_array arrays[FENPY_KKT_ARRAYS];
  Py_buffer views[FENPY_KKT_ARRAYS];
} fenpy_kkt;

static int fenpy_kkt_in(PyObject *dict, fenpy_kkt *bundle) {
  fen_kkt_bundle *c = &bundle->c;
  c->struct_size = (uint32_t)sizeof *c;
  if (!PyDict_Check(dict)) {
    fenpy_array_refuse(FEN_E_NULL_ARGUMENT, "bundle", "%.40s is a '%.60s', not a dict of arrays", Py_TYPE(dict)->tp_name);
    return -1;
  }
  const char *names[FENPY_KKT_ARRAYS] = {"P", "q", "E", "e", "G", "h", "x", "nu", "lam"};
  const fen_array **members[FENPY_KKT_ARRAYS] = {&c->P, &c->q, &c->E, &c->e, &c->G, &c->h, &c->x, &c->nu, &c->lam};
  for (int k = 0; k < FENPY_KKT_ARRAYS; ++k) {
    PyObject *value = PyDict_GetItemString(dict, names[k]);
    const int found = value != NULL ? fenpy_array_in(value, names[k], &bundle->views[k], &bundle->arrays[k]) : 0;
    if (found < 0) return -1;
    *members[k] = found ? &bundle->arrays[k] : NULL;
  }
  return 0;
}

static void fenpy_kkt_release(fenpy_kkt *bundle) {
  for (int k = 0; k < FENPY_KKT_ARRAYS; ++k) fenpy_release(&bundle->views[k]);
}
%}

%typemap(arginit) const fen_kkt_bundle * "memset(&bundle$argnum, 0, sizeof bundle$argnum);"
%typemap(in) const fen_kkt_bundle * (fenpy_kkt bundle) {
  if (fenpy_kkt_in($input, &bundle) != 0) SWIG_fail;
  $1 = &bundle.c;
}
%typemap(freearg) const fen_kkt_bundle * "fenpy_kkt_release(&bundle$argnum);"
