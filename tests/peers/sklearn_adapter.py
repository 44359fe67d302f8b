"""scikit-learn's linear models with its constructors' parameters, fitted by fenchel.sklearn.

A parameter that a test leaves out has fenchel's default, as it has for who changes the import. What only steers scikit-learn's own iteration (precompute, selection, random_state, copy_X, check_input, solver, verbose) is
accepted and ignored.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import peer_calls
import sklearn.linear_model
from sklearn.linear_model import _logistic

import fenchel.sklearn as ours
from fenchel import prox


class Lasso(ours.Lasso):
    def __init__(self, alpha=1.0, *, fit_intercept=True, precompute=False, copy_X=True, max_iter=10000, tol=None,
                 warm_start=False, positive=False, random_state=None, selection="cyclic"):
        super().__init__(alpha, fit_intercept=fit_intercept, positive=positive, tol=tol, max_iter=max_iter,
                         warm_start=warm_start)
        self.precompute, self.copy_X, self.random_state, self.selection = precompute, copy_X, random_state, selection
        self.n_jobs = None

    def fit(self, X: Any, y: Any, sample_weight: Any = None, check_input: bool = True) -> Any:
        return super().fit(X, y, sample_weight)


class ElasticNet(ours.ElasticNet):
    def __init__(self, alpha=1.0, *, l1_ratio=0.5, fit_intercept=True, precompute=False, max_iter=10000, copy_X=True,
                 tol=None, warm_start=False, positive=False, random_state=None, selection="cyclic"):
        super().__init__(alpha, l1_ratio=l1_ratio, fit_intercept=fit_intercept, positive=positive, tol=tol,
                         max_iter=max_iter, warm_start=warm_start)
        self.precompute, self.copy_X, self.random_state, self.selection = precompute, copy_X, random_state, selection
        self.n_jobs = None

    def fit(self, X: Any, y: Any, sample_weight: Any = None, check_input: bool = True) -> Any:
        return super().fit(X, y, sample_weight)


class LassoCV(ours.LassoCV):
    def __init__(self, *, eps=1e-3, n_alphas=100, alphas=None, fit_intercept=True, precompute="auto", max_iter=10000,
                 tol=None, copy_X=True, cv=None, verbose=False, n_jobs=None, positive=False, random_state=None,
                 selection="cyclic"):
        super().__init__(eps=eps, n_alphas=n_alphas, alphas=alphas, cv=cv, fit_intercept=fit_intercept,
                         positive=positive, tol=tol, max_iter=max_iter, n_jobs=n_jobs)
        self.precompute, self.copy_X, self.verbose = precompute, copy_X, verbose
        self.random_state, self.selection = random_state, selection


class ElasticNetCV(ours.ElasticNetCV):
    def __init__(self, *, l1_ratio=0.5, eps=1e-3, n_alphas=100, alphas=None, fit_intercept=True, precompute="auto",
                 max_iter=10000, tol=None, cv=None, copy_X=True, verbose=0, n_jobs=None, positive=False,
                 random_state=None, selection="cyclic"):
        super().__init__(l1_ratio=l1_ratio, eps=eps, n_alphas=n_alphas, alphas=alphas, cv=cv,
                         fit_intercept=fit_intercept, positive=positive, tol=tol, max_iter=max_iter, n_jobs=n_jobs)
        self.precompute, self.copy_X, self.verbose = precompute, copy_X, verbose
        self.random_state, self.selection = random_state, selection


class LogisticRegression(ours.LogisticRegression):
    """scikit-learn says the penalty by C and l1_ratio since 1.8, by `penalty` before."""

    def __init__(self, penalty="deprecated", *, C=1.0, l1_ratio=0.0, dual=False, tol=None, fit_intercept=True,
                 intercept_scaling=1, class_weight=None, random_state=None, solver="lbfgs", max_iter=10000, verbose=0,
                 warm_start=False, n_jobs=None):
        super().__init__(penalty, C=C, l1_ratio=l1_ratio, tol=tol, fit_intercept=fit_intercept,
                         class_weight=class_weight, max_iter=max_iter, warm_start=warm_start, n_jobs=n_jobs)
        self.dual, self.intercept_scaling, self.random_state = dual, intercept_scaling, random_state
        self.solver, self.verbose = solver, verbose

    def _penalty(self) -> Any:
        if self.penalty == "deprecated" and not np.isinf(self.C):
            ratio = 0.0 if self.l1_ratio is None else self.l1_ratio
            return prox.elastic_net(ratio, 1.0 - ratio)
        return super()._penalty()

    def _centre(self) -> None:
        said, self.penalty = self.penalty, self._said()
        super()._centre()
        self.penalty = said

    def _said(self) -> Any:
        """The penalty by its former name."""
        if self.penalty != "deprecated":
            return self.penalty
        return "l2" if not self.l1_ratio else "elasticnet"


def _path(function: Any) -> Any:
    def path(X: Any, y: Any, *, eps=1e-3, n_alphas=100, alphas=None, precompute="auto", Xy=None, copy_X=True,
             coef_init=None, verbose=False, return_n_iter=False, positive=False, check_input=True, **keywords: Any) -> Any:
        keywords.pop("selection", None)
        return function(X, y, eps=eps, n_alphas=n_alphas, alphas=alphas, positive=positive, **keywords)

    path.__name__ = function.__name__
    return peer_calls.counted(path)


def replaced() -> None:
    """Puts the adapters into sklearn.linear_model."""
    for adapter in (Lasso, ElasticNet, LassoCV, ElasticNetCV, LogisticRegression):
        adapter.fit = peer_calls.counted(adapter.fit)
    # Only the public names: scikit-learn's own multi-task models use the others.
    peer_calls.put(sklearn.linear_model, dict(
        Lasso=Lasso, ElasticNet=ElasticNet, LassoCV=LassoCV, ElasticNetCV=ElasticNetCV,
        LogisticRegression=LogisticRegression, lasso_path=_path(ours.lasso_path), enet_path=_path(ours.enet_path)))
    peer_calls.put(_logistic, dict(LogisticRegression=LogisticRegression))
