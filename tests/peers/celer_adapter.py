"""celer's estimators and celer_path with its parameters, solved by fenchel.

max_epochs is fenchel's max_iter; what else steers celer's iteration (max_iter, p0, prune, solver, use_PN, verbose) is accepted
and ignored. celer's rule that weights are positive is kept here: fenchel lets 0 stand for "not penalised".
"""

from __future__ import annotations

from typing import Any

import celer
import numpy as np
import peer_calls
from celer import dropin_sklearn, homotopy
from sklearn.utils import check_array

import fenchel
import fenchel.sklearn as ours
from fenchel import prox, smooth
from fenchel.simple import Prox


def _weights(weights: Any, size: int) -> Any:
    if weights is None:
        return None
    weights = np.asarray(weights, np.float64)
    if weights.shape != (size,) or (weights <= 0).any():
        raise ValueError(f"weights: {size} positive values are needed")
    return weights


def _l1(alpha: float, l1_ratio: float, positive: bool, weights: Any) -> Any:
    """alpha (l1_ratio sum w_j |x_j| + (1 - l1_ratio)/2 ||x||^2): celer's weights are those of the norm only."""
    term = prox.positive_l1 if positive else prox.l1
    norm = term(alpha * l1_ratio, weights=weights)
    return norm if l1_ratio == 1 else Prox("regularized", [("term", norm), ("rho", alpha * (1 - l1_ratio))])


def _labels(groups: Any, features: int) -> Any:
    """celer's groups (a size, a list of sizes, a list of lists) as the group of each feature."""
    if np.ndim(groups) == 0:
        return np.arange(features, dtype=np.int64) // int(groups)
    if all(np.ndim(group) == 0 for group in groups):
        return np.repeat(np.arange(len(groups), dtype=np.int64), groups)
    labels = np.full(features, -1, np.int64)
    for k, group in enumerate(groups):
        labels[np.asarray(group)] = k
    return labels


def _group_l2(alpha: float, groups: Any, weights: Any, features: int) -> Any:
    labels = _labels(groups, features)
    count = int(labels.max()) + 1
    own = _weights(weights, count)
    return prox.group_l2(alpha, group=labels, weights=np.ones(count) if own is None else own)


class _Adapter:
    """Mixin: remembers celer's own parameters."""

    n_jobs = None

    def _set(self, **own: Any) -> None:
        for name, value in own.items():
            setattr(self, name, value)
        self.max_iter = own["max_iter"]

    def _minimized(self, f: Any, g: Any, x0: Any) -> Any:
        kept, self.max_iter = self.max_iter, self.max_epochs
        try:
            return super()._minimized(f, g, x0)
        finally:
            self.max_iter = kept


class Lasso(_Adapter, ours.Lasso):
    def __init__(self, alpha=1.0, max_iter=100, max_epochs=50000, p0=10, verbose=0, tol=1e-4, prune=True,
                 fit_intercept=True, weights=None, warm_start=False, positive=False):
        self._set(alpha=alpha, max_iter=max_iter, max_epochs=max_epochs, p0=p0, verbose=verbose, tol=tol, prune=prune,
                  fit_intercept=fit_intercept, weights=weights, warm_start=warm_start, positive=positive)

    def _penalty(self, features: int) -> Any:
        return _l1(self.alpha, 1.0, self.positive, _weights(self.weights, features))

    def _start(self, X: Any) -> Any:
        if not hasattr(self, "intercept_"):
            self.intercept_ = 0.0  # celer takes a start that is only a coef_
        return super()._start(X)


class ElasticNet(_Adapter, ours.ElasticNet):
    def __init__(self, alpha=1.0, l1_ratio=1.0, max_iter=100, max_epochs=50000, p0=10, verbose=0, tol=1e-4, prune=True,
                 fit_intercept=True, weights=None, warm_start=False, positive=False):
        self._set(alpha=alpha, l1_ratio=l1_ratio, max_iter=max_iter, max_epochs=max_epochs, p0=p0, verbose=verbose,
                  tol=tol, prune=prune, fit_intercept=fit_intercept, weights=weights, warm_start=warm_start,
                  positive=positive)

    def _penalty(self, features: int) -> Any:
        return _l1(self.alpha, self.l1_ratio, self.positive, _weights(self.weights, features))


class GroupLasso(_Adapter, ours.GroupLasso):
    def __init__(self, groups=1, alpha=1.0, max_iter=100, max_epochs=50000, p0=10, verbose=0, tol=1e-4, prune=True,
                 fit_intercept=True, weights=None, warm_start=False):
        self._set(groups=groups, alpha=alpha, max_iter=max_iter, max_epochs=max_epochs, p0=p0, verbose=verbose,
                  tol=tol, prune=prune, fit_intercept=fit_intercept, weights=weights, warm_start=warm_start)

    def _penalty(self, features: int) -> Any:
        return _group_l2(self.alpha, self.groups, self.weights, features)


class LogisticRegression(_Adapter, ours.LogisticRegression):
    def __init__(self, C=1.0, penalty="l1", solver="celer-pn", tol=1e-4, fit_intercept=False, max_iter=50,
                 verbose=False, max_epochs=50000, p0=10, warm_start=False):
        self._set(C=C, penalty=penalty, solver=solver, tol=tol, fit_intercept=fit_intercept, max_iter=max_iter,
                  verbose=verbose, max_epochs=max_epochs, p0=p0, warm_start=warm_start)

    class_weight = None


class _Validated:
    """Mixin: celer's parameters of LassoCV and ElasticNetCV; its max_iter counts something else."""

    def fit(self, X: Any, y: Any) -> Any:
        kept, self.max_iter = self.max_iter, self.max_epochs
        try:
            return super().fit(X, y)
        finally:
            self.max_iter = kept


class LassoCV(_Validated, ours.LassoCV):
    def __init__(self, eps=1e-3, n_alphas=100, alphas=None, fit_intercept=True, max_iter=100, tol=1e-4, cv=None,
                 verbose=0, max_epochs=50000, p0=10, prune=True, precompute="auto", positive=False, n_jobs=None):
        super().__init__(eps=eps, n_alphas=n_alphas, alphas=alphas, cv=cv, fit_intercept=fit_intercept,
                         positive=positive, tol=tol, max_iter=max_iter, n_jobs=n_jobs)
        self.verbose, self.max_epochs, self.p0, self.prune, self.precompute = verbose, max_epochs, p0, prune, precompute


class ElasticNetCV(_Validated, ours.ElasticNetCV):
    def __init__(self, l1_ratio=1.0, eps=1e-3, n_alphas=100, alphas=None, fit_intercept=True, max_iter=100, tol=1e-4,
                 cv=None, verbose=0, max_epochs=50000, p0=10, prune=True, precompute="auto", positive=False, n_jobs=None):
        super().__init__(l1_ratio=l1_ratio, eps=eps, n_alphas=n_alphas, alphas=alphas, cv=cv,
                         fit_intercept=fit_intercept, positive=positive, tol=tol, max_iter=max_iter, n_jobs=n_jobs)
        self.verbose, self.max_epochs, self.p0, self.prune, self.precompute = verbose, max_epochs, p0, prune, precompute


def celer_path(X: Any, y: Any, pb: str, eps=1e-3, n_alphas=100, alphas=None, l1_ratio=1.0, coef_init=None, max_iter=20,
               max_epochs=50000, p0=10, verbose=0, tol=1e-6, prune=0, weights=None, groups=None, return_thetas=False,
               use_PN=False, X_offset=None, X_scale=None, return_n_iter=False, positive=False) -> Any:
    """Squares divided by the samples, or a sum of logistic losses, along a path."""
    if pb != "lasso" and l1_ratio != 1:
        raise NotImplementedError("l1_ratio")
    X = check_array(X, accept_sparse=("csc", "csr"), dtype=(np.float64, np.float32))
    f = smooth.logistic(X, y) if pb == "logreg" else smooth.least_squares(X, y, mean=True)
    if pb == "grouplasso":
        g = _group_l2(1.0, groups, weights, X.shape[1])
    else:
        g = _l1(1.0, l1_ratio, positive, _weights(weights, X.shape[1]))
    if alphas is None:
        norm = g if l1_ratio == 1 else _l1(1.0, 1.0, positive, _weights(weights, X.shape[1]))
        alphas = fenchel.lambda_max(f, norm) / l1_ratio * np.geomspace(1, eps, n_alphas)
    alphas = np.sort(alphas)[::-1]
    found = fenchel.path(f, g, alphas, tol=tol, max_iter=max_epochs)
    results = (alphas, found.coef.T, found.gaps)
    if return_thetas:
        results += (None,)
    if return_n_iter:
        results += (np.maximum(found.stats["iterations"], 1),)
    return results


def replaced() -> None:
    """Puts the adapters into celer."""
    adapters = (Lasso, ElasticNet, GroupLasso, LogisticRegression, LassoCV, ElasticNetCV)
    for adapter in adapters:
        adapter.fit = peer_calls.counted(adapter.fit)
    models = {adapter.__name__: adapter for adapter in adapters}
    path = dict(celer_path=peer_calls.counted(celer_path))
    peer_calls.put(dropin_sklearn, models)
    peer_calls.put(homotopy, path)
    peer_calls.put(celer, {**models, **path})
