"""The package as a whole: documentation, types, errors, leaks, start-up."""
import gc
import importlib.util
import inspect
import pathlib
import re
import subprocess
import sys
import time

import fenchel
import numpy as np
import pytest
from fenchel import _raw, errors

PUBLIC = [getattr(fenchel, name) for name in fenchel.__all__ if callable(getattr(fenchel, name))]
METHODS = [m for cls in (fenchel.Result, fenchel.PointCloud, fenchel.Grid, fenchel.BatchResult)
           for name, m in vars(cls).items() if inspect.isfunction(m) and not name.startswith("_")]


@pytest.mark.parametrize("thing", PUBLIC + METHODS, ids=lambda t: t.__qualname__)
def test_everything_public_is_documented(thing):
    assert thing.__doc__ and thing.__doc__.strip()


@pytest.mark.parametrize("function", [f for f in PUBLIC + METHODS if inspect.isfunction(f)
                                      and len(inspect.signature(f).parameters) > 1], ids=lambda t: t.__qualname__)
def test_parameters_and_errors_are_documented(function):
    doc = function.__doc__
    for name in inspect.signature(function).parameters:
        if name not in ("self", "figure"):
            assert re.search(rf"(?<!\w){name}(?!\w)", doc), f"{function.__qualname__} does not explain {name}"
    assert re.search(r"[Rr]aises|[Ee]rrors", doc), f"{function.__qualname__} does not say what it raises"


@pytest.mark.parametrize("function", [fenchel.sinkhorn, fenchel.sinkhorn_batch, fenchel.sinkhorn_divergence,
                                      fenchel.Result.apply, fenchel.Result.vjp, fenchel.Result.jvp, fenchel.PointCloud])
def test_array_parameters_have_shapes(function):
    assert re.search(r"\(\w*,? ?[nm]\w*[,)]", function.__doc__)


def test_every_setting_is_explained():
    text = fenchel.settings_help()
    for keyword in ("tol", "max_iter", "anneal_factor", "symmetric", "num_threads"):
        assert re.search(rf"^{keyword}\b", text, re.M)


def test_error_classes():
    assert len(errors.BY_CODE) == len(set(errors.BY_CODE.values()))
    for code, cls in errors.BY_CODE.items():
        assert cls.code == code and issubclass(cls, fenchel.FenchelError)
        assert len(cls.__bases__) == 2 and cls.__bases__[1].__module__ == "builtins"
        assert str(cls("words")) == "words"


def test_mypy_strict():
    if importlib.util.find_spec("mypy") is None:
        pytest.skip("mypy is not installed")
    package = pathlib.Path(fenchel.__file__).parent
    config = pathlib.Path(__file__).parents[1] / "pyproject.toml"
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file", config, "--cache-dir", "/dev/null"]
    done = subprocess.run(command, cwd=package.parent, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def resident():
    with open("/proc/self/statm") as f:
        return int(f.read().split()[1]) * 4096


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_ten_thousand_solves_leak_nothing(problem):
    a, b, cost = problem.a, problem.b, problem.cost
    cloud_points = np.random.default_rng(0).random((7, 2))

    def work(k):
        r = fenchel.sinkhorn(a, b, cost, 0.1, callback=(lambda p: None) if k % 3 == 0 else None)
        r.apply(b)
        if k % 10 == 0:
            fenchel.sinkhorn(a, None, fenchel.PointCloud(cloud_points), 0.1).plan()
            with pytest.raises(errors.NegativeMassError):
                fenchel.sinkhorn(-a, b, cost, 0.1)
            with pytest.raises(ZeroDivisionError):
                fenchel.sinkhorn(a, b, cost, 0.1, callback=lambda p: 1 // 0, monitor_interval=0.0)

    for k in range(1000):
        work(k)
    gc.collect()
    before, objects = resident(), len(gc.get_objects())
    for k in range(10000):
        work(k)
    gc.collect()
    assert resident() - before < 2 << 20
    assert len(gc.get_objects()) - objects < 500


def test_references_come_back(problem):
    """Buffers of every argument are released, on success and on refusal."""
    for bad in (False, True):
        a, b, cost = -problem.a if bad else problem.a.copy(), problem.b.copy(), problem.cost.copy()
        before = [sys.getrefcount(o) for o in (a, b, cost)]
        try:
            r = fenchel.sinkhorn(a, b, cost, 0.1)
            del r
        except errors.NegativeMassError:
            assert bad
        gc.collect()
        assert [sys.getrefcount(o) for o in (a, b, cost)] == before


def test_a_callback_holding_its_result_is_collected(problem):
    import weakref

    class Callback:
        def __call__(self, progress):
            return None

    callback = Callback()
    callback.result = fenchel.sinkhorn(problem.a, problem.b, problem.cost, 0.1, callback=callback)
    alive = weakref.ref(callback)
    del callback
    gc.collect()
    assert alive() is None


def test_import_is_quiet_and_light():
    """No optional package, no print; the time to the first solve is printed, NumPy's own import apart."""
    script = ("import sys, time, numpy; t = time.perf_counter(); import fenchel; "
              "r = fenchel.sinkhorn(None, None, numpy.random.default_rng(0).random((100, 100)), 0.01); "
              "t = time.perf_counter() - t; "
              "heavy = {'scipy', 'matplotlib', 'typing_extensions', 'difflib'} & set(sys.modules); "
              "assert not heavy, heavy; print(t, file=sys.stderr)")
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    print(f"import fenchel and first 100 x 100 solve: {float(done.stderr) * 1e3:.1f} ms")


def test_overhead_is_printed():
    """Whole-call time of a 10 x 10 problem, beyond the seconds that C reports."""
    a, cost = np.full(10, 0.1), np.random.default_rng(0).random((10, 10))
    fenchel.sinkhorn(a, a, cost, 0.1)
    best = 1.0
    for _ in range(2000):
        start = time.perf_counter()
        r = fenchel.sinkhorn(a, a, cost, 0.1)
        best = min(best, time.perf_counter() - start - r.seconds)
    print(f"10 x 10: {best * 1e6:.1f} us beyond the solve")
    assert best > 0


def test_no_thread_and_no_descriptor_is_left(problem):
    import os
    import threading

    before = (threading.active_count(), len(os.listdir("/proc/self/fd")), len(os.listdir("/proc/self/task")))
    fenchel.sinkhorn(None, None, np.random.default_rng(0).random((200, 200)), 0.01, num_threads=2)
    assert (threading.active_count(), len(os.listdir("/proc/self/fd")), len(os.listdir("/proc/self/task"))) == before


def test_raw_is_not_needed_to_be_pure(problem):
    """The input is untouched by every kind of call."""
    a, b, cost = problem.a.copy(), problem.b.copy(), problem.cost.copy()
    r = fenchel.sinkhorn(a, b, cost, 0.1)
    r.plan(), r.apply(b), r.gradient("cost"), r.sample(5, "joint")
    assert np.array_equal(a, problem.a) and np.array_equal(b, problem.b) and np.array_equal(cost, problem.cost)
    assert _raw.fen_abi_version() == 0
