"""minimize: f(x) + sum_i g_i(A_i x)."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Callable, Mapping, Sequence

import numpy as np

from . import _raw
from ._declared import Progress, unpack_progress
from .arrays import F32, F64, chosen, floating
from .composite_result import TRACE_COLUMNS, MinimizeResult
from .errors import DtypeError, ShapeError, UnsupportedError
from .options import POLL, minimize_options
from .settings import check_callback
from .summands import Summands, collect
from .term import CODE

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, DTypeLike, NDArray
    from typing_extensions import Unpack

    from ._declared import MinimizeSettings
    from .differentiable import Smooth
    from .linear import Operator
    from .simple import Prox

    Simple = Prox | Summands | Sequence[Prox | Summands | tuple[Prox, Operator | ArrayLike | None]]
    Callback = Callable[[Progress], object]


class Composite:
    """A problem as C knows it: handle, dtype, n, and how x is cut into coefficients and intercept."""

    __slots__ = ("handle", "dtype", "n", "tail", "outputs", "summands")

    def __init__(self, f: Any, g: Any, dtype: DTypeLike | None, x0: NDArray[Any] | None, n: int | None) -> None:
        self.summands = collect(f, g)
        self.dtype = _dtype(self.summands, dtype, x0)
        size = n if n is not None else x0.size if x0 is not None and self._unsized() else 0
        terms = [part[0]._capsule for part in self.summands.parts]
        maps = [None if A is None else A._capsule for _, A in self.summands.parts]
        smooth = self.summands.f
        self.handle = _raw.fen_composite_create(
            CODE[self.dtype], size, None if smooth is None else smooth._capsule, terms, maps if any(maps) else None
        )
        self.n = _raw.fen_composite_size(self.handle)
        self.tail = 0 if smooth is None else smooth.intercepts
        A = None if smooth is None else smooth.parameters.get("A")
        self.outputs = 0 if A is None or smooth is None or smooth.name != "multinomial" else (
            self.n // (A.shape[1] + (1 if self.tail else 0)))

    def _unsized(self) -> bool:
        return self.summands.f is None and all(
            g.size is None if A is None else False for g, A in self.summands.parts)


def _dtype(summands: Summands, dtype: DTypeLike | None, x0: NDArray[Any] | None) -> np.dtype[Any]:
    wanted = chosen(dtype)
    if wanted is not None:
        return wanted
    found = {None if summands.f is None else summands.f.dtype}
    for g, A in summands.parts:
        found |= {g.dtype, None if A is None else A.dtype}
    found.discard(None)
    if not found:
        return F64 if x0 is None else x0.dtype
    return F32 if found == {F32} else F64


def minimize(
    f: Smooth | Summands | None,
    g: Simple | None = None,
    *,
    x0: ArrayLike | None = None,
    method: str = "auto",
    callback: Callback | None = None,
    tol: float | None = None,
    max_iter: int | None = None,
    num_threads: int = 1,
    dtype: DTypeLike | None = None,
    n: int | None = None,
    seed: int = 0,
    trace: bool | int = False,
    dual: bool = False,
    **settings: Unpack[MinimizeSettings],
) -> MinimizeResult:
    """Minimise f(x) + sum_i g_i(A_i x) over x (n,).

    Parameters
    ----------
    f : a smooth term (fenchel.smooth), a sum made with + and @ (then g may be absent), or None.
    g : a simple term (fenchel.prox), a list of simple terms and pairs (term, operator), or None. Operators may be
        fenchel.operators, (m, n) arrays or SciPy sparse matrices.
    x0 : (n,) start; None is zero.
    method : name from fenchel.MINIMIZE_METHODS; "auto" picks one.
    callback : called with a Progress at most every monitor_interval seconds (default 0.05; 0 is after every iteration),
        in the calling thread. True or a positive number ends the solve with the best iterate; an exception ends it and is
        raised here.
    tol : gap <= tol * (objective at zero) for "cd", else a relative optimality residual; None picks 1e-8 (float64) or
        1e-5 (float32).
    max_iter : iteration limit, as the method counts; None is 10000.
    num_threads : threads of this solve, 0 for all CPUs; the result does not depend on it.
    dtype : float32 or float64 of x. None: float32 only if all matrices (and x0, without any) are.
    n : length of x, needed where neither term nor x0 tells.
    seed : of every random choice.
    trace : keep the last 10000 (True) or that many records in result.trace.
    dual : also ask for the dual points, in result.dual_points.
    **settings : further keywords, see fenchel.minimize_settings_help().

    Returns
    -------
    MinimizeResult. Not converging is no error: result.converged says so, and a ConvergenceWarning is issued. A nonconvex
    problem never claims more than stationarity.

    Raises
    ------
    FenchelError subclasses that name the argument: ShapeError, EmptyError, NotFiniteError, RangeError (ValueErrors),
    DtypeError (TypeError), NameLookupError (KeyError), UnsupportedError, TooLargeError (MemoryError). KeyboardInterrupt
    ends a solve. What a term made from functions raises is raised here.

    Notes
    -----
    The GIL is released. Beck and Teboulle (2009), FISTA; Malitsky and Mishchenko (2024), adaptive proximal gradient;
    Condat (2013); Chambolle and Pock (2011); Ndiaye et al. (2017), gap-safe screening; Bertrand et al. (2022), working sets.
    """
    result = solve(f, g, x0, method, callback, tol, max_iter, num_threads, dtype, n, seed, trace, dual, settings)
    if not result.converged:
        result._warn("minimize", 3)
    return result


def solve(
    f: Any,
    g: Any,
    x0: ArrayLike | None = None,
    method: str = "auto",
    callback: Callback | None = None,
    tol: float | None = None,
    max_iter: int | None = None,
    num_threads: int = 1,
    dtype: DTypeLike | None = None,
    n: int | None = None,
    seed: int = 0,
    trace: bool | int = False,
    dual: bool = False,
    settings: Mapping[str, Any] = MappingProxyType({}),
) -> MinimizeResult:
    """minimize without its warning."""
    start = None if x0 is None else floating(x0, "x0")
    interval = settings.get("monitor_interval", POLL)
    kept = 10000 if trace is True else int(trace)
    packed = minimize_options(
        tol, max_iter, num_threads, {**settings, "seed": seed, "trace": kept, "monitor_interval": _polled(interval)})
    problem = Composite(f, g, dtype, start, n)
    solver = _raw.fen_minimize_create(problem.handle, method, packed)
    if callback is not None:
        _raw.fen_solver_set_monitor(solver, watch(callback), interval)
    if start is not None:
        _raw.fen_minimize_warm_start(solver, start.astype(problem.dtype, copy=False).reshape(-1))
    x = np.empty(problem.n, problem.dtype)
    stats = _raw.fen_minimize_solve(solver, x)
    records = None
    if trace:
        count = _raw.fen_minimize_trace(solver, 0, None)
        records = np.empty((count, len(TRACE_COLUMNS)))
        if count:
            _raw.fen_minimize_trace(solver, count, records)
    points = _duals(problem, solver) if dual else None
    return MinimizeResult(x, problem.tail, problem.outputs, stats, records, points)


def _polled(interval: float) -> float:
    """How often C calls: often enough to see Ctrl-C; what is no number is refused later, by name."""
    return min(POLL, interval) if isinstance(interval, (int, float)) and interval >= 0 else interval


def watch(callback: Callback) -> Callable[[bytes], object]:
    """The function that C calls."""
    check_callback(callback)
    return lambda data: callback(unpack_progress(data))


def _duals(problem: Composite, solver: object) -> tuple[NDArray[Any] | None, ...]:
    """The dual point of each summand; None where the method has none."""
    out: list[NDArray[Any] | None] = []
    for k, (_, A) in enumerate(problem.summands.parts):
        u = np.empty(problem.n - problem.tail if A is None else A.shape[0], problem.dtype)
        try:
            _raw.fen_minimize_dual(solver, k, u)
            out.append(u)
        except UnsupportedError:
            out.append(None)
    return tuple(out)


def model_only(f: Any, what: str) -> None:
    """Raises unless f is one smooth term."""
    from .differentiable import Smooth

    if not isinstance(f, (Smooth, Summands)):
        raise DtypeError(f"f is a {type(f).__name__}; {what} needs a smooth term that is a linear model")


def vector(values: ArrayLike, name: str, size: int | None = None) -> NDArray[Any]:
    """A (size,) float64 array."""
    out = np.ascontiguousarray(floating(values, name), F64)
    if out.ndim != 1 or (size is not None and out.size != size):
        raise ShapeError(f"{name} has shape {out.shape}; legal: ({'k' if size is None else size},)")
    return out
