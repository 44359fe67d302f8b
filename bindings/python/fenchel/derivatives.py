"""Derivatives of solutions: x*(theta) = argmin f + g, or any x* with F(x*, theta) = 0. Every one says how wrong it can be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Mapping, Sequence

import numpy as np

from . import _raw
from ._declared import SOLUTION_PARAMETERS, DerivativeFields, DerivativeStatus, unpack_derivative_result
from .arrays import F64, floating
from .composite import Composite, vector
from .composite_result import MinimizeResult
from .errors import DtypeError, NameLookupError, ShapeError
from .options import derivative_options

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, DTypeLike, NDArray

    from .differentiable import Smooth
    from .simple import Prox

    Product = Callable[[NDArray[np.float64]], ArrayLike]


class Derivative(DerivativeFields):
    """A derivative and how far it can be trusted.

    Attributes besides the numbers (derivative_status, residual, scale, bound, x_error, adjoint_error, mu, mu_source,
    active, ambiguous, iterations, linear_solver, seconds ...):

    value : the array asked for: dx (n,) of a jvp, the cotangent of theta (m,) of implicit_vjp, or a dict from parameter to
        array of solution_vjp.
    adjoint : (n,) of implicit_vjp: the solution of the linear system, a start for the next one; else None.
    """

    __slots__ = ("value", "adjoint", "_stats")

    def __init__(self, value: Any, stats: bytes, adjoint: NDArray[np.float64] | None = None) -> None:
        self.value = value
        self.adjoint = adjoint
        self._stats = unpack_derivative_result(stats)

    @property
    def certified(self) -> bool:
        """True if `bound` is proved."""
        return self.derivative_status is DerivativeStatus.CERTIFIED

    def __getitem__(self, name: str) -> Any:
        return self.value[name]

    def __repr__(self) -> str:
        relative = self.residual / self.scale if self.scale > 0 else 0.0
        return (f"<fenchel.Derivative {self.derivative_status.name.lower()}, {self.active} active unknowns, {self.linear_solver}: "
                f"relative residual {relative:.2g}, bound {self.bound:.3g}>")


def solution_vjp(
    f: Smooth | None,
    g: Prox | None,
    x: ArrayLike | MinimizeResult,
    cotangent: ArrayLike,
    wrt: str | Sequence[str],
    *,
    tol: float | None = None,
    linear_solver: str | None = None,
    require_certified: bool = False,
    mu: float | None = None,
    max_iter: int | None = None,
    optimality_map: str | None = None,
    estimate: bool | None = None,
    dtype: DTypeLike | None = None,
) -> Derivative:
    """A cotangent of x* = argmin f + g pulled back to parameters: one linear system, however many parameters.

    Parameters
    ----------
    f : smooth term with the capability hvp, or None. g : convex simple term, or None.
    x : (n,) a solution, from any solver, or a MinimizeResult. cotangent : (n,).
    wrt : names out of fenchel.SOLUTION_PARAMETERS: "f.y", "f.weights" (samples,), "f.offset", "f.linear" (n,), "g.l1",
        "g.l2", "g.lam", "g.scale", "g.upper" (1,), "g.weights" (n,) or (groups,); of smoothed_tv, alone or in a sum, "f.lam", "f.eps" (1,).
    tol : relative residual of the linear system; None is 1e-10 (float64) or 1e-5 (float32).
    linear_solver : "automatic", "cg", "direct", "minres", "gmres", "lsmr" or "neumann" (max_iter terms).
    require_certified : raise UncertifiedError unless an error bound is proved.
    mu : modulus of strong convexity, if you can prove one that the model does not know.
    max_iter : iterations of the linear system. dtype : of x, as in minimize.
    optimality_map : which condition is differentiated: "automatic", "proximal" (projected gradient) or "mirror" (a simplex).
    estimate : False saves the two rough solves behind the attribute `estimate`.

    Returns
    -------
    Derivative; its value is a dict from name to array.

    Raises
    ------
    SingularError where the Hessian on the active set is; UnsupportedError, NameLookupError, ShapeError, NotFiniteError.
    Blondel et al. (2022), Efficient and Modular Implicit Differentiation; Bertrand et al. (2022), Implicit
    Differentiation for Fast Hyperparameter Selection.
    """
    problem, at = _problem(f, g, x, dtype)
    names = (wrt,) if isinstance(wrt, str) else tuple(wrt)
    out = {name: np.empty(_shape(problem, f, g, name), problem.dtype) for name in names}
    seed = _like(cotangent, "cotangent", problem)
    options = derivative_options({"tol": tol, "linear_solver": linear_solver, "require_certified": require_certified,
                                  "mu": mu, "max_iter": max_iter, "optimality_map": optimality_map, "estimate": estimate})
    return Derivative(out, _raw.fen_solution_vjp(problem.handle, at, seed, out, options))


def solution_jvp(
    f: Smooth | None,
    g: Prox | None,
    x: ArrayLike | MinimizeResult,
    tangents: Mapping[str, ArrayLike],
    *,
    tol: float | None = None,
    linear_solver: str | None = None,
    require_certified: bool = False,
    mu: float | None = None,
    max_iter: int | None = None,
    optimality_map: str | None = None,
    estimate: bool | None = None,
    dtype: DTypeLike | None = None,
) -> Derivative:
    """How x* = argmin f + g moves with its parameters: the sum over names of dx / d name times its tangent, (n,).

    f, g, x, tol, linear_solver, require_certified, mu, max_iter, optimality_map, estimate, dtype : as in solution_vjp, as are the errors.
    tangents : name -> array of the shape that solution_vjp lists; numbers for those of shape (1,).

    Returns a Derivative; its value is dx (n,).
    """
    problem, at = _problem(f, g, x, dtype)
    given = {}
    for name, tangent in tangents.items():
        shape = _shape(problem, f, g, name)
        array = np.ascontiguousarray(np.atleast_1d(np.asarray(tangent)), problem.dtype)
        if array.size != np.prod(shape):
            raise ShapeError(f"{name} has shape {array.shape}; legal: {shape}")
        given[name] = array.reshape(shape)
    dx = np.empty(problem.n, problem.dtype)
    options = derivative_options({"tol": tol, "linear_solver": linear_solver, "require_certified": require_certified,
                                  "mu": mu, "max_iter": max_iter, "optimality_map": optimality_map, "estimate": estimate})
    return Derivative(dx, _raw.fen_solution_jvp(problem.handle, at, given, dx, options))


def implicit_vjp(
    cotangent: ArrayLike,
    m: int,
    dx: Product,
    dtheta_t: Product,
    *,
    dx_t: Product | None = None,
    fixed_point: bool = False,
    precondition: Product | None = None,
    diagonal: ArrayLike | None = None,
    start: ArrayLike | None = None,
    tol: float | None = None,
    linear_solver: str | None = None,
    mu: float | None = None,
    max_iter: int | None = None,
) -> Derivative:
    """A cotangent of any x*(theta) with F(x*, theta) = 0 pulled back to theta, (m,).

    Parameters
    ----------
    cotangent : (n,) of x*. m : size of theta.
    dx : v (n,) -> (dF/dx) v. dtheta_t : u (n,) -> (dF/dtheta)^T u (m,). Both at the solution, float64.
    dx_t : u (n,) -> (dF/dx)^T u; None says that dF/dx is symmetric.
    fixed_point : x* = T(x*, theta); the products are those of T's Jacobians, and F = x - T.
    precondition : r (n,) -> about (dF/dx)^{-1} r, positive definite (linear_solver "cg").
    diagonal : (n,) that of dF/dx (of T's Jacobian for a fixed point): cg divides by it where there is no precondition.
    start : (n,) the adjoint of a call nearby.
    tol : relative residual of the linear system; None is 1e-10. max_iter : of its iterations.
    linear_solver : as in solution_vjp; None is "automatic".
    mu : a lower bound of dF/dx, if you can prove one: then adjoint_error is a bound.

    Returns
    -------
    Derivative; value (m,), adjoint (n,).

    Raises
    ------
    SingularError, ShapeError, and whatever the functions raise. Blondel et al. (2022), eq. 6.
    """
    seed = vector(cotangent, "cotangent")
    products = _products(dx, dx_t, None, dtheta_t, precondition, _constant(diagonal, seed.size))
    adjoint = np.zeros(seed.size) if start is None else vector(start, "start", seed.size).copy()
    out = np.empty(_size(m, "m"))
    options = derivative_options({"tol": tol, "linear_solver": linear_solver, "mu": mu, "max_iter": max_iter})
    stats = _raw.fen_implicit_vjp(seed.size, m, _flags(dx_t, fixed_point, precondition, diagonal), products, seed, adjoint, out,
                                  options)
    return Derivative(out, stats, adjoint)


def implicit_jvp(
    tangent: ArrayLike,
    n: int,
    dx: Product,
    dtheta: Product,
    *,
    dx_t: Product | None = None,
    symmetric: bool = False,
    fixed_point: bool = False,
    precondition: Product | None = None,
    diagonal: ArrayLike | None = None,
    tol: float | None = None,
    linear_solver: str | None = None,
    mu: float | None = None,
    max_iter: int | None = None,
) -> Derivative:
    """How any x*(theta) with F(x*, theta) = 0 moves with theta along a tangent (m,): the value is (n,).

    n : size of x*. dx : v (n,) -> (dF/dx) v. dtheta : d (m,) -> (dF/dtheta) d (n,).
    symmetric : dF/dx is. dx_t : only linear_solver "lsmr" asks for it.
    fixed_point, precondition, diagonal, tol, linear_solver, mu, max_iter : as in implicit_vjp, as are the errors. Blondel et al. (2022),
    eq. 5.
    """
    given = vector(tangent, "tangent")
    out = np.empty(_size(n, "n"))
    flags = (1 if symmetric else 0) | _flags(lambda u: u, fixed_point, precondition, diagonal)
    options = derivative_options({"tol": tol, "linear_solver": linear_solver, "mu": mu, "max_iter": max_iter})
    products = _products(dx, dx_t, dtheta, None, precondition, _constant(diagonal, _size(n, "n")))
    return Derivative(out, _raw.fen_implicit_jvp(n, given.size, flags, products, given, out, options))


def _size(value: int, name: str) -> int:
    if not hasattr(value, "__index__") or value < 1:
        raise ShapeError(f"{name} is {value!r}; legal: an integer >= 1")
    return int(value)


def _flags(dx_t: Any, fixed_point: bool, precondition: Any, diagonal: Any) -> int:
    structure = (1 if dx_t is None else 0) | (2 if fixed_point else 0)
    return structure | (4 if precondition is not None else 0) | (8 if diagonal is not None else 0)


def _constant(values: ArrayLike | None, size: int) -> Product | None:
    """The function that answers with an array."""
    if values is None:
        return None
    array = vector(values, "diagonal", size)
    return lambda _: array


def _products(*functions: Product | None) -> Callable[[int, bytearray], NDArray[np.float64]]:
    """The function that C calls: which product, the vector; in the order of fen_root_product."""
    for function in functions:
        if function is not None and not callable(function):
            raise DtypeError(f"a product is {function!r}, which cannot be called")

    def call(what: int, data: bytearray) -> NDArray[np.float64]:
        function = functions[what]
        if function is None:
            raise DtypeError("dx_t is needed by this linear solver and was not given")
        return np.ascontiguousarray(function(np.frombuffer(data)), F64)

    return call


def _problem(f: Any, g: Any, x: ArrayLike | MinimizeResult, dtype: DTypeLike | None) -> tuple[Composite, NDArray[Any]]:
    at = x.x if isinstance(x, MinimizeResult) else floating(x, "x")
    problem = Composite(f, g, dtype, at, None)
    return problem, _like(at, "x", problem)


def _like(values: ArrayLike, name: str, problem: Composite) -> NDArray[Any]:
    out = floating(values, name).astype(problem.dtype, copy=False)
    if out.shape != (problem.n,):
        raise ShapeError(f"{name} has shape {out.shape}; legal: ({problem.n},)")
    return out


def _shape(problem: Composite, f: Any, g: Any, name: str) -> tuple[int, ...]:
    """The shape of a parameter; what the problem lacks is C's to refuse."""
    if name not in SOLUTION_PARAMETERS:
        raise NameLookupError(f"{name!r} is no parameter of a solution; known: {', '.join(SOLUTION_PARAMETERS)}")
    samples = max(_samples(problem.summands.f), 1)
    if name in ("f.y", "f.weights"):
        return (samples,)
    if name == "f.offset":
        return (samples, problem.outputs) if problem.outputs else (samples,)
    if name == "f.linear":
        return (problem.n,)
    if name == "g.weights":
        return (_groups(problem),)
    return (1,)


def _samples(f: Any) -> int:
    """Those of a linear model, alone or one of the terms of a sum; 0 where there is none."""
    if f is None:
        return 0
    if f.name == "sum":
        terms = f.parameters["term"]
        return max(_samples(term) for term in (terms if isinstance(terms, tuple) else (terms,)))
    A = f.parameters.get("A")
    return 0 if A is None else A.shape[0]


def _groups(problem: Composite) -> int:
    """How many weights g has: one a coordinate, or one a group."""
    inner = problem.n - problem.tail
    term = problem.summands.parts[0][0] if problem.summands.parts else None
    while term is not None and term.name == "scaled":
        term = term.parameters["term"]
    if term is None or term.name != "group_l2":
        return inner
    given = term.parameters
    group = given.get("group")
    return int(inner // given["size"]) if group is None else int(np.max(group)) + 1
