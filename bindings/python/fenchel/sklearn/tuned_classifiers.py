"""LogisticRegressionCV: C, or a penalty a feature, by cross-validation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .. import prox, smooth
from ..errors import NameLookupError
from ..paths import lambda_max
from .classifiers import LogisticRegression
from .hypergradient import Search, checked_grid, chosen_method, split

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

FAMILIES: dict[str | None, str] = {"l2": "squared_l2", "l1": "l1"}


class LogisticRegressionCV(LogisticRegression):
    """LogisticRegression with C, or a penalty a feature, chosen by cross-validation: the least log-loss over the folds.

    Parameters
    ----------
    penalty : "l2" or "l1".
    Cs : a grid of positive values, or how many, from 1e-4 to 1e4; None with "hypergradient".
    method, per_feature, cv, max_evaluations, n_jobs : as in RidgeCV; folds of a number keep the classes' shares.
    fit_intercept, class_weight, tol, max_iter : as in LogisticRegression. class_weight also counts in held-out losses.

    Attributes: C_ (the best single one), penalties_ (1 or classes, features) with per_feature, best_score_ (minus the held-out
    mean log-loss of what was chosen), Cs_ (k,), losses_ (k, folds), those of LogisticRegression, and with "hypergradient"
    n_evaluations_ and derivative_status_. Warns as RidgeCV.
    """

    warm_start = False
    l1_ratio = 0.5

    def __init__(
        self,
        penalty: str = "l2",
        *,
        Cs: Any = None,
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
        if self.penalty not in FAMILIES:
            raise NameLookupError(f"penalty is {self.penalty!r}; legal: 'l2', 'l1'")
        X, codes, weights = self._classes(X, y, sample_weight)
        folds = split(self.cv, X, codes, classifier=True)

        def model(own: Any, held: bool) -> Any:
            return self._model(X, codes, own, held)

        search = Search(self, model, folds, weights, X.shape[0])
        term = getattr(prox, FAMILIES[self.penalty])
        f = model(weights, False)
        if chosen_method(self, self.Cs, "per_feature"):
            g = self._tuned(search, term, f, X.shape[1])
        else:
            number = isinstance(self.Cs, (int, np.integer)) or self.Cs is None
            self.Cs_ = checked_grid(np.logspace(-4, 4, 10 if self.Cs is None else self.Cs) if number else self.Cs, "Cs")[::-1]
            self.losses_ = search.grid(term(1.0), 1 / self.Cs_)
            self.C_ = float(self.Cs_[self.losses_.mean(axis=1).argmin()])
            g = term(1 / self.C_)
        self.best_score_ = -float(self.losses_.mean(axis=1).min())
        self._store(self._minimized(f, g, None))
        return self

    def _symmetric(self) -> bool:
        return bool(self.penalty == "l2" and not self.per_feature)

    def _range(self, f: Any, term: Any) -> tuple[float, float]:
        """Where a search of 1 / C starts, and by what factor it may leave."""
        top = lambda_max(f, term(1.0)) if self.penalty == "l1" else float(f.lipschitz())
        reach = 1e2 if self.penalty == "l1" else 1e4
        return (top / reach if top > 0 else 1.0), reach

    def _tuned(self, search: Search, term: Any, f: Any, features: int) -> Any:
        start, reach = self._range(f, term)
        # Intercepts of several classes may all move together: a singular system, but a consistent one, for cg.
        family, solver = FAMILIES[self.penalty], None if len(self.classes_) == 2 else "cg"
        lam = search.tune(family, {"lam": start}, reach=reach, linear_solver=solver)["lam"]
        self.C_, g = 1 / lam, term(lam)
        if self.per_feature:
            outputs = self._outputs()
            each = search.tune_each(family, np.full(features * outputs, lam), linear_solver=solver)
            self.penalties_ = each.reshape(features, outputs).T.copy()
            g = term(1.0, each)
        self.Cs_, self.losses_ = np.array([self.C_]), search.losses()[None, :]
        search.report()
        return g
