"""fenchel.kernel_ridge, kernel_ridge_vjp, tune_kernel: against scikit-learn, differences and grids."""
import numpy as np
import pytest

import fenchel


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    X = rng.uniform(-2, 2, (60, 2))
    return X, np.sin(2 * X[:, 0]) + X[:, 1] ** 2 + 0.2 * rng.standard_normal(60)


def gram(X, Z, gamma):
    return np.exp(-gamma * ((X[:, None] - Z) ** 2).sum(axis=2))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_coefficients_and_cotangents(data, dtype):
    X, y = data
    K, c = gram(X, X, 0.5), np.random.default_rng(1).standard_normal(60)
    digits = 1e-3 if dtype == np.float32 else 1e-10
    solution = np.linalg.solve(K + 0.3 * np.eye(60), y)
    adjoint = np.linalg.solve(K + 0.3 * np.eye(60), c)
    alpha = fenchel.kernel_ridge(K.astype(dtype), y.astype(dtype), 0.3)
    assert alpha.dtype == dtype and np.allclose(alpha, solution, atol=digits)
    pulled = fenchel.kernel_ridge_vjp(K.astype(dtype), y.astype(dtype), 0.3, c.astype(dtype))
    assert np.allclose(pulled.y, adjoint, atol=digits)
    assert np.allclose(pulled.K, -np.outer(adjoint, solution), atol=100 * digits)
    assert pulled.lam == pytest.approx(-adjoint @ solution, rel=digits)


def test_rbf_by_leave_one_out_beats_a_grid_of_scikit_learn(data):
    ridge = pytest.importorskip("sklearn.kernel_ridge")
    X, y = data
    found = fenchel.tune_kernel(X, y)
    assert found.converged and found.alpha.shape == (60,)

    def score(lam, gamma):
        inverse = np.linalg.inv(gram(X, X, gamma) + lam * np.eye(60))
        return np.mean((inverse @ y / np.diag(inverse)) ** 2)

    assert found.criterion == pytest.approx(score(found.lam, found.gamma), rel=1e-9)
    assert found.criterion <= min(score(a, b) for a in np.geomspace(1e-3, 10, 15) for b in np.geomspace(0.01, 10, 15)) * (1 + 1e-3)
    model = ridge.KernelRidge(alpha=found.lam, kernel="rbf", gamma=found.gamma).fit(X, y)
    assert np.allclose(found.predict(X[:5] + 0.1), model.predict(X[:5] + 0.1), atol=1e-8)


def test_held_out_data_and_a_gram_matrix_of_the_user_choose_the_same(data):
    X, y = data
    # The error falls with lam for ever; below 1e-4 alpha, about y / lam, is too large for predictions of nine digits.
    linear = fenchel.tune_kernel(X[:40], y[:40], "linear", (X[40:], y[40:]), lam=0.1, reach=1e3)
    user = fenchel.tune_kernel(X[:40] @ X[:40].T, y[:40], "gram", (X[40:] @ X[:40].T, y[40:]), lam=0.1, reach=1e3)
    assert linear.lam == pytest.approx(user.lam, rel=1e-6) and user.gamma is None
    assert np.mean((linear.predict(X[40:]) - y[40:]) ** 2) == pytest.approx(linear.criterion, rel=1e-9)


def test_a_callback_stops_and_refusals_name_what_is_wrong(data):
    X, y = data
    stopped = fenchel.tune_kernel(X, y, callback=lambda progress: progress.iteration >= 2, monitor_interval=0.0)
    assert stopped.termination is fenchel.Termination.CANCELLED and stopped.iterations == 2
    with pytest.raises(fenchel.errors.NameLookupError, match="rbf"):
        fenchel.tune_kernel(X, y, "sigmoid")
    with pytest.raises(fenchel.errors.RangeError, match="sigma"):
        fenchel.tune_kernel(X, y, criterion="sure")
    with pytest.raises(fenchel.errors.UnsupportedError, match="leave_one_out"):
        fenchel.tune_kernel(X, y, criterion="cross_validation")
    with pytest.raises(fenchel.errors.ShapeError, match="square"):
        fenchel.tune_kernel(X, y, "gram")
    with pytest.raises(fenchel.errors.SingularError):
        fenchel.kernel_ridge(-np.eye(3), np.ones(3), 0.5)
    with pytest.raises(fenchel.errors.RangeError, match="lam"):
        fenchel.kernel_ridge(np.eye(3), np.ones(3), 0.0)
