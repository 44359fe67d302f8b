"""SparseSVC: the linear support vector machine by its dual, a quadratic over a box."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

from .. import prox, smooth
from .classifiers import Classifier

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


class SparseSVC(Classifier):
    """1/2 ||w||^2 + C sum_i s_i max(0, 1 - y_i (x_i^T w + b)), solved in the dual over 0 <= a_i <= C s_i.

    Parameters
    ----------
    C : > 0.
    fit_intercept : learn b as the weight of a constant column, which is penalised (as LIBLINEAR does).
    intercept_scaling : > 0, the value in that column: the larger, the less b is penalised.
    class_weight, tol, max_iter, n_jobs : as in LogisticRegression. More than two classes: one against the rest.

    Attributes: classes_, coef_ (1 or classes, features), intercept_ (1 or classes,), dual_coef_ (1 or classes, samples), the
    signed a_i, support_ (indices of samples with a_i > 0 in any row), n_iter_, dual_gap_. Hsieh et al. (2008).
    """

    def __init__(
        self,
        C: float = 1.0,
        *,
        fit_intercept: bool = True,
        intercept_scaling: float = 1.0,
        class_weight: Any = None,
        tol: float | None = None,
        max_iter: int = 10000,
        n_jobs: int | None = None,
    ) -> None:
        self.C = C
        self.fit_intercept = fit_intercept
        self.intercept_scaling = intercept_scaling
        self.class_weight = class_weight
        self.tol = tol
        self.max_iter = max_iter
        self.n_jobs = n_jobs

    def fit(self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Any:
        """Fit to X (samples, features), dense, CSR, CSC or a data frame, and labels y (samples,); returns self.

        sample_weight : (samples,) >= 0. X is copied once to append the constant column. Raises and warns as Lasso.fit.
        """
        X, codes, weights = self._classes(X, y, sample_weight)
        data = self._with_constant(X)
        upper = np.full(X.shape[0], float(self.C)) if weights is None else weights * self.C
        count = len(self.classes_)
        signs = [2.0 * codes - 1.0] if count == 2 else [np.where(codes == k, 1.0, -1.0) for k in range(count)]
        steps, rows, duals = 0, [], []
        for sign in signs:
            result = self._minimized(smooth.svm_dual(data, sign), prox.box(0.0, uppers=upper), None)
            steps = max(steps, self.n_iter_)
            duals.append(sign * result.x)
            rows.append(np.asarray(data.T @ duals[-1]).ravel())
        self.n_iter_ = steps
        found = np.array(rows, dtype=X.dtype)
        features = X.shape[1]
        self.coef_ = np.ascontiguousarray(found[:, :features])
        scaled = found[:, features] * self.intercept_scaling if self.fit_intercept else np.zeros(len(rows))
        self.intercept_ = scaled.astype(X.dtype)
        self.dual_coef_ = np.array(duals)
        self.support_ = np.flatnonzero((self.dual_coef_ != 0).any(axis=0))
        return self

    def _with_constant(self, X: Any) -> Any:
        if not self.fit_intercept:
            return X
        column = np.full((X.shape[0], 1), self.intercept_scaling, X.dtype)
        return sparse.hstack((X, column), format="csr") if sparse.issparse(X) else np.hstack((X, column))
