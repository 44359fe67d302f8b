"""LassoCV and ElasticNetCV, which choose alpha, and l1_ratio, by cross-validation."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils.extmath import safe_sparse_dot

from .. import prox, smooth
from ..errors import RangeError, UnsupportedError
from ..paths import cross_validate, lambda_max
from ..paths import path as factor_path
from .hypergradient import Search, chosen_method, split
from .regressors import ElasticNet, Lasso, Regressor, elastic_penalty
from .selection import grid

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Folds = list[tuple[NDArray[Any], NDArray[Any]]]


class _Validation(Regressor):
    """Fit of an estimator whose alpha (and l1_ratio) are the least mean squared error over the folds."""

    _each = ""  #: the parameter that asks for a penalty a feature

    def _ratios(self) -> list[float]:
        raise NotImplementedError

    def fit(self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Any:
        """Choose alpha and fit to X (samples, features) and y (samples,); returns self.

        sample_weight : (samples,) >= 0, also of the held-out errors; folds count alike. Raises and warns as Lasso.fit.
        """
        X, y, weights = self._validated(X, y, sample_weight, y_numeric=True)
        f = smooth.least_squares(X, y, weights=weights, intercept=self.fit_intercept, mean=True)
        folds = split(self.cv, X, y)
        if chosen_method(self, True, self._each):
            return self._searched(f, (X, y, weights), folds)
        ratios = self._ratios()
        grids = [grid(f, ratio, self.positive, self.eps, self.n_alphas, self.alphas) for ratio in ratios]
        errors = np.stack([
            self._errors(f, (X, y, weights), ratio, alphas, folds) for ratio, alphas in zip(ratios, grids)])
        best = np.unravel_index(errors.mean(axis=2).argmin(), errors.shape[:2])
        ratio, self.alpha_ = ratios[best[0]], float(grids[best[0]][best[1]])
        self._keep(ratio, np.stack(grids), errors)
        self._store(self._minimized(f, elastic_penalty(self.alpha_, ratio, self.positive), None))
        return self

    def _searched(self, f: Any, data: Any, folds: Folds) -> Any:
        """Fits by derivatives of the held-out error."""
        X, y, weights = data

        def model(own: Any, held: bool) -> Any:
            return smooth.least_squares(X, y, weights=own, intercept=self.fit_intercept, mean=True)

        search = Search(self, model, folds, weights, X.shape[0])
        top = lambda_max(f, elastic_penalty(1.0, 1.0, self.positive))
        if not 0 < self.eps < 1:
            raise RangeError(f"eps is {self.eps}; legal: 0 < eps < 1")
        g = self._chosen(search, top * np.sqrt(self.eps) if top > 0 else 1.0, X.shape[1])
        self.alphas_, self.mse_path_ = np.array([self.alpha_]), 2 * search.losses()[None, :]
        self.best_score_ = -float(self.mse_path_.mean())
        search.report()
        self._store(self._minimized(f, g, None))
        return self

    def _chosen(self, search: Search, start: float, features: int) -> Any:
        """The penalty that search finds; stores alpha_."""
        raise NotImplementedError

    def _keep(self, ratio: float, grids: NDArray[Any], errors: NDArray[Any]) -> None:
        """Stores alphas_, mse_path_ and best_score_."""
        self.alphas_, self.mse_path_ = grids[0], errors[0]
        self.best_score_ = -float(errors.mean(axis=2).min())

    def _errors(self, f: Any, data: Any, ratio: float, alphas: NDArray[Any], folds: Folds) -> NDArray[Any]:
        """Mean squared errors, (alphas, folds)."""
        g = elastic_penalty(1.0, ratio, self.positive)
        labels = _labels(folds, len(data[1]))
        if labels is not None:
            found = cross_validate(
                f, g, alphas, labels, tol=self.tol, max_iter=self.max_iter, num_threads=self._threads())
            return 2 * found.losses.T

        def errors_of(fold: tuple[NDArray[Any], NDArray[Any]]) -> NDArray[Any]:
            return self._held_out(data, g, alphas, *fold)

        with ThreadPoolExecutor(self._threads() or None) as pool:
            return np.stack(list(pool.map(errors_of, folds)), axis=1)

    def _held_out(self, data: Any, g: Any, alphas: NDArray[Any], train: Any, test: Any) -> NDArray[Any]:
        """Mean squared errors of one fold, (alphas,)."""
        X, y, weights = data
        own = None if weights is None else weights[train]
        f = smooth.least_squares(X[train], y[train], weights=own, intercept=self.fit_intercept, mean=True)
        found = factor_path(f, g, alphas, tol=self.tol, max_iter=self.max_iter)
        predicted = safe_sparse_dot(X[test], found.coef.T, dense_output=True) + found.intercepts
        held = None if weights is None else weights[test]
        return np.asarray(np.average((predicted - y[test][:, None]) ** 2, axis=0, weights=held))


def _labels(folds: Folds, samples: int) -> NDArray[Any] | None:
    """The fold of each sample, where every sample is held out once and is in all other training sets; else None."""
    labels = np.full(samples, -1, np.int64)
    held = 0
    for k, (train, test) in enumerate(folds):
        left = np.ones(samples, bool)
        left[test] = False
        if not np.array_equal(np.flatnonzero(left), np.sort(train)):
            return None
        labels[test] = k
        held += len(test)
    return labels if held == samples and (labels >= 0).all() else None


class LassoCV(_Validation, Lasso):
    """Lasso with alpha chosen by cross-validation: the least mean squared error over the folds.

    Parameters
    ----------
    eps, n_alphas, alphas : the grid, as in enet_path.
    method : "grid" (the default "auto" too, for scikit-learn's answers) tries alphas; "hypergradient" searches by the derivative
        of the held-out error (fenchel.tune), in the same range and a tenth of the fits.
    per_feature : choose a penalty for each feature, from the best single one on; "hypergradient" then is the default.
    max_evaluations : of the held-out error and its derivative, for each search.
    cv : number of folds, a splitter, or an iterable of (train, test); None is 5.
    n_jobs : folds at a time; None is 1.
    fit_intercept, positive, tol, max_iter : as in Lasso.

    Attributes: alpha_, alphas_ (k,), mse_path_ (k, folds), best_score_ (minus the least mean of mse_path_), and those of Lasso;
    with "hypergradient" n_evaluations_, derivative_status_ and penalties_ as in RidgeCV, k = 1.
    """

    warm_start = False
    _each = "per_feature"

    def __init__(
        self,
        *,
        eps: float = 1e-3,
        n_alphas: int = 100,
        alphas: ArrayLike | int | None = None,
        method: str = "auto",
        per_feature: bool = False,
        max_evaluations: int = 100,
        cv: Any = None,
        fit_intercept: bool = True,
        positive: bool = False,
        tol: float | None = None,
        max_iter: int = 10000,
        n_jobs: int | None = None,
    ) -> None:
        self.eps = eps
        self.n_alphas = n_alphas
        self.alphas = alphas
        self.method = method
        self.per_feature = per_feature
        self.max_evaluations = max_evaluations
        self.cv = cv
        self.fit_intercept = fit_intercept
        self.positive = positive
        self.tol = tol
        self.max_iter = max_iter
        self.n_jobs = n_jobs

    def _ratios(self) -> list[float]:
        return [1.0]

    def _chosen(self, search: Search, start: float, features: int) -> Any:
        family = "positive_l1" if self.positive else "l1"
        term = getattr(prox, family)
        self.alpha_ = search.tune(family, {"lam": start}, reach=1 / np.sqrt(self.eps))["lam"]
        if not self.per_feature:
            return term(self.alpha_)
        self.penalties_ = search.tune_each(family, np.full(features, self.alpha_))
        return term(1.0, self.penalties_)


class ElasticNetCV(_Validation, ElasticNet):
    """ElasticNet with alpha and l1_ratio chosen by cross-validation: the least mean squared error over the folds.

    Parameters
    ----------
    l1_ratio : 0 .. 1, or several to choose from; 0 needs alphas, or "hypergradient". None, with "hypergradient": chosen together with alpha.
    eps, n_alphas, alphas, method, max_evaluations, cv, fit_intercept, positive, tol, max_iter, n_jobs : as in LassoCV;
        "hypergradient" knows no positive.

    Attributes: alpha_, l1_ratio_, alphas_ (k,), mse_path_ (k, folds), best_score_, and those of ElasticNet. Several l1_ratio add a
    first axis to mse_path_, and to alphas_ unless these were given. With "hypergradient" n_evaluations_ and derivative_status_.
    """

    warm_start = False
    l1_ratio_: float

    def __init__(
        self,
        *,
        l1_ratio: Any = 0.5,
        eps: float = 1e-3,
        n_alphas: int = 100,
        alphas: ArrayLike | int | None = None,
        method: str = "auto",
        max_evaluations: int = 100,
        cv: Any = None,
        fit_intercept: bool = True,
        positive: bool = False,
        tol: float | None = None,
        max_iter: int = 10000,
        n_jobs: int | None = None,
    ) -> None:
        self.l1_ratio = l1_ratio
        self.eps = eps
        self.n_alphas = n_alphas
        self.alphas = alphas
        self.method = method
        self.max_evaluations = max_evaluations
        self.cv = cv
        self.fit_intercept = fit_intercept
        self.positive = positive
        self.tol = tol
        self.max_iter = max_iter
        self.n_jobs = n_jobs

    def _chosen(self, search: Search, start: float, features: int) -> Any:
        if self.positive:
            raise UnsupportedError("method 'hypergradient' with positive; legal: method 'grid'")
        if self.l1_ratio is None:
            found = search.tune("elastic_net", {"l1": 0.5 * start, "l2": 0.5 * start})
            self.alpha_ = found["l1"] + found["l2"]
            self.l1_ratio_ = found["l1"] / self.alpha_
            return prox.elastic_net(found["l1"], found["l2"])
        best = float("inf")
        for ratio in self._ratios():
            term = elastic_penalty(1.0, ratio, False)
            alpha = search.tune("scaled", {"factor": start / max(ratio, 1e-3)}, {"term": term},
                                reach=1 / np.sqrt(self.eps))["factor"]
            if search.losses().mean() < best:
                best, self.alpha_, self.l1_ratio_ = float(search.losses().mean()), alpha, ratio
        return elastic_penalty(self.alpha_, self.l1_ratio_, False)

    def _ratios(self) -> list[float]:
        ratios = np.atleast_1d(np.asarray(self.l1_ratio, np.float64))
        if ratios.ndim != 1 or ratios.size == 0 or not ((ratios >= 0) & (ratios <= 1)).all():
            raise RangeError(f"l1_ratio is {self.l1_ratio!r}; legal: 0 .. 1, or a list of such")
        return [float(ratio) for ratio in ratios]

    def _keep(self, ratio: float, grids: NDArray[Any], errors: NDArray[Any]) -> None:
        super()._keep(ratio, grids, errors)
        self.l1_ratio_ = ratio
        if np.ndim(self.l1_ratio):
            self.mse_path_ = errors
            self.alphas_ = grids if self.alphas is None or np.ndim(self.alphas) == 0 else grids[0]
