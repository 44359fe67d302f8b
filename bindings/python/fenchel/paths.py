"""Paths and cross-validation over a factor t of g:  f(x) + t g(x)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from . import _raw
from ._declared import MINIMIZE_RESULT_DTYPE, Termination
from .composite import Composite, vector, watch
from .composite_result import MinimizeResult
from .errors import ConvergenceWarning, RangeError, ShapeError
from .options import minimize_options

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, DTypeLike, NDArray
    from typing_extensions import Unpack

    from ._declared import MinimizeSettings
    from .composite import Callback
    from .differentiable import Smooth
    from .simple import Prox


class PathResult:
    """Solutions along a path: frozen, picklable; path[k] is a MinimizeResult.

    factors : (k,) float64; x : (k, n); stats : (k,) structured array of all numbers of the solves.
    """

    __slots__ = ("factors", "x", "stats", "_tail", "_outputs")

    def __init__(
        self, factors: NDArray[np.float64], x: NDArray[Any], stats: NDArray[Any], tail: int, outputs: int
    ) -> None:
        self.factors, self.x, self.stats, self._tail, self._outputs = factors, x, stats, tail, outputs

    def __len__(self) -> int:
        return len(self.factors)

    def __getitem__(self, k: int) -> MinimizeResult:
        return MinimizeResult(self.x[k].copy(), self._tail, self._outputs, self.stats[k].tobytes())

    @property
    def coef(self) -> NDArray[Any]:
        """(k, p), or (k, p, K) of a multinomial model: x without the intercepts."""
        head = self.x[:, : self.x.shape[1] - self._tail]
        return head.reshape(len(head), -1, self._outputs) if self._outputs else head

    @property
    def intercepts(self) -> NDArray[Any]:
        """(k,), or (k, K) of a multinomial model; zeros without a free intercept."""
        tail = self.x[:, self.x.shape[1] - self._tail:] if self._tail else np.zeros((len(self), max(1, self._outputs)))
        return tail if self._outputs else tail[:, 0]

    @property
    def gaps(self) -> NDArray[np.float64]:
        """(k,) duality gaps; inf where there is no dual point."""
        return self.stats["gap"]

    @property
    def objectives(self) -> NDArray[np.float64]:
        """(k,) f(x) + t g(x)."""
        return self.stats["objective"]

    @property
    def converged(self) -> bool:
        """True if every solution met the tolerance."""
        return bool((self.stats["termination"] == Termination.CONVERGED.value).all())

    def __repr__(self) -> str:
        nonzeros = np.count_nonzero(self.coef.reshape(len(self), -1), axis=1)
        done = int((self.stats["termination"] == Termination.CONVERGED.value).sum())
        return (
            f"<fenchel.PathResult of {len(self)} solutions, n = {self.x.shape[1]} {self.x.dtype}, factors "
            f"{self.factors[0]:.4g} .. {self.factors[-1]:.4g}, {nonzeros[0]} .. {nonzeros[-1]} nonzeros, "
            f"{done} converged, largest gap {self.gaps.max():.2g}>"
        )

    def plot(self, figure: Any = None) -> Any:
        """Draw coefficients and gaps against the factor with matplotlib; returns the figure (a given one is drawn into).

        Raises ImportError without matplotlib.
        """
        from .composite_plots import plot_path

        return plot_path(self, figure)


class CrossValidation:
    """Held-out losses: factors (k,), losses (folds, k) mean loss per held-out sample."""

    __slots__ = ("factors", "losses")

    def __init__(self, factors: NDArray[np.float64], losses: NDArray[np.float64]) -> None:
        self.factors, self.losses = factors, losses

    @property
    def mean(self) -> NDArray[np.float64]:
        """(k,) over the folds."""
        return np.asarray(self.losses.mean(axis=0))

    @property
    def standard_error(self) -> NDArray[np.float64]:
        """(k,) of the mean over the folds."""
        return np.asarray(self.losses.std(axis=0, ddof=1) / np.sqrt(len(self.losses)))

    @property
    def best(self) -> int:
        """Index of the factor with the least mean loss."""
        return int(np.argmin(self.mean))

    @property
    def best_factor(self) -> float:
        """The factor with the least mean loss."""
        return float(self.factors[self.best])

    def __repr__(self) -> str:
        return (
            f"<fenchel.CrossValidation of {len(self.factors)} factors in {len(self.losses)} folds: best "
            f"{self.best_factor:.6g}, loss {self.mean[self.best]:.6g}>"
        )

    def plot(self, figure: Any = None) -> Any:
        """Draw the losses with matplotlib; returns the figure (a given one is drawn into). Raises ImportError."""
        from .composite_plots import plot_validation

        return plot_validation(self, figure)


def lambda_max(f: Smooth, g: Prox, *, dtype: DTypeLike | None = None) -> float:
    """The least t at which x = 0 (but for intercept and unpenalised coordinates) minimises f(x) + t g(x).

    f : a linear model. g : a separable term or group_l2. dtype : as in minimize.
    Raises UnsupportedError, ShapeError, DtypeError.
    """
    return _raw.fen_lambda_max(Composite(f, g, dtype, None, None).handle)


def _factors(problem: Composite, factors: ArrayLike | None, n: int, ratio: float) -> NDArray[np.float64]:
    if factors is not None:
        return vector(factors, "factors")
    if n < 1 or not 0 < ratio <= 1:
        raise RangeError(f"n is {n} and ratio is {ratio}; legal: n >= 1, 0 < ratio <= 1")
    largest = _raw.fen_lambda_max(problem.handle)
    return np.geomspace(largest, largest * ratio, n) if largest > 0 else np.zeros(n)


def path(
    f: Smooth,
    g: Prox,
    factors: ArrayLike | None = None,
    *,
    n: int = 100,
    ratio: float = 1e-2,
    callback: Callback | None = None,
    tol: float | None = None,
    max_iter: int | None = None,
    num_threads: int = 1,
    dtype: DTypeLike | None = None,
    **settings: Unpack[MinimizeSettings],
) -> PathResult:
    """Minimise f(x) + t g(x) for many t, warm-started in the order given.

    Parameters
    ----------
    f : a linear model (fenchel.smooth). g : a separable simple term or group_l2.
    factors : (k,) values of t, best decreasing; None is n of them from lambda_max down to ratio * lambda_max, geometric.
    n, ratio : of the default factors.
    callback : called with a Progress, iteration = solutions done; as in minimize.
    tol, max_iter, num_threads, dtype, **settings : as in minimize.

    Returns
    -------
    PathResult, (k, n) solutions; a ConvergenceWarning where one did not converge.

    Raises
    ------
    UnsupportedError, ShapeError, RangeError, DtypeError, NotFiniteError. Friedman, Hastie and Tibshirani (2010).
    """
    packed = minimize_options(tol, max_iter, num_threads, settings)
    problem = Composite(f, g, dtype, None, None)
    values = _factors(problem, factors, n, ratio)
    x = np.empty((values.size, problem.n), problem.dtype)
    stats = np.zeros(values.size, MINIMIZE_RESULT_DTYPE)
    _raw.fen_path(problem.handle, values, packed, None if callback is None else watch(callback), x, stats)
    x.flags.writeable = False
    result = PathResult(values, x, stats, problem.tail, problem.outputs)
    if not result.converged and Termination.CANCELLED.value not in stats["termination"]:
        import warnings

        bad = int((stats["termination"] != Termination.CONVERGED.value).sum())
        warnings.warn(f"path: {bad} of {len(result)} solutions did not converge", ConvergenceWarning, stacklevel=2)
    return result


def cross_validate(
    f: Smooth,
    g: Prox,
    factors: ArrayLike | None = None,
    folds: int | ArrayLike = 5,
    *,
    n: int = 100,
    ratio: float = 1e-2,
    shuffle: int | None = None,
    callback: Callback | None = None,
    tol: float | None = None,
    max_iter: int | None = None,
    num_threads: int = 1,
    dtype: DTypeLike | None = None,
    **settings: Unpack[MinimizeSettings],
) -> CrossValidation:
    """Mean held-out loss per sample along the path of each fold; folds run in parallel.

    Parameters
    ----------
    f, g, factors, n, ratio, callback, tol, max_iter, num_threads, dtype, **settings : as in path.
    folds : how many, or (samples,) integers: the fold of each sample, 0 <= fold < count.
    shuffle : a seed that shuffles the folds that a number stands for; None keeps consecutive samples together.

    Returns
    -------
    CrossValidation. The loss is f's own, weighted by its sample weights. While a fold is left out, the other samples' weights
    are scaled up to the same sum, so that a factor means the same with and without it.

    Raises
    ------
    UnsupportedError, ShapeError, RangeError, DtypeError, NotFiniteError.
    """
    packed = minimize_options(tol, max_iter, num_threads, settings)
    problem = Composite(f, g, dtype, None, None)
    samples = f.parameters["A"].shape[0] if "A" in f.parameters else 0
    if isinstance(folds, (int, np.integer)):
        if not 2 <= folds <= samples:
            raise RangeError(f"folds is {folds}; legal: 2 .. {samples}")
        labels = np.arange(samples, dtype=np.int64) * int(folds) // samples
        if shuffle is not None:
            np.random.default_rng(shuffle).shuffle(labels)
    else:
        labels = np.ascontiguousarray(folds, np.int64)
    if labels.shape != (samples,):
        raise ShapeError(f"folds has shape {labels.shape}; legal: ({samples},)")
    values = _factors(problem, factors, n, ratio)
    losses = np.empty((int(labels.max()) + 1, values.size))
    monitor = None if callback is None else watch(callback)
    _raw.fen_cross_validate(problem.handle, values, labels, packed, monitor, losses)
    return CrossValidation(values, losses)
