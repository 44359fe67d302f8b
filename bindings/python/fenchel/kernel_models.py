"""Kernel ridge regression: coefficients, their derivatives, hyperparameters from a risk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from . import _raw
from ._declared import Termination, TuneFields, unpack_tune_result
from .arrays import common
from .composite import watch
from .errors import RangeError
from .options import tune_options

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from .composite import Callback

    Array = NDArray[Any]


class KernelRidgeCotangents(NamedTuple):
    """What a cotangent of the coefficients pulls back to."""

    y: NDArray[Any]
    K: NDArray[Any]
    lam: float


class KernelTuneResult(TuneFields):
    """The best hyperparameters found, and the coefficients there.

    Attributes besides the numbers (criterion, degrees, iterations, ...): lam, gamma (of "rbf", else None), alpha (n), kernel, X.
    """

    __slots__ = ("lam", "gamma", "alpha", "kernel", "X", "_stats")

    def __init__(self, kernel: str, X: Array, theta: NDArray[np.float64], alpha: Array, stats: bytes) -> None:
        self.kernel, self.X, self.alpha = kernel, X, alpha
        self.lam = float(theta[0])
        self.gamma = float(theta[1]) if len(theta) > 1 else None
        self._stats = unpack_tune_result(stats)

    @property
    def converged(self) -> bool:
        """True if the estimated gain left is at most tol of the criterion."""
        return self.termination is Termination.CONVERGED

    def predict(self, Z: ArrayLike) -> Array:
        """Predictions at Z, (m, d); of a "gram" kernel Z is the matrix K(new, old), (m, n)."""
        new = np.asarray(Z, self.X.dtype)
        if self.kernel == "linear":
            new = new @ self.X.T
        elif self.kernel == "rbf":
            squares = (new**2).sum(axis=1)[:, None] + (self.X**2).sum(axis=1) - 2 * new @ self.X.T
            new = np.exp(-float(self.gamma or 0) * np.maximum(squares, 0))
        out: Array = new @ self.alpha
        return out

    def __repr__(self) -> str:
        gamma = "" if self.gamma is None else f", gamma = {self.gamma:.6g}"
        return (f"<fenchel.KernelTuneResult {self.termination.name.lower()}, {self.iterations} evaluations: "
                f"lam = {self.lam:.6g}{gamma}, criterion = {self.criterion:.8g}>")


def kernel_ridge(K: ArrayLike, y: ArrayLike, lam: float) -> NDArray[Any]:
    """alpha = (K + lam I)^{-1} y; predictions are K(new, old) @ alpha.

    Raises SingularError where K + lam I is not positive definite, RangeError for lam <= 0.
    """
    (gram, targets), kind = common(None, K=K, y=y)
    assert gram is not None and targets is not None
    alpha = np.empty(np.shape(targets), kind)
    _raw.fen_kernel_ridge(gram, targets, float(lam), alpha, None, None, None, None)
    return alpha


def kernel_ridge_vjp(K: ArrayLike, y: ArrayLike, lam: float, cotangent: ArrayLike) -> KernelRidgeCotangents:
    """A cotangent of alpha, (n), as cotangents of y (n), K (n, n) and lam. Raises as kernel_ridge."""
    (gram, targets, seed), kind = common(None, K=K, y=y, cotangent=cotangent)
    assert gram is not None and targets is not None
    by_y, by_K, by_lam = np.empty(np.shape(targets), kind), np.empty(np.shape(gram), kind), np.empty(1)
    _raw.fen_kernel_ridge(gram, targets, float(lam), None, seed, by_y, by_K, by_lam)
    return KernelRidgeCotangents(by_y, by_K, float(by_lam[0]))


def tune_kernel(
    X: ArrayLike,
    y: ArrayLike,
    kernel: str = "rbf",
    criterion: str | tuple[ArrayLike, ArrayLike] = "leave_one_out",
    *,
    lam: float = 1.0,
    gamma: float | None = None,
    sigma: float | None = None,
    callback: Callback | None = None,
    tol: float | None = None,
    max_iter: int | None = None,
    time_limit: float | None = None,
    monitor_interval: float | None = None,
    reach: float | None = None,
) -> KernelTuneResult:
    """lam, and gamma of "rbf", of kernel ridge by derivatives of a risk instead of a grid.

    Parameters
    ----------
    X : (n, d); with kernel "gram" the Gram matrix, (n, n). y : (n,) targets.
    kernel : "rbf", exp(-gamma ||x - z||^2); "linear"; "gram".
    criterion : "leave_one_out", "gcv", "sure" (noise sigma), all in closed form; or a pair (X, y) of held-out data, whose mean
        squared error is minimised ("gram": K(held out, old) in place of X).
    lam, gamma : where the search starts; gamma None: 1 / d.
    callback : called with a Progress (iteration = evaluations, residual = the criterion); true ends with the best so far.
    tol, max_iter, time_limit, monitor_interval, reach : as in tune.

    Raises RangeError, ShapeError, NameLookupError, NotFiniteError, SingularError, UnsupportedError.
    Golub, Heath and Wahba (1979), Generalized Cross-Validation as a Method for Choosing a Good Ridge Parameter.
    """
    held = None if isinstance(criterion, str) else criterion
    named = {"X": X, "y": y} if held is None else {"X": X, "y": y, "held_X": held[0], "held_y": held[1]}
    arrays, kind = common(None, **named)
    points, targets = arrays[:2]
    assert points is not None and targets is not None
    if points.ndim == 2 and gamma is None:
        gamma = 1.0 / max(points.shape[1], 1)
    if kernel != "rbf":
        theta = np.array([lam], np.float64)
    elif gamma is None:
        raise RangeError("gamma is None and X has no columns to choose it by; legal: > 0")
    else:
        theta = np.array([lam, gamma], np.float64)
    alpha = np.empty(targets.shape, kind)
    options = tune_options({"tol": tol, "max_iter": max_iter, "time_limit": time_limit, "monitor_interval": monitor_interval,
                            "reach": reach, "sigma": sigma, "risk": criterion if held is None else None,
                            "require_certified": False})
    held_X, held_y = (None, None) if held is None else arrays[2:]
    stats = _raw.fen_tune_kernel(kernel, points, targets, held_X, held_y, theta, alpha, options,
                                 None if callback is None else watch(callback))
    return KernelTuneResult(kernel, points, theta, alpha, stats)
