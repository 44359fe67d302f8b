"""Derivatives of quadratic programs: min 1/2 x'Px + q'x subject to Ex = e (nu), Gx <= h (lam), and of their multipliers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Mapping, Sequence

import numpy as np

from . import _raw
from .arrays import chosen, floating, widest
from .derivatives import Derivative
from .errors import NameLookupError, NullError, ShapeError
from .options import derivative_options

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, DTypeLike, NDArray

_PROGRAM = ("P", "q", "E", "e", "G", "h")
_SOLUTION = ("x", "nu", "lam")


def kkt_vjp(
    at: Mapping[str, ArrayLike],
    cotangents: Mapping[str, ArrayLike],
    wrt: str | Sequence[str],
    *,
    tol: float | None = None,
    linear_solver: str | None = None,
    require_certified: bool = False,
    mu: float | None = None,
    max_iter: int | None = None,
    dtype: DTypeLike | None = None,
) -> Derivative:
    """Cotangents of the solution and multipliers of a convex quadratic program pulled back to its data.

    Parameters
    ----------
    at : the program and its solution: "P" (n, n), whose symmetric part is read, 0 where absent; "q" (n,); "E" (p, n), "e" (p,) and
        "nu" (p,), or none of them; "G" (m, n), "h" (m,) and "lam" (m,), or none of them; "x" (n,); where
        Px + q + E'nu + G'lam = 0. Any solver's. For another smooth f: P its Hessian at x, q = grad f(x) - Px.
    cotangents : of "x" (n,), "nu" (p,), "lam" (m,); absent: 0.
    wrt : names out of "P", "q", "E", "e", "G", "h".
    tol, max_iter : of the linear system, as in solution_vjp. linear_solver : "direct" (default), "minres", "gmres", "lsmr".
    require_certified : raise UncertifiedError unless an error bound is proved.
    mu : a lower bound of the modulus of the system's eigenvalues; None computes it up to 256 unknowns.
    dtype : float32 or float64; None: that of the arrays.

    Returns
    -------
    Derivative; its value is a dict from name to array, that of "P" symmetric. AMBIGUOUS where multiplier and slack of a
    constraint both vanish: `ambiguous` says how many.

    Raises
    ------
    SingularError where active constraints are dependent, or P is singular along them; UncertifiedError; NullError,
    ShapeError, NotFiniteError, NameLookupError. Amos and Kolter (2017), OptNet.
    """
    names = (wrt,) if isinstance(wrt, str) else tuple(wrt)
    point, kind = _load(at, _PROGRAM + _SOLUTION, dtype)
    bundle = _like(cotangents, _SOLUTION, kind)
    out = {}
    for name in names:
        if name not in _PROGRAM:
            raise NameLookupError(f"{name!r} is no part of a quadratic program; known: {', '.join(_PROGRAM)}")
        like = _shape_source(point, name)
        out[name] = bundle[name] = np.empty(like, kind)
    options = derivative_options({"tol": tol, "linear_solver": linear_solver, "require_certified": require_certified,
                                  "mu": mu, "max_iter": max_iter})
    return Derivative(out, _raw.fen_kkt_vjp(point, bundle, options))


def kkt_jvp(
    at: Mapping[str, ArrayLike],
    tangents: Mapping[str, ArrayLike],
    *,
    tol: float | None = None,
    linear_solver: str | None = None,
    require_certified: bool = False,
    mu: float | None = None,
    max_iter: int | None = None,
    dtype: DTypeLike | None = None,
) -> Derivative:
    """How the solution and the multipliers of a quadratic program move with its data.

    at, tol, linear_solver, require_certified, mu, max_iter, dtype : as in kkt_vjp, as are the errors.
    tangents : of "P", "q", "E", "e", "G", "h"; absent: 0.

    Returns a Derivative; its value is a dict with "x" (n,), "nu" (p,) and "lam" (m,).
    """
    point, kind = _load(at, _PROGRAM + _SOLUTION, dtype)
    bundle = _like(tangents, _PROGRAM, kind)
    out = {name: np.empty(point[name].shape, kind) for name in _SOLUTION if name in point}
    options = derivative_options({"tol": tol, "linear_solver": linear_solver, "require_certified": require_certified,
                                  "mu": mu, "max_iter": max_iter})
    return Derivative(out, _raw.fen_kkt_jvp(point, {**bundle, **out}, options))


def _load(arrays: Mapping[str, ArrayLike], known: tuple[str, ...],
          dtype: DTypeLike | None) -> tuple[dict[str, NDArray[Any]], np.dtype[Any]]:
    _check_names(arrays, known)
    loaded = {name: floating(value, name) for name, value in arrays.items() if value is not None}
    if "x" not in loaded or "q" not in loaded:
        raise NullError("at needs at least x and q")
    kind = widest(chosen(dtype), *loaded.values())
    return {name: value.astype(kind, copy=False) for name, value in loaded.items()}, kind


def _like(arrays: Mapping[str, ArrayLike], known: tuple[str, ...], kind: np.dtype[Any]) -> dict[str, NDArray[Any]]:
    _check_names(arrays, known)
    return {name: floating(value, name).astype(kind, copy=False) for name, value in arrays.items() if value is not None}


def _check_names(arrays: Mapping[str, ArrayLike], known: tuple[str, ...]) -> None:
    for name in arrays:
        if name not in known:
            raise NameLookupError(f"{name!r} is not known here; known: {', '.join(known)}")


def _shape_source(point: dict[str, NDArray[Any]], name: str) -> tuple[int, ...]:
    if name == "P":
        return (point["x"].size, point["x"].size)
    if name not in point:
        raise ShapeError(f"the program has no {name}")
    return point[name].shape
