"""fenchel._raw: buffers, handles, structs, errors."""
import ast
import gc
import pathlib

import fenchel
import numpy as np
import pytest
from fenchel import _declared, _raw, errors


@pytest.fixture
def handles(problem):
    geometry = _raw.fen_matrix_create(problem.cost)
    problem_handle = _raw.fen_transport_create(geometry, problem.a, problem.b, _declared.pack_spec(eps=0.1))
    return geometry, problem_handle, _raw.fen_sinkhorn_create(problem_handle, "auto", None)


def test_stub_lists_exactly_what_the_module_has():
    stub = ast.parse(pathlib.Path(_raw.__file__).with_name("_raw.pyi").read_text())
    functions = {node.name for node in stub.body if isinstance(node, ast.FunctionDef)}
    constants = {node.target.id for node in stub.body if isinstance(node, ast.AnnAssign)}
    built = {name for name in dir(_raw) if callable(getattr(_raw, name)) and not name.startswith(("_", "SWIG"))}
    assert functions == built
    assert constants <= set(dir(_raw))


def test_generated_structs_match_the_library():
    assert bytes(_raw.fen_transport_spec_init()) == _declared.pack_spec()
    assert bytes(_raw.fen_sinkhorn_options_init()) == _declared.pack_options()
    assert len(_raw.fen_transport_result_init()) == np.dtype(_declared.RESULT_DTYPE).itemsize


def test_generated_settings_match_the_library():
    told = [_raw.fen_setting_at(s, k) for s in ("fen_transport_spec", "fen_sinkhorn_options")
            for k in range(_raw.fen_setting_count(s))]
    assert [(name, doc) for name, doc, *_ in told] == [(s[0], s[5]) for s in _declared.SETTINGS]
    assert [row[3:] for row in told] == [tuple(map(float, s[2:5])) for s in _declared.SETTINGS]


def test_settings_by_name():
    options = _raw.fen_sinkhorn_options_init()
    _raw.fen_setting_set("fen_sinkhorn_options", options, "tol", "1e-3")
    assert _raw.fen_setting_get("fen_sinkhorn_options", options, "tol") == 1e-3
    with pytest.raises(errors.NameLookupError, match="max_iter"):
        _raw.fen_setting_set("fen_sinkhorn_options", options, "maxiter", "1")
    with pytest.raises(errors.StructSizeError):
        _raw.fen_setting_get("fen_sinkhorn_options", options[:20], "tol")


def test_names():
    assert _raw.fen_version() == fenchel.__version__ == _declared.VERSION
    assert _raw.fen_abi_version() == 0
    assert fenchel.target() in ("baseline", "avx2", "avx512", "neon")
    for kind, names in (("cost", fenchel.COSTS), ("transport_method", fenchel.METHODS)):
        assert tuple(_raw.fen_term_name(kind, k) for k in range(_raw.fen_term_count(kind))) == names
        assert _raw.fen_term_name(kind, len(names)) is None
        assert _raw.fen_term_doc(kind, 0)
    for t in fenchel.Termination:
        assert _raw.fen_termination_name(t.value).lower() == t.name.lower()
    assert _raw.fen_status_name(-13) and _raw.fen_status_message(-13) and _raw.fen_certificate_name(1)


@pytest.mark.parametrize("view", [
    lambda c: np.asfortranarray(c), lambda c: c[::-1, ::-1].copy()[::-1, ::-1],
    lambda c: np.repeat(np.repeat(c, 2, 0), 3, 1)[::2, ::3],
    lambda c: np.broadcast_to(c, c.shape), lambda c: memoryview(c), lambda c: c.T.copy().T])
def test_cost_matrix_is_read_through_its_strides(problem, view):
    out = np.empty((9, 7)).T
    _raw.fen_geometry_cost(_raw.fen_matrix_create(view(problem.cost)), out)
    assert np.array_equal(out, problem.cost)


def test_output_through_strides_touches_nothing_else(problem):
    frame = np.full((14, 18), -1.0)
    _raw.fen_geometry_cost(_raw.fen_matrix_create(problem.cost), frame[::2, ::-2])
    assert np.array_equal(frame[::2, ::-2], problem.cost)
    assert (frame[1::2] == -1).all() and (frame[:, ::2] == -1).all()


@pytest.mark.parametrize("bad, error, words", [
    ([[1.0, 2.0]], TypeError, "bytes-like"),
    (np.zeros((2, 2), ">f8"), errors.DtypeError, "cost has elements of format '>d'"),
    (np.zeros((2, 2), complex), errors.DtypeError, "cost"), (np.zeros((2, 2), bool), errors.DtypeError, "cost"),
    (np.zeros((1,) * 5), errors.ShapeError, "cost has more than 4 dimensions"), (b"1234", errors.DtypeError, "cost")])
def test_refused_matrices(bad, error, words):
    with pytest.raises(error, match=words):
        _raw.fen_matrix_create(bad)


def test_refused_arguments_are_named(problem):
    geometry = _raw.fen_matrix_create(problem.cost)
    spec = _declared.pack_spec(eps=0.1)
    with pytest.raises(errors.DtypeError, match="b is a 'list', which is no array"):
        _raw.fen_transport_create(geometry, problem.a, [0.5, 0.5], spec)
    with pytest.raises(errors.StructSizeError, match="spec must be 40 bytes"):
        _raw.fen_transport_create(geometry, problem.a, problem.b, spec[:-1])
    with pytest.raises(errors.NullError, match="geometry must be a fen_geometry handle, not 'NoneType'"):
        _raw.fen_transport_create(None, problem.a, problem.b, spec)
    out = np.empty((7, 9))
    out.flags.writeable = False
    with pytest.raises(errors.ReadOnlyError, match="out"):
        _raw.fen_geometry_cost(geometry, out)
    with pytest.raises(errors.ShapeError, match="spacing"):
        _raw.fen_grid_create((2, 3), (1.0,), "l1", _raw.FEN_F64)


def test_error_attributes(problem):
    with pytest.raises(errors.ShapeError) as caught:
        _raw.fen_geometry_cost(_raw.fen_matrix_create(problem.cost), np.empty((7, 8)))
    assert caught.value.code == errors.ShapeError.code == -13 and caught.value.detail == 0
    assert "out" in str(caught.value)


def test_composition_by_handles(problem, handles):
    geometry, _, solver = handles
    assert (_raw.fen_geometry_rows(geometry), _raw.fen_geometry_cols(geometry)) == (7, 9)
    assert _raw.fen_geometry_dtype(geometry) == _raw.FEN_F64
    with pytest.raises(errors.StateError):
        _raw.fen_solver_result(solver)
    stats = _raw.fen_solver_solve(solver)
    assert _raw.fen_solver_result(solver) == stats
    phi, psi, plan = np.empty(7), np.empty(9), np.empty((7, 9))
    _raw.fen_transport_potentials(solver, phi, psi)
    _raw.fen_transport_plan(solver, plan)
    assert np.allclose(plan.sum(1), problem.a, atol=1e-9)
    again = np.empty(7)
    _raw.fen_sinkhorn(problem.a, problem.b, problem.cost, _declared.pack_spec(eps=0.1), "auto", None, again, None)
    assert np.array_equal(again, phi)


def test_handles_live_as_long_as_they_are_needed(problem):
    """The solver keeps problem, geometry and the borrowed matrix alive, however early the names go."""
    cost = problem.cost.copy()
    geometry = _raw.fen_matrix_create(cost)
    handle = _raw.fen_transport_create(geometry, problem.a, problem.b, _declared.pack_spec(eps=0.1))
    solver = _raw.fen_sinkhorn_create(handle, "sinkhorn", None)
    del cost, geometry, handle
    gc.collect()
    junk = [np.full((7, 9), np.nan) for _ in range(100)]
    plan = np.empty((7, 9))
    _raw.fen_solver_solve(solver)
    _raw.fen_transport_plan(solver, plan)
    assert np.allclose(plan.sum(1), problem.a, atol=1e-8) and len(junk) == 100


def test_destroyed_handles_are_refused(handles):
    geometry, problem_handle, solver = handles
    _raw.fen_geometry_destroy(geometry)
    _raw.fen_problem_destroy(problem_handle)
    _raw.fen_solver_solve(solver)  # any order
    _raw.fen_solver_destroy(solver)
    _raw.fen_solver_destroy(solver)  # twice is harmless
    _raw.fen_solver_destroy(None)
    with pytest.raises(errors.NullError, match="destroyed"):
        _raw.fen_solver_solve(solver)
    with pytest.raises(errors.NullError, match="destroyed"):
        _raw.fen_geometry_rows(geometry)


def test_buffers_are_released_after_the_call(problem):
    a = bytearray(problem.a.tobytes())
    view = memoryview(a).cast("d")
    _raw.fen_transport_create(_raw.fen_matrix_create(problem.cost), view, None, _declared.pack_spec(eps=0.1))
    view.release()
    a.append(0)  # BufferError if C still held it


def test_raw_monitor(handles, problem):
    solver = _raw.fen_sinkhorn_create(handles[1], "auto", _declared.pack_options(monitor_interval=0.0))
    calls = []
    _raw.fen_solver_set_monitor(solver, lambda data: calls.append(data), 0.0)
    _raw.fen_solver_solve(solver)
    assert calls and isinstance(_declared.unpack_progress(calls[0]), fenchel.Progress)
    count = len(calls)
    _raw.fen_solver_set_monitor(solver, None, 0.0)
    _raw.fen_solver_solve(solver)
    assert len(calls) == count
    with pytest.raises(errors.NullError, match="monitor is a 'int', which cannot be called"):
        _raw.fen_solver_set_monitor(solver, 3, 0.0)


def test_cancel_before_start(handles):
    _, _, solver = handles
    _raw.fen_cancel(solver)
    stats = _declared.unpack_result(_raw.fen_solver_solve(solver))
    assert fenchel.Termination(stats[2]) is fenchel.Termination.CANCELLED


def test_batch_room_is_checked(problem):
    costs = np.stack([problem.cost] * 3)
    spec = _declared.pack_spec(eps=0.1)
    with pytest.raises(errors.ShapeError, match="statuses is too short for 3 items"):
        _raw.fen_sinkhorn_batch(3, costs, None, None, None, spec, "auto", None, None, None, None, None,
                                np.zeros(2, np.int32), None)
    with pytest.raises(errors.ShapeError, match="results is too short for 3 items"):
        _raw.fen_sinkhorn_batch(3, costs, None, None, None, spec, "auto", None, None, None, None, None, None,
                                bytearray(200))


def test_exceptions_table_is_checked():
    with pytest.raises(TypeError):
        _raw.set_exceptions([])
