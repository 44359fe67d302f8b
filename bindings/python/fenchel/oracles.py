"""Bilevel problems from Python functions: hypergradients that say how wrong they can be, and methods by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Mapping

import numpy as np

from . import _raw
from ._declared import BilevelFields, DerivativeStatus, Termination, unpack_bilevel_result
from .arrays import F64
from .composite import vector, watch
from .errors import DtypeError, NameLookupError, ShapeError
from .options import bilevel_options

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from .composite import Callback
    from .sessions import BilevelRequest

    Vector = NDArray[np.float64]
    Level = Callable[[Vector, Vector], tuple[Any, ...]]
    Product = Callable[[Vector, Vector, Vector], ArrayLike]

NAMES = ("lower", "upper", "hvp", "cross_t", "cross", "prox", "prox_vjp", "precondition", "constants")
_LOWER, _UPPER, _HVP, _CROSS_T, _CROSS, _PROX, _PROX_VJP, _PRECONDITION, _CONSTANTS = range(9)
_UNKNOWN = {"mu": 0.0, **dict.fromkeys(
    ("lipschitz", "hessian_lipschitz", "cross_norm", "cross_lipschitz", "upper_lipschitz"), float("inf"))}


class BilevelProblem:
    """min over theta of f(x*(theta), theta), x*(theta) = argmin over x of h(x, theta) + g(x, theta).

    Parameters
    ----------
    lower : (x (n,), theta (m,)) -> (h, dh/dx (n,)) or (h, dh/dx, dh/dtheta (m,)). The third is needed by the methods "f2sa"
        and "bome" and where cross_t is missing.
    upper : (x, theta) -> (f, df/dx) or (f, df/dx, df/dtheta); without the third f does not depend on theta itself.
    hvp : (x, theta, v (n,)) -> (d2h/dx2) v. cross_t : (x, theta, v) -> (d2h/dxdtheta)^T v (m,). cross : (x, theta, d (m,)) ->
        (d2h/dxdtheta) d (n,). What is missing becomes differences of gradients, and nothing is certified.
    prox : (v (n,), theta, step) -> argmin over u of g(u, theta) + ||u - v||^2 / (2 step), or a pair of it and g there.
    prox_vjp : (v, theta, step, c (n,)) -> ((dprox/dv)^T c (n,), (dprox/dtheta)^T c (m,)).
    precondition : (x, theta, r (n,)) -> about (d2h/dx2)^{-1} r.
    constants : theta -> dict of what is proved: "mu" (strong convexity of h), "lipschitz" (of dh/dx), "hessian_lipschitz",
        "cross_norm", "cross_lipschitz", "upper_lipschitz"; or such a dict where they hold for every theta. They make bounds.

    All vectors are float64 and read-only; the functions may keep them. A number that is not finite means that (x, theta) is
    outside the domain: a shorter step is tried. An exception ends the call and comes back with its traceback. The functions
    run on the calling thread. Nothing is copied of them: the problem may be used by several calls, one at a time a function.
    """

    __slots__ = ("_functions",)

    def __init__(
        self,
        lower: Level,
        upper: Level,
        *,
        hvp: Product | None = None,
        cross_t: Product | None = None,
        cross: Product | None = None,
        prox: Callable[[Vector, Vector, float], Any] | None = None,
        prox_vjp: Callable[[Vector, Vector, float, Vector], tuple[ArrayLike, ArrayLike]] | None = None,
        precondition: Product | None = None,
        constants: Callable[[Vector], Mapping[str, float]] | Mapping[str, float] | None = None,
    ) -> None:
        given: Any = constants
        if isinstance(constants, Mapping):
            fixed = constant_numbers(constants)
            given = lambda theta: fixed  # noqa: E731
        self._functions: tuple[Any, ...] = (lower, upper, hvp, cross_t, cross, prox, prox_vjp, precondition, given)
        for k, (name, function) in enumerate(zip(NAMES, self._functions)):
            if not callable(function) and (function is not None or k < _HVP):
                raise DtypeError(f"{name} is {function!r}, which cannot be called")

    @property
    def _has(self) -> int:
        return sum(1 << k for k, function in enumerate(self._functions) if function is not None)

    def answer(self, request: BilevelRequest) -> Any:
        """What BilevelSession.tell takes: the function that the request names, at the request's arguments.

        request : of a BilevelSession, perhaps of another process. Raises NameLookupError where the problem has no such function,
        and whatever the function raises.
        """
        what = NAMES.index(request.oracle)
        function = self._functions[what]
        if function is None:
            raise NameLookupError(f"the problem has no {request.oracle}, which the session asks for")
        if what in (_PROX, _PROX_VJP):
            return function(request.v, request.theta, request.step, *(() if request.c is None else (request.c,)))
        if what == _CONSTANTS:
            return function(request.theta)
        if what <= _UPPER:
            return function(request.x, request.theta)
        if what == _PRECONDITION:
            return function(request.x, request.theta, request.v)
        assert request.v is not None
        return [function(request.x, request.theta, row) for row in request.v]


class BilevelResult(BilevelFields):
    """What was found, and how far it can be trusted.

    Attributes besides the numbers (value, first_value, hypergradient (a norm), bound, estimate, residual, iterations,
    lower_gradients, lower_hvps, x_error, mu, termination, derivative_status, seconds ...):

    theta (m,), x (n,) : the best pair found; of hypergradient() theta is the one given.
    gradient : (m,) dF/dtheta, of hypergradient(); else None.
    """

    __slots__ = ("theta", "x", "gradient", "_stats")

    def __init__(self, theta: Vector, x: Vector, gradient: Vector | None, stats: bytes) -> None:
        self.theta = theta
        self.x = x
        self.gradient = gradient
        self._stats = unpack_bilevel_result(stats)

    @property
    def converged(self) -> bool:
        """True if the tolerance was reached."""
        return self.termination is Termination.CONVERGED

    @property
    def certified(self) -> bool:
        """True if `bound` is proved."""
        return self.derivative_status is DerivativeStatus.CERTIFIED

    def __repr__(self) -> str:
        bound = f"bound {self.bound:.3g}" if self.certified else "no proved bound"
        return (f"<fenchel.BilevelResult {self.termination.name.lower()}, {self.derivative_status.name.lower()}: "
                f"F = {self.value:.8g} (was {self.first_value:.8g})\n"
                f" |dF| = {self.hypergradient:.3g}, {bound}; {self.iterations} iterations, {self.lower_gradients} lower gradients>")


def hypergradient(
    problem: BilevelProblem, theta: ArrayLike, x: ArrayLike, *, mode: str = "implicit", **settings: Any
) -> BilevelResult:
    """dF/dtheta at theta, with how wrong it can be: result.gradient (m,).

    Parameters
    ----------
    problem : a BilevelProblem. theta : (m,). x : (n,) the start of the lower solve; result.x is its solution.
    mode : "implicit", "implicit_forward", "unrolled_reverse", "unrolled_forward", "truncated", "one_step".
    settings : lower_method ("automatic", "gradient", "fista", "lbfgs", "newton_cg"), lower_tol, lower_max_iter, lower_step,
        linear_solver, linear_tol, linear_max_iter, unroll_iter, kept_iter, checkpoint_bytes, mu, require_certified: see
        fenchel.bilevel_settings_help().

    Raises
    ------
    SingularError where the lower Hessian is: it is never pseudo-inverted; UncertifiedError with require_certified; RangeError,
    ShapeError, NotFiniteError, and whatever the functions raise. Pedregosa (2016); Salehi et al. (2024), theorem 2.1.
    """
    at, start = point(theta, "theta"), point(x, "x")
    out = np.empty(at.size)
    options = bilevel_options({"hypergradient_mode": mode, **settings})
    stats = _raw.fen_hypergradient(_caller(problem, start.size, at.size), problem._has, at, start, out, options)
    return BilevelResult(at, start, out, stats)


def bilevel(
    problem: BilevelProblem,
    theta: ArrayLike,
    x: ArrayLike,
    *,
    method: str = "implicit",
    low: ArrayLike | None = None,
    high: ArrayLike | None = None,
    callback: Callback | None = None,
    mode: str | None = None,
    **settings: Any,
) -> BilevelResult:
    """Minimises F(theta) = f(x*(theta), theta) from a start, without a step size to choose.

    Parameters
    ----------
    problem : a BilevelProblem. theta : (m,), x : (n,): the start.
    method : "implicit" (bracket for one theta, projected L-BFGS for several), "maid" (adaptive accuracy, proved steps), "f2sa" and
        "bome" (first order), "sl_bamm" (no strong convexity of the lower level).
    low, high : bounds of theta, numbers or (m,).
    callback : called with a Progress (iteration, passes = calls of lower, residual = F); true ends with the best so far.
    mode : of the hypergradient, as in hypergradient().
    settings : tol, max_iter, time_limit, log_theta, reach, accuracy, step, inner_iter, penalty ...: see
        fenchel.bilevel_settings_help().

    Returns BilevelResult. Raises as hypergradient, and UnsupportedError where a method lacks an oracle.
    Salehi et al. (2024); Kwon et al. (2023); Liu et al. (2022); Liu et al. (2023).
    """
    outer, start = point(theta, "theta"), point(x, "x")
    options = bilevel_options({"hypergradient_mode": mode, **settings})
    monitor = None if callback is None else watch(callback)
    stats = _raw.fen_bilevel(_caller(problem, start.size, outer.size), problem._has, method, outer, start,
                             bound(low, outer.size, "low"), bound(high, outer.size, "high"), options, monitor)
    return BilevelResult(outer, start, None, stats)


def point(values: ArrayLike, name: str) -> Vector:
    """A vector of its own, (k,)."""
    return vector(np.atleast_1d(np.asarray(values, F64)), name).copy()


def bound(values: ArrayLike | None, m: int, name: str) -> Vector | None:
    """(m,), from a number or a vector."""
    if values is None:
        return None
    given = np.asarray(values, F64)
    if given.ndim != 0 and given.shape != (m,):
        raise ShapeError(f"{name} has shape {given.shape}; legal: a number or ({m},)")
    return np.ascontiguousarray(np.broadcast_to(given, (m,)))


def constant_numbers(given: Mapping[str, float]) -> tuple[float, ...]:
    """In C's order; what is not given is unknown."""
    for name in given:
        if name not in _UNKNOWN:
            raise NameLookupError(f"{name!r} is no constant of a bilevel problem; known: {', '.join(_UNKNOWN)}")
    return tuple(float(given.get(name, unknown)) for name, unknown in _UNKNOWN.items())


def answer_vector(values: Any, size: int, name: str) -> Vector:
    """What an oracle returned, contiguous and of the right size."""
    out: Vector = np.ascontiguousarray(values, F64)
    if out.size != size:
        raise ShapeError(f"{name} returned {out.size} values; {size} are needed")
    return out


def level_answer(name: str, found: Any, wanted: int, n: int, m: int) -> tuple[Any, ...]:
    """(value, dx or None, dtheta or None) from what lower or upper returned. wanted: 1 dx, 2 dtheta."""
    if not isinstance(found, tuple) or len(found) not in (2, 3):
        raise ShapeError(f"{name} returned {type(found).__name__}; a tuple (value, dx) or (value, dx, dtheta) is needed")
    if wanted & 2 and len(found) == 2 and name == "lower":
        raise ShapeError("lower returned (value, dx); here (value, dx, dtheta) is needed: cross_t is missing, or the method "
                         "is first-order")
    dtheta = None
    if wanted & 2:
        dtheta = answer_vector(found[2], m, name) if len(found) == 3 else np.zeros(m)
    return float(found[0]), answer_vector(found[1], n, name) if wanted & 1 else None, dtheta


def prox_answer(found: Any, n: int) -> tuple[Vector, float]:
    """(point, g there) from what prox returned."""
    at, value = found if isinstance(found, tuple) else (found, 0.0)
    return answer_vector(at, n, "prox"), float(value)


def _caller(problem: BilevelProblem, n: int, m: int) -> Callable[..., Any]:
    """The function that C calls: what, and what changed; python_bilevel.i says the rest."""
    if not isinstance(problem, BilevelProblem):
        raise DtypeError(f"problem is {problem!r}; a fenchel.BilevelProblem is needed")
    functions = problem._functions
    kept: list[Any] = [np.zeros(n), np.zeros(m)]

    def product(what: int, count: int, data: bytes) -> Vector:
        given, size = (m, n) if what == _CROSS else (n, m if what == _CROSS_T else n)
        name = NAMES[what]
        rows = np.frombuffer(data).reshape(count, given)
        if count == 1:
            return answer_vector(functions[what](*kept, rows[0]), size, name)
        return np.stack([answer_vector(functions[what](*kept, row), size, name) for row in rows])

    def simple(what: int, theta: Vector, v: bytes, step: float, *rest: bytes) -> tuple[Any, ...]:
        found = functions[what](np.frombuffer(v), theta, step, *(np.frombuffer(c) for c in rest))
        if what == _PROX:
            return prox_answer(found, n)
        return answer_vector(found[0], n, "prox_vjp"), answer_vector(found[1], m, "prox_vjp")

    def call(what: int, x: bytes | None, theta: bytes | None, *rest: Any) -> Any:
        if what in (_PROX, _PROX_VJP):
            assert theta is not None
            return simple(what, np.frombuffer(theta), *rest)
        if what == _CONSTANTS:
            assert theta is not None
            found = functions[what](np.frombuffer(theta))
            return found if isinstance(found, tuple) else constant_numbers(found)
        if x is not None:
            kept[0] = np.frombuffer(x)
        if theta is not None:
            kept[1] = np.frombuffer(theta)
        if what <= _UPPER:
            return level_answer(NAMES[what], functions[what](*kept), rest[0], n, m)
        if what == _PRECONDITION:
            return answer_vector(functions[what](*kept, np.frombuffer(rest[0])), n, "precondition")
        return product(what, *rest)

    return call
