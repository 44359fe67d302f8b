"""LogisticRegression: C sum_i s_i loss_i + penalty, binary or multinomial."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets

from .. import prox, smooth
from ..composite_result import MinimizeResult
from ..errors import NameLookupError
from .estimator_base import LinearEstimator

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


class Classifier(ClassifierMixin, LinearEstimator):  # type: ignore[misc]
    """Base: classes_, decision_function, predict."""

    def _classes(self, X: Any, y: Any, sample_weight: ArrayLike | None) -> tuple[Any, NDArray[Any], Any]:
        """(X, codes of y, sample weights or None); stores classes_."""
        X, y, weights = self._validated(X, y, sample_weight)
        check_classification_targets(y)
        self.classes_, codes = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(f"a classifier needs at least two classes, but y holds one class: {self.classes_[0]!r}")
        if self.class_weight is not None:
            balance = compute_sample_weight(self.class_weight, y)
            weights = balance if weights is None else weights * balance
        return X, codes, weights

    def decision_function(self, X: Any) -> NDArray[Any]:
        """X w + b: (samples,) of two classes, > 0 for classes_[1]; else (samples, classes). Raises NotFittedError,
        ValueError."""
        scores = self._linear_predictor(X)
        return scores[:, 0] if scores.ndim == 2 and scores.shape[1] == 1 else scores

    def predict(self, X: Any) -> NDArray[Any]:
        """Labels, (samples,). Raises NotFittedError, ValueError."""
        scores = self.decision_function(X)
        chosen = (scores > 0).astype(np.intp) if scores.ndim == 1 else scores.argmax(axis=1)
        return np.asarray(self.classes_[chosen])


class LogisticRegression(Classifier):
    """C sum_i s_i log-loss_i + penalty: binary, or multinomial for more classes.

    Parameters
    ----------
    penalty : "l1" ||w||_1, "l2" 1/2 ||w||^2, "elasticnet" l1_ratio ||w||_1 + (1 - l1_ratio)/2 ||w||^2, or None.
    C : > 0; inf is no penalty. l1_ratio : 0 .. 1, for "elasticnet".
    fit_intercept : whether there are free, unpenalised intercepts.
    class_weight : None, "balanced", or a dict from label to weight.
    tol : gap <= tol * (objective at w = 0) where a gap is known, else the relative optimality residual; None is 1e-10
        (float64) or 1e-5 (float32).
    max_iter, warm_start, n_jobs : as in Lasso.

    Attributes: classes_, coef_ (1 or classes, features), intercept_ (1 or classes,), n_iter_, dual_gap_, objective_.
    """

    def __init__(
        self,
        penalty: str | None = "l2",
        *,
        C: float = 1.0,
        l1_ratio: float = 0.5,
        fit_intercept: bool = True,
        class_weight: Any = None,
        tol: float | None = None,
        max_iter: int = 10000,
        warm_start: bool = False,
        n_jobs: int | None = None,
    ) -> None:
        self.penalty = penalty
        self.C = C
        self.l1_ratio = l1_ratio
        self.fit_intercept = fit_intercept
        self.class_weight = class_weight
        self.tol = tol
        self.max_iter = max_iter
        self.warm_start = warm_start
        self.n_jobs = n_jobs

    def _penalty(self) -> Any:
        if self.penalty is None or self.C == np.inf:
            return prox.zero()
        if self.penalty == "l1":
            return prox.l1(1.0)
        if self.penalty == "l2":
            return prox.squared_l2(1.0)
        if self.penalty == "elasticnet":
            return prox.elastic_net(self.l1_ratio, 1.0 - self.l1_ratio)
        raise NameLookupError(f"penalty is {self.penalty!r}; legal: 'l1', 'l2', 'elasticnet', None")

    def fit(self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Any:
        """Fit to X (samples, features), dense, CSR, CSC or a data frame, and labels y (samples,); returns self.

        sample_weight : (samples,) >= 0. Raises and warns as Lasso.fit.
        """
        X, codes, weights = self._classes(X, y, sample_weight)
        factor = 1.0 if self.C == np.inf else float(self.C)
        scale = np.full(X.shape[0], factor) if weights is None else weights * factor
        f = self._model(X, codes, scale)
        self._store(self._minimized(f, self._penalty(), self._start((self._outputs(), X.shape[1]))))
        return self

    def _outputs(self) -> int:
        """1 for two classes, else a predictor a class."""
        return 1 if len(self.classes_) == 2 else len(self.classes_)

    def _model(self, X: Any, codes: NDArray[Any], weights: Any, mean: bool = False) -> Any:
        """The log-losses of samples with these weights."""
        own = {"weights": weights, "intercept": self.fit_intercept, "mean": mean}
        if self._outputs() == 1:
            return smooth.logistic(X, 2.0 * codes - 1.0, **own)
        return smooth.multinomial(X, codes.astype(np.float64), classes=len(self.classes_), **own)

    def _store(self, result: MinimizeResult) -> None:
        outputs = self._outputs()
        self.coef_ = result.coef.reshape(-1, outputs).T.copy()
        tail = np.atleast_1d(result.intercept).astype(self.coef_.dtype)
        self.intercept_ = tail if self.fit_intercept else np.zeros(outputs, self.coef_.dtype)
        if outputs > 1:
            self._centre()

    def _centre(self) -> None:
        """What all classes have in common changes no probability: takes it off, unless an l1 penalty counts it."""
        self.intercept_ -= self.intercept_.mean()
        if self._symmetric():
            self.coef_ -= self.coef_.mean(axis=0)

    def _symmetric(self) -> bool:
        """Whether the best coefficients of all classes sum to zero, or may."""
        return bool(self.penalty in (None, "l2") or self.C == np.inf or (self.penalty == "elasticnet" and self.l1_ratio == 0))

    def _start(self, shape: tuple[int, int]) -> NDArray[Any] | None:
        if not self.warm_start or getattr(self, "coef_", None) is None or self.coef_.shape != shape:
            return None
        head = self.coef_.T.ravel()
        return np.concatenate((head, self.intercept_)) if self.fit_intercept else head

    def predict_proba(self, X: Any) -> NDArray[Any]:
        """Probabilities, (samples, classes) in the order of classes_. Raises NotFittedError, ValueError."""
        return np.asarray(np.exp(self.predict_log_proba(X)))

    def predict_log_proba(self, X: Any) -> NDArray[Any]:
        """Logarithms of the probabilities, (samples, classes). Raises NotFittedError, ValueError."""
        scores = self.decision_function(X)
        if scores.ndim == 1:
            return np.stack((-np.logaddexp(0, scores), -np.logaddexp(0, -scores)), axis=1)
        shifted = scores - scores.max(axis=1, keepdims=True)
        return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))
