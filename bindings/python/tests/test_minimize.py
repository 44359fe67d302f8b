"""minimize, path, cross_validate, unfold, and the one-call models."""
import gc
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
import weakref

import fenchel
import numpy as np
import pytest
from fenchel import errors

prox, smooth = fenchel.prox, fenchel.smooth


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(7)
    X = rng.standard_normal((60, 25))
    return X, X[:, :4] @ [2.0, -1.0, 1.0, 0.5] + 0.3 * rng.standard_normal(60) + 1.5


def test_lasso_is_optimal_and_certified(data):
    X, y = data
    r = fenchel.lasso(X, y, 5.0)
    residual = X @ r.coef + r.intercept - y
    slope = X.T @ residual
    assert r.converged and r.certificate is fenchel.Certificate.GAP and 0 <= r.gap <= 1e-8 * (y - y.mean()) @ (y - y.mean())
    on = r.coef != 0
    assert abs(residual.sum()) < 1e-6 and np.abs(slope[~on]).max() <= 5 + 1e-6
    assert np.allclose(slope[on], -5 * np.sign(r.coef[on]), atol=1e-4)
    assert np.isclose(r.objective, residual @ residual / 2 + 5 * np.abs(r.coef).sum()) and r.method == "cd"
    assert r.support == on.sum() and r.x.shape == (26,)


@pytest.mark.parametrize("method", ["cd", "ista", "fista", "adaptive", "bcd"])
def test_methods_agree(data, method):
    X, y = data
    f, g = smooth.least_squares(X, y), prox.l1(5.0)
    want = fenchel.minimize(f, g, tol=1e-12).x
    r = fenchel.minimize(f, g, method=method, tol=1e-9, max_iter=100000)
    assert r.converged and r.method == method and np.abs(r.x - want).max() < 1e-6


@pytest.mark.parametrize("layout", ["C", "F", "strided", "reversed", "float32", "csc", "csr", "list", "frame"])
def test_inputs(data, layout):
    X, y = data
    want = fenchel.lasso(X, y, 5.0, tol=1e-10).x
    if layout == "strided":
        wide = np.zeros((60, 50))
        wide[:, ::2] = X
        given = wide[:, ::2]
    elif layout in ("csc", "csr"):
        given = getattr(pytest.importorskip("scipy.sparse"), layout + "_array")(X)
    elif layout == "frame":
        given = pytest.importorskip("pandas").DataFrame(X)
    else:
        given = {"C": X, "F": np.asfortranarray(X), "reversed": X[::-1, ::-1], "float32": X.astype(np.float32),
                 "list": X.tolist()}[layout]
    if layout == "reversed":
        y, want = y[::-1], np.append(want[:-1][::-1], want[-1])
    r = fenchel.lasso(given, y, 5.0, tol=1e-6 if layout == "float32" else 1e-10)
    assert r.x.dtype == (np.float32 if layout == "float32" else np.float64)
    assert np.abs(r.x - want).max() < (1e-2 if layout == "float32" else 1e-5)


def test_sums_behind_operators(data):
    """Total variation by three ways of writing it."""
    rng = np.random.default_rng(0)
    signal_ = np.repeat([0.0, 2.0, 1.0], 10) + 0.1 * rng.standard_normal(30)
    f, D = smooth.least_squares(np.eye(30), signal_), np.diff(np.eye(30), axis=0)
    want = fenchel.minimize(f, prox.tv1d(0.5)).x if hasattr(prox, "tv1d") else None
    for g in ([(prox.l1(0.5), D)], prox.l1(0.5) @ D, prox.l1(0.5) @ fenchel.operators.differences((30,))):
        r = fenchel.minimize(f, g, tol=1e-9, max_iter=200000)
        assert r.converged
        if want is not None:
            assert np.abs(r.x - want).max() < 1e-5
    r = fenchel.minimize(f + prox.l1(0.5) @ D + prox.nonneg(), tol=1e-7, max_iter=200000)
    assert r.x.min() > -1e-5


def test_nonconvex_never_claims_optimality(data):
    X, y = data
    r = fenchel.minimize(smooth.least_squares(X, y, mean=True), prox.mcp(0.2))
    assert r.certificate is not fenchel.Certificate.GAP


def test_dual_points_and_trace(data):
    X, y = data
    f, g = smooth.least_squares(X, y), prox.l1(5.0)
    r = fenchel.minimize(f, g, dual=True, trace=True)
    assert r.trace.shape[1] == len(fenchel.TRACE_COLUMNS) and len(r.trace) >= 1
    assert (np.diff(r.trace[:, 1]) >= 0).all()
    if r.dual_points[0] is not None:
        assert np.abs(r.dual_points[0]).max() <= 5 * (1 + 1e-6)
    assert fenchel.minimize(f, g).trace is None


def test_results_are_frozen_pickle_and_print(data):
    X, y = data
    r = fenchel.lasso(X, y, 5.0, trace=True)
    with pytest.raises(AttributeError):
        r.x = None
    with pytest.raises(ValueError):
        r.x[0] = 1
    copy = pickle.loads(pickle.dumps(r))
    assert np.array_equal(copy.x, r.x) and copy.objective == r.objective and copy.intercept == r.intercept
    assert np.array_equal(copy.trace, r.trace) and repr(copy) == repr(r)
    assert "converged" in repr(r) and "gap" in repr(r) and "cd" in repr(r)


def test_plots(data):
    pyplot = pytest.importorskip("matplotlib.pyplot")
    pyplot.switch_backend("Agg")
    X, y = data
    f, g = smooth.least_squares(X, y), prox.l1()
    assert len(fenchel.lasso(X, y, 5.0, trace=True).plot().axes) == 2
    with pytest.raises(ValueError, match="trace"):
        fenchel.lasso(X, y, 5.0).plot()
    assert len(fenchel.path(f, g, n=10).plot().axes) == 2
    assert fenchel.cross_validate(f, g, n=10).plot().axes
    pyplot.close("all")


def test_warm_start(data):
    X, y = data
    f, g = smooth.least_squares(X, y), prox.l1(5.0)
    cold = fenchel.minimize(f, g, method="ista", tol=1e-10, max_iter=100000)
    warm = fenchel.minimize(f, g, method="ista", tol=1e-10, x0=cold.x, max_iter=100000)
    assert warm.iterations < cold.iterations / 2 and np.abs(warm.x - cold.x).max() < 1e-6
    with pytest.raises(errors.ShapeError):
        fenchel.minimize(f, g, x0=np.zeros(3))
    with pytest.raises(errors.NotFiniteError):
        fenchel.minimize(f, g, x0=np.full(25, np.nan))


def test_not_converging_warns(data):
    X, y = data
    with pytest.warns(fenchel.ConvergenceWarning, match="iteration limit"):
        r = fenchel.minimize(smooth.least_squares(X, y), prox.l1(5.0), method="ista", tol=1e-12, max_iter=3)
    assert not r.converged and r.termination is fenchel.Termination.MAX_ITER


def test_refusals(data):
    X, y = data
    f, g = smooth.least_squares(X, y), prox.l1(1.0)
    with pytest.raises(TypeError, match="tolerance.*tol"):
        fenchel.minimize(f, g, tolerance=1)
    with pytest.raises(errors.RangeError, match="tol"):
        fenchel.minimize(f, g, tol=-1)
    with pytest.raises(errors.DtypeError, match="max_iter"):
        fenchel.minimize(f, g, max_iter=1.5)
    with pytest.raises(errors.NameLookupError, match="step_rule|fixed"):
        fenchel.minimize(f, g, method="ista", step_rule="fixd")
    with pytest.raises(errors.NameLookupError, match="fista"):
        fenchel.minimize(f, g, method="fist")
    with pytest.raises(errors.DtypeError, match="callback"):
        fenchel.minimize(f, g, callback=3)
    with pytest.raises(errors.DtypeError, match="g holds"):
        fenchel.minimize(f, [3])
    with pytest.raises(errors.DtypeError, match="f is"):
        fenchel.minimize(X, g)
    with pytest.raises(errors.ShapeError):
        fenchel.minimize(f, prox.l1(1.0, np.ones(3)))
    with pytest.raises(errors.UnsupportedError, match="cd|operator"):
        fenchel.minimize(f, [(g, np.eye(25))], method="cd")
    with pytest.raises(errors.EmptyError):
        fenchel.minimize(None, None)


@pytest.mark.parametrize("method", ["cd", "fista", "adaptive"])
def test_callbacks(data, method):
    X, y = data
    f, g = smooth.least_squares(X, y), prox.l1(0.01)
    seen = []
    fenchel.minimize(f, g, method=method, callback=seen.append, monitor_interval=0.0, max_iter=100000)
    assert seen and [p.iteration for p in seen] == sorted(p.iteration for p in seen)
    r = fenchel.minimize(f, g, method=method, callback=lambda p: True, monitor_interval=0.0)
    assert r.termination is fenchel.Termination.CANCELLED and np.isfinite(r.x).all()
    with pytest.raises(ZeroDivisionError):
        fenchel.minimize(f, g, method=method, callback=lambda p: 1 // 0, monitor_interval=0.0)
    with pytest.raises(errors.CallbackError) as caught:
        fenchel.minimize(f, g, method=method, callback=lambda p: -5, monitor_interval=0.0)
    assert caught.value.detail == -5


SCRIPT = """
import os, signal, sys, threading, time
import numpy as np, fenchel
rng = np.random.default_rng(0)
X = rng.standard_normal((300, 2000)); y = rng.standard_normal(300)
f, g = fenchel.smooth.least_squares(X, y), fenchel.prox.l1(1e-3)
sent = []
def interrupt():
    time.sleep(0.4)
    sent.append(time.perf_counter())
    os.kill(os.getpid(), signal.SIGINT)
threading.Thread(target=interrupt, daemon=True).start()
try:
    {call}
    print("finished")
except KeyboardInterrupt:
    print(time.perf_counter() - sent[0])
"""
LONG = {
    "minimize": 'fenchel.minimize(f, g, method="ista", tol=1e-15, max_iter=10**12, time_limit=20)',
    "callback": 'fenchel.minimize(f, g, method="ista", tol=1e-15, max_iter=10**12, time_limit=20, callback=lambda p: None,'
                ' monitor_interval=100)',
    "function": 'fenchel.minimize(fenchel.smooth.callback(2000, lambda x: f.value_and_gradient(x), convex=True), g,'
                ' method="ista", tol=1e-15, max_iter=10**12, time_limit=20)',
}


@pytest.mark.parametrize("call", LONG)
def test_ctrl_c(call):
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", SCRIPT.format(call=LONG[call])], capture_output=True,
                          text=True, timeout=100)
    assert done.returncode == 0 and not done.stderr, done.stderr
    assert done.stdout.strip() != "finished", "the solve ended before the signal: make it longer"
    latency = float(done.stdout)
    print(f"Ctrl-C during {call}: {latency * 1e3:.0f} ms")
    crowded = os.getloadavg()[0] > (os.cpu_count() or 1)
    assert latency < (2.0 if crowded else 0.2)


def test_other_threads_run_during_a_solve():
    rng = np.random.default_rng(0)
    f = smooth.least_squares(rng.standard_normal((300, 2000)), rng.standard_normal(300))
    ticks, done = [], threading.Event()

    def tick():
        while not done.is_set():
            ticks.append(time.perf_counter())
            time.sleep(0.005)

    thread = threading.Thread(target=tick)
    thread.start()
    start = time.perf_counter()
    try:
        with pytest.warns(fenchel.ConvergenceWarning):
            fenchel.minimize(f, prox.l1(1e-3), method="ista", tol=1e-15, max_iter=10**12, time_limit=0.5)
    finally:
        end = time.perf_counter()
        done.set()
        thread.join()
    assert end - start > 0.4 and len([t for t in ticks if start < t < end]) > 20


def test_borrowed_data_lives_through_the_solve(data):
    X, y = data
    matrix = X.copy()
    alive = weakref.ref(matrix)
    f = smooth.least_squares(matrix, y)
    del matrix
    gc.collect()
    r = fenchel.minimize(f, prox.l1(5.0))
    del f
    gc.collect()
    assert alive() is None and np.array_equal(r.x, fenchel.minimize(smooth.least_squares(X, y), prox.l1(5.0)).x)


def test_input_is_untouched(data):
    X, y = data[0].copy(), data[1].copy()
    x0 = np.ones(26)
    fenchel.lasso(X, y, 1.0, x0=x0)
    assert np.array_equal(X, data[0]) and np.array_equal(y, data[1]) and (x0 == 1).all()


def test_weights_and_offsets(data):
    X, y = data
    s = np.random.default_rng(0).integers(0, 3, 60).astype(float)
    rows = np.repeat(np.arange(60), s.astype(int))
    weighted = fenchel.lasso(X, y, 5.0, sample_weight=s, tol=1e-12)
    repeated = fenchel.lasso(X[rows], y[rows], 5.0, tol=1e-12)
    assert np.abs(weighted.x - repeated.x).max() < 1e-6
    shifted = fenchel.minimize(smooth.least_squares(X, y, offset=np.ones(60), intercept=True), prox.l1(5.0), tol=1e-12)
    assert np.isclose(shifted.intercept, fenchel.lasso(X, y, 5.0, tol=1e-12).intercept - 1, atol=1e-6)
    free = fenchel.lasso(X, y, 1e6, weights=np.array([0.0] + [1.0] * 24))
    assert free.coef[0] != 0 and not free.coef[1:].any()


def test_logistic_and_elastic_net(data):
    X, y = data
    labels = np.where(y > y.mean(), 1.0, -1.0)
    r = fenchel.logistic(X, labels, 0.5, l2=0.1, tol=1e-10)
    z = labels * (X @ r.coef + r.intercept)
    slope = X.T @ (-labels / (1 + np.exp(z))) + 0.1 * r.coef
    on = r.coef != 0
    assert r.converged and np.allclose(slope[on], -0.5 * np.sign(r.coef[on]), atol=1e-4)
    e = fenchel.elastic_net(X, y, 5.0, 3.0, tol=1e-12)
    residual = X @ e.coef + e.intercept - y
    on = e.coef != 0
    assert np.allclose((X.T @ residual + 3 * e.coef)[on], -5 * np.sign(e.coef[on]), atol=1e-5)


def test_path(data):
    X, y = data
    f, g = smooth.least_squares(X, y, intercept=True), prox.l1()
    top = fenchel.lambda_max(f, g)
    assert np.isclose(top, np.abs(X.T @ (y - y.mean())).max())
    path = fenchel.path(f, g, n=20, ratio=0.05)
    assert path.factors.shape == (20,) and path.x.shape == (20, 26) and path.coef.shape == (20, 25)
    assert np.isclose(path.factors[0], top) and np.isclose(path.factors[-1], 0.05 * top) and path.converged
    assert not path.coef[0].any() and np.allclose(path.intercepts[0], y.mean())
    for k in (3, 19):
        one = fenchel.lasso(X, y, path.factors[k], tol=1e-12)
        assert np.abs(path.x[k] - one.x).max() < 1e-3 * np.abs(one.x).max() and path.gaps[k] >= 0
        assert path[k].converged and np.isclose(path[k].objective, path.objectives[k])
    assert pickle.loads(pickle.dumps(path)).converged and "20 solutions" in repr(path)
    seen = []
    fenchel.path(f, g, n=5, callback=seen.append, monitor_interval=0.0)
    assert seen
    with pytest.raises(ZeroDivisionError):
        fenchel.path(f, g, n=5, callback=lambda p: 1 // 0, monitor_interval=0.0)
    with pytest.raises(errors.RangeError):
        fenchel.path(f, g, n=0)


def test_cross_validate(data):
    X, y = data
    f, g = smooth.least_squares(X, y, intercept=True), prox.l1()
    found = fenchel.cross_validate(f, g, n=12, folds=4, shuffle=0)
    assert found.losses.shape == (4, 12) and found.mean.shape == (12,) and found.standard_error.shape == (12,)
    assert found.best_factor == found.factors[found.best] and found.best > 0
    labels = np.arange(60) % 3
    got = fenchel.cross_validate(f, g, [4.0, 2.0], labels, tol=1e-10)
    for k in range(3):
        train, test = labels != k, labels == k
        for j, factor in enumerate((4.0, 2.0)):
            one = fenchel.lasso(X[train], y[train], factor * 2 / 3, tol=1e-10)  # the rest weighs as much as all
            loss = ((X[test] @ one.coef + one.intercept - y[test]) ** 2).mean() / 2
            assert np.isclose(got.losses[k, j], loss, rtol=1e-4)
    again = fenchel.cross_validate(f, g, [4.0, 2.0], labels, num_threads=2, tol=1e-10)
    assert np.array_equal(again.losses, got.losses)
    with pytest.raises(errors.ShapeError):
        fenchel.cross_validate(f, g, folds=[0, 1])
    with pytest.raises(errors.RangeError):
        fenchel.cross_validate(f, g, folds=1)


def test_unfold_and_its_derivative(data):
    X, y = data
    f, g = smooth.least_squares(X, y), prox.l1(2.0)
    steps = np.full(6, 0.7 / f.lipschitz())
    shrink = np.linspace(1.0, 2.0, 6)
    x, values = fenchel.unfold(f, g, steps, shrink, objectives=True)
    by_hand = np.zeros(25)
    for step, t in zip(steps, shrink):
        by_hand = prox.l1(2.0 * t).prox(by_hand - step * f.gradient(by_hand), step)
    assert np.allclose(x, by_hand, atol=1e-12) and values.shape == (6,) and values[-1] < values[0]
    rng = np.random.default_rng(0)
    c, x0 = rng.standard_normal(25), rng.standard_normal(25)
    back = fenchel.unfold_vjp(f, g, steps, c, shrink, x0)
    for name, (ds, dt, dx) in {"steps": (steps * rng.random(6), 0, 0), "thresholds": (0, rng.random(6), 0),
                               "x0": (0, 0, rng.standard_normal(25))}.items():
        h = 1e-6
        up = fenchel.unfold(f, g, steps + h * ds, shrink + h * dt, x0 + h * dx)
        down = fenchel.unfold(f, g, steps - h * ds, shrink - h * dt, x0 - h * dx)
        tangent = {"steps": ds, "thresholds": dt, "x0": dx}[name]
        assert np.isclose(c @ (up - down) / (2 * h), back[name] @ tangent, rtol=1e-5, atol=1e-8), name
    assert set(fenchel.unfold_vjp(f, g, steps, c, wrt=("x0",))) == {"x0"}


def test_solves_leak_nothing(data):
    X, y = data[0][:20, :5], data[1][:20]

    def work(k):
        f, g = smooth.least_squares(X, y, intercept=True), prox.l1(0.5)
        fenchel.minimize(f, g, trace=True, dual=True)
        fenchel.minimize(f, [(prox.l1(0.1), np.eye(5))], max_iter=50, tol=0.1, callback=lambda p: True)
        with pytest.raises(errors.RangeError):
            fenchel.prox.l1(-1)
        with pytest.raises(ZeroDivisionError):
            fenchel.minimize(fenchel.smooth.callback(3, lambda x: 1 // 0), g)

    def resident():
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * 4096

    for k in range(300):
        work(k)
    gc.collect()
    before, objects = resident(), len(gc.get_objects())
    for k in range(1500):
        work(k)
    gc.collect()
    assert resident() - before < 2 << 20 and len(gc.get_objects()) - objects < 500


def test_cold_start_is_printed():
    script = ("import sys, time; t = time.perf_counter(); import numpy; n = time.perf_counter(); import fenchel; "
              "rng = numpy.random.default_rng(0); X = rng.random((100, 1000)); y = X[:, 0] + rng.random(100); "
              "s = time.perf_counter(); fenchel.lasso(X, y, 1.0); e = time.perf_counter(); "
              "heavy = {'scipy', 'matplotlib', 'sklearn', 'pandas', 'typing_extensions', 'difflib'} & set(sys.modules); "
              "assert not heavy, heavy; print(e - t, n - t, e - s)")
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    total, numpy_alone, fit = map(float, done.stdout.split())
    print(f"cold start: import and first fit {total * 1e3:.0f} ms, of these NumPy {numpy_alone * 1e3:.0f} ms, fit {fit * 1e3:.1f} ms")
    crowded = os.getloadavg()[0] > (os.cpu_count() or 1)
    assert total < (1.5 if crowded else 0.3)
