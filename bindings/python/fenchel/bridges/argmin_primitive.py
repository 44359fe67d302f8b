"""The solution of a composite problem as a primitive: x*(theta) = argmin over x of f(x; theta) + g(x; theta)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Mapping, Sequence

import numpy as np

from .. import operators
from ..arrays import F32, F64
from ..composite import Composite, minimize
from ..derivatives import solution_vjp
from ..differentiable import Smooth
from . import parameters
from .certainty import check_choice, judge
from .parameters import MATRIX
from .primitive import Primitive

if TYPE_CHECKING:
    from .primitive import Array, Arrays, Shapes


class Argmin(Primitive):
    """x* (n,); inputs are parameters of a solution, and "f.A", the design matrix.

    settings : keywords of minimize. derivative : keywords of solution_vjp.
    """

    def __init__(
        self, f: Any, g: Any, names: Sequence[str], settings: Mapping[str, Any], derivative: Mapping[str, Any],
        on_uncertified: str,
    ) -> None:
        self.ranks = parameters.ranks(f, names)
        parameters.check(f, g, names)
        self._f, self._g = f, g
        self._settings, self._derivative = dict(settings), dict(derivative)
        self._choice = check_choice(on_uncertified)
        fixed = {None if MATRIX in names or f is None else f.dtype, None if g is None else g.dtype} - {None}
        self.dtype = None if not fixed else F32 if fixed == {F32} else F64

    def key(self) -> Any:
        return self._f, self._g, self.ranks, self._settings, self._derivative, self._choice

    def shapes(self, inputs: Shapes, wanted: Sequence[str]) -> tuple[list[tuple[int, ...]], list[tuple[int, ...]]]:
        n = self._size(inputs)
        return [(n,)], [(n,)] if wanted else []

    def solve(self, inputs: Arrays, wanted: Sequence[str]) -> tuple[list[Any], list[Any]]:
        f, g = self._terms(inputs)
        x = minimize(f, g, dtype=_dtype(inputs), **self._settings).x
        return [x.copy()], [x.copy()] if wanted else []

    def pull(
        self, inputs: Arrays, saved: Sequence[Array], cotangents: Sequence[Array | None], wanted: Sequence[str]
    ) -> dict[str, Any]:
        if cotangents[0] is None:
            return {name: np.zeros_like(inputs[name]) for name in wanted}
        f, g = self._terms(inputs)
        names = [name for name in wanted if name != MATRIX]
        if MATRIX in wanted:
            names += [name for name in ("f.linear", "f.offset") if name not in names]
        found = solution_vjp(f, g, saved[0], cotangents[0], names, dtype=_dtype(inputs), **self._derivative)
        judge(found, self._choice, "argmin")
        out = {name: _like(found[name], inputs[name]) for name in wanted if name != MATRIX}
        if "g.scale" in inputs:  # the library sees the term t g, of which t l1 is the weight and 1 the scale
            t = inputs["g.scale"]
            out.update((name, out[name] * t) for name in ("g.l1", "g.l2", "g.lam") if name in out)
            out.update((name, out[name] / t) for name in ("g.scale",) if name in out)
        if MATRIX in wanted:
            out[MATRIX] = _matrix_cotangent(f, inputs[MATRIX], saved[0], found.value)
        return out

    def _terms(self, inputs: Arrays) -> tuple[Any, Any]:
        return parameters.f_at(self._f, inputs) if self._f is not None else None, parameters.g_at(self._g, inputs)

    def _size(self, inputs: Shapes) -> int:
        """n: of the terms as they were given, but that their matrix may be an input."""
        if MATRIX not in inputs:
            return Composite(self._f, self._g, None, None, self._settings.get("n")).n
        features, tail = inputs[MATRIX][1], int(self._f.intercepts)
        old = int(self._f.parameters["A"].shape[1])
        return features * ((int(self._f.size) - tail) // old) + tail


def _matrix_cotangent(f: Smooth, A: Array, x: Array, found: Mapping[str, Array]) -> Array:
    """The gradient is A^T l'(A x + b + o): a change dA does what a linear term dA^T l' and an offset dA x do together."""
    features, tail = A.shape[1], f.intercepts
    many = f.name == "multinomial"
    head = x[: x.size - tail].reshape(features, -1)
    z = A @ head + (x[x.size - tail:] if tail else 0)
    rows = Smooth(f.name, [("A", operators.identity(A.shape[0]))] + [
        (key, value) for key, value in f._pairs if key in ("y", "weights", "offset", "mean", "delta", "classes")])
    slopes = rows.gradient(np.ascontiguousarray(z.reshape(-1), A.dtype)).reshape(z.shape)
    by_linear = found["f.linear"][: x.size - tail].reshape(features, -1)
    by_offset = found["f.offset"] if many else found["f.offset"][:, None]
    out: Array = slopes @ by_linear.T + by_offset @ head.T
    return out


def _like(found: Array, given: Array) -> Array:
    """The library's linear term reaches the intercept, the user's does not."""
    return found.reshape(-1)[: given.size].reshape(given.shape)


def _dtype(inputs: Arrays) -> Any:
    return next(iter(inputs.values())).dtype
