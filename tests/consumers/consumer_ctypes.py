"""Solves a problem through ctypes alone: no struct is declared that the caller does not fill itself.

usage: consumer_ctypes.py libfenchel.so
"""
import ctypes
import sys
from ctypes import POINTER, byref, c_char, c_char_p, c_double, c_int32, c_int64, c_size_t, c_uint32, c_void_p


class Array(ctypes.Structure):
    _fields_ = [("struct_size", c_uint32), ("dtype", c_int32), ("ndim", c_int32), ("flags", c_uint32),
                ("data", c_void_p), ("shape", c_int64 * 4), ("strides", c_int64 * 4)]


class Error(ctypes.Structure):
    _fields_ = [("struct_size", c_uint32), ("code", c_int32), ("detail", c_int32), ("message", c_char * 512)]


MONITOR = ctypes.CFUNCTYPE(c_int32, c_void_p, c_void_p)
lib = ctypes.CDLL(sys.argv[1])
lib.fen_version.restype = lib.fen_target.restype = lib.fen_describe.restype = c_char_p
lib.fen_solver_destroy.restype = lib.fen_problem_destroy.restype = lib.fen_geometry_destroy.restype = None
lib.fen_array_init.argtypes = [POINTER(Array), c_int32, c_int32, POINTER(c_int64), c_void_p]
lib.fen_setting_set.argtypes = [c_char_p, c_void_p, c_char_p, c_char_p, POINTER(Error)]
lib.fen_transport_spec_init.argtypes = lib.fen_sinkhorn_options_init.argtypes = [c_void_p, c_size_t]
lib.fen_solver_set_monitor.argtypes = [c_void_p, MONITOR, c_void_p]


def array(values, *shape):
    data = (c_double * len(values))(*values)
    view = Array()
    lib.fen_array_init(byref(view), 2, len(shape), (c_int64 * len(shape))(*shape), data)
    view.keep = data
    return view


def check(status):
    if status != 0:
        raise RuntimeError(f"{status}: {error.message.decode()}")


error = Error(struct_size=ctypes.sizeof(Error))
cost = array([0, 1, 1, 0], 2, 2)
a, b, phi, psi = (array(values, 2) for values in ([0.5, 0.5], [0.25, 0.75], [0, 0], [0, 0]))

# Settings by name: their structs stay opaque, 4 KiB are room enough, and their size stands in the description.
import json  # noqa: E402

sizes = {s["c"]: s["size"] for s in json.loads(lib.fen_describe())["structs"]}
spec, options = ctypes.create_string_buffer(4096), ctypes.create_string_buffer(4096)
check(lib.fen_transport_spec_init(spec, sizes["fen_transport_spec"]))
check(lib.fen_sinkhorn_options_init(options, sizes["fen_sinkhorn_options"]))
check(lib.fen_setting_set(b"fen_transport_spec", spec, b"eps", b"0.05", byref(error)))
check(lib.fen_setting_set(b"fen_sinkhorn_options", options, b"monitor_interval", b"0", byref(error)))

geometry, problem, solver = c_void_p(), c_void_p(), c_void_p()
check(lib.fen_matrix_create(byref(cost), byref(geometry), byref(error)))
check(lib.fen_transport_create(geometry, byref(a), byref(b), spec, byref(problem), byref(error)))
check(lib.fen_sinkhorn_create(problem, b"auto", options, byref(solver), byref(error)))
calls = []
monitor = MONITOR(lambda user, progress: calls.append(1) or 0)
check(lib.fen_solver_set_monitor(solver, monitor, None))
check(lib.fen_solver_solve(solver, None, byref(error)))
check(lib.fen_transport_potentials(solver, byref(phi), byref(psi), byref(error)))
assert calls, "the monitor was not called"
dual = sum(w * v for w, v in zip((0.5, 0.5), phi.keep)) + sum(w * v for w, v in zip((0.25, 0.75), psi.keep))
assert 0.2 < dual < 0.3, dual

# The wrong and the cancelled way.
assert lib.fen_sinkhorn_create(problem, b"atuo", options, byref(c_void_p()), byref(error)) == -22
assert b"auto" in error.message, error.message
stop = MONITOR(lambda user, progress: -5)
check(lib.fen_solver_set_monitor(solver, stop, None))
assert lib.fen_solver_solve(solver, None, byref(error)) == -27 and error.detail == -5
for handle, destroy in ((solver, lib.fen_solver_destroy), (problem, lib.fen_problem_destroy), (geometry, lib.fen_geometry_destroy)):
    destroy(handle)
print(f"ctypes: fenchel {lib.fen_version().decode()}, {lib.fen_target().decode()}, {len(calls)} calls, dual {dual:.6f}")
