"""The search behind the estimators named ...CV: a penalty's weights by hypergradients (fenchel.tune), or over a grid."""

from __future__ import annotations

import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Callable, Mapping

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import check_cv

from .._declared import DerivativeStatus
from ..errors import FenchelWarning, NameLookupError, RangeError, SingularError
from ..paths import path
from ..tuning import TuneResult, tune

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..differentiable import Smooth

    Folds = list[tuple[NDArray[Any], NDArray[Any]]]
    #: (sample weights or None, held out) -> the term of these samples; held out: the mean of their losses.
    Model = Callable[[Any, bool], Smooth]


class UncertifiedWarning(FenchelWarning):
    """Several weights were chosen by derivatives of which no error bound is proved (derivative_status_ says why)."""


def chosen_method(estimator: Any, given: Any = None, each: str = "") -> bool:
    """True for "hypergradient", also for "auto" where no grid is given or `each`, a parameter that only it knows, is set.

    Raises NameLookupError.
    """
    if estimator.method not in ("auto", "hypergradient", "grid"):
        raise NameLookupError(f"method is {estimator.method!r}; legal: 'auto', 'hypergradient', 'grid'")
    many = bool(each and getattr(estimator, each))
    if many and estimator.method == "grid":
        raise NameLookupError(f"method is 'grid' with {each}; legal: 'hypergradient', 'auto'")
    return bool(estimator.method == "hypergradient" or (estimator.method == "auto" and (given is None or many)))


#: Penalties of features or groups stay within this factor of the best single one.
EACH_REACH = 1e4


def split(cv: Any, X: Any, y: Any, classifier: bool = False) -> Folds:
    """The folds of a number, a splitter, an iterable of (train, test), or None: 5."""
    return list(check_cv(cv, y, classifier=classifier).split(X, y))


class Search:
    """The folds of a model, and the weights of a penalty that do best on what they hold out.

    A fold is the same data, read in place, with other sample weights: 0 where a sample is left out.
    """

    def __init__(self, estimator: Any, model: Model, folds: Folds, weights: Any, samples: int) -> None:
        own = np.ones(samples) if weights is None else np.asarray(weights, np.float64)
        self._estimator = estimator
        self._lower = [model(_kept(own, train), False) for train, _ in folds]
        self._upper = [model(_kept(own, test), True) for _, test in folds]
        self._runs: list[TuneResult] = []

    def tune(
        self, penalty: str, start: Mapping[str, Any], fixed: Mapping[str, Any] | None = None, *,
        reach: float | None = None, inner_tol: float | None = None,
    ) -> dict[str, Any]:
        """The best values found by fenchel.tune, at most a factor `reach` from `start`. inner_tol: where the estimator has none."""
        owner = self._estimator
        found = tune(self._lower, penalty, start, self._upper, fixed=fixed,
                     inner_tol=inner_tol if owner.tol is None else owner.tol,
                     max_iter=owner.max_evaluations, num_threads=owner._threads(), reach=reach)
        self._runs.append(found)
        return found.values

    def tune_more(
        self, penalty: str, start: Mapping[str, Any], fixed: Mapping[str, Any] | None = None, *, reach: float,
        inner_tol: float | None = None,
    ) -> dict[str, Any]:
        """The same for several weights, from those of the best single one on, which stay where they have no derivative."""
        try:
            return self.tune(penalty, start, fixed, reach=reach, inner_tol=inner_tol)
        except SingularError as error:
            _warn(f"{type(self._estimator).__name__}: all penalties are the best single one, at which {error}", UncertifiedWarning)
            return dict(start)

    def tune_each(self, penalty: str, single: NDArray[Any], fixed: Mapping[str, Any] | None = None) -> NDArray[Any]:
        """The best weights, one a feature or group."""
        return np.asarray(self.tune_more(penalty, {"weights": single}, fixed, reach=EACH_REACH)["weights"])

    def losses(self) -> NDArray[np.float64]:
        """(folds,) held-out losses at the values that `tune` found last."""
        return np.array([held.value(x) for held, x in zip(self._upper, self._runs[-1].x)])

    def grid(self, g: Any, factors: NDArray[Any]) -> NDArray[np.float64]:
        """(factors, folds) held-out losses along the path of each fold."""
        owner = self._estimator

        def along(k: int) -> list[float]:
            found = path(self._lower[k], g, factors, tol=owner.tol, max_iter=owner.max_iter)
            return [self._upper[k].value(x) for x in found.x]

        with ThreadPoolExecutor(owner._threads() or None) as pool:
            return np.array(list(pool.map(along, range(len(self._lower))))).T

    def report(self) -> None:
        """Stores n_evaluations_ and derivative_status_, and warns of what is not as it should be."""
        owner, runs = self._estimator, self._runs
        name = type(owner).__name__
        status = max((run.derivative_status for run in runs), key=lambda code: code.value)
        owner.n_evaluations_ = sum(run.iterations for run in runs)
        owner.derivative_status_ = status.name.lower()
        failures, solves = sum(run.inner_failures for run in runs), sum(run.solves for run in runs)
        if failures:
            _warn(f"{name}: {failures} of {solves} fits of folds missed their tolerance", ConvergenceWarning)
        if not all(run.converged for run in runs):
            _warn(f"{name}: the search for weights ended after {owner.n_evaluations_} evaluations (max_evaluations) with "
                  f"{runs[-1].residual:.1e} of the criterion left to gain", ConvergenceWarning)
        if status is DerivativeStatus.NOT_CONVERGED:
            _warn(f"{name}: derivatives are less accurate than asked", ConvergenceWarning)
        # One weight is bracketed, and the errors at both ends are compared: a false derivative would show.
        several = any(np.size(value) > 1 for value in runs[-1].values.values()) or len(runs[-1].values) > 1
        if several and status in (DerivativeStatus.UNCERTIFIED, DerivativeStatus.AMBIGUOUS):
            _warn(f"{name}: no error bound is proved of the derivatives that chose the weights "
                  f"({owner.derivative_status_})", UncertifiedWarning)


def checked_grid(values: Any, name: str) -> NDArray[np.float64]:
    """(k,) positive finite numbers, decreasing; raises RangeError."""
    grid = np.asarray(values, np.float64)
    if grid.ndim != 1 or grid.size == 0 or not ((grid > 0) & np.isfinite(grid)).all():
        raise RangeError(f"{name} is {values!r}; legal: (k,), k >= 1, of positive numbers")
    return np.sort(grid)[::-1]


def _kept(weights: NDArray[np.float64], samples: Any) -> NDArray[np.float64]:
    """The weights of these samples, 0 elsewhere."""
    out = np.zeros_like(weights)
    out[samples] = weights[samples]
    return out


def _warn(text: str, category: type[Warning]) -> None:
    """Warns where the first function outside this package is."""
    frame, level = sys._getframe(1), 3
    while frame.f_back is not None and frame.f_back.f_globals.get("__package__") == __package__:
        frame, level = frame.f_back, level + 1
    warnings.warn(text, category, stacklevel=level)
