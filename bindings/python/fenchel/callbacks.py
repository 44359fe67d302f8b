"""Terms made from Python functions.

The functions get arrays of their own, which they may keep or change. An exception ends the solve and comes back with its
traceback. They run on the thread that called; the GIL is taken for each call. Such terms cannot be pickled.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable

import numpy as np

from . import _raw
from .differentiable import Smooth
from .errors import DtypeError, ShapeError
from .linear import Operator
from .simple import Prox
from .term import OF_CODE, Term

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Vector = NDArray[Any]
    Map = Callable[[Vector], ArrayLike]


def _given(code: int, data: bytearray) -> Vector:
    out: Vector = np.frombuffer(data, OF_CODE[code])
    return out


def _answer(values: ArrayLike, size: int, code: int, name: str) -> Vector:
    """Contiguous, of the solver's dtype and of the right size."""
    out: Vector = np.ascontiguousarray(values, OF_CODE[code])
    if out.size != size:
        raise ShapeError(f"{name} returned {out.size} values; {size} are needed")
    return out


def _made(cls: type[Term], capsule: object) -> Any:
    term = cls.__new__(cls)
    term._name, term._pairs, term._dtype = "callback", (), None
    term._adopt(capsule)
    return term


def _callable(function: object, name: str) -> None:
    if not callable(function):
        raise DtypeError(f"{name} is {function!r}, which cannot be called")


class _FunctionOperator(Operator):
    __slots__ = ()

    def __reduce__(self) -> Any:
        raise TypeError("an operator made from functions cannot be pickled")


class _FunctionSmooth(Smooth):
    __slots__ = ()

    def __reduce__(self) -> Any:
        raise TypeError("a smooth term made from functions cannot be pickled")


class _FunctionProx(Prox):
    __slots__ = ()

    def __reduce__(self) -> Any:
        raise TypeError("a simple term made from functions cannot be pickled")


def operator_callback(shape: tuple[int, int], apply: Map, adjoint: Map) -> Operator:
    """A linear map from two functions.

    shape : (m, n). apply : x (n,) -> A x (m,). adjoint : y (m,) -> A^T y (n,). Both get float32 or float64, as the solve.
    Raises DtypeError, RangeError.
    """
    _callable(apply, "apply")
    _callable(adjoint, "adjoint")
    rows, cols = (int(s) for s in shape)

    def forward(code: int, x: bytearray) -> Vector:
        return _answer(apply(_given(code, x)), rows, code, "apply")

    def backward(code: int, y: bytearray) -> Vector:
        return _answer(adjoint(_given(code, y)), cols, code, "adjoint")

    return _made(_FunctionOperator, _raw.fen_operator_callback(rows, cols, forward, backward))  # type: ignore[no-any-return]


def smooth_callback(
    n: int,
    gradient: Callable[[Vector], tuple[float, ArrayLike]],
    hvp: Callable[[Vector, Vector], ArrayLike] | None = None,
    *,
    lipschitz: float = float("inf"),
    convex: bool = False,
) -> Smooth:
    """A differentiable term from functions.

    n : length of x. gradient : x (n,) -> (value, gradient (n,)). hvp : (x, v) -> Hessian times v (n,), or None.
    lipschitz : a bound of the gradient's Lipschitz constant, inf if unknown. convex : whether f is convex.
    Raises DtypeError, RangeError.
    """
    _callable(gradient, "gradient")
    if hvp is not None:
        _callable(hvp, "hvp")

    def slopes(code: int, x: bytearray, wanted: int) -> tuple[float, Vector | None]:
        value, slope = gradient(_given(code, x))
        return float(value), _answer(slope, n, code, "gradient") if wanted else None

    def curvature(code: int, x: bytearray, v: bytearray) -> Vector:
        assert hvp is not None
        return _answer(hvp(_given(code, x), _given(code, v)), n, code, "hvp")

    given = None if hvp is None else curvature
    return _made(_FunctionSmooth, _raw.fen_smooth_callback(n, slopes, given, lipschitz, int(convex)))  # type: ignore[no-any-return]


def prox_callback(n: int, prox: Callable[[Vector, float], Any], *, convex: bool = False) -> Prox:
    """A simple term from its proximal map.

    n : the dimension. prox : (v (n,), step > 0) -> (x (n,), g(x)), or x alone for an indicator (g(x) = 0). convex : whether g
    is convex. Raises DtypeError, RangeError.
    """
    _callable(prox, "prox")

    def nearest(code: int, v: bytearray, step: float) -> tuple[Vector, float]:
        point = _given(code, v)
        found = prox(point, step if step > 0 else float(np.finfo(point.dtype).tiny))  # C asks g(v) with step 0
        x, value = found if isinstance(found, tuple) else (found, 0.0)
        return _answer(x, point.size, code, "prox"), float(value)

    return _made(_FunctionProx, _raw.fen_prox_callback(n, nearest, int(convex)))  # type: ignore[no-any-return]
