"""LogisticRegressionCV: C, l1_ratio, or a penalty a feature, by cross-validation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .. import prox
from ..errors import NameLookupError, RangeError
from ..paths import lambda_max
from .classifiers import LogisticRegression
from .hypergradient import Search, checked_grid, chosen_method, split
from .regressors import elastic_penalty

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

FAMILIES: dict[str | None, str] = {"l2": "squared_l2", "l1": "l1"}
#: C and l1_ratio together stay where both weights are within this factor of those of the best C at 1/2.
NEAR = 10.0
RATIOS: dict[str | None, float] = {"l2": 0.0, "l1": 1.0}


class LogisticRegressionCV(LogisticRegression):
    """LogisticRegression with C, or a penalty a feature, chosen by cross-validation: the least log-loss over the folds.

    Parameters
    ----------
    penalty : "l2", "l1" or "elasticnet".
    Cs : a grid of positive values, or how many, from 1e-4 to 1e4; None with "hypergradient".
    l1_ratio : 0 .. 1, or several to choose from, for "elasticnet". None, with "hypergradient": chosen together with C, from the
        best C at 1/2 on, between 0.01 and 0.99.
    method, per_feature, cv, max_evaluations, n_jobs : as in RidgeCV; folds of a number keep the classes' shares. "elasticnet" knows
        no per_feature.
    fit_intercept, class_weight, tol, max_iter : as in LogisticRegression. class_weight also counts in held-out losses.

    Attributes: C_ (the best single one), l1_ratio_ with "elasticnet", penalties_ (1 or classes, features) with per_feature, best_score_ (minus the held-out
    mean log-loss of what was chosen), Cs_ (k,), losses_ (k, folds), those of LogisticRegression, and with "hypergradient"
    n_evaluations_ and derivative_status_. Several l1_ratio add a first axis to losses_ of a grid. Warns as RidgeCV.
    """

    warm_start = False
    C_: float
    l1_ratio_: float
    losses_: NDArray[np.float64]

    def __init__(
        self,
        penalty: str = "l2",
        *,
        Cs: Any = None,
        l1_ratio: Any = 0.5,
        method: str = "auto",
        per_feature: bool = False,
        cv: Any = None,
        max_evaluations: int = 100,
        fit_intercept: bool = True,
        class_weight: Any = None,
        tol: float | None = None,
        max_iter: int = 10000,
        n_jobs: int | None = None,
    ) -> None:
        self.penalty = penalty
        self.Cs = Cs
        self.l1_ratio = l1_ratio
        self.method = method
        self.per_feature = per_feature
        self.cv = cv
        self.max_evaluations = max_evaluations
        self.fit_intercept = fit_intercept
        self.class_weight = class_weight
        self.tol = tol
        self.max_iter = max_iter
        self.n_jobs = n_jobs

    def fit(self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Any:
        """Choose the penalty and fit to X (samples, features), dense, CSR, CSC or a data frame, and labels y (samples,).

        sample_weight : (samples,) >= 0, also of the held-out losses; folds count alike. Returns self; raises and warns as
        Lasso.fit.
        """
        ratios = self._ratios()
        searched = chosen_method(self, self.Cs, "per_feature")
        if ratios is None and not searched:
            raise NameLookupError("method is 'grid' and l1_ratio None; legal: 'hypergradient', or a number")
        X, codes, weights = self._classes(X, y, sample_weight)
        folds = split(self.cv, X, codes, classifier=True)

        def model(own: Any, held: bool) -> Any:
            return self._model(X, codes, own, held)

        search = Search(self, model, folds, weights, X.shape[0])
        f = model(weights, False)
        if searched:
            g = self._tuned(search, ratios, f, X.shape[1])
            self.Cs_ = np.array([self.C_])
            search.report()
        else:
            assert ratios is not None
            g = self._from_grid(search, ratios)
        self.best_score_ = -float(self.losses_.mean(axis=-1).min())
        self._store(self._minimized(f, g, None))
        return self

    def _ratios(self) -> list[float] | None:
        """What l1_ratio may be; None: anything."""
        if self.penalty in RATIOS:
            return [RATIOS[self.penalty]]
        if self.penalty != "elasticnet":
            raise NameLookupError(f"penalty is {self.penalty!r}; legal: 'l2', 'l1', 'elasticnet'")
        if self.per_feature:
            raise NameLookupError("penalty is 'elasticnet' with per_feature; legal: 'l2', 'l1'")
        if self.l1_ratio is None:
            return None
        ratios = np.atleast_1d(np.asarray(self.l1_ratio, np.float64))
        if ratios.ndim != 1 or ratios.size == 0 or not ((ratios >= 0) & (ratios <= 1)).all():
            raise RangeError(f"l1_ratio is {self.l1_ratio!r}; legal: 0 .. 1, or a list of such")
        return [float(ratio) for ratio in ratios]

    def _symmetric(self) -> bool:
        return bool(self.l1_ratio_ == 0 and not self.per_feature)

    def _from_grid(self, search: Search, ratios: list[float]) -> Any:
        number = isinstance(self.Cs, (int, np.integer)) or self.Cs is None
        self.Cs_ = checked_grid(np.logspace(-4, 4, 10 if self.Cs is None else self.Cs) if number else self.Cs, "Cs")[::-1]
        losses = np.stack([search.grid(_penalty_of(1.0, ratio), 1 / self.Cs_) for ratio in ratios])
        best = np.unravel_index(losses.mean(axis=2).argmin(), losses.shape[:2])
        self.l1_ratio_, self.C_ = ratios[best[0]], float(self.Cs_[best[1]])
        self.losses_ = losses if self.penalty == "elasticnet" and np.ndim(self.l1_ratio) else losses[0]
        return _penalty_of(1 / self.C_, self.l1_ratio_)

    def _range(self, f: Any, ratio: float) -> tuple[float, float]:
        """Where a search of 1 / C starts, and by what factor it may leave: with l1, from zero coefficients to 1e-4 of lambda_max."""
        top, wide = (lambda_max(f, prox.l1(1.0)), 1e4 / ratio) if ratio > 0 else (float(f.lipschitz()), 1e8)
        return (top / ratio if ratio > 0 else top) / np.sqrt(wide) if top > 0 else 1.0, np.sqrt(wide)

    def _tuned(self, search: Search, ratios: list[float] | None, f: Any, features: int) -> Any:
        """The penalty that search finds; stores C_, l1_ratio_ and losses_."""
        best = np.inf
        for ratio in ratios or [0.5]:
            lam = self._single(search, f, ratio)
            losses = search.losses()
            if losses.mean() < best:
                best, self.losses_ = losses.mean(), losses[None, :]
                self.C_, self.l1_ratio_ = 1 / lam, ratio
        if ratios is None:
            return self._both(search, f)
        if not self.per_feature:
            return _penalty_of(1 / self.C_, self.l1_ratio_)
        family, outputs = FAMILIES[self.penalty], self._outputs()
        each = search.tune_each(family, np.full(features * outputs, 1 / self.C_))
        self.penalties_ = each.reshape(features, outputs).T.copy()
        self.losses_ = search.losses()[None, :]
        return getattr(prox, family)(1.0, each)

    def _single(self, search: Search, f: Any, ratio: float) -> float:
        """The best 1 / C at this ratio."""
        start, reach = self._range(f, ratio)
        if ratio in (0.0, 1.0):
            return float(search.tune(FAMILIES["l1" if ratio else "l2"], {"lam": start}, reach=reach)["lam"])
        fixed = {"term": _penalty_of(1.0, ratio)}
        return float(search.tune("scaled", {"factor": start}, fixed, reach=reach, inner_tol=_inner_tol(f))["factor"])

    def _both(self, search: Search, f: Any) -> Any:
        """C and l1_ratio together, from C_ and l1_ratio_ on."""
        lam, ratio = 1 / self.C_, self.l1_ratio_
        start = {"l1": lam * ratio, "l2": lam * (1 - ratio)}
        found = search.tune_more("elastic_net", start, reach=NEAR, inner_tol=_inner_tol(f))
        self.C_ = 1 / (found["l1"] + found["l2"])
        self.l1_ratio_ = found["l1"] * self.C_
        self.losses_ = search.losses()[None, :]
        return prox.elastic_net(found["l1"], found["l2"])


def _inner_tol(f: Any) -> float | None:
    """Of an elastic net: fits to the default gap, 1e-9, may be too rough for derivatives that are to be trusted."""
    return 1e-12 if f.dtype == np.float64 else None


def _penalty_of(weight: float, ratio: float) -> Any:
    """weight (ratio ||w||_1 + (1 - ratio)/2 ||w||^2)."""
    return prox.squared_l2(weight) if ratio == 0 else elastic_penalty(weight, ratio, False)
