"""Ridge, and the regressors that choose their penalty's weights: RidgeCV, GroupLassoCV."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .. import prox, smooth
from ..errors import RangeError
from ..paths import lambda_max
from .hypergradient import Search, checked_grid, chosen_method, split
from .regressors import GroupLasso, Regressor

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


class Ridge(Regressor):
    """||y - X w - b||^2 + alpha ||w||^2; samples are summed, not averaged, as in scikit-learn.

    Parameters
    ----------
    alpha : >= 0, or (features,): a penalty a feature.
    fit_intercept, tol, max_iter, warm_start, n_jobs : as in Lasso; tol bounds the gap, or the relative residual.

    Attributes: as in Lasso.
    """

    _mean = False

    def __init__(
        self,
        alpha: Any = 1.0,
        *,
        fit_intercept: bool = True,
        tol: float | None = None,
        max_iter: int = 10000,
        warm_start: bool = False,
        n_jobs: int | None = None,
    ) -> None:
        self.alpha = alpha
        self.fit_intercept = fit_intercept
        self.tol = tol
        self.max_iter = max_iter
        self.warm_start = warm_start
        self.n_jobs = n_jobs

    def _penalty(self, features: int) -> Any:
        return prox.squared_l2(self.alpha) if np.ndim(self.alpha) == 0 else prox.squared_l2(1.0, self.alpha)


class _TunedRegressor(Regressor):
    """Base: fit with alpha_, and with penalties_ where each feature or group has its own."""

    _family = ""  #: the penalty's name for fenchel.tune
    _each = ""  #: the parameter that asks for a weight a feature or group
    eps: float

    def _fixed(self, features: int) -> dict[str, Any]:
        """Parameters of the penalty that are not chosen."""
        return {}

    def _scale(self, f: Any, g: Any) -> float:
        """The largest weight of interest."""
        raise NotImplementedError

    def fit(self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Any:
        """Choose the penalty and fit to X (samples, features) and y (samples,); returns self.

        sample_weight : (samples,) >= 0, also of the held-out errors; folds count alike. Raises and warns as Lasso.fit.
        """
        X, y, weights = self._validated(X, y, sample_weight, y_numeric=True)

        def model(own: Any, held: bool) -> Any:
            return smooth.least_squares(X, y, weights=own, intercept=self.fit_intercept, mean=held or self._mean)

        fixed = self._fixed(X.shape[1])
        term = getattr(prox, self._family)
        f, search = model(weights, False), Search(self, model, split(self.cv, X, y), weights, X.shape[0])
        top = self._scale(f, term(lam=1.0, **fixed))
        if not 0 < self.eps < 1:
            raise RangeError(f"eps is {self.eps}; legal: 0 < eps < 1")
        if chosen_method(self, self.alphas, self._each):
            g = self._tuned(search, term, fixed, top if top > 0 else 1.0, X.shape[1])
        else:
            self.alphas_ = self._grid(top)
            self.mse_path_ = 2 * search.grid(term(lam=1.0, **fixed), self.alphas_)
            self.alpha_ = float(self.alphas_[self.mse_path_.mean(axis=1).argmin()])
            g = term(lam=self.alpha_, **fixed)
        self.best_score_ = -float(self.mse_path_.mean(axis=1).min())
        self._store(self._minimized(f, g, None))
        return self

    def _tuned(self, search: Search, term: Any, fixed: dict[str, Any], top: float, features: int) -> Any:
        start, reach = self._range(top)
        self.alpha_ = search.tune(self._family, {"lam": start}, fixed, reach=reach)["lam"]
        chosen: dict[str, Any] = {**fixed, "lam": self.alpha_}
        if getattr(self, self._each):
            count = len(fixed["weights"]) if "weights" in fixed else features
            single = self.alpha_ * np.asarray(fixed.get("weights", np.ones(count)), np.float64)
            kept = {key: value for key, value in fixed.items() if key != "weights"}
            self.penalties_ = search.tune_each(self._family, single, {**kept, "lam": 1.0})
            chosen = {**kept, "lam": 1.0, "weights": self.penalties_}
        self.alphas_, self.mse_path_ = np.array([self.alpha_]), 2 * search.losses()[None, :]
        search.report()
        return term(**chosen)

    def _range(self, top: float) -> tuple[float, float]:
        """Where a search starts, and by what factor it may leave: from top down to eps * top."""
        return top * np.sqrt(self.eps), 1 / np.sqrt(self.eps)

    def _grid(self, top: float) -> NDArray[np.float64]:
        if self.alphas is None or isinstance(self.alphas, (int, np.integer)):
            count = 100 if self.alphas is None else int(self.alphas)
            return checked_grid(np.geomspace(top, top * self.eps, count) if top > 0 else [1.0], "alphas")
        return checked_grid(self.alphas, "alphas")


class RidgeCV(_TunedRegressor, Ridge):
    """Ridge with alpha, or a penalty a feature, chosen by cross-validation: the least mean squared error over the folds.

    Parameters
    ----------
    alphas : a grid of positive values, or how many; None with "hypergradient".
    eps : alpha is searched from the Lipschitz constant of the loss's gradient down to eps times it.
    method : "hypergradient" searches by the derivative of the held-out error (fenchel.tune), "grid" tries alphas; "auto" is
        "grid" where alphas are given.
    per_feature : choose a penalty for each feature, from the best single one on; "hypergradient" only.
    cv : number of folds, a splitter, or an iterable of (train, test); None is 5.
    max_evaluations : of the held-out error and its derivative, for each search.
    n_jobs : folds at a time; None is 1. fit_intercept, tol, max_iter : as in Ridge.

    Attributes: alpha_ (the best single one), penalties_ (features,) with per_feature, best_score_ (minus the held-out mean
    squared error of what was chosen), alphas_ (k,), mse_path_ (k, folds), those of Ridge, and with "hypergradient"
    n_evaluations_ and derivative_status_ ("certified", "uncertified", "ambiguous" or "not_converged"). A ConvergenceWarning
    where folds or the search missed their tolerance, an UncertifiedWarning where several penalties were chosen by derivatives
    without a proved error bound.
    """

    warm_start = False
    _family = "squared_l2"
    _each = "per_feature"

    def __init__(
        self,
        alphas: Any = None,
        *,
        eps: float = 1e-8,
        method: str = "auto",
        per_feature: bool = False,
        cv: Any = None,
        max_evaluations: int = 100,
        fit_intercept: bool = True,
        tol: float | None = None,
        max_iter: int = 10000,
        n_jobs: int | None = None,
    ) -> None:
        self.alphas = alphas
        self.eps = eps
        self.method = method
        self.per_feature = per_feature
        self.cv = cv
        self.max_evaluations = max_evaluations
        self.fit_intercept = fit_intercept
        self.tol = tol
        self.max_iter = max_iter
        self.n_jobs = n_jobs

    def _scale(self, f: Any, g: Any) -> float:
        return float(f.lipschitz())


class GroupLassoCV(_TunedRegressor, GroupLasso):
    """GroupLasso with alpha, or a penalty a group, chosen by cross-validation: the least mean squared error over the folds.

    Parameters
    ----------
    alphas, method, cv, max_evaluations, n_jobs : as in RidgeCV. eps : alpha is searched from the least that gives zero down to
        eps times it.
    per_group : choose a penalty for each group, from the best single alpha on; "hypergradient" only.
    groups, weights, fit_intercept, tol, max_iter : as in GroupLasso.

    Attributes: as in RidgeCV, penalties_ (groups,) with per_group: alpha times the weights.
    """

    warm_start = False
    _family = "group_l2"
    _each = "per_group"

    def __init__(
        self,
        alphas: Any = None,
        *,
        eps: float = 1e-3,
        groups: ArrayLike | int | None = None,
        weights: ArrayLike | None = None,
        method: str = "auto",
        per_group: bool = False,
        cv: Any = None,
        max_evaluations: int = 100,
        fit_intercept: bool = True,
        tol: float | None = None,
        max_iter: int = 10000,
        n_jobs: int | None = None,
    ) -> None:
        self.alphas = alphas
        self.eps = eps
        self.groups = groups
        self.weights = weights
        self.method = method
        self.per_group = per_group
        self.cv = cv
        self.max_evaluations = max_evaluations
        self.fit_intercept = fit_intercept
        self.tol = tol
        self.max_iter = max_iter
        self.n_jobs = n_jobs

    def _fixed(self, features: int) -> dict[str, Any]:
        labels, weights = self._grouping(features)
        return {"group": labels, "weights": weights}

    def _scale(self, f: Any, g: Any) -> float:
        return lambda_max(f, g)
