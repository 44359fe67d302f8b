"""LassoCV and ElasticNetCV, which choose alpha, and l1_ratio, by cross-validation."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.model_selection import check_cv
from sklearn.utils.extmath import safe_sparse_dot

from .. import smooth
from ..errors import RangeError
from ..paths import cross_validate
from ..paths import path as factor_path
from .regressors import ElasticNet, Lasso, Regressor, elastic_penalty
from .selection import grid

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Folds = list[tuple[NDArray[Any], NDArray[Any]]]


class _Validation(Regressor):
    """Fit of an estimator whose alpha (and l1_ratio) are the least mean squared error over the folds."""

    def _ratios(self) -> list[float]:
        raise NotImplementedError

    def fit(self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Any:
        """Choose alpha and fit to X (samples, features) and y (samples,); returns self.

        sample_weight : (samples,) >= 0, also of the held-out errors; folds count alike. Raises and warns as Lasso.fit.
        """
        X, y, weights = self._validated(X, y, sample_weight, y_numeric=True)
        f = smooth.least_squares(X, y, weights=weights, intercept=self.fit_intercept, mean=True)
        ratios = self._ratios()
        grids = [grid(f, ratio, self.positive, self.eps, self.n_alphas, self.alphas) for ratio in ratios]
        folds = [(train, test) for train, test in check_cv(self.cv).split(X, y)]
        errors = np.stack([
            self._errors(f, (X, y, weights), ratio, alphas, folds) for ratio, alphas in zip(ratios, grids)])
        best = np.unravel_index(errors.mean(axis=2).argmin(), errors.shape[:2])
        ratio, self.alpha_ = ratios[best[0]], float(grids[best[0]][best[1]])
        self._keep(ratio, np.stack(grids), errors)
        self._store(self._minimized(f, elastic_penalty(self.alpha_, ratio, self.positive), None))
        return self

    def _keep(self, ratio: float, grids: NDArray[Any], errors: NDArray[Any]) -> None:
        """Stores alphas_ and mse_path_."""
        self.alphas_, self.mse_path_ = grids[0], errors[0]

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
    cv : number of folds, a splitter, or an iterable of (train, test); None is 5.
    n_jobs : folds at a time; None is 1.
    fit_intercept, positive, tol, max_iter : as in Lasso.

    Attributes: alpha_, alphas_ (k,), mse_path_ (k, folds), and those of Lasso.
    """

    warm_start = False

    def __init__(
        self,
        *,
        eps: float = 1e-3,
        n_alphas: int = 100,
        alphas: ArrayLike | int | None = None,
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
        self.cv = cv
        self.fit_intercept = fit_intercept
        self.positive = positive
        self.tol = tol
        self.max_iter = max_iter
        self.n_jobs = n_jobs

    def _ratios(self) -> list[float]:
        return [1.0]


class ElasticNetCV(_Validation, ElasticNet):
    """ElasticNet with alpha and l1_ratio chosen by cross-validation: the least mean squared error over the folds.

    Parameters
    ----------
    l1_ratio : 0 .. 1, or several to choose from; 0 needs alphas.
    eps, n_alphas, alphas, cv, fit_intercept, positive, tol, max_iter, n_jobs : as in LassoCV.

    Attributes: alpha_, l1_ratio_, alphas_ (k,), mse_path_ (k, folds), and those of ElasticNet. Several l1_ratio add a first axis
    to mse_path_, and to alphas_ unless these were given.
    """

    warm_start = False

    def __init__(
        self,
        *,
        l1_ratio: Any = 0.5,
        eps: float = 1e-3,
        n_alphas: int = 100,
        alphas: ArrayLike | int | None = None,
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
        self.cv = cv
        self.fit_intercept = fit_intercept
        self.positive = positive
        self.tol = tol
        self.max_iter = max_iter
        self.n_jobs = n_jobs

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
