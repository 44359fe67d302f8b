"""fenchel.tune: weights of penalties from held-out data."""
import numpy as np
import pytest

import fenchel
from fenchel import prox, smooth


@pytest.fixture
def data():
    rng = np.random.default_rng(1)
    X = rng.standard_normal((120, 15))
    return X, X[:, :4] @ [2.0, -1.0, 1.0, 0.5] + 1.5 * rng.standard_normal(120)


def test_ridge_hold_out_beats_a_fine_grid(data):
    X, y = data
    f, held = smooth.least_squares(X[:80], y[:80]), smooth.least_squares(X[80:], y[80:], mean=True)
    found = fenchel.tune(f, "squared_l2", {"lam": 1.0}, held)

    def score(lam):
        return held.value(np.linalg.solve(X[:80].T @ X[:80] + lam * np.eye(15), X[:80].T @ y[:80]))

    assert found.converged and found.iterations <= 20
    assert found.criterion == pytest.approx(score(found.values["lam"]), rel=1e-8)
    assert found.criterion <= min(score(lam) for lam in np.geomspace(1e-3, 1e3, 400)) * (1 + 1e-5)
    assert found.derivative_status is fenchel.DerivativeStatus.CERTIFIED
    assert isinstance(found.term(), fenchel.Prox) and found.x.shape == (1, 15)


def test_cross_validation_of_a_lasso_matches_the_path(data):
    X, y = data
    f = smooth.least_squares(X, y, intercept=True)
    fold = np.arange(120) % 5
    found = fenchel.tune(f, "l1", {"lam": 10.0}, cv=fold)
    grid = np.geomspace(100, 0.5, 60)
    losses = fenchel.cross_validate(f, prox.l1(1.0), grid, fold, tol=1e-12).losses.mean(axis=0)
    assert found.criterion <= losses.min() * 1.001
    assert found.solves == 5 * found.iterations
    again = fenchel.cross_validate(f, prox.l1(1.0), [found.values["lam"]], fold, tol=1e-12).losses.mean()
    assert found.criterion == pytest.approx(again, rel=1e-7)


def test_many_weights_find_the_columns_that_matter(data):
    X, y = data
    f = smooth.least_squares(X, y)
    one = fenchel.tune(f, "squared_l2", {"lam": 1.0}, cv=4)
    each = fenchel.tune(f, "squared_l2", {"weights": np.ones(15)}, cv=4, num_threads=2)
    assert each.criterion < one.criterion
    weights = each.values["weights"]
    assert np.log(weights[:3]).mean() < np.log(weights[4:]).mean()
    assert "15 values" in repr(each)


def test_weights_of_samples_find_flipped_labels_of_digits():
    """Franceschi et al. (2017), section 5.1, on scikit-learn's digits: 40 % of the training labels are replaced by wrong ones."""
    datasets = pytest.importorskip("sklearn.datasets")
    X, y = datasets.load_digits(return_X_y=True)
    rng = np.random.default_rng(0)
    order = rng.permutation(len(y))
    X, y = X[order] / 16.0, y[order]
    train, held, test = slice(0, 600), slice(600, 1200), slice(1200, None)
    flipped = rng.random(600) < 0.4
    noisy = np.where(flipped, (y[train] + rng.integers(1, 10, 600)) % 10, y[train])

    def model(rows, labels):
        return smooth.multinomial(X[rows], labels.astype(float), classes=10)

    found = fenchel.tune(model(train, noisy), "squared_l2", {"f.weights": np.full(600, 0.5)},
                         smooth.multinomial(X[held], y[held].astype(float), classes=10, mean=True), fixed={"lam": 3.0}, max_iter=20)
    weights = found.values["f.weights"]
    auc = (weights[flipped][:, None] < weights[~flipped]).mean()
    assert auc > 0.95
    assert found.criterion < 0.5 * found.first_criterion
    assert found.term().parameters == {"lam": 3.0}

    def accuracy(x):
        return (np.argmax(X[test] @ x.reshape(64, 10), axis=1) == y[test]).mean()

    assert accuracy(found.x[0]) > accuracy(fenchel.minimize(model(train, noisy), prox.squared_l2(3.0)).x) + 0.02


def test_risks_of_a_ridge_are_the_formulas_of_its_svd(data):
    X, y = data
    U, sv, _ = np.linalg.svd(X, full_matrices=False)
    f = smooth.least_squares(X, y)

    def formula(risk, lam):
        shrink = sv**2 / (sv**2 + lam)
        rest = y - U @ (shrink * (U.T @ y))
        if risk == "sure":
            return rest @ rest + 1.5**2 * (2 * shrink.sum() - 120)
        if risk == "gcv":
            return rest @ rest / 120 / (1 - shrink.sum() / 120) ** 2
        return np.mean((rest / (1 - (U**2) @ shrink)) ** 2)

    for risk in ("sure", "gcv", "leave_one_out"):
        found = fenchel.tune(f, "squared_l2", {"lam": 1.0}, risk, sigma=1.5 if risk == "sure" else None)
        lam = found.values["lam"]
        assert found.converged and found.iterations <= 30
        assert found.criterion == pytest.approx(formula(risk, lam), rel=1e-10)
        assert found.degrees == pytest.approx((sv**2 / (sv**2 + lam)).sum(), rel=1e-10)
        assert found.criterion <= min(formula(risk, t) for t in np.geomspace(1e-3, 1e3, 400)) + 2e-5 * abs(found.criterion)


def test_leave_one_out_chooses_what_scikit_learn_chooses(data):
    linear = pytest.importorskip("sklearn.linear_model")
    X, y = data
    grid = np.geomspace(1e-2, 1e3, 60)
    model = linear.RidgeCV(grid, store_cv_results=True).fit(X, y)
    found = fenchel.tune(smooth.least_squares(X, y, intercept=True), "squared_l2", {"lam": 1.0}, "leave_one_out")
    assert found.criterion <= model.cv_results_.mean(axis=0).min() * (1 + 1e-5)
    assert abs(np.log(found.values["lam"] / model.alpha_)) <= np.log(grid[1] / grid[0])


def test_sure_of_a_lasso_needs_no_held_out_data(data):
    X, y = data
    f = smooth.least_squares(X, y)
    found = fenchel.tune(f, "l1", {"lam": 10.0}, "sure_monte_carlo", sigma=1.5, seed=3)
    true = X[:, :4] @ [2.0, -1.0, 1.0, 0.5]
    best = min(np.sum((X @ x - true) ** 2) for x in fenchel.path(f, prox.l1(1.0), np.geomspace(100, 0.5, 40)).x)
    assert np.sum((X @ found.x[0] - true) ** 2) < 2 * best
    with pytest.raises(fenchel.errors.RangeError, match="sigma"):
        fenchel.tune(f, "l1", {"lam": 10.0}, "sure_monte_carlo")
    with pytest.raises(fenchel.errors.UnsupportedError, match="squared_l2"):
        fenchel.tune(f, "l1", {"lam": 10.0}, "gcv")
    with pytest.raises(fenchel.errors.NameLookupError, match="gcv"):
        fenchel.tune(f, "l1", {"lam": 10.0}, "gcw")
    dealt = fenchel.tune(f, "l1", {"lam": 10.0}, "cross_validation", cv=4)
    assert dealt.x.shape == (4, 15) and dealt.converged


def test_c_of_a_support_vector_machine_through_its_dual():
    rng = np.random.default_rng(2)
    X = rng.standard_normal((90, 6))
    labels = np.where(X[:, 0] - X[:, 1] + 0.8 * rng.standard_normal(90) > 0, 1.0, -1.0)
    train, held = slice(0, 50), slice(50, 90)
    f = smooth.svm_dual(X[train], labels[train])
    scores = X[held] @ (labels[train][:, None] * X[train]).T  # of held-out samples, from dual variables
    criterion = smooth.squared_hinge(scores, labels[held], mean=True)
    found = fenchel.tune(f, "box", {"upper": 1.0}, criterion, fixed={"lower": 0.0})

    def score(C):
        return criterion.value(fenchel.minimize(f, prox.box(lower=0.0, upper=C), tol=1e-12).x)

    C = found.values["upper"]
    assert found.criterion == pytest.approx(score(C), rel=1e-5)
    assert found.criterion <= min(score(C * t) for t in np.geomspace(0.2, 5, 41)) * (1 + 1e-3)
    slope = (score(C * 1.2 * (1 + 1e-5)) - score(C * 1.2 * (1 - 1e-5))) / 2e-5
    there = fenchel.tune(f, "box", {"upper": C * 1.2}, criterion, fixed={"lower": 0.0}, max_iter=1)
    assert there.derivative == pytest.approx(abs(slope), rel=1e-3)


def test_fixed_parameters_stay_in_the_tuned_term(data):
    X, y = data
    f = smooth.least_squares(X, y)
    found = fenchel.tune(f, "group_l2", {"lam": 5.0}, fixed={"size": 3}, cv=4)
    assert found.fixed == {"size": 3}
    assert found.term().parameters == {"size": 3, "lam": found.values["lam"]}
    assert fenchel.minimize(f, found.term()).converged


def test_a_callback_sees_evaluations_and_may_stop(data):
    X, y = data
    seen = []

    def stop(progress):
        seen.append(progress.iteration)
        return progress.iteration >= 3

    found = fenchel.tune(smooth.least_squares(X, y), "l1", {"lam": 1.0}, callback=stop, monitor_interval=0.0)
    assert not found.converged and found.termination is fenchel.Termination.CANCELLED
    assert found.iterations == 3 and seen[-1] == 3

    def broken(progress):
        raise ZeroDivisionError("in a callback")

    with pytest.raises(ZeroDivisionError):
        fenchel.tune(smooth.least_squares(X, y), "l1", {"lam": 1.0}, callback=broken, monitor_interval=0.0)


def test_refusals_name_what_is_wrong(data):
    X, y = data
    f = smooth.least_squares(X, y)
    with pytest.raises(fenchel.errors.UnsupportedError, match="elastic_net.l2"):
        fenchel.tune(f, "tv1d", {"lam": 1.0})
    with pytest.raises(fenchel.errors.RangeError, match="theta"):
        fenchel.tune(f, "l1", {"lam": -1.0})
    with pytest.raises(fenchel.errors.RangeError, match="cv"):
        fenchel.tune(f, "l1", {"lam": 1.0}, cv=1)
    with pytest.raises(fenchel.errors.ShapeError, match="cv"):
        fenchel.tune(f, "l1", {"lam": 1.0}, cv=np.arange(7))
    with pytest.raises(fenchel.errors.ShapeError):
        fenchel.tune([f, f], "l1", {"lam": 1.0})
    with pytest.raises(TypeError, match="sequence"):
        fenchel._raw.fen_tune(2, None, 3, "l1", [], ["lam"], np.ones(1), None, None, None)


def test_a_factor_of_any_penalty_is_tuned(data):
    X, y = data
    f, held = smooth.least_squares(X[:80], y[:80]), smooth.least_squares(X[80:], y[80:], mean=True)
    term = prox.elastic_net(0.4, 0.6)
    found = fenchel.tune(f, "scaled", {"factor": 3.0}, held, fixed={"term": term}, tol=1e-9)

    def score(factor):
        return held.value(fenchel.minimize(f, prox.elastic_net(0.4 * factor, 0.6 * factor), tol=1e-12).x)

    assert found.criterion == pytest.approx(score(found.values["factor"]), rel=1e-8)
    assert found.criterion <= min(score(t) for t in np.geomspace(0.03, 300, 200)) * (1 + 1e-5)
    step = 1e-6
    one = fenchel.tune(f, "scaled", {"factor": 3.0}, held, fixed={"term": term}, max_iter=1)
    slope = (score(3.0 * np.exp(step)) - score(3.0 * np.exp(-step))) / (2 * step)
    assert one.derivative == pytest.approx(abs(slope), rel=1e-5)
    assert found.term().value(np.ones(15)) == pytest.approx(found.values["factor"] * term.value(np.ones(15)))


def test_a_singular_hessian_on_the_way_is_stepped_back_from():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((12, 30))  # separable: without much of a penalty the curvature vanishes
    y = np.where(np.arange(12) % 2 == 0, 1.0, -1.0)
    f, held = smooth.logistic(X, y), smooth.logistic(X, y, mean=True)
    twins = smooth.least_squares(X[:, [0, 0]], 2 * X[:, 0])
    with pytest.raises(fenchel.errors.SingularError):  # at the start there is nowhere to step back to
        fenchel.tune(twins, "elastic_net", {"l1": 0.1}, twins, fixed={"l2": 0.0})
    found = fenchel.tune(f, "l1", {"lam": 1.0}, held, reach=1e12)
    assert found.refused > 0 and found.criterion < 1e-3 < found.first_criterion


@pytest.mark.parametrize("penalty, shares, depth", [("l1", (0.1, 0.01), 1e-3), ("squared_l2", (1e-4, 1e-6), 1e-8)])
def test_no_worse_than_a_grid_of_a_hundred(penalty, shares, depth):
    """Diabetes: the Lasso's criterion has valleys 0.14 apart in the logarithm, the ridge's a plateau that rises before it falls."""
    datasets = pytest.importorskip("sklearn.datasets")
    data = datasets.load_diabetes()
    X, y = data.data / data.data.std(axis=0), data.target - data.target.mean()
    f = fenchel.smooth.least_squares(np.asfortranarray(X), y)
    term = getattr(fenchel.prox, penalty)(1.0)
    top = fenchel.lambda_max(f, term) if penalty == "l1" else 1e4
    for seed in range(3):
        fold = np.random.default_rng(seed).permutation(len(y)) % 5
        grid = fenchel.cross_validate(f, term, top * np.geomspace(1, depth, 100), fold, tol=1e-10).losses.mean(axis=0).min()
        for share in shares:
            found = fenchel.tune(f, penalty, {"lam": top * share}, cv=fold, tol=1e-6)
            assert found.converged
            assert fenchel.cross_validate(f, term, [found.values["lam"]], fold, tol=1e-10).losses.mean() <= grid * (1 + 1e-6)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_weight_and_rounding_of_a_total_variation(dtype):
    rng = np.random.default_rng(4)
    shape = (18, 15)
    clean = [np.add.outer(np.sin(0.2 * np.arange(18) + k), 0.5 * (np.arange(15) > 7)).ravel() for k in range(2)]
    noisy = [image + 0.2 * rng.standard_normal(image.size) for image in clean]
    identity = fenchel.operators.identity(noisy[0].size)
    f = [smooth.least_squares(identity, image) for image in noisy]
    judges = [smooth.least_squares(identity, image) for image in clean]
    found = fenchel.tune(f, "smoothed_tv", {"lam": 0.02, "eps": 0.1}, judges, fixed={"shape": shape}, dtype=dtype)
    assert found.converged and found.inner_failures == 0
    assert found.criterion < 0.5 * found.first_criterion
    assert found.x.shape == (2, 270) and found.x.dtype == dtype
    assert np.isfinite(found.bound)  # proved; of floats it is large beside the vanishing derivative, and not called certified
    assert found.derivative_status is fenchel.DerivativeStatus.CERTIFIED or dtype == np.float32
    term = found.term()
    assert term.name == "smoothed_tv"
    for k in range(2):
        again = fenchel.minimize(smooth.sum([f[k], term]), tol=1e-10, max_iter=100000).x
        np.testing.assert_allclose(found.x[k], again, atol=1e-6 if dtype is np.float64 else 1e-3)
    assert 0.5 * ((found.x[0] - clean[0])**2).sum() + 0.5 * ((found.x[1] - clean[1])**2).sum() == pytest.approx(
        2 * found.criterion, rel=1e-4)
    sure = fenchel.tune(f, "smoothed_tv", {"lam": 0.02, "eps": 0.1}, "sure_monte_carlo", sigma=0.2, fixed={"shape": shape})
    error = sum(0.5 * ((x - image)**2).sum() for x, image in zip(sure.x, clean)) / 2
    assert error < 1.3 * found.criterion
    with pytest.raises(fenchel.errors.UnsupportedError, match="smoothed_tv.eps"):
        fenchel.tune(f, "smoothed_tv", {"huber": 1.0}, judges, fixed={"shape": shape})
    with pytest.raises(fenchel.errors.UnsupportedError):
        fenchel.tune(f[0], "smoothed_tv", {"lam": 1.0}, "gcv", fixed={"shape": shape})


def test_the_derivative_of_a_denoised_signal():
    y = np.array([0.0, 0.1, 1.0, 1.2, 0.9])
    data, identity = smooth.least_squares, fenchel.operators.identity(5)

    def solve(y, lam, eps):
        f = smooth.sum([data(identity, y), smooth.smoothed_tv((5,), lam=lam, eps=eps)])
        return f, fenchel.minimize(f, tol=1e-14, max_iter=100000).x

    f, x = solve(y, 0.3, 0.1)
    cotangent = np.array([1.0, -2.0, 0.5, 3.0, 1.0])
    found = fenchel.solution_vjp(f, None, x, cotangent, ["f.lam", "f.eps", "f.y"])
    assert found.certified and found["f.y"].shape == (5,)
    h = 1e-6
    for name, (lam, eps) in {"f.lam": (h, 0), "f.eps": (0, h)}.items():
        slope = (solve(y, 0.3 + lam, 0.1 + eps)[1] - solve(y, 0.3 - lam, 0.1 - eps)[1]) @ cotangent / (2 * h)
        assert found[name][0] == pytest.approx(slope, rel=1e-6)
    up = fenchel.solution_jvp(f, None, x, {"f.y": np.eye(5)[2]}).value
    assert up @ cotangent == pytest.approx(found["f.y"][2], rel=1e-9)
