"""Prox: simple terms g, those whose proximal map is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from . import _raw
from .term import Term

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from .summands import Summands


class Prox(Term):
    """A simple term g: prox(v, step) = argmin over x of g(x) + sum_i (x_i - v_i)^2 / (2 step_i).

    `capabilities` may hold convex, separable, indicator, homogeneous, vector_step, vjp, conjugate, groups, even,
    full_domain, quadratic. g + h is a sum of terms for fenchel.minimize, g @ A is g(A x).
    """

    _kind = "prox"
    __slots__ = ()

    @property
    def size(self) -> int | None:
        """The dimension it is bound to; None if any will do."""
        n = _raw.fen_term_cols(self._capsule)
        return None if n < 0 else n

    @property
    def convex(self) -> bool:
        """True if g is convex; else prox is a global minimiser of a nonconvex problem."""
        return "convex" in self.capabilities

    def prox(
        self,
        v: ArrayLike,
        step: ArrayLike = 1.0,
        *,
        with_value: bool = False,
        out: NDArray[Any] | None = None,
        num_threads: int = 1,
    ) -> Any:
        """The proximal map at v; the residual of a proximal step divides by the step.

        Parameters
        ----------
        v : (n,), or (k, n): a problem a row. float32 stays float32, all else is float64.
        step : number > 0; (n,) where the term has the capability vector_step; (k, 1) a step a row.
        with_value : return (x, g(x)), g(x) a float, or (k,) for rows.
        out : array like v to write to; v itself is fine. None makes one.
        num_threads : rows are shared out; 0 for all CPUs.

        Returns
        -------
        x, like v, or (x, value).

        Raises
        ------
        ShapeError, RangeError, NotFiniteError, DtypeError, UnsupportedError. Parikh and Boyd, Proximal Algorithms (2014).
        """
        vector = self._vector(v, "v")
        result = np.empty(vector.shape, vector.dtype) if out is None else out
        values = np.empty(len(vector) if vector.ndim == 2 else 1, np.float64) if with_value else None
        steps = None if np.ndim(step) == 0 else self._vector(step, "step", vector)
        scalar = float(step) if steps is None else 1.0  # type: ignore[arg-type]
        _raw.fen_prox_apply(self._capsule, vector, scalar, steps, result, values, num_threads)
        if values is None:
            return result
        return result, (values if vector.ndim == 2 else float(values[0]))

    def value(self, x: ArrayLike) -> float:
        """g(x) for x (n,); inf outside the domain. Raises ShapeError, DtypeError, UnsupportedError."""
        return _raw.fen_prox_value(self._capsule, self._vector(x, "x"))

    def vjp(self, v: ArrayLike, cotangent: ArrayLike, step: float = 1.0) -> NDArray[Any]:
        """J^T cotangent, J an element of the generalised Jacobian of prox(., step) at v.

        v, cotangent : (n,) or (k, n). Returns an array like v. Raises UnsupportedError without the capability vjp,
        ShapeError, RangeError, DtypeError.
        """
        vector = self._vector(v, "v")
        out = np.empty(vector.shape, vector.dtype)
        _raw.fen_prox_vjp(self._capsule, vector, step, self._vector(cotangent, "cotangent", vector), out)
        return out

    def conjugate(self, u: ArrayLike) -> float:
        """g*(u) = sup over x of <u, x> - g(x), u (n,). Raises UnsupportedError without the capability conjugate,
        ShapeError, DtypeError."""
        return _raw.fen_prox_conjugate(self._capsule, self._vector(u, "u"))

    def __add__(self, other: Any) -> Any:
        from .summands import add

        return add(self, other)

    __radd__ = __add__

    def __matmul__(self, A: Any) -> Summands:
        """g @ A: the term x -> g(A x)."""
        from .linear import as_operator
        from .summands import Summands

        return Summands(None, ((self, as_operator(A)),))

    def __mul__(self, factor: float) -> Prox:
        """factor g, factor > 0."""
        from .calculus import scaled

        return scaled(self, factor)

    __rmul__ = __mul__
