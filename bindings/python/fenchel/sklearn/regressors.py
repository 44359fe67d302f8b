"""Lasso, ElasticNet, GroupLasso, MCPRegression: 1/(2 n) ||y - X w - b||^2 + penalty."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import RegressorMixin

from .. import prox, smooth
from ..composite_result import MinimizeResult
from ..simple import Prox
from .estimator_base import LinearEstimator

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


class Regressor(RegressorMixin, LinearEstimator):  # type: ignore[misc]
    """Least squares, averaged over (weighted) samples, with a penalty that the subclass gives."""

    _mean = True  #: divided by the sum of the samples' weights

    def _penalty(self, features: int) -> Any:
        raise NotImplementedError

    def fit(self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Any:
        """Fit to X (samples, features), dense, CSR, CSC or a data frame, and y (samples,); returns self.

        sample_weight : (samples,) >= 0, divided by its sum; None is 1/samples each.
        Raises ValueError for what scikit-learn refuses, RangeError for illegal parameters; a ConvergenceWarning where the
        tolerance was missed.
        """
        X, y, weights = self._validated(X, y, sample_weight, y_numeric=True)
        f = smooth.least_squares(X, y, weights=weights, intercept=self.fit_intercept, mean=self._mean)
        self._store(self._minimized(f, self._penalty(X.shape[1]), self._start(X)))
        return self

    def _start(self, X: Any) -> NDArray[Any] | None:
        """The former solution, with warm_start."""
        if not self.warm_start or getattr(self, "coef_", None) is None or self.coef_.shape != (X.shape[1],):
            return None
        return np.append(self.coef_, self.intercept_) if self.fit_intercept else self.coef_

    def _store(self, result: MinimizeResult) -> None:
        self.coef_ = result.coef.copy()
        self.intercept_ = result.intercept

    def predict(self, X: Any) -> NDArray[Any]:
        """X w + b, (samples,). Raises NotFittedError, ValueError."""
        return self._linear_predictor(X)


class Lasso(Regressor):
    """1/(2 n) ||y - X w - b||^2 + alpha ||w||_1, with a duality gap.

    Parameters
    ----------
    alpha : >= 0.
    fit_intercept : whether b is free, else 0.
    positive : demand w >= 0.
    tol : gap <= tol * (objective at w = 0); None is 1e-10 (float64) or 1e-5 (float32).
    max_iter : epochs. warm_start : start from the former solution. n_jobs : threads, 0 for all CPUs.

    Attributes: coef_ (features,), intercept_, n_iter_, dual_gap_, objective_, sparse_coef_.
    """

    def __init__(
        self,
        alpha: float = 1.0,
        *,
        fit_intercept: bool = True,
        positive: bool = False,
        tol: float | None = None,
        max_iter: int = 10000,
        warm_start: bool = False,
        n_jobs: int | None = None,
    ) -> None:
        self.alpha = alpha
        self.fit_intercept = fit_intercept
        self.positive = positive
        self.tol = tol
        self.max_iter = max_iter
        self.warm_start = warm_start
        self.n_jobs = n_jobs

    def _penalty(self, features: int) -> Any:
        return prox.positive_l1(self.alpha) if self.positive else prox.l1(self.alpha)


class ElasticNet(Regressor):
    """1/(2 n) ||y - X w - b||^2 + alpha l1_ratio ||w||_1 + alpha (1 - l1_ratio) / 2 ||w||^2, with a duality gap.

    Parameters
    ----------
    alpha : >= 0. l1_ratio : 0 .. 1.
    fit_intercept, positive, tol, max_iter, warm_start, n_jobs : as in Lasso.

    Attributes: as in Lasso.
    """

    def __init__(
        self,
        alpha: float = 1.0,
        *,
        l1_ratio: float = 0.5,
        fit_intercept: bool = True,
        positive: bool = False,
        tol: float | None = None,
        max_iter: int = 10000,
        warm_start: bool = False,
        n_jobs: int | None = None,
    ) -> None:
        self.alpha = alpha
        self.l1_ratio = l1_ratio
        self.fit_intercept = fit_intercept
        self.positive = positive
        self.tol = tol
        self.max_iter = max_iter
        self.warm_start = warm_start
        self.n_jobs = n_jobs

    def _penalty(self, features: int) -> Any:
        return elastic_penalty(self.alpha, self.l1_ratio, self.positive)


def elastic_penalty(alpha: float, l1_ratio: float, positive: bool) -> Any:
    """alpha (l1_ratio ||w||_1 + (1 - l1_ratio)/2 ||w||^2), with positive on w >= 0."""
    l1, l2 = alpha * l1_ratio, alpha * (1 - l1_ratio)
    if positive:
        sparse = prox.positive_l1(l1)
        return sparse if l2 == 0 else Prox("regularized", [("term", sparse), ("rho", l2)])
    return prox.l1(l1) if l1_ratio == 1 else prox.elastic_net(l1, l2)


class GroupLasso(Regressor):
    """1/(2 n) ||y - X w - b||^2 + alpha sum_g weights_g ||w_g||_2.

    Parameters
    ----------
    alpha : >= 0.
    groups : (features,) integers, the group of each feature from 0 (-1: not penalised); an int, the size of consecutive
        groups; None, a group a feature.
    weights : (groups,) >= 0; None is the square root of each group's size.
    fit_intercept, tol, max_iter, warm_start, n_jobs : as in Lasso.

    Attributes: as in Lasso.
    """

    def __init__(
        self,
        alpha: float = 1.0,
        *,
        groups: ArrayLike | int | None = None,
        weights: ArrayLike | None = None,
        fit_intercept: bool = True,
        tol: float | None = None,
        max_iter: int = 10000,
        warm_start: bool = False,
        n_jobs: int | None = None,
    ) -> None:
        self.alpha = alpha
        self.groups = groups
        self.weights = weights
        self.fit_intercept = fit_intercept
        self.tol = tol
        self.max_iter = max_iter
        self.warm_start = warm_start
        self.n_jobs = n_jobs

    def _grouping(self, features: int) -> tuple[NDArray[Any], NDArray[Any]]:
        """The group of each feature, and the weight of each group."""
        if self.groups is None or isinstance(self.groups, (int, np.integer)):
            size = 1 if self.groups is None else int(self.groups)
            labels = np.arange(features, dtype=np.int64) // max(1, size)
        else:
            labels = np.asarray(self.groups, np.int64)
        given = self.weights if self.weights is not None else np.sqrt(np.bincount(labels[labels >= 0]))
        return labels, np.asarray(given)

    def _penalty(self, features: int) -> Any:
        labels, weights = self._grouping(features)
        return prox.group_l2(self.alpha, group=labels, weights=weights)


class MCPRegression(Regressor):
    """1/(2 n) ||y - X w - b||^2 + sum_j MCP(w_j; alpha, gamma): nonconvex; the solution is stationary, not proved optimal.

    Parameters
    ----------
    alpha : >= 0. gamma : > 0, where the penalty becomes flat, in units of alpha.
    fit_intercept, tol, max_iter, warm_start, n_jobs : as in Lasso; tol bounds the relative optimality residual.

    Attributes: as in Lasso; dual_gap_ is inf. Zhang (2010), Nearly unbiased variable selection under minimax concave penalty.
    """

    def __init__(
        self,
        alpha: float = 1.0,
        *,
        gamma: float = 3.0,
        fit_intercept: bool = True,
        tol: float | None = None,
        max_iter: int = 10000,
        warm_start: bool = False,
        n_jobs: int | None = None,
    ) -> None:
        self.alpha = alpha
        self.gamma = gamma
        self.fit_intercept = fit_intercept
        self.tol = tol
        self.max_iter = max_iter
        self.warm_start = warm_start
        self.n_jobs = n_jobs

    def _penalty(self, features: int) -> Any:
        return prox.mcp(self.alpha, gamma=self.gamma)
