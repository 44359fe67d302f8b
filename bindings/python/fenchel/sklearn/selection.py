"""Paths over alpha, and LassoCV, which picks alpha by cross-validation."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.model_selection import check_cv
from sklearn.utils import check_array
from sklearn.utils.extmath import safe_sparse_dot

from .. import prox, smooth
from ..errors import RangeError
from ..paths import PathResult, lambda_max
from ..paths import path as factor_path
from .regressors import Lasso, positive_elastic_net

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def _penalty(l1_ratio: float, positive: bool) -> Any:
    if l1_ratio == 1:
        return prox.positive_l1(1.0) if positive else prox.l1(1.0)
    l1, l2 = l1_ratio, 1.0 - l1_ratio
    return positive_elastic_net(l1, l2) if positive else prox.elastic_net(l1, l2)


def _grid(f: Any, l1_ratio: float, positive: bool, eps: float, n_alphas: int, alphas: ArrayLike | None) -> NDArray[Any]:
    """Decreasing values of alpha; by default from the least that gives zero down to eps times it."""
    if alphas is not None:
        return np.sort(np.asarray(alphas, np.float64))[::-1]
    if l1_ratio <= 0:
        raise RangeError("l1_ratio is 0: no alpha gives zero; give alphas")
    largest = lambda_max(f, _penalty(1.0, positive)) / l1_ratio
    return np.geomspace(largest, largest * eps, n_alphas) if largest > 0 else np.full(n_alphas, np.finfo(float).resolution)


def enet_path(
    X: Any,
    y: ArrayLike,
    *,
    l1_ratio: float = 0.5,
    eps: float = 1e-3,
    n_alphas: int = 100,
    alphas: ArrayLike | None = None,
    positive: bool = False,
    sample_weight: ArrayLike | None = None,
    tol: float | None = None,
    max_iter: int = 10000,
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """The elastic net for many alphas, without intercept, warm-started.

    Parameters
    ----------
    X : (samples, features), dense, CSR or CSC. y : (samples,).
    l1_ratio : 0 .. 1. alphas : (k,), sorted decreasingly; None is n_alphas of them, down to eps times the largest.
    positive, sample_weight, tol, max_iter : as in ElasticNet.

    Returns
    -------
    (alphas (k,), coefs (features, k), duality gaps (k,)), as scikit-learn's function.

    Raises
    ------
    ValueError for what scikit-learn refuses, RangeError; a ConvergenceWarning where a tolerance was missed.
    """
    X = check_array(X, accept_sparse=("csc", "csr"), dtype=(np.float64, np.float32))
    f = smooth.least_squares(X, y, weights=sample_weight, mean=True)
    grid = _grid(f, l1_ratio, positive, eps, n_alphas, alphas)
    result = factor_path(f, _penalty(l1_ratio, positive), grid, tol=tol, max_iter=max_iter)
    return grid, result.coef.T, result.gaps


def lasso_path(X: Any, y: ArrayLike, **keywords: Any) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """enet_path with l1_ratio = 1: X (samples, features), y (samples,), **keywords as there. Raises as enet_path."""
    return enet_path(X, y, l1_ratio=1.0, **keywords)


class LassoCV(Lasso):
    """Lasso with alpha chosen by cross-validation: the least mean squared error over the folds.

    Parameters
    ----------
    eps, n_alphas, alphas : the grid, as in enet_path.
    cv : number of folds, a splitter, or an iterable of (train, test); None is 5.
    n_jobs : folds at a time, each on a thread of its own; None is 1.
    fit_intercept, positive, tol, max_iter : as in Lasso.

    Attributes: alpha_, alphas_ (k,), mse_path_ (k, folds), and those of Lasso.
    """

    def __init__(
        self,
        *,
        eps: float = 1e-3,
        n_alphas: int = 100,
        alphas: ArrayLike | None = None,
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

    warm_start = False

    def fit(self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Any:
        """Choose alpha and fit to X (samples, features) and y (samples,); returns self.

        sample_weight : (samples,) >= 0, also of the held-out errors. Raises and warns as Lasso.fit.
        """
        X, y, weights = self._validated(X, y, sample_weight, y_numeric=True)
        f = smooth.least_squares(X, y, weights=weights, intercept=self.fit_intercept, mean=True)
        self.alphas_ = _grid(f, 1.0, self.positive, self.eps, self.n_alphas, self.alphas)
        folds = list(check_cv(self.cv).split(X, y))

        def errors_of(fold: tuple[NDArray[Any], NDArray[Any]]) -> NDArray[Any]:
            return self._errors(X, y, weights, *fold)

        with ThreadPoolExecutor(max(1, self.n_jobs or 1)) as pool:
            columns = list(pool.map(errors_of, folds))
        self.mse_path_ = np.stack(columns, axis=1)
        masses = None if weights is None else [weights[test].sum() for _, test in folds]
        self.alpha_ = float(self.alphas_[int(np.average(self.mse_path_, axis=1, weights=masses).argmin())])
        self._store(self._minimized(f, self._at(self.alpha_), None))
        return self

    def _at(self, alpha: float) -> Any:
        return prox.positive_l1(alpha) if self.positive else prox.l1(alpha)

    def _errors(self, X: Any, y: Any, weights: Any, train: Any, test: Any) -> NDArray[Any]:
        """Mean squared errors of one fold, (k,)."""
        own = None if weights is None else weights[train]
        f = smooth.least_squares(X[train], y[train], weights=own, intercept=self.fit_intercept, mean=True)
        found: PathResult = factor_path(
            f, _penalty(1.0, self.positive), self.alphas_, tol=self.tol, max_iter=self.max_iter)
        predicted = safe_sparse_dot(X[test], found.coef.T, dense_output=True) + found.intercepts
        held = None if weights is None else weights[test]
        return np.asarray(np.average((predicted - y[test][:, None]) ** 2, axis=0, weights=held))
