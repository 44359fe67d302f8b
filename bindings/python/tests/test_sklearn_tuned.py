"""fenchel.sklearn's estimators that choose the weights of their penalties by hypergradients."""
import pickle
import warnings

import numpy as np
import pytest

pytest.importorskip("sklearn")

from scipy import sparse  # noqa: E402
from sklearn import linear_model  # noqa: E402
from sklearn.base import clone  # noqa: E402
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris  # noqa: E402
from sklearn.exceptions import ConvergenceWarning  # noqa: E402
from sklearn.metrics import log_loss  # noqa: E402
from sklearn.model_selection import KFold, ShuffleSplit, StratifiedKFold  # noqa: E402
from sklearn.utils.estimator_checks import parametrize_with_checks  # noqa: E402

import fenchel  # noqa: E402
from fenchel import sklearn as fsk  # noqa: E402

HYPER = dict(method="hypergradient")
ESTIMATORS = [
    fsk.RidgeCV(), fsk.RidgeCV(alphas=5), fsk.RidgeCV(per_feature=True, tol=1e-14),
    fsk.LassoCV(**HYPER), fsk.LassoCV(positive=True, **HYPER), fsk.LassoCV(per_feature=True),
    fsk.ElasticNetCV(l1_ratio=None, **HYPER), fsk.ElasticNetCV(l1_ratio=[0.2, 0.9], **HYPER),
    fsk.GroupLassoCV(), fsk.GroupLassoCV(alphas=5), fsk.GroupLassoCV(per_group=True),
    fsk.LogisticRegressionCV(), fsk.LogisticRegressionCV(Cs=4), fsk.LogisticRegressionCV("l1", tol=1e-13, **HYPER),
    fsk.LogisticRegressionCV(per_feature=True),
    fsk.LogisticRegressionCV("elasticnet", tol=1e-13), fsk.LogisticRegressionCV("elasticnet", Cs=4, l1_ratio=[0.0, 0.7]),
    fsk.LogisticRegressionCV("elasticnet", l1_ratio=[0.2, 0.9], tol=1e-13), fsk.LogisticRegressionCV("elasticnet", l1_ratio=None, tol=1e-13),
]


def expected_failures(estimator):
    """93 penalties, held-out data that are training data: the loss goes to 0, and rounding decides the path to it."""
    if isinstance(estimator, fsk.LogisticRegressionCV) and estimator.per_feature:
        return {f"check_sample_weight_equivalence_on_{kind}_data": expected_failures.__doc__ for kind in ("dense", "sparse")}
    return {}


@parametrize_with_checks(ESTIMATORS, expected_failed_checks=expected_failures)
def test_check_estimator(estimator, check):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        check(estimator)


@pytest.fixture(scope="module")
def diabetes():
    X, y = load_diabetes(return_X_y=True)
    return X * 20, y


@pytest.fixture(scope="module")
def cancer():
    X, y = load_breast_cancer(return_X_y=True)
    return (X - X.mean(axis=0)) / X.std(axis=0), y


def quiet(estimator, *data):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", fsk.UncertifiedWarning)
        return estimator.fit(*data)


@pytest.mark.parametrize("fit_intercept", [True, False])
def test_ridge_equals_scikit_learns(diabetes, fit_intercept):
    X, y = diabetes
    weights = np.random.default_rng(0).random(len(y))
    for alpha in (0.5, np.linspace(0.1, 30, 10)):
        root = np.sqrt(alpha)  # a penalty a feature is a scaling of the columns
        theirs = linear_model.Ridge(1.0, fit_intercept=fit_intercept).fit(X / root, y, weights)
        for data in (X, np.asfortranarray(X), sparse.csr_matrix(X), sparse.csc_matrix(X)):
            ours = fsk.Ridge(alpha, fit_intercept=fit_intercept).fit(data, y, weights)
            assert np.allclose(ours.coef_, theirs.coef_ / root, rtol=1e-7, atol=1e-7)
            assert ours.intercept_ == pytest.approx(theirs.intercept_, abs=1e-6)


def test_ridge_cv_is_no_worse_than_a_fine_grid_of_scikit_learns(diabetes):
    X, y = diabetes
    weights = np.random.default_rng(0).random(len(y))
    folds = list(KFold(4, shuffle=True, random_state=0).split(X))
    grid = np.geomspace(1e-4, 1e3, 300)
    for own in (None, weights):
        losses = []
        for alpha in grid:
            fits = [linear_model.Ridge(alpha).fit(X[a], y[a], None if own is None else own[a]) for a, _ in folds]
            losses.append(np.mean([np.average((m.predict(X[b]) - y[b]) ** 2, weights=None if own is None else own[b])
                                   for m, (_, b) in zip(fits, folds)]))
        m = fsk.RidgeCV(cv=folds).fit(X, y, own)
        assert -m.best_score_ <= min(losses) * (1 + 1e-5) and m.n_evaluations_ <= 20
        assert m.mse_path_.shape == (1, 4) and m.alphas_.tolist() == [m.alpha_]
        assert np.allclose(m.coef_, linear_model.Ridge(m.alpha_).fit(X, y, own).coef_, rtol=1e-6)
        on_grid = fsk.RidgeCV(alphas=grid, cv=folds).fit(X, y, own)
        assert on_grid.alpha_ == pytest.approx(grid[np.argmin(losses)])
        assert np.allclose(on_grid.mse_path_.mean(axis=1), losses[::-1], rtol=1e-6)


def test_a_certificate_is_reported_where_there_is_one(diabetes):
    X, y = diabetes
    assert fsk.RidgeCV(fit_intercept=False).fit(X, y - y.mean()).derivative_status_ == "certified"
    assert fsk.RidgeCV().fit(X, y).derivative_status_ == "uncertified"


def test_several_penalties_by_uncertified_derivatives_warn_and_one_does_not(diabetes):
    X, y = diabetes
    with pytest.warns(fsk.UncertifiedWarning, match="RidgeCV.*uncertified") as caught:
        fsk.RidgeCV(per_feature=True).fit(X, y)
    assert caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fsk.RidgeCV().fit(X, y)
        fsk.LassoCV(**HYPER).fit(X, y)
        fsk.RidgeCV(per_feature=True, fit_intercept=False).fit(X, y - y.mean())


def test_searches_that_end_early_warn(diabetes):
    X, y = diabetes
    with pytest.warns(ConvergenceWarning, match="3 evaluations .max_evaluations"):
        fsk.RidgeCV(max_evaluations=3).fit(X, y)
    with pytest.raises(fenchel.errors.NameLookupError, match="method.*'best'"):
        fsk.RidgeCV(method="best").fit(X, y)
    with pytest.raises(fenchel.errors.NameLookupError, match="per_feature"):
        fsk.LassoCV(method="grid", per_feature=True).fit(X, y)
    with pytest.raises(fenchel.errors.UnsupportedError, match="positive"):
        fsk.ElasticNetCV(positive=True, **HYPER).fit(X, y)
    with pytest.raises(fenchel.errors.RangeError, match="alphas"):
        fsk.RidgeCV(alphas=[1.0, -1.0]).fit(X, y)


@pytest.mark.parametrize("positive", [False, True])
def test_lasso_cv_finds_what_a_grid_finds(positive):
    rng = np.random.default_rng(3)
    X = rng.standard_normal((120, 200))
    y = X[:, :6] @ [3.0, 2.0, 1.5, 1.0, 1.0, 0.5] + 2 * rng.standard_normal(120)
    for cv in (5, ShuffleSplit(4, random_state=1)):
        on_grid = fsk.LassoCV(cv=cv, n_alphas=200, positive=positive, tol=1e-10).fit(X, y)
        found = fsk.LassoCV(cv=cv, positive=positive, **HYPER).fit(X, y)
        assert -found.best_score_ <= on_grid.mse_path_.mean(axis=1).min() * (1 + 1e-6) and found.n_evaluations_ <= 60
        again = fsk.LassoCV(cv=cv, alphas=[found.alpha_], positive=positive, tol=1e-12).fit(X, y)
        assert np.allclose(again.mse_path_, found.mse_path_, rtol=1e-4)
        assert np.allclose(again.coef_, found.coef_, atol=1e-4)


def test_a_penalty_a_feature_beats_one_and_finds_the_features_that_matter():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((150, 60))
    y = X[:, :5] @ [3.0, -2.0, 2.0, 1.0, 1.0] + 1.5 * rng.standard_normal(150)
    for estimator in (fsk.RidgeCV(fit_intercept=False), fsk.LassoCV(**HYPER)):
        one = quiet(clone(estimator), X, y)
        each = quiet(clone(estimator).set_params(per_feature=True), X, y)
        assert each.penalties_.shape == (60,) and each.alpha_ == one.alpha_ and each.best_score_ > one.best_score_
        assert np.log(each.penalties_[:5]).mean() < np.log(each.penalties_[5:]).mean() - 1
    model = fsk.Ridge(quiet(fsk.RidgeCV(per_feature=True), X, y).penalties_).fit(X, y)
    assert np.allclose(model.coef_, quiet(fsk.RidgeCV(per_feature=True), X, y).coef_, atol=1e-8)


def test_elastic_net_keeps_chooses_or_frees_the_ratio(diabetes):
    X, y = diabetes
    fixed = fsk.ElasticNetCV(l1_ratio=0.3, **HYPER).fit(X, y)
    grid = fsk.ElasticNetCV(l1_ratio=0.3, eps=1e-3, n_alphas=100, tol=1e-10).fit(X, y)
    assert fixed.l1_ratio_ == 0.3 and -fixed.best_score_ <= grid.mse_path_.mean(axis=1).min() * (1 + 1e-4)
    listed = fsk.ElasticNetCV(l1_ratio=[0.3, 0.9], **HYPER).fit(X, y)
    assert listed.l1_ratio_ in (0.3, 0.9) and listed.best_score_ >= fixed.best_score_
    free = quiet(fsk.ElasticNetCV(l1_ratio=None, **HYPER), X, y)
    assert 0 < free.l1_ratio_ < 1 and free.best_score_ >= fixed.best_score_ * 1.001
    assert np.allclose(fsk.ElasticNet(free.alpha_, l1_ratio=free.l1_ratio_).fit(X, y).coef_, free.coef_, atol=1e-5)


def test_group_lasso_cv(diabetes):
    X, y = diabetes
    groups = np.arange(10) // 2
    grid = fsk.GroupLassoCV(alphas=200, groups=groups).fit(X, y)
    found = fsk.GroupLassoCV(groups=groups).fit(X, y)
    assert found.best_score_ >= grid.best_score_ * 1.0001 and found.n_evaluations_ < 25
    each = quiet(fsk.GroupLassoCV(groups=groups, per_group=True), X, y)
    assert each.penalties_.shape == (5,) and each.best_score_ > found.best_score_
    same = fsk.GroupLasso(1.0, groups=groups, weights=each.penalties_).fit(X, y)
    assert np.allclose(same.coef_, each.coef_, atol=1e-5)


@pytest.mark.parametrize("penalty", ["l2", "l1"])
def test_logistic_regression_cv_against_scikit_learns_losses(cancer, penalty):
    X, y = cancer
    folds = list(StratifiedKFold(5).split(X, y))
    m = fsk.LogisticRegressionCV(penalty, **HYPER).fit(X, y)

    def loss(C):
        fits = [fsk.LogisticRegression(penalty, C=C).fit(X[a], y[a]) for a, _ in folds]
        return np.mean([log_loss(y[b], f.predict_proba(X[b])) for f, (_, b) in zip(fits, folds)])

    grid = [loss(C) for C in np.geomspace(0.01, 100, 25)]
    assert -m.best_score_ <= min(grid) * 1.0001 and m.best_score_ == pytest.approx(-loss(m.C_), rel=1e-5)
    assert m.losses_.shape == (1, 5)
    each = quiet(clone(m).set_params(per_feature=True), X, y)
    assert each.penalties_.shape == (1, 30) and each.best_score_ > m.best_score_


def test_multinomial_logistic_regression_cv():
    X, y = load_iris(return_X_y=True)
    m = fsk.LogisticRegressionCV().fit(X, y)
    on_grid = fsk.LogisticRegressionCV(Cs=np.geomspace(0.1, 1000, 40)).fit(X, y)
    assert m.best_score_ >= on_grid.best_score_ * 1.0001
    assert np.allclose(fsk.LogisticRegression(C=m.C_).fit(X, y).coef_, m.coef_, atol=1e-6)
    each = quiet(clone(m).set_params(per_feature=True), X, y)
    assert each.penalties_.shape == each.coef_.shape == (3, 4) and each.best_score_ > m.best_score_


@pytest.mark.parametrize("data", ["cancer", "iris"])
def test_elastic_net_logistic_regression_cv_keeps_chooses_or_frees_the_ratio(data, cancer):
    """Against losses by scikit-learn's fits on a grid of C; no choice is worse than a narrower one."""
    X, y = cancer if data == "cancer" else load_iris(return_X_y=True)
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    folds = list(StratifiedKFold(5).split(X, y))

    def loss(C, ratio):
        keywords = {"l1_ratio": ratio, "C": C, "solver": "saga", "tol": 1e-7, "max_iter": 100000}
        fits = [linear_model.LogisticRegression(penalty="elasticnet", **keywords).fit(X[a], y[a]) for a, _ in folds]
        return np.mean([log_loss(y[b], f.predict_proba(X[b])) for f, (_, b) in zip(fits, folds)])

    fixed = fsk.LogisticRegressionCV("elasticnet", l1_ratio=0.3, cv=folds).fit(X, y)
    assert fixed.l1_ratio_ == 0.3 and fixed.losses_.shape == (1, 5) and fixed.n_evaluations_ <= 60
    assert fixed.derivative_status_ == "uncertified"  # free intercepts
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-learn 1.8 renames penalty
        assert fixed.best_score_ == pytest.approx(-loss(fixed.C_, 0.3), rel=1e-4)
    on_grid = fsk.LogisticRegressionCV("elasticnet", l1_ratio=[0.3, 0.9], Cs=fixed.C_ * np.geomspace(0.1, 10, 41), cv=folds).fit(X, y)
    assert on_grid.losses_.shape == (2, 41, 5) and fixed.best_score_ >= -on_grid.losses_[0].mean(axis=1).min() * (1 + 1e-4)
    listed = fsk.LogisticRegressionCV("elasticnet", l1_ratio=[0.3, 0.9], cv=folds).fit(X, y)
    assert listed.best_score_ >= max(fixed.best_score_, on_grid.best_score_) * (1 + 1e-4)
    free = quiet(fsk.LogisticRegressionCV("elasticnet", l1_ratio=None, cv=folds), X, y)
    half = fsk.LogisticRegressionCV("elasticnet", cv=folds).fit(X, y)
    assert 0 < free.l1_ratio_ < 1 and free.best_score_ >= half.best_score_ and free.derivative_status_ == "uncertified"
    again = fsk.LogisticRegression("elasticnet", C=free.C_, l1_ratio=free.l1_ratio_).fit(X, y)
    assert np.allclose(again.coef_, free.coef_, atol=1e-4 * np.abs(free.coef_).max())


def test_elastic_net_logistic_regression_cv_ends_in_its_neighbours_and_refuses(cancer):
    X, y = cancer
    for penalty, ratio in (("l2", 0.0), ("l1", 1.0)):
        one = fsk.LogisticRegressionCV(penalty, **HYPER).fit(X, y)
        same = fsk.LogisticRegressionCV("elasticnet", l1_ratio=ratio).fit(X, y)
        assert same.l1_ratio_ == one.l1_ratio_ == ratio and same.C_ == one.C_ and np.array_equal(same.coef_, one.coef_)
    for wrong, error in ((dict(l1_ratio=1.5), fenchel.errors.RangeError), (dict(l1_ratio=[]), fenchel.errors.RangeError),
                         (dict(l1_ratio=None, Cs=3), fenchel.errors.NameLookupError),
                         (dict(per_feature=True), fenchel.errors.NameLookupError)):
        with pytest.raises(error, match="l1_ratio|per_feature"):
            fsk.LogisticRegressionCV("elasticnet", **wrong).fit(X, y)
    with pytest.raises(fenchel.errors.NameLookupError, match="elasticnet"):
        fsk.LogisticRegressionCV("l0").fit(X, y)


@pytest.mark.parametrize("estimator", [fsk.RidgeCV(), fsk.LassoCV(**HYPER), fsk.GroupLassoCV(), fsk.RidgeCV(per_feature=True),
                                       fsk.LogisticRegressionCV()], ids=str)
def test_float32_sparse_threads_and_pickles(estimator, diabetes):
    X, y = diabetes
    y = y > 140 if isinstance(estimator, fsk.LogisticRegressionCV) else y
    wide = quiet(clone(estimator), X, y)
    for data in (sparse.csr_matrix(X), sparse.csc_matrix(X)):
        assert np.allclose(quiet(clone(estimator).set_params(n_jobs=2), data, y).coef_, wide.coef_, rtol=1e-3, atol=1e-3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        single = clone(estimator).fit(X.astype(np.float32), y)
    assert single.coef_.dtype == np.float32
    assert single.best_score_ == pytest.approx(wide.best_score_, rel=2e-3)
    again = pickle.loads(pickle.dumps(wide))
    assert np.array_equal(again.predict(X), wide.predict(X)) and again.derivative_status_ == wide.derivative_status_
