"""What the POT drop-in's solvers share: reading POT's arguments, one solve, POT's warnings and printing."""

from __future__ import annotations

import warnings
from typing import Any, Callable, Sequence

import numpy as np

from ..arrays import common
from ..errors import ConvergenceWarning, RangeError
from ..geometry import PointCloud
from ..result import Result
from ..transport import sinkhorn as solve_transport

Array = Any

NOT_CONVERGED = (
    "Sinkhorn did not converge. You might want to increase the number of iterations `numItermax` or the regularization "
    "parameter `reg`."
)

#: Below this many iterations a caller wants truncated Sinkhorn, not the solution: plain sweeps, in POT's order.
TRUNCATED = 100

#: The smallest stopping threshold that makes sense; POT's `stopThr=0` means "never stop early".
NEVER = 1e-300


class Solution:
    """A solved problem seen from POT: potentials of rows and columns, the plan, the errors along the way."""

    def __init__(self, result: Result, swapped: bool, errors: list[float]) -> None:
        self.result = result
        self.swapped = swapped
        self.errors = errors
        self.shift = 0.0  #: added to phi where the row weights were scaled

    @property
    def phi(self) -> Array:
        phi = self.result.psi if self.swapped else self.result.phi
        return phi + phi.dtype.type(self.shift) if self.shift else phi

    @property
    def psi(self) -> Array:
        return self.result.phi if self.swapped else self.result.psi

    @property
    def iterations(self) -> int:
        """POT counts from zero."""
        return max(int(self.result.iterations) - 1, 0)

    def plan(self) -> Array:
        plan = self.result.plan()
        return plan.T if self.swapped else plan

    def cost(self) -> Array:
        """<M, P>, in the dtype of the plan."""
        return self.result.phi.dtype.type(self.result.cost)


def read_problem(a: Any, b: Any, M: Any) -> tuple[Array, Array, Array]:
    """(a, b, M) as floating arrays of one dtype; empty weights become None, which is uniform."""
    a = None if a is None or len(a) == 0 else a
    b = None if b is None or len(b) == 0 else b
    (wa, wb, matrix), _ = common(None, a=a, b=b, cost=M)
    return wa, wb, matrix


def weights(given: Array | None, size: int, dtype: Any) -> Array:
    return np.full(size, 1.0 / size, dtype) if given is None else given


def tolerance(threshold: float, dtype: Any) -> float | None:
    """Our tol for POT's stopThr. float32 stops at its own floor: POT's default of 1e-9 is out of its reach."""
    if threshold > 0 and np.dtype(dtype) == np.float32 and threshold < 1e-5:
        return None
    return min(max(threshold, NEVER), 1.0)


def equal_masses(kept: Array, scaled: Array, size: int) -> tuple[Array, float]:
    """(`scaled` brought to the mass of `kept`, the factor). POT goes on where the masses of a balanced problem differ: its
    last update decides which marginal is met. So do we, with a warning. None is uniform, of mass 1; `size` is scaled's."""
    mass = 1.0 if kept is None else float(np.sum(kept, dtype=np.float64))
    other = 1.0 if scaled is None else float(np.sum(scaled, dtype=np.float64))
    dtype = next((w.dtype for w in (kept, scaled) if w is not None), np.dtype(np.float64))
    if not (mass > 0 and other > 0) or abs(mass - other) <= (1e-6 if dtype == np.float64 else 1e-4) * max(mass, other):
        return scaled, 1.0
    warnings.warn(f"a balanced problem with total masses {mass:g} and {other:g}: only one marginal is met", stacklevel=4)
    return weights(scaled, size, dtype) * dtype.type(mass / other), mass / other


def illegal_regularisation(reg: float) -> bool:
    """POT answers reg = 0 with a warning and no numbers; so do we."""
    if reg > 0:
        return False
    if reg < 0 or reg != reg:
        raise RangeError(f"reg is {reg}; it must be positive")
    warnings.warn("Warning: numerical errors at iteration 0: reg is 0", stacklevel=3)
    return True


def solve(
    a: Array,
    b: Array,
    cost: Array | PointCloud,
    reg: float,
    *,
    reg_type: str = "entropy",
    strengths: tuple[float, float] = (np.inf, np.inf),
    start: Sequence[Any] | None = None,
    tol: float | None,
    max_iter: int,
    follow: bool = False,
    verbose: bool = False,
) -> Solution:
    """One solve. `start` is a pair of potentials; `follow` records the errors."""
    errors: list[float] = []
    swapped = max_iter < TRUNCATED
    if swapped:  # POT updates columns first; our sweeps update rows first
        a, b, strengths = b, a, (strengths[1], strengths[0])
        cost = PointCloud(cost.y, cost.x, cost.cost) if isinstance(cost, PointCloud) else cost.T
        start = None if start is None else (start[1], start[0])
    settings: dict[str, Any] = {}
    if follow or verbose:
        settings = {"callback": _recorder(errors, verbose), "monitor_interval": 0.0}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        result = solve_transport(
            a,
            b,
            cost,
            reg,
            method="sinkhorn" if swapped else "auto",
            reg_type=reg_type,
            rho_a=strengths[0],
            rho_b=strengths[1],
            warm_start=None if start is None else (np.asarray(start[0]), np.asarray(start[1])),
            tol=tol,
            max_iter=max(int(max_iter), 1),
            **settings,
        )
    errors.append(result.error_a + result.error_b)
    return Solution(result, swapped, errors)


def _recorder(errors: list[float], verbose: bool) -> Callable[[Any], None]:
    def look(progress: Any) -> None:
        if progress.residual == progress.residual:
            if verbose:
                if len(errors) % 20 == 0:
                    print("{:5s}|{:12s}".format("It.", "Err") + "\n" + "-" * 19)
                print(f"{progress.iteration:5d}|{progress.residual:8e}|")
            errors.append(progress.residual)

    return look


def warn_unless(converged: bool, warn: bool, message: str = NOT_CONVERGED) -> None:
    if warn and not converged:
        warnings.warn(message, stacklevel=4)


def scalings(log_u: Array, log_v: Array) -> tuple[Array, Array]:
    """exp of both, shifted against each other so that the largest of each agree: neither overflows alone."""
    high_u, high_v = np.max(log_u, axis=0), np.max(log_v, axis=0)
    shift = 0.5 * (high_u - high_v)
    with np.errstate(over="ignore"):
        return np.exp(log_u - shift), np.exp(log_v + shift)
