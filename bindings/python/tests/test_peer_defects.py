"""Defects that other projects' users reported, each as a test of ours: what went wrong there must not go wrong here.

The name says the defect, the docstring where it was seen.
"""
import time
import warnings

import numpy as np
import pytest
from fenchel import cross_validate, lambda_max, minimize, operators, path, prox, smooth
from fenchel.errors import ConvergenceWarning

sparse = pytest.importorskip("scipy.sparse")


@pytest.fixture(scope="module")
def data():
    """Correlated columns, a sparse truth, noise: X (60, 40), y."""
    rng = np.random.default_rng(1)
    X = rng.standard_normal((60, 40))
    for j in range(1, 40):
        X[:, j] = 0.6 * X[:, j - 1] + 0.8 * X[:, j]
    return X, X[:, :5] @ [3.0, -2, 1, 0.5, 4] + rng.standard_normal(60)


def close(a, b, tol=1e-8):
    assert np.abs(np.asarray(a) - np.asarray(b)).max() <= tol * max(1.0, np.abs(b).max())


def models(X, y, **own):
    """Every loss, with targets that it takes."""
    signs = np.where(y > np.median(y), 1.0, -1.0)
    counts = np.floor(np.abs(y))
    return {"least_squares": smooth.least_squares(X, y, **own), "huber": smooth.huber(X, y, **own),
            "logistic": smooth.logistic(X, signs, **own), "squared_hinge": smooth.squared_hinge(X, signs, **own),
            "poisson": smooth.poisson(0.3 * X if not sparse.issparse(X) else X * 0.3, counts, **own)}


LOSSES = ("least_squares", "huber", "logistic", "squared_hinge", "poisson")


# -- sample weights, intercepts, penalty weights ------------------------------------------------------------------------


@pytest.mark.parametrize("loss", LOSSES)
def test_zero_weights_are_removed_rows_and_integers_repeated_ones(data, loss):
    """skglm #223, #335, #341, pyglmnet #279: sample weights missing or of some losses only."""
    X, y = data
    weights = np.random.default_rng(0).integers(0, 4, 60)
    rows = np.repeat(np.arange(60), weights)
    signs = np.where(y > np.median(y), 1.0, -1.0)  # the median of all rows, in both
    target = {"logistic": signs, "squared_hinge": signs, "poisson": np.floor(np.abs(y))}.get(loss, y)
    make = getattr(smooth, loss)
    A = 0.3 * X if loss == "poisson" else X
    for own in (dict(intercept=True), dict(), dict(intercept=True, mean=True)):
        f, h = make(A, target, weights.astype(float), **own), make(A[rows], target[rows], **own)
        g = prox.l1(0.1 * lambda_max(h, prox.l1()))
        close(minimize(f, g, tol=1e-13).x, minimize(h, g, tol=1e-13).x, 1e-6)
        assert lambda_max(f, prox.l1()) == pytest.approx(lambda_max(h, prox.l1()), rel=1e-10)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("method", ["cd", "bcd", "fista", "ista", "adaptive"])
def test_every_method_fits_the_free_intercept(data, loss, method):
    """skglm: GramCD, FISTA and PDCD_WS ignore it; LIBLINEAR penalises it (scikit-learn #15903)."""
    X, y = data
    X = X[:, :10]  # many more samples than columns: Gram mode
    f = models(X, y + 7, intercept=True)[loss]
    r = minimize(f, prox.l1(2.0), method=method, tol=1e-10, max_iter=50000)
    assert abs(f.gradient(r.x)[-1]) <= 1e-5 * 60 and abs(r.intercept) > 0.01
    close(r.x, minimize(f, prox.l1(2.0), tol=1e-12).x, 1e-4)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("positives", [0.5, 0.02])
def test_lambda_max_is_that_of_the_intercept_only_model(loss, positives):
    """skglm #227: computed without the intercept, a path has nothing but an intercept, or misses its beginning."""
    rng = np.random.default_rng(2)
    X = rng.standard_normal((200, 30)) + 2
    y = X[:, 0] + rng.standard_normal(200)
    y = y - np.quantile(y, 1 - positives)
    f = {"logistic": smooth.logistic(X, np.sign(y), intercept=True),
         "squared_hinge": smooth.squared_hinge(X, np.sign(y), intercept=True)}.get(loss)
    f = f or models(X, y, intercept=True)[loss]
    top = lambda_max(f, prox.l1())
    above, below = minimize(f, prox.l1(1.001 * top), tol=1e-12), minimize(f, prox.l1(0.99 * top), tol=1e-12)
    assert not above.coef.any() and below.coef.any()
    if loss == "least_squares":
        assert top == pytest.approx(np.abs(X.T @ (y - y.mean())).max(), rel=1e-10)


def test_imbalanced_logistic_regression_with_intercept_does_not_stall():
    """skglm #337: the intercept took steps of the global Lipschitz constant."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((3000, 40))
    labels = np.where(np.arange(3000) < 12, 1.0, -1.0)
    X[:12] += 1
    f = smooth.logistic(X, labels, intercept=True)
    r = minimize(f, prox.l1(0.1 * lambda_max(f, prox.l1())), tol=1e-10)
    assert r.converged and r.iterations <= 200 and r.intercept < -5
    assert abs(f.gradient(r.x)[-1]) < 1e-6


def test_penalty_weights_may_be_zero_and_infinite(data):
    """celer: weights > 0 only. 0 is not penalised (Frisch and Waugh), inf removes the column."""
    X, y = data
    weights = np.ones(40)
    weights[[0, 5]], weights[[1, 9]] = 0, np.inf
    r = minimize(smooth.least_squares(X, y), prox.l1(3.0, weights), tol=1e-13)
    assert r.x[1] == r.x[9] == 0 and np.abs(X[:, [0, 5]].T @ (y - X @ r.x)).max() < 1e-6
    Z = X[:, [0, 5]]
    project = np.eye(60) - Z @ np.linalg.pinv(Z)
    rest = np.setdiff1d(np.arange(40), [0, 1, 5, 9])
    other = minimize(smooth.least_squares(project @ X[:, rest], project @ y), prox.l1(3.0), tol=1e-13)
    close(r.x[rest], other.x, 1e-6)


# -- what the tolerance and the objective mean --------------------------------------------------------------------------


def test_the_tolerance_does_not_know_the_units_of_the_data(data):
    """celer #173: scaled by ||y||^2, so that a shift of y changes the answer; scikit-learn #11067."""
    X, y = data
    base = minimize(smooth.least_squares(X, y, intercept=True), prox.l1(5.0), tol=1e-8)
    moved = minimize(smooth.least_squares(X, y + 1e5, intercept=True), prox.l1(5.0), tol=1e-8)
    close(moved.coef, base.coef, 1e-5)
    assert moved.intercept - base.intercept == pytest.approx(1e5)
    for scale in (1e-6, 1e6):
        scaled = minimize(smooth.least_squares(X, scale * y, intercept=True), prox.l1(5.0 * scale), tol=1e-8)
        close(scaled.coef / scale, base.coef, 1e-5)
        assert scaled.residual <= 1e-8


@pytest.mark.parametrize("tol", [1e-2, 1e-4, 1e-8])
@pytest.mark.parametrize("intercept", [False, True])
def test_the_gap_of_the_elastic_net_is_the_tight_one(data, tol, intercept):
    """scikit-learn #22836, #22999: a dual point scaled as if for the augmented Lasso, a loose gap."""
    X, y = data
    l1, l2 = 4.0, 3.0
    f, g = smooth.least_squares(X, y, intercept=intercept), prox.elastic_net(l1, l2)
    r, best = minimize(f, g, tol=tol), minimize(f, g, tol=1e-15)
    residual = (y - X @ r.coef - r.intercept).astype(np.longdouble)
    if intercept:
        residual -= residual.mean()
    excess = np.maximum(np.abs(X.T @ residual) - l1, 0)
    dual = (residual * y).sum() - (residual**2).sum() / 2 - (excess**2).sum() / (2 * l2)
    objective = ((y - X @ r.coef - r.intercept) ** 2).sum() / 2 + l1 * np.abs(r.coef).sum() + l2 / 2 * (r.coef**2).sum()
    rounding = 1e-12 * r.objective
    assert r.objective == pytest.approx(float(objective), rel=1e-12)
    assert r.objective - best.objective - rounding <= r.gap <= float(objective - dual) + rounding


def test_the_objective_is_what_the_documentation_says(data):
    """benchmark_lasso #46, #52: the same lambda, another objective."""
    X, y = data
    s = np.random.default_rng(0).random(60)
    for mean, scale in ((False, 1.0), (True, 1 / s.sum())):
        r = minimize(smooth.least_squares(X, y, s, intercept=True, mean=mean), prox.l1(0.7), tol=1e-10)
        fit = scale * (s * (y - X @ r.coef - r.intercept) ** 2).sum() / 2
        assert r.objective == pytest.approx(fit + 0.7 * np.abs(r.coef).sum(), rel=1e-12)


def test_the_default_tolerance_leaves_nothing_to_see(data):
    """glmnet's leaves 0.001 % to 2.3 % of the objective; a path of its ends early, at 99.9 % of the deviance."""
    X, y = data
    f = smooth.least_squares(X, y)
    found = path(f, prox.l1(), n=50, ratio=1e-4)
    assert len(found) == 50 and found.converged
    for t, objective, gap in zip(found.factors, found.objectives, found.gaps):
        best = minimize(f, prox.l1(float(t)), tol=1e-14)
        assert -1e-12 <= (objective - best.objective) / (y @ y / 2) <= 1e-8
        assert gap <= 1e-8 * (y @ y / 2)


# -- convergence ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("loss", LOSSES)
def test_unscaled_data_converge(data, loss):
    """scikit-learn #10866, #15556: saga and lbfgs on columns of different units; LIBLINEAR stalls before 1e-8."""
    X, y = data
    scales = np.geomspace(1e-4, 1e4, 40)
    f, h = models(X * scales, y, intercept=True)[loss], models(X, y, intercept=True)[loss]
    weights = 2.0 * scales / scales.mean()
    r = minimize(f, prox.l1(1.0, weights), tol=1e-10, max_iter=2000)
    other = minimize(h, prox.l1(2.0 / scales.mean()), tol=1e-10)
    assert r.converged and r.objective == pytest.approx(other.objective, rel=1e-8)


def test_group_lasso_does_not_diverge(data):
    """yngvem/group-lasso #18: diverges on unscaled columns."""
    X, y = data
    f = smooth.least_squares(X * np.geomspace(1e-2, 1e2, 40), y)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        for limit in (5, 50, 5000):
            r = minimize(f, prox.group_l2(5.0, 4), max_iter=limit)
            assert np.isfinite(r.x).all() and r.objective <= y @ y / 2


def test_a_failed_step_is_not_the_end():
    """skglm's prox-Newton: 20 halvings, their failure unhandled. Huber's curvature is 0 at the start."""
    for seed in range(20):
        rng = np.random.default_rng(seed)
        X, y = rng.standard_normal((50, 20)) * np.geomspace(1, 1e-3, 20), rng.standard_normal(50) + 3
        for g in (prox.l1(0.1), prox.l1(1.0, np.r_[0.0, 0.0, np.ones(18)]), prox.zero(), prox.group_l2(0.05, 5)):
            r = minimize(smooth.huber(X, y), g, tol=1e-9)
            assert r.converged and r.objective < 0.99 * smooth.huber(X, y).value(np.zeros(20))


def test_losses_that_overflow_at_the_first_step():
    """glum #709: never finishes. exp(X w) leaves double range at the first Newton step."""
    rng = np.random.default_rng(0)
    X = 50 * rng.standard_normal((200, 20))
    counts = rng.poisson(np.exp(np.clip(X[:, 0] / 25, -4, 6))).astype(float)
    r = minimize(smooth.poisson(X, counts, intercept=True), prox.l1(10.0), tol=1e-9, max_iter=3000)
    assert r.converged and np.isfinite(r.objective)


@pytest.mark.parametrize("loss", LOSSES)
def test_duplicate_and_zero_columns(data, loss):
    """celer test_zero_column; a Gram matrix that is singular, Newton on a support with twins."""
    X, y = data
    wide = np.hstack((X, X, np.zeros((60, 3)), X[:, :5]))
    for own in (dict(), dict(intercept=True)):
        f, h = models(wide, y, **own)[loss], models(X, y, **own)[loss]
        lam = 0.05 * lambda_max(h, prox.l1())
        r, other = minimize(f, prox.l1(lam), tol=1e-11), minimize(h, prox.l1(lam), tol=1e-11)
        assert r.converged and r.objective == pytest.approx(other.objective, rel=1e-9)
        assert not r.coef[80:83].any()


def test_supports_as_large_as_the_samples():
    """andersoncd #49: slower than anything once the support is near n."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((100, 500))
    y = X[:, :90] @ rng.standard_normal(90) + rng.standard_normal(100)
    f = smooth.least_squares(X, y)
    r = minimize(f, prox.l1(lambda_max(f, prox.l1()) / 1000), tol=1e-8)
    assert r.converged and np.count_nonzero(r.x) >= 90 and r.iterations <= 3000


def test_stopping_is_by_residual_not_by_count(data):
    """PyProximal #177: most solvers run maxiter and nothing else."""
    X, y = data
    f, A = smooth.least_squares(X, y), operators.differences((40,))
    for g, method in [(prox.l1(3.0), m) for m in ("ista", "fista", "adaptive", "nmapg", "davis_yin", "admm")] + [
            (prox.l1(0.5) @ A, m) for m in ("condat_vu", "admm")]:
        r = minimize(f, g, method=method, tol=1e-5, max_iter=100000)
        assert r.converged and r.iterations < 20000 and r.residual <= 1e-5, method


def test_a_zero_term_behind_an_operator(data):
    """ProximalAlgorithms.jl #40: h(L x) = 0 went wrong, default steps were too timid."""
    X, y = data
    best = minimize(smooth.least_squares(X, y), prox.l1(3.0), tol=1e-12)
    for method in ("condat_vu", "admm"):
        r = minimize(smooth.least_squares(X, y), [prox.l1(3.0), (prox.zero(), operators.differences((40,)))], method=method,
                     tol=1e-8, max_iter=50000)
        assert r.converged and r.objective == pytest.approx(best.objective, rel=1e-6)


def test_structured_matrices_are_matrices(data):
    """ProximalAlgorithms.jl #36: adjoints, diagonals and sparse matrices fail."""
    X, y = data
    best = minimize(smooth.least_squares(X, y), prox.l1(3.0), tol=1e-12)
    same = [X.T.copy().T, X[::-1][::-1], operators.transpose(operators.dense(X.T.copy())), sparse.csr_matrix(X),
            sparse.csc_matrix(X), sparse.csr_matrix(X.T).T,
            operators.compose([operators.diagonal(np.full(60, 2.0)), operators.scaled(operators.dense(X), 0.5)])]
    for A in same:
        for method in ("auto", "fista"):
            close(minimize(smooth.least_squares(A, y), prox.l1(3.0), method=method, tol=1e-11, max_iter=50000).x, best.x, 1e-6)


# -- speed and threads ---------------------------------------------------------------------------------------------------


def test_centring_sparse_columns_costs_nothing():
    """celer: with sparse centred X the whole residual is summed for every coordinate, O(n) and not O(nnz)."""
    rng = np.random.default_rng(0)
    rows, columns = rng.integers(0, 200000, 16000), np.repeat(np.arange(400), 40)
    X = sparse.csc_matrix((rng.random(16000), (rows, columns)), shape=(200000, 400))
    y = X @ np.where(np.arange(400) < 20, 1.0, 0.0) + 0.1 * rng.standard_normal(200000)

    def seconds(intercept):
        f = smooth.least_squares(X, y, intercept=intercept)
        g = prox.l1(0.05 * lambda_max(f, prox.l1()))
        spent = []
        for _ in range(3):
            begin = time.process_time()
            r = minimize(f, g, tol=1e-8)
            spent.append((time.process_time() - begin) / max(1, r.iterations))
        return min(spent)

    assert seconds(True) <= 20 * seconds(False)  # the defect costs a factor of thousands


def test_folds_in_parallel_give_the_same_bits(data):
    """celer #116: no parallel cross-validation."""
    X, y = data
    f = smooth.least_squares(X, y, intercept=True)
    one, many = (cross_validate(f, prox.l1(), folds=5, n=20, num_threads=k) for k in (1, 0))
    assert np.array_equal(one.losses, many.losses)
