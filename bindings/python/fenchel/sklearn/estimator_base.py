"""What the estimators share: validation, the solve with scikit-learn's warning, prediction."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
from joblib import effective_n_jobs
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.extmath import safe_sparse_dot
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from .._declared import Termination
from ..composite import solve
from ..composite_result import MinimizeResult, ending

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


class LinearEstimator(BaseEstimator):  # type: ignore[misc]
    """Base: coef_, intercept_ and a linear predictor."""

    _method = "auto"  #: of fenchel.minimize

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    def _validated(self, X: Any, y: Any, sample_weight: ArrayLike | None, **keywords: Any) -> tuple[Any, Any, Any]:
        """(X, y, sample weights or None): X float32 or float64, CSC, CSR or dense of any layout."""
        X, y = validate_data(
            self, X, y, accept_sparse=("csc", "csr"), dtype=(np.float64, np.float32), accept_large_sparse=True, **keywords
        )
        if sample_weight is not None:
            sample_weight = _check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)
        return X, y, sample_weight

    def _minimized(self, f: Any, g: Any, x0: NDArray[Any] | None) -> MinimizeResult:
        """Solves, stores n_iter_, dual_gap_, objective_ and result_, and warns as scikit-learn does."""
        tol = self.tol
        if tol is None and f.dtype == np.float64:
            tol = 1e-10  # predictions that do not depend on the order of samples to 1e-7
        result = solve(
            f, g, x0, tol=tol, method=self._method, max_iter=self.max_iter,
            num_threads=self._threads())
        self._record(result, x0 is not None)
        return result

    def _threads(self) -> int:
        """n_jobs as joblib reads it (None: 1, -1: all CPUs), and 0 as fenchel does: all CPUs."""
        return 0 if self.n_jobs == 0 else int(effective_n_jobs(self.n_jobs))

    def _record(self, result: MinimizeResult, warm: bool) -> None:
        self.n_iter_ = result.iterations if warm else max(1, result.iterations)
        self.dual_gap_ = result.gap
        self.objective_ = result.objective
        if not result.converged and result.termination is not Termination.CANCELLED:
            warnings.warn(f"{type(self).__name__}: {ending(result)}", ConvergenceWarning, stacklevel=4)

    def _linear_predictor(self, X: Any) -> NDArray[Any]:
        """X w + b: (samples,), or (samples, K)."""
        check_is_fitted(self)
        X = validate_data(self, X, accept_sparse=("csc", "csr"), dtype=(np.float64, np.float32), reset=False)
        scores = safe_sparse_dot(X, self.coef_.T, dense_output=True) + self.intercept_
        return np.asarray(scores)

    @property
    def sparse_coef_(self) -> Any:
        """coef_ as a scipy.sparse CSR matrix."""
        from scipy.sparse import csr_matrix

        check_is_fitted(self)
        return csr_matrix(np.atleast_2d(self.coef_))
