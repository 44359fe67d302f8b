"""fenchel.tune of one weight of squares on a smooth model: rough solutions on the way, exact ones in the answer."""
import numpy as np
import pytest
import scipy.optimize
import scipy.sparse as sp
from scipy.special import expit

import fenchel
from fenchel import smooth


def problem(seed, n=240, p=60, sparse=True):
    rng = np.random.default_rng(seed)
    X = sp.random(n, p, density=0.2, random_state=seed, format="csr", data_rvs=rng.standard_normal)
    y = np.where(rng.random(n) < expit(X @ rng.standard_normal(p)), 1.0, -1.0)
    return (X if sparse else X.toarray()), y


def solved(X, y, lam):
    """The weights by SciPy, to its best accuracy."""
    def loss(w):
        z = y * (X @ w)
        return np.logaddexp(0, -z).sum() + 0.5 * lam * w @ w, X.T @ (-y * expit(-z)) + lam * w

    return scipy.optimize.minimize(loss, np.zeros(X.shape[1]), jac=True, method="L-BFGS-B", options={"ftol": 1e-15, "gtol": 1e-10, "maxiter": 5000}).x


@pytest.mark.parametrize("seed", [0, 1, 2, 3])
@pytest.mark.parametrize("sparse", [True, False])
def test_the_answer_is_exact_and_certified(seed, sparse):
    X, y = problem(seed, sparse=sparse)
    f, held = smooth.logistic(X[:120], y[:120]), smooth.logistic(X[120:], y[120:])
    found = fenchel.tune(f, "squared_l2", {"lam": 30.0}, held)
    lam = found.values["lam"]
    w = solved(X[:120], y[:120], lam)
    np.testing.assert_allclose(found.x[0], w, atol=2e-6)
    assert found.criterion == pytest.approx(held.value(w), rel=1e-8)
    assert found.derivative_status is fenchel.DerivativeStatus.CERTIFIED and found.bound < 1e-2
    assert found.first_criterion == pytest.approx(held.value(solved(X[:120], y[:120], 30.0)), rel=2e-3)
    # Everything solved in full, a solver of the linear systems being named: the same minimum.
    full = fenchel.tune(f, "squared_l2", {"lam": 30.0}, held, linear_solver="cg")
    assert found.criterion == pytest.approx(full.criterion, rel=2e-5)
    grid = [held.value(solved(X[:120], y[:120], t)) for t in np.geomspace(lam / 30, lam * 30, 25)]
    assert found.criterion <= min(grid) * (1 + 1e-5)


def test_folds_and_their_mean():
    X, y = problem(5)
    f = smooth.logistic(X, y)
    found = fenchel.tune(f, "squared_l2", {"lam": 1.0}, cv=np.arange(240) % 4)
    full = fenchel.tune(f, "squared_l2", {"lam": 1.0}, cv=np.arange(240) % 4, linear_solver="cg")
    assert found.criterion == pytest.approx(full.criterion, rel=2e-5)
    assert found.solves == 4 * found.iterations
    assert found.derivative_status is fenchel.DerivativeStatus.CERTIFIED


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 7])
def test_a_limit_of_evaluations_holds_and_its_last_one_is_exact(limit):
    X, y = problem(6)
    f, held = smooth.logistic(X[:120], y[:120]), smooth.logistic(X[120:], y[120:])
    found = fenchel.tune(f, "squared_l2", {"lam": 1.0}, held, max_iter=limit)
    assert found.iterations <= limit
    assert found.criterion == pytest.approx(held.value(solved(X[:120], y[:120], found.values["lam"])), rel=1e-8)


@pytest.mark.parametrize("stop", range(1, 12))
def test_cancelled_anywhere_the_best_so_far_comes_back_without_a_proof(stop):
    X, y = problem(7)
    f, held = smooth.logistic(X[:120], y[:120]), smooth.logistic(X[120:], y[120:])
    calls = []

    def monitor(progress):
        calls.append(progress.residual)
        return len(calls) == stop

    found = fenchel.tune(f, "squared_l2", {"lam": 1.0}, held, callback=monitor, monitor_interval=0.0)
    assert len(calls) == stop or found.converged
    assert found.criterion == pytest.approx(min(calls), rel=1e-3)
    assert np.isfinite(found.x).all()
    exact = held.value(solved(X[:120], y[:120], found.values["lam"]))
    assert found.criterion == pytest.approx(exact, rel=1e-8 if found.converged else 5e-2)
    if not found.converged and len(calls) < 4:
        assert found.derivative_status is not fenchel.DerivativeStatus.CERTIFIED and found.bound == np.inf
