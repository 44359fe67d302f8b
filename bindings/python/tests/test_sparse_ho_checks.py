"""The checks of sparse-ho's tests and of HOAG's, re-expressed for fenchel: Jacobians by every mode, values and gradients of criteria, grids,
searches, warm starts, several classes. Where they compare to 1e-1 .. 1e-5 this asks for 1e-6 (`pytest -v` prints the list). The
names are theirs.

What does not apply: their estimators' and monitors' plumbing (test_monitor, test_docstring_parameters), Backward (unrolled_reverse here), the
downloads of test_datasets and test_leukemia, cvxpylayers as the source of truth: central differences of solutions to 1e-13 are.
"""
import numpy as np
import pytest
from scipy import optimize, sparse

import fenchel
from fenchel import prox, smooth

TIGHT = {"tol": 1e-14, "max_iter": 1000000}
RNG = np.random.default_rng(0)
N, P = 40, 30
# Neighbouring columns are correlated, as in their Toeplitz designs.
X = RNG.standard_normal((2 * N, P)) @ np.linalg.cholesky(0.3 ** np.abs(np.subtract.outer(np.arange(P), np.arange(P)))).T
W = np.zeros(P)
W[:5] = [1, -1, 1, -1, 1]
Y = X @ W + 0.5 * RNG.standard_normal(2 * N)
LABELS = np.where(Y > 0, 1.0, -1.0)
TRAIN, HELD = slice(0, N), slice(N, 2 * N)
TOP = np.abs(X[TRAIN].T @ Y[TRAIN]).max()

#: model -> (the loss of a design and targets, targets, penalty of theta, start, what theta is to the solution)
MODELS = {
    "lasso": (smooth.least_squares, Y, lambda t: prox.l1(t[0]), np.array([0.2 * TOP]), ("g.l1",)),
    "enet": (smooth.least_squares, Y, lambda t: prox.elastic_net(t[0], t[1]), np.array([0.2 * TOP, 0.1 * N]), ("g.l1", "g.l2")),
    "wLasso": (smooth.least_squares, Y, lambda t: prox.l1(1.0, t), 0.2 * TOP * np.linspace(0.1, 1, P), ("g.weights",)),
    "logreg": (smooth.logistic, LABELS, lambda t: prox.l1(t[0]), np.array([0.05 * TOP]), ("g.l1",)),
}


def solve(model, theta, design=X, method="auto"):
    loss, targets, penalty, _, _ = MODELS[model]
    f, g = loss(design[TRAIN], targets[TRAIN]), penalty(theta)
    return f, g, fenchel.minimize(f, g, method=method, **TIGHT).x


def split(model, derivative):
    return np.concatenate([np.atleast_1d(derivative[name]) for name in MODELS[model][4]])


def gradient(model, theta, v, **how):
    f, g, x = solve(model, theta)
    return split(model, fenchel.solution_vjp(f, g, x, v, MODELS[model][4], **how))


def central(function, theta, h=1e-6):
    """The derivative of function, or of each of its entries, by the logarithm of each theta; over theta, that by theta itself."""
    moves = np.eye(theta.size) * h
    return np.stack([(function(theta * np.exp(d)) - function(theta * np.exp(-d))) / (2 * h) for d in moves], -1) / theta


def held_out(model, theta):
    _, _, x = solve(model, theta)
    loss, targets = MODELS[model][:2]
    term = loss(X[HELD], targets[HELD], mean=True)
    return term.value(x), term.gradient(x)


# ---- test_models.py ---------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("model", MODELS)
def test_beta_jac(model):
    """Forward (jvp), reverse (vjp), dense and sparse data, and differences give one Jacobian."""
    theta = MODELS[model][3]
    f, g, x = solve(model, theta)
    truth = central(lambda t: solve(model, t)[2], theta)
    rows = np.stack([split(model, fenchel.solution_vjp(f, g, x, e, MODELS[model][4])) for e in np.eye(P)])
    assert rows == pytest.approx(truth, rel=1e-6, abs=1e-7)
    columns = []
    for k in range(theta.size):
        tangent = np.eye(theta.size)[k]
        names = MODELS[model][4]
        given = {names[0]: tangent} if len(names) == 1 else {name: tangent[i:i + 1] for i, name in enumerate(names)}
        columns.append(fenchel.solution_jvp(f, g, x, given).value)
    assert np.stack(columns, -1) == pytest.approx(rows, rel=1e-9, abs=1e-11)
    fs, gs, xs = solve(model, theta, sparse.csc_matrix(X))
    assert xs == pytest.approx(x, abs=1e-9)
    assert split(model, fenchel.solution_vjp(fs, gs, xs, np.ones(P), names)) == pytest.approx(rows.sum(axis=0), rel=1e-7, abs=1e-9)


@pytest.mark.parametrize("method", ["cd", "bcd", "fista", "ista"])
@pytest.mark.parametrize("model", ["lasso", "enet"])
def test_beta_jac_custom(model, method):
    """Whoever solves, the Jacobian is the same."""
    theta = MODELS[model][3]
    f, g, x = solve(model, theta, method=method)
    found = split(model, fenchel.solution_vjp(f, g, x, np.ones(P), MODELS[model][4]))
    assert found == pytest.approx(gradient(model, theta, np.ones(P)), rel=1e-7)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("solver", ["direct", "cg", "minres"])
def test_val_grad(model, solver):
    theta = MODELS[model][3]
    _, slope = held_out(model, theta)
    found = gradient(model, theta, slope, linear_solver=solver)
    assert found == pytest.approx(central(lambda t: held_out(model, t)[0], theta), rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("mode", ["implicit", "implicit_forward", "unrolled_reverse", "unrolled_forward"])
def test_val_grad_of_every_mode(mode):
    """The Lasso through oracles: its prox and that one's derivatives."""
    A, y, theta = X[TRAIN], Y[TRAIN], MODELS["lasso"][3]

    def soft(v, t, step):
        return np.sign(v) * np.maximum(np.abs(v) - step * t[0], 0), t[0] * np.abs(v).sum()

    def soft_vjp(v, t, step, c):
        on = np.abs(v) > step * t[0]
        return on * c, np.array([-(step * np.sign(v) * on * c).sum()])

    held = smooth.least_squares(X[HELD], Y[HELD], mean=True)
    problem = fenchel.BilevelProblem(
        lambda x, t: (((A @ x - y) ** 2).sum() / 2, A.T @ (A @ x - y), np.zeros(1)),
        lambda x, t: (held.value(x), held.gradient(x)), hvp=lambda x, t, v: A.T @ (A @ v),
        cross_t=lambda x, t, v: np.zeros(1), cross=lambda x, t, d: np.zeros(P), prox=soft, prox_vjp=soft_vjp,
        constants={"lipschitz": np.linalg.norm(A, 2) ** 2})
    found = fenchel.hypergradient(problem, theta, np.zeros(P), mode=mode, unroll_iter=1200, lower_tol=1e-11, lower_max_iter=100000)
    assert found.gradient == pytest.approx(gradient("lasso", theta, held_out("lasso", theta)[1]), rel=1e-6)


def test_warm_start():
    """A search from where one has ended ends at once, at the same place."""
    f, held = smooth.least_squares(X[TRAIN], Y[TRAIN]), smooth.least_squares(X[HELD], Y[HELD], mean=True)
    first = fenchel.tune(f, "squared_l2", {"lam": 1.0}, held)
    again = fenchel.tune(f, "squared_l2", {"lam": first.values["lam"]}, held)
    assert again.criterion <= first.criterion * (1 + 1e-12)
    assert again.values["lam"] == pytest.approx(first.values["lam"], rel=1e-2)


@pytest.mark.parametrize("model", ["lasso", "enet", "logreg"])
def test_check_grad_sparse_ho(model):
    """scipy's check_grad by the logarithm of theta; they ask for 1e-1 and leave the logistic model out."""
    theta = MODELS[model][3]

    def slope(t):
        at = np.exp(t)
        return at * gradient(model, at, held_out(model, at)[1])

    error = optimize.check_grad(lambda t: held_out(model, np.exp(t))[0], slope, np.log(theta), epsilon=1e-6)
    assert error < 1e-5 * (1 + np.linalg.norm(slope(np.log(theta))))


# ---- test_criterion.py, test_grid_search.py, test_optimizers.py -----------------------------------------------------------

def test_sure_of_monte_carlo():
    """Stein's risk by differences along one direction, and its gradient."""
    f = smooth.least_squares(X[TRAIN], Y[TRAIN])
    found = fenchel.tune(f, "l1", {"lam": 0.2 * TOP}, "sure_monte_carlo", sigma=0.5)
    assert found.criterion <= found.first_criterion and np.isfinite(found.degrees)
    assert 0 < found.values["lam"] < TOP


@pytest.mark.parametrize("model, penalty, start", [("lasso", "l1", "lam"), ("logreg", "l1", "lam")])
def test_grid_search(model, penalty, start):
    """The search is no worse than a grid of 100 values of their range."""
    loss, targets = MODELS[model][:2]
    f, held = loss(X[TRAIN], targets[TRAIN]), loss(X[HELD], targets[HELD], mean=True)
    top = fenchel.lambda_max(f, prox.l1(1.0))
    found = fenchel.tune(f, penalty, {start: 0.1 * top}, held)
    assert found.criterion <= min(held_out(model, np.array([t]))[0] for t in np.geomspace(1e-4, 0.9, 100) * top) * (1 + 1e-3)


@pytest.mark.parametrize("model, penalty", [("lasso", {"lam": 0.2 * TOP}), ("enet", {"l1": 0.2 * TOP, "l2": 0.1 * N}),
                                             ("wLasso", {"weights": 0.2 * TOP * np.ones(P)})])
def test_grad_search(model, penalty):
    """The criterion falls, the values stay positive: their line search could raise it, and weights became negative (sparse-ho 79, 122)."""
    name = {"lasso": "l1", "enet": "elastic_net", "wLasso": "l1"}[model]
    f, held = smooth.least_squares(X[TRAIN], Y[TRAIN]), smooth.least_squares(X[HELD], Y[HELD], mean=True)
    seen = []
    found = fenchel.tune(f, name, penalty, held, monitor_interval=0, callback=lambda p: seen.append(p.residual))
    assert found.criterion < found.first_criterion == seen[0]
    assert found.criterion == min(seen)
    assert all(np.all(np.asarray(value) > 0) for value in found.values.values())


def test_tiny_penalties_converge():
    """sparse-ho 33: the lower level never ended for tiny penalties."""
    f = smooth.least_squares(X[TRAIN], Y[TRAIN])
    found = fenchel.minimize(f, prox.l1(1e-8 * TOP))
    assert found.termination is fenchel.Termination.CONVERGED


# ---- test_multiclass.py, test_svm.py -----------------------------------------------------------------------------------

def test_our_vs_sklearn():
    """One-versus-rest with a penalty a class: scikit-learn's coefficients at the same penalties."""
    linear_model = pytest.importorskip("sklearn.linear_model", reason="scikit-learn is not installed")
    classes = np.digitize(Y, [-0.7, 0.7])
    for k, lam in enumerate([0.5, 1.0, 2.0]):
        is_k = np.where(classes[TRAIN] == k, 1.0, -1.0)
        ours = fenchel.minimize(smooth.logistic(X[TRAIN], is_k), prox.l1(lam), **TIGHT).x
        theirs = linear_model.LogisticRegression(l1_ratio=1, C=1 / lam, solver="liblinear", tol=1e-9, fit_intercept=False,
                                                 intercept_scaling=1, max_iter=100000).fit(X[TRAIN], is_k)
        assert ours == pytest.approx(theirs.coef_[0], abs=1e-5)


def test_svm_beta_jac():
    """C of a support vector machine through its dual: free and saturated sets, against differences."""
    signs = LABELS[TRAIN]

    def dual(C):
        f = smooth.svm_dual(X[TRAIN], signs)
        return f, prox.box(0.0, float(C)), fenchel.minimize(f, prox.box(0.0, float(C)), **TIGHT).x

    C, h = 0.05, 1e-7
    f, g, x = dual(C)
    found = fenchel.solution_jvp(f, g, x, {"g.upper": 1.0}).value
    assert found == pytest.approx((dual(C + h)[2] - dual(C - h)[2]) / (2 * h), rel=1e-5, abs=1e-5)


# ---- HOAG's tests.py ---------------------------------------------------------------------------------------------------

def test_LogisticRegressionCV():
    """|log alpha - that of the best of a grid| < 0.5, on synthetic data instead of a download."""
    rng = np.random.default_rng(3)
    A = rng.standard_normal((300, 40))
    labels = np.where(A @ rng.standard_normal(40) + 4 * rng.standard_normal(300) > 0, 1.0, -1.0)
    f, held = smooth.logistic(A[:150], labels[:150]), smooth.logistic(A[150:], labels[150:], mean=True)
    grid = np.linspace(-6, 8, 57)
    scores = [held.value(fenchel.minimize(f, prox.squared_l2(np.exp(a))).x) for a in grid]
    found = fenchel.tune(f, "squared_l2", {"lam": 1.0}, held)
    assert abs(np.log(found.values["lam"]) - grid[int(np.argmin(scores))]) < 0.5
    assert found.criterion <= min(scores) * (1 + 1e-8)
