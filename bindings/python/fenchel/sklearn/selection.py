"""Paths over alpha."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils import check_array

from .. import smooth
from ..errors import RangeError
from ..paths import lambda_max
from ..paths import path as factor_path
from .regressors import elastic_penalty

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def grid(
    f: Any, l1_ratio: float, positive: bool, eps: float, n_alphas: int, alphas: ArrayLike | int | None
) -> NDArray[Any]:
    """Decreasing values of alpha; by default, or for a number, from the least that gives zero down to eps times it."""
    if isinstance(alphas, (int, np.integer)):
        n_alphas, alphas = int(alphas), None
    if n_alphas < 1:
        raise RangeError(f"the number of alphas is {n_alphas}; legal: >= 1")
    if alphas is not None:
        return _checked(alphas)
    if l1_ratio <= 0:
        raise RangeError("l1_ratio is 0: no alpha gives zero; give alphas")
    largest = lambda_max(f, elastic_penalty(1.0, 1.0, positive)) / l1_ratio
    return np.geomspace(largest, largest * eps, n_alphas) if largest > 0 else np.full(n_alphas, np.finfo(float).resolution)


def _checked(alphas: ArrayLike) -> NDArray[Any]:
    values = np.asarray(alphas)
    if values.ndim != 1 or values.size == 0 or not np.issubdtype(values.dtype, np.number):
        raise RangeError(f"alphas has shape {values.shape} and dtype {values.dtype}; legal: (k,), k >= 1, of real numbers")
    bad = np.flatnonzero(~((values >= 0) & np.isfinite(values)))
    if bad.size:
        raise RangeError(f"alphas[{bad[0]}] is {values[bad[0]]}; legal: finite, >= 0")
    return np.sort(values.astype(np.float64))[::-1]


def enet_path(
    X: Any,
    y: ArrayLike,
    *,
    l1_ratio: float = 0.5,
    eps: float = 1e-3,
    n_alphas: int = 100,
    alphas: ArrayLike | int | None = None,
    positive: bool = False,
    sample_weight: ArrayLike | None = None,
    tol: float | None = None,
    max_iter: int = 10000,
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """The elastic net for many alphas, without intercept, warm-started.

    Parameters
    ----------
    X : (samples, features), dense, CSR or CSC. y : (samples,).
    l1_ratio : 0 .. 1. alphas : (k,), sorted decreasingly; a number is how many, None is n_alphas, of them, from the least that
        gives zero down to eps times it.
    positive, sample_weight, tol, max_iter : as in ElasticNet.

    Returns
    -------
    (alphas (k,), coefs (features, k), duality gaps (k,)), as scikit-learn's function.

    Raises
    ------
    ValueError for what scikit-learn refuses, RangeError; a ConvergenceWarning where a tolerance was missed.
    """
    X = check_array(X, accept_sparse=("csc", "csr"), dtype=(np.float64, np.float32))
    f = smooth.least_squares(X, y, weights=sample_weight, mean=True)
    alphas = grid(f, l1_ratio, positive, eps, n_alphas, alphas)
    result = factor_path(f, elastic_penalty(1.0, l1_ratio, positive), alphas, tol=tol, max_iter=max_iter)
    return alphas, result.coef.T, result.gaps


def lasso_path(X: Any, y: ArrayLike, **keywords: Any) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """enet_path with l1_ratio = 1: X (samples, features), y (samples,), **keywords as there. Raises as enet_path."""
    return enet_path(X, y, l1_ratio=1.0, **keywords)
