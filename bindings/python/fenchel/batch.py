"""Many small problems in one call, parallel over problems."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Iterator, Sequence

import numpy as np

from . import _raw
from ._declared import RESULT_DTYPE, BatchFields, Progress, Termination, unpack_progress
from .arrays import chosen, common, floating, widest
from .errors import BY_CODE, ConvergenceWarning, FenchelError, ShapeError
from .settings import check_callback, options, spec

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, DTypeLike, NDArray
    from typing_extensions import Unpack

    from ._declared import Settings


class BatchResult(BatchFields):
    """What sinkhorn_batch returns; len() is the number of problems. Picklable.

    Attributes besides one array per number of the solve (cost, primal, dual, gap, error_a, passes, seconds ...):

    phi, psi : (count, n) and (count, m) arrays; for problems of their own sizes, lists of (n_k,) and (m_k,) arrays.
    plans : (count, n, m) array or list of (n_k, m_k) arrays; None if not asked for.
    statuses : (count,) int32, 0 where the problem was solved, else the error's code (errors.BY_CODE); the outputs of
        a failed problem are NaN.
    message : what was wrong with the first failed problem, or "".
    """

    __slots__ = ("phi", "psi", "plans", "statuses", "message", "_stats")

    def __init__(self, phi: Any, psi: Any, plans: Any, statuses: NDArray[np.int32], message: str, stats: NDArray[Any]):
        self.phi = phi
        self.psi = psi
        self.plans = plans
        self.statuses = statuses
        self.message = message
        self._stats = stats

    def __len__(self) -> int:
        return len(self.statuses)

    @property
    def failed(self) -> int:
        """How many problems were refused or broke."""
        return int(np.count_nonzero(self.statuses))

    @property
    def converged(self) -> NDArray[np.bool_]:
        """(count,) bool: solved to its tolerance."""
        done: NDArray[np.bool_] = (self.statuses == 0) & (self._stats["termination"] == Termination.CONVERGED.value)
        return done

    def raise_for_status(self) -> None:
        """Raise the first failed problem's error, if there is one."""
        for k in np.flatnonzero(self.statuses)[:1]:
            code = int(self.statuses[k])
            error = BY_CODE.get(code, FenchelError)(f"problem {k}: {self.message}")
            error.code = code
            raise error

    def __repr__(self) -> str:
        return (
            f"<fenchel.BatchResult of {len(self)} problems: {int(self.converged.sum())} converged, "
            f"{self.failed} failed{': ' + self.message if self.message else ''}>"
        )

    def __getstate__(self) -> tuple[Any, ...]:
        return self.phi, self.psi, self.plans, self.statuses, self.message, self._stats

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self.phi, self.psi, self.plans, self.statuses, self.message, self._stats = state


def sinkhorn_batch(
    a: ArrayLike | Sequence[ArrayLike] | None,
    b: ArrayLike | Sequence[ArrayLike] | None,
    cost: ArrayLike | Sequence[ArrayLike],
    eps: float,
    *,
    plans: bool = False,
    method: str = "auto",
    reg_type: str = "kl",
    tol: float | None = None,
    max_iter: int | None = None,
    rho_a: float | None = None,
    rho_b: float | None = None,
    num_threads: int = 1,
    callback: Callable[[Progress], object] | None = None,
    dtype: DTypeLike | None = None,
    **settings: Unpack[Settings],
) -> BatchResult:
    """Solve many transport problems at once; a bad one fails alone.

    Parameters
    ----------
    a : (count, n) weights, None for uniform, or a list of (n_k,) arrays.
    b : (count, m) weights, None for uniform, or a list of (m_k,) arrays.
    cost : (count, n, m) matrices, one (n, m) matrix shared by all (then a or b gives the count), or a list of
        (n_k, m_k) matrices of their own sizes.
    eps, method, reg_type, tol, max_iter, rho_a, rho_b, **settings : as in sinkhorn, the same for all problems.
    plans : return the transport plans too.
    num_threads : problems are shared out over so many threads, 0 for all CPUs.
    callback : called between problems with a Progress whose iteration counts the problems done; True stops, and
        the problems not begun then have the status of StateError.
    dtype : float32 or float64; None is the wider of a, b and cost.

    Returns
    -------
    BatchResult. Problems that did not converge raise a ConvergenceWarning, once for the batch.

    Raises
    ------
    As sinkhorn, for what concerns the whole batch: ShapeError, DtypeError, NameLookupError, RangeError.
    """
    call = _Call(a, b, cost, chosen(dtype), plans)
    packed_spec = spec(eps, rho_a, rho_b, reg_type, settings.pop("symmetric", 0))
    check_callback(callback)
    monitor = None if callback is None else (lambda data: callback(unpack_progress(data)))
    _, message = _raw.fen_sinkhorn_batch(
        call.count, call.cost, call.a, call.b, call.sizes, packed_spec, method,
        options(tol, max_iter, num_threads, settings), monitor, call.phi, call.psi, call.plans, call.statuses,
        call.stats,
    )
    result = call.result(message)
    late = int(np.count_nonzero((result.statuses == 0) & ~result.converged))
    if late and not np.any(result._stats["termination"] == Termination.CANCELLED.value):
        import warnings

        warnings.warn(f"sinkhorn_batch: {late} of {len(result)} problems did not converge", ConvergenceWarning, 2)
    return result


class _Call:
    """The arrays of one batch: stacked inputs, sizes where they differ, outputs."""

    def __init__(self, a: Any, b: Any, cost: Any, dtype: np.dtype[Any] | None, plans: bool) -> None:
        self.sizes: NDArray[np.int64] | None = None
        if isinstance(cost, (list, tuple)) and np.ndim(cost[0] if cost else 0) == 2:
            self._stack([floating(c, f"cost[{k}]") for k, c in enumerate(cost)], a, b, dtype)
        else:
            (wa, wb, matrices), _ = common(dtype, a=a, b=b, cost=cost)
            self.a, self.b, self.cost = wa, wb, self._shared(wa, wb, matrices)
        self.count, n, m = self.cost.shape
        kind = self.cost.dtype
        self.phi, self.psi = np.full((self.count, n), np.nan, kind), np.full((self.count, m), np.nan, kind)
        self.plans = np.full((self.count, n, m), np.nan, kind) if plans else None
        self.statuses = np.zeros(self.count, np.int32)
        self.stats = np.zeros(self.count, RESULT_DTYPE)

    @staticmethod
    def _shared(a: Any, b: Any, cost: Any) -> NDArray[Any]:
        if cost.ndim == 2:
            counts = [len(w) for w in (a, b) if w is not None]
            if not counts:
                raise ShapeError("cost is one matrix and a and b are None: the number of problems is unknown")
            return np.broadcast_to(cost, (counts[0], *cost.shape))
        if cost.ndim != 3:
            raise ShapeError(f"cost has shape {cost.shape}; (count, n, m) or (n, m) is needed")
        matrices: NDArray[Any] = cost
        return matrices

    def _stack(self, costs: list[NDArray[Any]], a: Any, b: Any, dtype: np.dtype[Any] | None) -> None:
        """Problems of their own sizes, padded to the largest."""
        rows = self._weights(a, "a", len(costs))
        cols = self._weights(b, "b", len(costs))
        kind = widest(dtype, *costs, *(rows or ()), *(cols or ()))
        for k, c in enumerate(costs):
            if c.ndim != 2:
                raise ShapeError(f"cost[{k}] has shape {c.shape}; a matrix is needed")
        self.sizes = np.array([c.shape for c in costs], np.int64)
        n, m = (int(s) for s in self.sizes.max(axis=0))
        self.cost = np.zeros((len(costs), n, m), kind)
        for k, c in enumerate(costs):
            self.cost[k, : c.shape[0], : c.shape[1]] = c
        self.a = self._pad(rows, "a", self.sizes[:, 0], kind)
        self.b = self._pad(cols, "b", self.sizes[:, 1], kind)

    @staticmethod
    def _weights(weights: Any, name: str, count: int) -> list[NDArray[Any]] | None:
        if weights is None:
            return None
        if len(weights) != count:
            raise ShapeError(f"{name} holds {len(weights)} problems, cost {count}")
        return [floating(w, f"{name}[{k}]") for k, w in enumerate(weights)]

    @staticmethod
    def _pad(weights: list[NDArray[Any]] | None, name: str, sizes: NDArray[np.int64], kind: Any) -> Any:
        if weights is None:
            return None
        out = np.zeros((len(weights), int(sizes.max())), kind)
        for k, w in enumerate(weights):
            if w.shape != (sizes[k],):
                raise ShapeError(f"{name}[{k}] has shape {w.shape}; ({sizes[k]},) is needed")
            out[k, : len(w)] = w
        return out

    def result(self, message: str) -> BatchResult:
        phi, psi, plans = self.phi, self.psi, self.plans
        if self.sizes is None:
            return BatchResult(phi, psi, plans, self.statuses, message, self.stats)
        return BatchResult(
            [phi[k, :n] for k, (n, _) in self._each()], [psi[k, :m] for k, (_, m) in self._each()],
            None if plans is None else [plans[k, :n, :m] for k, (n, m) in self._each()],
            self.statuses, message, self.stats,
        )

    def _each(self) -> Iterator[tuple[int, tuple[int, int]]]:
        assert self.sizes is not None
        return enumerate((int(n), int(m)) for n, m in self.sizes)
