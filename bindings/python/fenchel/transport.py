"""One-shot solves: sinkhorn and sinkhorn_vjp."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Sequence

import numpy as np

from . import _raw
from ._declared import Progress, unpack_progress
from .arrays import F64, chosen, common, is_plain, widest
from .errors import DtypeError
from .geometry import Geometry
from .result import Result
from .settings import check_callback, options, spec

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, DTypeLike, NDArray
    from typing_extensions import Unpack

    from ._declared import Settings

    Cost = ArrayLike | Geometry
    WarmStart = Result | tuple[ArrayLike | None, ArrayLike | None]
    Callback = Callable[[Progress], object]


def sinkhorn(
    a: ArrayLike | None,
    b: ArrayLike | None,
    cost: Cost,
    eps: float,
    *,
    method: str = "auto",
    reg_type: str = "kl",
    tol: float | None = None,
    max_iter: int | None = None,
    rho_a: float | None = None,
    rho_b: float | None = None,
    num_threads: int = 1,
    warm_start: WarmStart | None = None,
    callback: Callback | None = None,
    dtype: DTypeLike | None = None,
    trace: bool = False,
    **settings: Unpack[Settings],
) -> Result:
    """Entropic optimal transport between the weights a and b.

    min over P >= 0 of  <C, P> + R(P) + rho_a KL(P 1 | a) + rho_b KL(P^T 1 | b),
    with R(P) = eps KL(P | a b^T) for reg_type "kl" and eps sum P (log P - 1) for "entropy".

    Parameters
    ----------
    a : (n,) weights >= 0, or None for uniform 1/n. Exact zeros are fine.
    b : (m,) weights >= 0, or None for uniform 1/m. Where both rho are None the totals must agree.
    cost : (n, m) matrix, PointCloud or Grid. A float32 or float64 matrix is borrowed, not copied: leave it unchanged
        as long as the result is used.
    eps : regularisation in units of the cost, > 0.
    method : name from fenchel.METHODS.
    reg_type : "kl" or "entropy".
    tol : stop at this relative L1 error of the marginals; None picks 1e-9 (float64) or 1e-5 (float32).
    max_iter : iteration limit, as the method counts; None is 10000.
    rho_a, rho_b : strengths of the marginal penalties, in units of the cost; None makes a marginal a constraint.
    num_threads : threads of this solve, 0 for all CPUs; the result does not depend on it.
    warm_start : a Result, or (phi, psi) in units of the cost, either of them None.
    callback : called with a Progress at most every monitor_interval seconds (default 0.05; 0 is after every
        iteration), in the calling thread. True or a positive number ends the solve with the best iterate; an
        exception ends it and is raised here.
    dtype : float32 or float64 for the computation. None: the wider of a, b and cost (float32 only if all are);
        integers and lists count as float64.
    trace : record every Progress in result.trace (and look after every iteration unless monitor_interval is given).
    **settings : further keywords, see fenchel.settings_help().

    Returns
    -------
    Result. Not converging is no error: result.converged says so, and a ConvergenceWarning is issued.

    Raises
    ------
    FenchelError subclasses that name the argument: ShapeError, EmptyError, NotFiniteError, NegativeMassError,
    MassError, RangeError (ValueErrors), DtypeError (TypeError), NameLookupError (KeyError), UnsupportedError,
    TooLargeError (MemoryError). KeyboardInterrupt ends a solve.

    Notes
    -----
    The GIL is released. Cuturi (2013), Sinkhorn Distances; Chizat et al. (2018), Scaling Algorithms for Unbalanced OT;
    Tang et al. (2024), Accelerating Sinkhorn with Sparse Newton Iterations.
    """
    packed_spec = spec(eps, rho_a, rho_b, reg_type, settings.pop("symmetric", 0))
    monitor: Callable[[bytes], object] | None = None
    seen: list[Progress] | None = None
    if trace or callback is not None:
        monitor, seen = _watch(callback, trace)
        if trace:
            settings.setdefault("monitor_interval", 0.0)
    packed_options = options(tol, max_iter, num_threads, settings)

    if dtype is None and is_plain(cost) and (a is None or is_plain(a)) and (b is None or is_plain(b)):
        given, support, kind = cost, cost, F64
    else:
        a, b, given, support, kind = _convert(a, b, cost, dtype)
    shape: tuple[int, ...] = given.shape  # type: ignore[union-attr]
    n, m = shape if len(shape) == 2 else (0, 0)
    phi, psi = np.empty(n, kind), np.empty(m, kind)
    warm_phi, warm_psi = (None, None) if warm_start is None else _warm(warm_start, kind)
    solver, stats = _raw.solve(
        a, b, support, packed_spec, method, packed_options, warm_phi, warm_psi, monitor, phi, psi
    )
    result = Result(phi, psi, (a, b, given, packed_spec, method, packed_options), solver, stats, seen)
    if not result.converged:
        result._warn(3)
    return result


def sinkhorn_vjp(
    a: ArrayLike | None,
    b: ArrayLike | None,
    cost: Cost,
    eps: float,
    *,
    phi: ArrayLike | None = None,
    psi: ArrayLike | None = None,
    plan: ArrayLike | None = None,
    wrt: Sequence[str] | None = None,
    vjp_tol: float = 0.0,
    **keywords: Any,
) -> tuple[Result, dict[str, NDArray[Any]]]:
    """Solve, and pull cotangents of the solution back to the inputs by implicit differentiation.

    Parameters
    ----------
    a, b, cost, eps, **keywords : as in sinkhorn. Use a small tol: the derivative is that of the point reached.
    phi, psi, plan : cotangents, (n,), (m,), (n, m); None is zero.
    wrt, vjp_tol : as `wrt` and `tol` of Result.vjp.

    Returns
    -------
    (result, gradients): a Result, and a dict from each name in wrt to an array of that input's shape.

    Raises
    ------
    As sinkhorn, and SingularError where the linear solve missed its tolerance.
    """
    result = sinkhorn(a, b, cost, eps, **keywords)
    return result, result.vjp(phi, psi, plan, wrt=wrt, tol=vjp_tol)


def workspace_bytes(
    cost: Cost, eps: float, *, method: str = "auto", dtype: DTypeLike | None = None, **settings: Any
) -> int:
    """Bytes that a solve of this problem would take besides its data.

    cost, eps, method, dtype, **settings : as in sinkhorn. Raises as sinkhorn.
    """
    _, _, _, support, _ = _convert(None, None, cost, dtype)
    keywords = {key: settings.pop(key, None) for key in ("rho_a", "rho_b", "tol", "max_iter")}
    packed_spec = spec(eps, keywords["rho_a"], keywords["rho_b"], settings.pop("reg_type", "kl"),
                       settings.pop("symmetric", 0))
    packed = options(keywords["tol"], keywords["max_iter"], settings.pop("num_threads", 1), settings)
    handle = _raw.fen_matrix_create(support) if isinstance(support, np.ndarray) else support
    problem = _raw.fen_transport_create(handle, None, None, packed_spec)
    return _raw.fen_sinkhorn_workspace(problem, method, packed)


def _convert(
    a: ArrayLike | None, b: ArrayLike | None, cost: Any, dtype: DTypeLike | None
) -> tuple[Any, Any, Any, Any, np.dtype[Any]]:
    """(a, b, cost, what C is given for cost, dtype), the arrays all in that dtype."""
    if isinstance(cost, Geometry):
        wanted = chosen(dtype)
        if wanted is None and cost.dtype is not None:
            (wa, wb), found = common(None, a=a, b=b)
            wanted = cost.dtype if wa is None and wb is None else widest(None, *_kinds(cost.dtype, wa, wb))
        (ca, cb), kind = common(wanted, a=a, b=b)
        return ca, cb, cost, cost._handle(kind), kind
    (ca, cb, matrix), kind = common(dtype, a=a, b=b, cost=cost)
    return ca, cb, matrix, matrix, kind


def _kinds(dtype: np.dtype[Any], *arrays: NDArray[Any] | None) -> list[NDArray[Any] | None]:
    return [np.empty(0, dtype), *arrays]


def _warm(warm_start: WarmStart, dtype: np.dtype[Any]) -> list[NDArray[Any] | None]:
    if isinstance(warm_start, Result):
        phi, psi = warm_start.phi, warm_start.psi
    else:
        try:
            phi, psi = warm_start  # type: ignore[assignment]
        except (TypeError, ValueError):
            raise DtypeError("warm_start must be a Result or a pair (phi, psi)") from None
    return common(dtype, phi=phi, psi=psi)[0]


def _watch(callback: Callback | None, trace: bool) -> tuple[Callable[[bytes], object], list[Progress] | None]:
    """The function C calls, and the list it fills."""
    check_callback(callback)
    seen: list[Progress] | None = [] if trace else None

    def monitor(data: bytes) -> object:
        progress = unpack_progress(data)
        if seen is not None:
            seen.append(progress)
        return None if callback is None else callback(progress)

    return monitor, seen
