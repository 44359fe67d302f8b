"""Smooth: differentiable terms f."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from . import _raw
from .term import Term

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


class Smooth(Term):
    """A differentiable term f of x (n,). A free intercept is the last entry of x (the last K of a multinomial model).

    `capabilities` may hold convex, quadratic, hvp, model, matrix, lipschitz. f + g is a sum of terms for
    fenchel.minimize.
    """

    _kind = "smooth"
    __slots__ = ()

    @property
    def size(self) -> int:
        """n, the length of x, a free intercept included."""
        return _raw.fen_term_cols(self._capsule)

    @property
    def convex(self) -> bool:
        """True if f is known to be convex."""
        return "convex" in self.capabilities

    def value(self, x: ArrayLike) -> float:
        """f(x), x (n,). Raises ShapeError, DtypeError."""
        return _raw.fen_smooth_gradient(self._capsule, self._vector(x, "x"), None)

    def gradient(self, x: ArrayLike) -> NDArray[Any]:
        """The gradient at x, (n,): an array like x. Raises ShapeError, DtypeError."""
        return self.value_and_gradient(x)[1]

    def value_and_gradient(self, x: ArrayLike) -> tuple[float, NDArray[Any]]:
        """f(x) and the gradient, (n,), from one pass over the data. Raises ShapeError, DtypeError."""
        vector = self._vector(x, "x")
        out = np.empty(vector.shape, vector.dtype)
        return _raw.fen_smooth_gradient(self._capsule, vector, out), out

    def hvp(self, x: ArrayLike, v: ArrayLike) -> NDArray[Any]:
        """The Hessian at x times v; x and v (n,). Raises UnsupportedError without the capability hvp, ShapeError,
        DtypeError."""
        point = self._vector(x, "x")
        out = np.empty(point.shape, point.dtype)
        _raw.fen_smooth_hvp(self._capsule, point, self._vector(v, "v", point), out)
        return out

    def lipschitz(self) -> float:
        """An upper bound of the gradient's Lipschitz constant; inf where there is none."""
        return _raw.fen_smooth_lipschitz(self._capsule)

    @property
    def intercepts(self) -> int:
        """How many last entries of x are free intercepts: 0, 1, or K of a multinomial model."""
        given = self.parameters
        if not given.get("intercept", 0):
            return 0
        A = given.get("A")
        return 1 if A is None else self.size // (A.shape[1] + 1)

    def __add__(self, other: Any) -> Any:
        from .summands import add

        return add(self, other)

    __radd__ = __add__
