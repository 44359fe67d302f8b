"""The checks of JAXopt's tests for implicit differentiation, linear solvers and programs with equalities, re-expressed for fenchel: their problems
and sizes in float64, to 1e-6 where they ask for 1e-2 of float32 (`pytest -v` prints the list). The names are theirs.

What does not apply: decorators that make a solver differentiable (custom_root, custom_fixed_point: fenchel.jax.root is that and is tested there), pytrees,
materialising a matvec, iterative refinement with a ridge of its own, solutions of a non-square system without a start.
"""
import numpy as np
import pytest

import fenchel
from fenchel import prox, smooth

datasets = pytest.importorskip("sklearn.datasets", reason="scikit-learn is not installed")

TIGHT = {"tol": 1e-14, "max_iter": 1000000}


@pytest.fixture
def regression():
    return datasets.make_regression(n_samples=10, n_features=3, random_state=0)


def central(f, at, h=1e-5):
    return (f(at + h) - f(at - h)) / (2 * h)


def ridge(X, y, lam):
    return np.linalg.solve(X.T @ X + lam * len(y) * np.eye(X.shape[1]), X.T @ y)


# ---- implicit_diff_test.py: 1/2 mean (X w - y)^2 + 1/2 lam |w|^2, lam = 5 ------------------------------------------

def test_root_vjp(regression):
    X, y = regression
    w, lam = ridge(X, y, 5.0), 5.0
    hessian = X.T @ X / len(y) + lam * np.eye(3)
    jacobian = [fenchel.implicit_vjp(c, 1, lambda v: hessian @ v, lambda u: np.array([w @ u])).value[0] for c in np.eye(3)]
    assert jacobian == pytest.approx(central(lambda t: ridge(X, y, t), lam), rel=1e-6)


def test_root_jvp(regression):
    X, y = regression
    w, lam = ridge(X, y, 5.0), 5.0
    hessian = X.T @ X / len(y) + lam * np.eye(3)
    found = fenchel.implicit_jvp([1.0], 3, lambda v: hessian @ v, lambda d: w * d[0], symmetric=True)
    assert found.value == pytest.approx(central(lambda t: ridge(X, y, t), lam), rel=1e-6)


def test_custom_root(regression):
    X, y = regression
    f, g = smooth.least_squares(X, y), prox.squared_l2(5.0 * len(y))
    found = fenchel.solution_jvp(f, g, fenchel.minimize(f, g, **TIGHT), {"g.l2": len(y)}, require_certified=True)
    assert found.value == pytest.approx(central(lambda t: ridge(X, y, t), 5.0), rel=1e-6)


@pytest.mark.parametrize("method", ["ista", "fista", "cd", "bcd"])
def test_custom_fixed_point(regression, method):
    X, y = regression

    def solve(lam):
        return fenchel.minimize(smooth.least_squares(X, y), prox.l1(lam * len(y)), method=method, **TIGHT).x

    f, g = smooth.least_squares(X, y), prox.l1(10.0 * len(y))
    found = fenchel.solution_jvp(f, g, solve(10.0), {"g.l1": len(y)})
    assert found.value == pytest.approx(central(solve, 10.0), rel=1e-6, abs=1e-9)


def test_lasso_implicit_diff(regression):
    X, y = regression
    f, g = smooth.least_squares(X, y), prox.l1(10.0 * len(y))
    x = fenchel.minimize(f, g, **TIGHT).x
    both = [fenchel.solution_jvp(f, g, x, {"g.l1": len(y)}, optimality_map=name).value for name in ("automatic", "proximal")]
    assert both[0] == pytest.approx(both[1], rel=1e-9)
    assert np.count_nonzero(x) > 0


def test_projected_gradient_implicit_diff(regression):
    X, y = regression

    def solve(shift):
        return fenchel.minimize(smooth.least_squares(X, y + shift), prox.l2_ball(radius=0.1), method="fista", **TIGHT).x

    f, g, x = smooth.least_squares(X, y), prox.l2_ball(radius=0.1), solve(0.0)
    assert np.linalg.norm(x) == pytest.approx(0.1)  # the ball is felt
    found = fenchel.solution_jvp(f, g, x, {"f.y": np.ones(10)})
    assert found.value == pytest.approx(central(solve, 0.0), rel=1e-5, abs=1e-9)


def test_multiclass_svm_dual_implicit_diff(regression):  # mirror descent and projected gradient over a simplex
    X, y = regression
    f, g = smooth.least_squares(X, 0.05 * y), prox.simplex()
    x = fenchel.minimize(f, g, method="fista", **TIGHT).x
    both = [fenchel.solution_vjp(f, g, x, np.arange(3.0), "f.y", optimality_map=name)["f.y"] for name in ("mirror", "proximal")]
    assert both[0] == pytest.approx(both[1], abs=1e-8)


# ---- linear_solve_test.py -------------------------------------------------------------------------------------------

def solved(A, b, solver):
    """A x = b through the derivative of F(x, theta) = A x - theta."""
    symmetric = np.array_equal(A, A.T)
    return fenchel.implicit_jvp(b, len(b), lambda v: A @ v, lambda d: -d, symmetric=symmetric, dx_t=lambda u: A.T @ u, linear_solver=solver).value


@pytest.mark.parametrize("solver", ["direct", "gmres", "lsmr"])
@pytest.mark.parametrize("size", [5, 15])
def test_solve_dense(solver, size):
    rng = np.random.RandomState(0)
    A, b = rng.randn(size, size), rng.randn(size)
    assert solved(A, b, solver) == pytest.approx(np.linalg.solve(A, b), rel=1e-6)


@pytest.mark.parametrize("solver", ["direct", "cg", "minres", "gmres", "lsmr"])
def test_solve_dense_psd(solver):
    rng = np.random.RandomState(0)
    A, b = rng.randn(5, 5), rng.randn(5)
    assert solved(A.T @ A, b, solver) == pytest.approx(np.linalg.solve(A.T @ A, b), rel=1e-6)


@pytest.mark.parametrize("solver", ["direct", "cg", "minres", "gmres", "lsmr"])
def test_solve_sparse_ridge(solver):
    rng = np.random.RandomState(0)
    A, b = rng.randn(5, 5), rng.randn(5)
    K = A.T @ A + np.eye(5)
    assert solved(K, A.T @ b, solver) == pytest.approx(np.linalg.solve(K, A.T @ b), rel=1e-6)


@pytest.mark.parametrize("solver", ["automatic", "direct", "cg", "minres", "gmres", "lsmr"])
def test_solve_1d(solver):
    rng = np.random.RandomState(0)
    a, b = rng.randn(), rng.randn()
    assert solved(np.array([[a]]), np.array([b]), solver) == pytest.approx([b / a])


# ---- eq_qp_test.py --------------------------------------------------------------------------------------------------

def program(Q, c, A, b):
    n, p = len(c), len(b)
    Q = 0.5 * (Q + Q.T)
    z = np.linalg.solve(np.block([[Q, A.T], [A, np.zeros((p, p))]]), np.concatenate([-c, b]))
    return {"P": Q, "q": c, "E": A, "e": b, "x": z[:n], "nu": z[n:]}


def test_qp_eq_only():
    Q, c, A, b = 2 * np.array([[2.0, 0.5], [0.5, 1]]), np.ones(2), np.ones((1, 2)), np.ones(1)
    found = fenchel.kkt_vjp(program(Q, c, A, b), {"x": np.ones(2)}, ("P", "q", "E", "e"), require_certified=True)
    rng = np.random.RandomState(0)
    parts = {"P": Q, "q": c, "E": A, "e": b}
    for name, value in parts.items():
        V = rng.rand(*value.shape)
        V /= np.linalg.norm(V)

        def at(t, name=name, value=value, V=V):
            return program(*({**parts, name: value + t * V}[k] for k in parts))["x"].sum()

        assert np.vdot(V, found[name]) == pytest.approx(central(at, 0.0), rel=1e-6, abs=1e-9)


def test_projection_hyperplane():
    x, a, b = np.array([1.0, 2.0]), np.array([-0.5, 1.5]), 0.3
    at = program(np.eye(2), -x, a[None], np.array([b]))
    assert at["x"] == pytest.approx(x - (a @ x - b) / (a @ a) * a)
    jacobian = [fenchel.kkt_jvp(at, {"q": -d}).value["x"] for d in np.eye(2)]
    assert np.array(jacobian) == pytest.approx(np.eye(2) - np.outer(a, a) / (a @ a))


def test_challenging_problem():
    rng = np.random.RandomState(511)
    X = rng.rand(100, 100)
    at = program(X @ X.T, rng.rand(100), rng.rand(98, 100), rng.rand(98))
    found = fenchel.kkt_jvp(at, {"e": np.ones(98)})
    assert at["E"] @ found.value["x"] == pytest.approx(np.ones(98), abs=1e-6)
    assert found.residual <= 1e-8 * found.scale
