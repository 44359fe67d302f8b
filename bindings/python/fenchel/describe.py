"""Results in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._declared import Termination

if TYPE_CHECKING:
    from .result import Result

_ENDINGS = {
    Termination.NOT_RUN: "not run",
    Termination.CONVERGED: "converged",
    Termination.MAX_ITER: "not converged: the iteration limit was reached",
    Termination.TIME_LIMIT: "not converged: the time limit was reached",
    Termination.CANCELLED: "cancelled",
    Termination.STALLED: "not converged: the error stopped decreasing",
    Termination.DIVERGED: "not converged: an iterate was not finite",
}


def ending(result: Result) -> str:
    """How the solve ended, with the error reached and its target."""
    error = max(result.error_a, result.error_b)
    return (
        f"{_ENDINGS[result.termination]} after {result.iterations} iterations ({result.passes} passes over the cost, "
        f"{result.seconds:.3g} s) at relative marginal error {error:.2g} (tol {result.tol:.2g})"
    )


def describe(result: Result) -> str:
    """The repr of a Result."""
    n, m = result.shape
    return (
        f"<fenchel.Result {n} x {m} {result.phi.dtype}, {result.method}, {result.reg_type}, eps {result.eps:.6g}: "
        f"{ending(result)}\n"
        f" cost <C, P> = {result.cost:.10g}, primal = {result.primal:.10g}, dual = {result.dual:.10g}, "
        f"gap = {result.gap:.2g}, mass = {result.mass:.6g}>"
    )
