"""MinimizeResult: what minimising a composite problem returns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ._declared import MinimizeFields, Termination, unpack_minimize_result
from .errors import ConvergenceWarning

if TYPE_CHECKING:
    from numpy.typing import NDArray

TRACE_COLUMNS = ("iteration", "seconds", "objective", "residual", "gap", "support")
ENDINGS = {
    Termination.NOT_RUN: "not run",
    Termination.CONVERGED: "converged",
    Termination.MAX_ITER: "not converged: the iteration limit was reached",
    Termination.TIME_LIMIT: "not converged: the time limit was reached",
    Termination.CANCELLED: "cancelled",
    Termination.STALLED: "not converged: the residual stopped decreasing",
    Termination.DIVERGED: "not converged: an iterate was not finite",
}


class MinimizeResult(MinimizeFields):
    """The solution of a composite problem, frozen and picklable.

    Attributes besides the numbers of the solve (objective, smooth, dual, gap, residual, certificate, termination, method,
    iterations, gradients, proxes, products, coordinate_updates, support, seconds ...):

    x : (n,) array, the best iterate, intercepts at its end.
    trace : (k, 6) float64, the columns of fenchel.TRACE_COLUMNS, or None if it was not asked for.
    dual_points : one array (or None) a simple term, or None if they were not asked for.
    """

    __slots__ = ("x", "trace", "dual_points", "_tail", "_outputs", "_stats")

    x: NDArray[Any]
    trace: NDArray[np.float64] | None
    dual_points: tuple[NDArray[Any] | None, ...] | None
    _tail: int
    _outputs: int

    def __init__(
        self,
        x: NDArray[Any],
        tail: int,
        outputs: int,
        stats: bytes,
        trace: NDArray[np.float64] | None = None,
        dual_points: tuple[NDArray[Any] | None, ...] | None = None,
    ) -> None:
        self.__setstate__((x, tail, outputs, unpack_minimize_result(stats), trace, dual_points))

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a result is frozen: {name} cannot be set")

    def __getstate__(self) -> tuple[Any, ...]:
        return self.x, self._tail, self._outputs, self._stats, self.trace, self.dual_points

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        x = state[0]
        x.flags.writeable = False
        for name, value in zip(("x", "_tail", "_outputs", "_stats", "trace", "dual_points"), state):
            object.__setattr__(self, name, value)

    @property
    def converged(self) -> bool:
        """True if the tolerance was met."""
        return bool(self._stats[2] == Termination.CONVERGED.value)

    @property
    def coef(self) -> NDArray[Any]:
        """x without the intercepts: (p,), or (p, K) of a multinomial model."""
        head = self.x[: self.x.size - self._tail]
        return head.reshape(-1, self._outputs) if self._outputs else head

    @property
    def intercept(self) -> Any:
        """The free intercept: a float (0.0 without one), or (K,) of a multinomial model."""
        if self._outputs:
            return self.x[self.x.size - self._tail:] if self._tail else np.zeros(self._outputs, self.x.dtype)
        return float(self.x[-1]) if self._tail else 0.0

    def __repr__(self) -> str:
        certificate = self.certificate.name.lower()
        return (
            f"<fenchel.MinimizeResult n = {self.x.size} {self.x.dtype}, {self.method}: {ending(self)}\n"
            f" objective = {self.objective:.10g}, f = {self.smooth:.10g}, gap = {self.gap:.2g}, "
            f"certificate: {certificate}, {np.count_nonzero(self.coef)} nonzeros>"
        )

    def plot(self, figure: Any = None) -> Any:
        """Draw the trace (objective, residual and gap against seconds) with matplotlib; returns the figure.

        figure : drawn into, if given. Raises ImportError without matplotlib, ValueError without trace=True in minimize.
        """
        from .composite_plots import plot_trace

        return plot_trace(self, figure)

    def _warn(self, what: str, stacklevel: int) -> None:
        if self.termination is Termination.CANCELLED:
            return
        import warnings

        warnings.warn(f"{what}: {ending(self)}", ConvergenceWarning, stacklevel=stacklevel)


def ending(result: MinimizeResult) -> str:
    """How the solve ended, with the residual reached and its target."""
    return (
        f"{ENDINGS[result.termination]} after {result.iterations} iterations ({result.seconds:.3g} s) "
        f"at residual {result.residual:.2g} (tol {result.tol:.2g})"
    )
