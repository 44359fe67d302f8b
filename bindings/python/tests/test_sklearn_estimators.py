"""fenchel.sklearn: scikit-learn's own checks, and its own answers."""
import pickle
import warnings

import numpy as np
import pytest

pytest.importorskip("sklearn")

from sklearn import linear_model, svm  # noqa: E402
from sklearn.base import clone  # noqa: E402
from sklearn.datasets import load_diabetes, load_iris  # noqa: E402
from sklearn.exceptions import ConvergenceWarning  # noqa: E402
from sklearn.model_selection import GridSearchCV  # noqa: E402
from sklearn.utils.estimator_checks import parametrize_with_checks  # noqa: E402

import fenchel  # noqa: E402
from fenchel import sklearn as fsk  # noqa: E402

ESTIMATORS = [
    fsk.Lasso(), fsk.Lasso(positive=True), fsk.ElasticNet(), fsk.GroupLasso(), fsk.MCPRegression(),
    fsk.LogisticRegression(), fsk.LogisticRegression("l1"), fsk.LogisticRegression("elasticnet"), fsk.SparseSVC(),
    fsk.LassoCV(n_alphas=10), fsk.ElasticNetCV(alphas=5, l1_ratio=[0.5, 0.9]), fsk.Ridge(),
]


@parametrize_with_checks(ESTIMATORS)
def test_check_estimator(estimator, check):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        check(estimator)


@pytest.fixture(scope="module")
def diabetes():
    X, y = load_diabetes(return_X_y=True)
    return X * 20, y


def close(a, b, tol=1e-6):
    scale = max(1.0, np.abs(b).max())
    assert np.abs(np.asarray(a) - np.asarray(b)).max() <= tol * scale


def forms(X):
    from scipy import sparse

    return [X, np.asfortranarray(X), sparse.csr_matrix(X), sparse.csc_matrix(X)]


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("positive", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
def test_lasso_and_elastic_net_equal_scikit_learns(diabetes, fit_intercept, positive, weighted):
    X, y = diabetes
    weights = np.random.default_rng(0).random(len(y)) if weighted else None
    own = dict(fit_intercept=fit_intercept, positive=positive)
    for alpha in (0.1, 2.0):
        theirs = linear_model.Lasso(alpha, tol=1e-13, max_iter=10**6, **own).fit(X, y, weights)
        for data in forms(X):
            ours = fsk.Lasso(alpha, tol=1e-13, **own).fit(data, y, weights)
            close(ours.coef_, theirs.coef_)
            close(ours.intercept_, theirs.intercept_)
            close(ours.predict(data), theirs.predict(X))
        theirs = linear_model.ElasticNet(alpha, l1_ratio=0.3, tol=1e-13, max_iter=10**6, **own).fit(X, y, weights)
        ours = fsk.ElasticNet(alpha, l1_ratio=0.3, tol=1e-13, **own).fit(X, y, weights)
        close(ours.coef_, theirs.coef_)
        assert ours.dual_gap_ <= 1e-13 * (y @ y) and ours.score(X, y) == pytest.approx(theirs.score(X, y))


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("penalty", ["l1", "l2", "elasticnet"])
@pytest.mark.parametrize("classes", [2, 3])
def test_logistic_regression_equals_scikit_learns(penalty, fit_intercept, classes):
    X, y = load_iris(return_X_y=True)
    X, y = (X - X.mean(axis=0), y) if classes == 3 else (X[50:] - X[50:].mean(axis=0), y[50:])
    weights = np.random.default_rng(0).random(len(y)) + 0.5
    ratio = {"l1": 1.0, "l2": 0.0, "elasticnet": 0.5}[penalty]
    solver = "newton-cholesky" if penalty == "l2" else "saga"  # lbfgs ends 1e-6 from the optimum, whatever tol
    theirs = linear_model.LogisticRegression(C=0.7, l1_ratio=ratio, solver=solver, tol=1e-12, max_iter=10**6,
                                             fit_intercept=fit_intercept).fit(X, y, weights)
    ours = fsk.LogisticRegression(penalty, C=0.7, l1_ratio=0.5, tol=1e-12, fit_intercept=fit_intercept,
                                  max_iter=10**6).fit(X, y, weights)
    close(ours.predict_proba(X), theirs.predict_proba(X), 1e-9)
    assert ours.coef_.shape == theirs.coef_.shape and ours.intercept_.shape == theirs.intercept_.shape
    close(ours.coef_, theirs.coef_, 1e-9)
    assert (ours.predict(X) == theirs.predict(X)).all()


@pytest.mark.parametrize("own", [dict(penalty=None), dict(penalty="l2"), dict(penalty="elasticnet", l1_ratio=0.0)])
def test_multinomial_coefficients_are_those_of_mean_zero(own):
    X, y = load_iris(return_X_y=True)
    y = np.where(np.random.default_rng(0).random(150) < 0.3, (y + 1) % 3, y)  # not separable
    m = fsk.LogisticRegression(tol=1e-10, **own).fit(X, y)
    close(m.coef_.sum(axis=0), np.zeros(4), 1e-12)
    assert abs(m.intercept_.sum()) < 1e-12
    theirs = linear_model.LogisticRegression(
        C=np.inf if own["penalty"] is None else 1.0, solver="newton-cholesky", tol=1e-12, max_iter=1000).fit(X, y)
    close(m.coef_, theirs.coef_, 1e-7)
    close(m.intercept_, theirs.intercept_, 1e-7)


def test_logistic_regression_without_penalty_and_with_class_weights():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((200, 4))
    y = np.where(X[:, 0] + rng.standard_normal(200) > 0.5, "yes", "no")
    for weight in (None, "balanced", {"yes": 3.0, "no": 1.0}):
        theirs = linear_model.LogisticRegression(
            C=np.inf, tol=1e-12, max_iter=10**5, class_weight=weight, solver="newton-cholesky").fit(X, y)
        for own in (dict(penalty=None), dict(C=np.inf)):
            ours = fsk.LogisticRegression(class_weight=weight, tol=1e-12, **own).fit(X, y)
            close(ours.coef_, theirs.coef_, 1e-10)
            close(ours.intercept_, theirs.intercept_, 1e-10)
    assert list(ours.classes_) == ["no", "yes"]


def test_group_lasso_is_optimal(diabetes):
    X, y = diabetes
    groups = np.array([0, 0, 0, 1, 1, 2, 2, 2, 2, 3])
    m = fsk.GroupLasso(20.0, groups=groups, tol=1e-13).fit(X, y)
    slope = X.T @ (X @ m.coef_ + m.intercept_ - y) / len(y)
    zeros = 0
    for g in range(4):
        w, s, lam = m.coef_[groups == g], slope[groups == g], 20.0 * np.sqrt((groups == g).sum())
        if w.any():
            close(s, -lam * w / np.linalg.norm(w), 1e-5)
        else:
            zeros += 1
            assert np.linalg.norm(s) <= lam * (1 + 1e-6)
    assert 0 < zeros < 4
    close(fsk.GroupLasso(2.0, tol=1e-13).fit(X, y).coef_, linear_model.Lasso(2.0, tol=1e-13).fit(X, y).coef_)


def test_mcp_is_stationary_and_less_biased():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((200, 50))
    X /= np.sqrt((X**2).mean(axis=0))
    y = X[:, :3] @ [3.0, -2.0, 1.5] + 0.1 * rng.standard_normal(200)
    m, lasso = fsk.MCPRegression(0.3, gamma=3.0).fit(X, y), fsk.Lasso(0.3).fit(X, y)
    assert set(np.flatnonzero(m.coef_)) == {0, 1, 2} and m.dual_gap_ == np.inf
    truth = np.r_[3.0, -2.0, 1.5, np.zeros(47)]
    assert np.linalg.norm(m.coef_ - truth) < 0.2 * np.linalg.norm(lasso.coef_ - truth)
    slope = X.T @ (X @ m.coef_ + m.intercept_ - y) / 200
    grown = np.abs(m.coef_) > 0.9
    assert np.abs(slope[grown]).max() < 1e-5 and np.abs(slope[~grown]).max() <= 0.3 + 1e-6


@pytest.mark.parametrize("classes", [2, 3])
def test_sparse_svc_equals_liblinears(classes):
    X, y = load_iris(return_X_y=True)
    X, y = (X, y) if classes == 3 else (X[50:], y[50:])
    theirs = svm.LinearSVC(C=0.5, loss="hinge", tol=1e-10, max_iter=10**7, intercept_scaling=2.0).fit(X, y)
    for data in forms(X):
        ours = fsk.SparseSVC(0.5, intercept_scaling=2.0, tol=1e-12, max_iter=10**5).fit(data, y)
        close(ours.coef_, theirs.coef_, 1e-8)
        close(ours.decision_function(data), theirs.decision_function(X), 1e-8)
        assert 0 <= ours.dual_gap_ < 1e-9
    assert (ours.dual_coef_ == 0).any() and np.abs(ours.dual_coef_).max() <= 0.5 + 1e-12


def test_paths_equal_scikit_learns(diabetes):
    X, y = diabetes
    X, y = X - X.mean(axis=0), y - y.mean()
    alphas, coefs, gaps = fsk.lasso_path(X, y, n_alphas=20, tol=1e-13)
    theirs = linear_model.lasso_path(X, y, alphas=alphas, tol=1e-13, max_iter=10**6)
    close(alphas, theirs[0], 1e-12)
    close(coefs, theirs[1])
    assert coefs.shape == (10, 20) and (gaps >= 0).all()
    alphas, coefs, _ = fsk.enet_path(X, y, l1_ratio=0.4, eps=0.01, n_alphas=15, tol=1e-13)
    theirs = linear_model.enet_path(X, y, l1_ratio=0.4, eps=0.01, alphas=15, tol=1e-13, max_iter=10**6)
    close(alphas, theirs[0], 1e-10)
    close(coefs, theirs[1])


def test_lasso_cv_equals_scikit_learns(diabetes):
    X, y = diabetes
    theirs = linear_model.LassoCV(cv=4, alphas=20, tol=1e-12, max_iter=10**6).fit(X, y)
    for n_jobs in (1, 2):
        ours = fsk.LassoCV(cv=4, n_alphas=20, tol=1e-12, n_jobs=n_jobs).fit(X, y)
        close(ours.alphas_, theirs.alphas_, 1e-10)
        close(ours.mse_path_, theirs.mse_path_)
        assert ours.alpha_ == pytest.approx(theirs.alpha_)
        close(ours.coef_, theirs.coef_)


def test_elastic_net_cv_equals_scikit_learns(diabetes):
    X, y = diabetes
    own = dict(cv=4, alphas=8, eps=1e-2, l1_ratio=[0.2, 0.9], tol=1e-13)
    theirs = linear_model.ElasticNetCV(max_iter=10**6, **own).fit(X, y)
    for data in forms(X):
        ours = fsk.ElasticNetCV(n_jobs=-1, **own).fit(data, y)
        close(ours.mse_path_, theirs.mse_path_)
        close(ours.alphas_, theirs.alphas_, 1e-10)
        assert ours.alpha_ == pytest.approx(theirs.alpha_) and ours.l1_ratio_ == theirs.l1_ratio_
        close(ours.coef_, theirs.coef_)
    given = fsk.ElasticNetCV(cv=4, alphas=[1.0, 0.1], l1_ratio=[0.2, 0.9]).fit(X, y)
    assert given.alphas_.shape == (2,) and given.mse_path_.shape == (2, 2, 4)
    with pytest.raises(fenchel.errors.RangeError, match="l1_ratio.*1.5"):
        fsk.ElasticNetCV(l1_ratio=1.5).fit(X, y)
    with pytest.raises(fenchel.errors.RangeError, match=r"alphas\[1\].*-1"):
        fsk.ElasticNetCV(alphas=[1.0, -1.0]).fit(X, y)


def test_folds_of_any_weight_count_alike():
    from sklearn.model_selection import LeaveOneGroupOut

    for seed in range(8):
        rng = np.random.default_rng(seed)
        X = rng.standard_normal((30, 6))
        y = X[:, 0] + rng.standard_normal(30)
        groups, weights = np.arange(30) // 10, np.where(np.arange(30) < 10, rng.integers(5, 30, 30), 1).astype(float)
        rows = np.repeat(np.arange(30), weights.astype(int))
        own = dict(alphas=30, tol=1e-12)
        weighted = fsk.LassoCV(cv=list(LeaveOneGroupOut().split(X, groups=groups)), **own).fit(X, y, weights)
        repeated = fsk.LassoCV(cv=list(LeaveOneGroupOut().split(X[rows], groups=groups[rows])), **own).fit(X[rows], y[rows])
        close(weighted.mse_path_, repeated.mse_path_, 1e-8)
        assert weighted.alpha_ == pytest.approx(repeated.alpha_)


def test_folds_that_are_no_partition_are_fitted_one_by_one(diabetes):
    from sklearn.model_selection import KFold, ShuffleSplit

    X, y = diabetes
    weights = np.random.default_rng(0).random(len(y))
    own = dict(alphas=10, eps=1e-2, tol=1e-12)
    for cv in (ShuffleSplit(3, random_state=0), list(KFold(3).split(X))[:2], list(KFold(3, shuffle=True, random_state=1).split(X))):
        theirs = linear_model.LassoCV(cv=cv, max_iter=10**6, **own).fit(X, y, weights)
        ours = fsk.LassoCV(cv=cv, n_jobs=2, **own).fit(X, y, weights)
        close(ours.mse_path_, theirs.mse_path_)
        assert ours.alpha_ == pytest.approx(theirs.alpha_)


@pytest.mark.parametrize("estimator", [fsk.Lasso(0.1), fsk.ElasticNet(0.1), fsk.LogisticRegression("l1"), fsk.SparseSVC()],
                         ids=lambda e: type(e).__name__)
def test_float32_is_preserved_and_pandas_accepted(estimator, diabetes):
    pandas = pytest.importorskip("pandas")
    X, y = diabetes
    y = y if hasattr(estimator, "positive") else y > 140
    wide = clone(estimator).fit(X, y)
    single = clone(estimator).fit(X.astype(np.float32), y)
    assert single.coef_.dtype == np.float32 and wide.coef_.dtype == np.float64
    close(single.coef_, wide.coef_, 2e-2)
    frame = pandas.DataFrame(X, columns=[f"f{k}" for k in range(10)])
    framed = clone(estimator).fit(frame, pandas.Series(y))
    assert list(framed.feature_names_in_) == list(frame.columns)
    close(framed.coef_, wide.coef_, 1e-5)
    assert framed.sparse_coef_.shape == (1, 10)
    assert np.array_equal(pickle.loads(pickle.dumps(framed)).coef_, framed.coef_)


def test_warm_start_and_limits(diabetes):
    X, y = diabetes
    m = fsk.Lasso(0.1, warm_start=True, tol=1e-10).fit(X, y)
    first = m.n_iter_
    before = m.coef_.copy()
    m.fit(X, y)
    assert m.n_iter_ <= first
    close(m.coef_, before, 1e-5)
    with pytest.warns(ConvergenceWarning):
        fsk.LogisticRegression("l1", max_iter=1, tol=1e-14).fit(*load_iris(return_X_y=True))
    with pytest.raises(fenchel.errors.RangeError, match="lam.*-1"):
        fsk.Lasso(-1).fit(X, y)
    with pytest.raises(fenchel.errors.NameLookupError, match="penalty"):
        fsk.LogisticRegression("l3").fit(X, y > 140)


def test_grid_search(diabetes):
    X, y = diabetes
    search = GridSearchCV(fsk.Lasso(), {"alpha": [0.01, 0.1, 1.0]}, cv=3).fit(X, y)
    assert search.best_params_["alpha"] in (0.01, 0.1, 1.0)


def test_the_package_does_not_import_scikit_learn():
    import subprocess
    import sys

    script = ("import sys, fenchel; assert 'sklearn' not in sys.modules; fenchel.sklearn.Lasso; "
              "assert 'sklearn' in sys.modules and fenchel.sklearn.__name__ == 'fenchel.sklearn'")
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
