"""The proximal map as a primitive: differentiable by the point, the step and a term's weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Mapping, Sequence

import numpy as np

from .. import operators, smooth
from .. import prox as catalogue
from ..derivatives import solution_vjp
from ..errors import NameLookupError, UnsupportedError
from ..simple import Prox
from .parameters import PENALTY, is_factor, rebuilt
from .primitive import Primitive

if TYPE_CHECKING:
    from .primitive import Array, Arrays, Shapes


class Proximal(Primitive):
    """prox_{step g}(v); inputs v (n,), perhaps step (), and parameters of g.

    By the point: g's own vjp. By the step s: x + s u = v with u in the subdifferential at x gives dx/ds = -J u, J the
    Jacobian by v, where prox is differentiable. By a weight: that of the step where it multiplies all of g, else by the
    derivative of the solution of |x - v|^2 / (2 s) + g.
    """

    def __init__(self, g: Prox | str, step: float | None, constants: Mapping[str, Any], names: Sequence[str]) -> None:
        if isinstance(g, str):
            make = getattr(catalogue, g, None) if g in catalogue.__all__ and g != "callback" else None
            if make is None:
                raise NameLookupError(f"g is {g!r}, which is no simple term; known: {', '.join(catalogue.__all__)}")
            for name in names:
                if (g, name) not in PENALTY and not is_factor(g, name):
                    raise UnsupportedError(f"the derivative of prox by {name!r} of {g} is not offered; make it a number")
            self._make: Callable[..., Prox] = make
            self._term: Prox | None = None if names else make(**constants)
        elif constants or names:
            raise NameLookupError("parameters go with the name of a term, not with a term that is made already")
        else:
            self._term = g
        self._named = isinstance(g, str)
        self.name = g if isinstance(g, str) else g.name
        self.step = step
        self.constants = constants
        self.names = tuple(names)
        self.ranks = {"v": 1, "step": 0, **{name: 1 if name == "weights" else 0 for name in names}}

    def key(self) -> Any:
        return self.name if self._named else self._term, self.step, self.constants, self.names

    def shapes(self, inputs: Shapes, wanted: Sequence[str]) -> tuple[list[tuple[int, ...]], list[tuple[int, ...]]]:
        return [inputs["v"]], [inputs["v"]] if wanted else []

    def solve(self, inputs: Arrays, wanted: Sequence[str]) -> tuple[list[Any], list[Any]]:
        g = self._at(inputs)
        if wanted and "vjp" not in g.capabilities:
            raise UnsupportedError(f"prox of {self.name} has no derivative (capability vjp)")
        x = g.prox(inputs["v"], self._step(inputs))
        return [x], [x.copy()] if wanted else []

    def pull(
        self, inputs: Arrays, saved: Sequence[Array], cotangents: Sequence[Array | None], wanted: Sequence[str]
    ) -> dict[str, Any]:
        v, x, seed = inputs["v"], saved[0], cotangents[0]
        if seed is None:
            return {name: np.zeros_like(inputs[name]) for name in wanted}
        g, step = self._at(inputs), self._step(inputs)
        back = g.vjp(v, seed, step)
        along = -float(np.vdot(back.astype(np.float64), v.astype(np.float64) - x)) / step
        found: dict[str, Any] = {"v": back, "step": along}
        others = []
        for name in wanted:
            if name in self.names and is_factor(self.name, name):
                found[name] = along * step / float(inputs[name])
            elif name in self.names:
                others.append(name)
        if others:
            model = smooth.least_squares(operators.identity(v.size), v, np.full(v.shape, 1 / step, v.dtype))
            by = solution_vjp(model, g, x, seed, [PENALTY[self.name, name] for name in others], dtype=v.dtype)
            found.update((name, by[PENALTY[self.name, name]].reshape(inputs[name].shape)) for name in others)
        return {name: found[name] for name in wanted}

    def solve_all(self, inputs: Arrays, wanted: Sequence[str]) -> tuple[list[Array], list[Array]]:
        if not self._rows_at_once(inputs):
            return super().solve_all(inputs, wanted)
        v = inputs["v"]
        (x,), saved = self.solve({**inputs, "v": v.reshape(-1, v.shape[-1])}, wanted)
        return [x.reshape(v.shape)], [s.reshape(v.shape) for s in saved]

    def pull_all(
        self, inputs: Arrays, saved: Sequence[Array], cotangents: Sequence[Array | None], wanted: Sequence[str]
    ) -> dict[str, Array]:
        seed = cotangents[0]
        if not self._rows_at_once(inputs) or seed is None or tuple(wanted) != ("v",):
            return super().pull_all(inputs, saved, cotangents, wanted)
        v, seed = np.broadcast_arrays(inputs["v"], seed)
        rows = (-1, v.shape[-1])
        return {"v": self._at(inputs).vjp(v.reshape(rows), seed.reshape(rows), self._step(inputs)).reshape(v.shape)}

    def _rows_at_once(self, inputs: Arrays) -> bool:
        """Whether all rows have the same term and step, which C takes in one call."""
        return inputs["v"].ndim > 1 and set(inputs) == {"v"}

    def _at(self, inputs: Arrays) -> Prox:
        if self._term is not None:
            return self._term
        return rebuilt(self._make, self.constants, {name: inputs[name] for name in self.names})

    def _step(self, inputs: Arrays) -> float:
        return float(inputs["step"] if self.step is None else self.step)
