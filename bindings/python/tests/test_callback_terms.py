"""Terms made from Python functions: answers, exceptions through the solve, lifetimes, the GIL."""
import gc
import pickle
import threading
import traceback
import weakref

import fenchel
import numpy as np
import pytest
from fenchel import errors


class Boom(Exception):
    pass


def raise_boom():
    raise Boom("at the bottom")


@pytest.fixture
def data():
    rng = np.random.default_rng(5)
    X = rng.standard_normal((20, 6))
    return X, X[:, 0] - X[:, 1] + 0.1 * rng.standard_normal(20)


def quadratic(X, y, **keywords):
    def gradient(x):
        r = X @ x - y
        return r @ r / 2, X.T @ r

    return fenchel.smooth.callback(X.shape[1], gradient, lambda x, v: X.T @ (X @ v), **keywords)


def soft(lam, n=6):
    def prox(v, step):
        x = np.sign(v) * np.maximum(np.abs(v) - lam * step, 0)
        return x, lam * np.abs(x).sum()

    return fenchel.prox.callback(n, prox, convex=True)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_operator(data, dtype):
    X, y = data
    seen = []

    def apply(x):
        seen.append(x)
        return X @ x

    A = fenchel.operators.callback(X.shape, apply, lambda z: X.T @ z)
    x = np.arange(6, dtype=dtype)
    assert np.allclose(A @ x, X @ x, rtol=1e-5) and (A @ x).dtype == dtype and seen[0].dtype == dtype
    assert np.allclose(A.T @ y, X.T @ y)
    seen[0][:] = -1  # an array of its own, to keep or to change
    assert np.array_equal(x, np.arange(6))
    assert A.norm() >= np.linalg.norm(X, 2) * (1 - 1e-9)
    assert np.allclose(A @ np.eye(6)[:2], X.T[:2])


def test_smooth(data):
    X, y = data
    f, g = quadratic(X, y, convex=True), fenchel.smooth.least_squares(X, y)
    x, v = np.ones(6), np.arange(6.0)
    assert np.isclose(f.value(x), g.value(x)) and np.allclose(f.gradient(x), g.gradient(x))
    assert np.allclose(f.hvp(x, v), g.hvp(x, v)) and f.convex and f.lipschitz() == np.inf
    bare = fenchel.smooth.callback(6, lambda x: (0.0, x))
    assert not bare.convex and "hvp" not in bare.capabilities
    with pytest.raises(errors.UnsupportedError):
        bare.hvp(x, v)


def test_prox():
    g, h, v = soft(0.5, 9), fenchel.prox.l1(0.5), np.linspace(-3, 3, 9)
    assert np.array_equal(g.prox(v, 2.0), h.prox(v, 2.0))
    assert g.prox(np.stack((v, v)), 2.0, with_value=True)[1].shape == (2,)
    ball = fenchel.prox.callback(4, lambda v, step: v / max(1, np.linalg.norm(v)))
    assert ball.size == 4 and not ball.convex
    assert ball.prox(np.full(4, 2.0), with_value=True)[1] == 0
    with pytest.raises(errors.ShapeError):
        ball.prox(np.ones(3))


CALLS = {
    "apply": lambda: fenchel.operators.callback((2, 2), lambda x: raise_boom(), lambda x: x) @ np.ones(2),
    "adjoint": lambda: fenchel.operators.callback((2, 2), lambda x: x, lambda x: raise_boom()).T @ np.ones(2),
    "gradient": lambda: fenchel.smooth.callback(2, lambda x: raise_boom()).gradient(np.ones(2)),
    "hvp": lambda: fenchel.smooth.callback(2, lambda x: (0, x), lambda x, v: raise_boom()).hvp([1, 1], [1, 1]),
    "prox": lambda: fenchel.prox.callback(2, lambda v, t: raise_boom()).prox(np.ones(2)),
    "rows": lambda: fenchel.prox.callback(2, lambda v, t: raise_boom()).prox(np.ones((3, 2))),
}


@pytest.mark.parametrize("call", CALLS)
def test_exceptions_come_back_with_their_traceback(call):
    with pytest.raises(Boom) as caught:
        CALLS[call]()
    assert [frame.name for frame in traceback.extract_tb(caught.value.__traceback__)][-1] == "raise_boom"
    assert fenchel.prox.l1().prox(np.ones(2))[0] == 0  # nothing is left behind


WRONG = {
    "size": (lambda x: x[:1], errors.ShapeError), "type": (lambda x: "words", ValueError), "none": (lambda x: None, TypeError),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_answers(case):
    function, error = WRONG[case]
    with pytest.raises((error, errors.ShapeError)):
        fenchel.operators.callback((2, 2), function, lambda y: y) @ np.ones(2)


def test_gradient_must_be_a_pair():
    with pytest.raises((TypeError, ValueError)):
        fenchel.smooth.callback(2, lambda x: 3.0).value(np.ones(2))
    with pytest.raises(errors.DtypeError):
        fenchel.prox.callback(2, "no function")


@pytest.mark.parametrize("method", ["auto", "ista", "fista"])
def test_minimize_with_functions(data, method):
    X, y = data
    want = fenchel.lasso(X, y, 0.5, intercept=False).x
    got = fenchel.minimize(quadratic(X, y, convex=True), soft(0.5), method=method, tol=1e-9)
    assert got.converged and np.allclose(got.x, want, atol=1e-6)


@pytest.mark.parametrize("k", [1, 2, 7])
@pytest.mark.parametrize("where", ["gradient", "prox"])
def test_exceptions_through_a_solve(data, k, where):
    X, y = data
    calls = []

    def count(name):
        if name == where:
            calls.append(name)
            if len(calls) == k:
                raise_boom()

    def gradient(x):
        count("gradient")
        r = X @ x - y
        return r @ r / 2, X.T @ r

    def prox(v, step):
        count("prox")
        return fenchel.prox.l1(0.5).prox(v, step, with_value=True)

    f, g = fenchel.smooth.callback(6, gradient, convex=True), fenchel.prox.callback(6, prox, convex=True)
    with pytest.raises(Boom) as caught:
        fenchel.minimize(f, g)
    assert len(calls) == k
    assert [frame.name for frame in traceback.extract_tb(caught.value.__traceback__)][-1] == "raise_boom"


def test_a_solve_inside_a_function(data):
    X, y = data

    def prox(v, step):
        if step < 1e-30:  # only the value is asked for
            return v, 0.5 * np.abs(v).sum()
        inner = fenchel.minimize(fenchel.smooth.least_squares(np.eye(6), v, weights=np.full(6, 1 / step)),
                                 fenchel.prox.l1(0.5))
        return inner.x, 0.5 * np.abs(inner.x).sum()

    got = fenchel.minimize(quadratic(X, y, convex=True), fenchel.prox.callback(6, prox, convex=True))
    assert np.allclose(got.x, fenchel.lasso(X, y, 0.5, intercept=False).x, atol=1e-5)


def test_many_threads_share_a_term(data):
    X, y = data
    f, g, found = quadratic(X, y, convex=True), soft(0.5), []

    def work(k):
        def gradient(x):
            if k % 2:
                raise Boom(str(k))
            r = X @ x - y
            return r @ r / 2, X.T @ r

        try:
            fenchel.minimize(fenchel.smooth.callback(6, gradient, convex=True), g)
        except Boom as error:
            found.append(str(error) == str(k))
        found.append(np.allclose(fenchel.minimize(f, g).x, want, atol=1e-6))

    want = fenchel.minimize(f, g).x
    threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert len(found) == 12 and all(found)


def test_functions_live_as_long_as_the_term_and_no_longer(data):
    class Map:
        def __call__(self, x):
            return x

    function = Map()
    alive = weakref.ref(function)
    A = fenchel.operators.callback((3, 3), function, function)
    del function
    gc.collect()
    assert np.array_equal(A @ np.ones(3), np.ones(3))
    del A
    gc.collect()
    assert alive() is None


def test_functions_cannot_be_pickled():
    with pytest.raises(TypeError, match="pickled"):
        pickle.dumps(soft(1.0))
