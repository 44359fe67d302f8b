"""Primitive: a function of named arrays and its vector-Jacobian product, one problem or a batch of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Iterator, Mapping, Sequence

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]
    Arrays = Mapping[str, Array]
    Shapes = Mapping[str, tuple[int, ...]]


class Primitive:
    """Pure: solve and pull depend on their arguments only, so a framework may call them when and as often as it likes.

    Nothing of a solve is kept but the arrays it returns: no solver outlives a call. All arrays are of one dtype.

    ranks : name of an input -> its number of axes in one problem; further leading axes are a batch.
    dtype : the inputs become at least that wide; None leaves them.
    """

    ranks: Mapping[str, int]
    dtype: np.dtype[Any] | None = None

    def key(self) -> Any:
        """What makes two primitives the same function, so that what a framework compiled for one serves the other."""
        raise NotImplementedError

    def __eq__(self, other: object) -> bool:
        return self is other or (type(other) is type(self) and self._frozen() == other._frozen())

    def __hash__(self) -> int:
        return hash(self._frozen())

    def _frozen(self) -> Any:
        key = _frozen(self.key())
        try:
            hash(key)
        except TypeError:  # arrays among the settings
            return id(self)
        return key

    def shapes(self, inputs: Shapes, wanted: Sequence[str]) -> tuple[list[tuple[int, ...]], list[tuple[int, ...]]]:
        """Shapes of the outputs and of the saved arrays of one problem, from the shapes of its inputs."""
        raise NotImplementedError

    def solve(self, inputs: Arrays, wanted: Sequence[str]) -> tuple[list[Any], list[Any]]:
        """(outputs, saved) of one problem; saved is what pull needs for the inputs `wanted`."""
        raise NotImplementedError

    def pull(
        self, inputs: Arrays, saved: Sequence[Array], cotangents: Sequence[Array | None], wanted: Sequence[str]
    ) -> dict[str, Any]:
        """The cotangents of the outputs (None is zero) pulled back to the inputs `wanted` of one problem."""
        raise NotImplementedError

    # ---- batches ----------------------------------------------------------------------------------------------------

    def solve_all(self, inputs: Arrays, wanted: Sequence[str]) -> tuple[list[Array], list[Array]]:
        """solve over all leading axes; an axis of length 1 is repeated."""
        batch = self.batch(inputs)
        dtype = next(iter(inputs.values())).dtype
        if not batch:
            outputs, saved = self.solve(inputs, wanted)
            return [np.asarray(x, dtype) for x in outputs], [np.asarray(x, dtype) for x in saved]
        one = {name: array.shape[array.ndim - self.ranks[name]:] for name, array in inputs.items()}
        outputs, saved = ([np.empty((*batch, *shape), dtype) for shape in part] for part in self.shapes(one, wanted))
        for at, problem in self._problems(batch, inputs):
            for part, results in zip((outputs, saved), self.solve(problem, wanted)):
                for whole, result in zip(part, results):
                    whole[at] = result
        return outputs, saved

    def pull_all(
        self, inputs: Arrays, saved: Sequence[Array], cotangents: Sequence[Array | None], wanted: Sequence[str]
    ) -> dict[str, Array]:
        """pull over all leading axes; what is returned has the batch's axes, also for inputs that lack them."""
        batch = self.batch(inputs)
        if batch:  # several cotangents of one problem are a batch too
            others = [array for array in (*saved, *cotangents) if array is not None]
            batch = np.broadcast_shapes(batch, *(array.shape[: len(batch)] for array in others))
        dtype = next(iter(inputs.values())).dtype
        if not batch:
            return {name: np.asarray(x, dtype) for name, x in self.pull(inputs, saved, cotangents, wanted).items()}
        out = {name: np.empty((*batch, *inputs[name].shape[inputs[name].ndim - self.ranks[name]:]), dtype)
               for name in wanted}
        for at, problem in self._problems(batch, inputs):
            seeds = [None if c is None else _at(c, at, batch) for c in cotangents]
            for name, found in self.pull(problem, [_at(s, at, batch) for s in saved], seeds, wanted).items():
                out[name][at] = found
        return out

    def batch(self, inputs: Arrays) -> tuple[int, ...]:
        """The leading axes of the inputs together."""
        return np.broadcast_shapes(*(array.shape[: array.ndim - self.ranks[name]] for name, array in inputs.items()))

    def _problems(self, batch: tuple[int, ...], inputs: Arrays) -> Iterator[tuple[tuple[int, ...], dict[str, Array]]]:
        full = {name: np.broadcast_to(array, (*batch, *array.shape[array.ndim - self.ranks[name]:]))
                for name, array in inputs.items()}
        for at in np.ndindex(*batch):
            yield at, {name: array[at] for name, array in full.items()}


def _at(array: Array, at: tuple[int, ...], batch: tuple[int, ...]) -> Array:
    """One problem's part of an array that has the batch's axes, some perhaps of length 1."""
    where = tuple(0 if length == 1 else k for k, length in zip(at, array.shape[: len(batch)]))
    part: Array = array[where]
    return part


def _frozen(value: Any) -> Any:
    if isinstance(value, Mapping):
        return tuple(sorted((name, _frozen(entry)) for name, entry in value.items()))
    return tuple(map(_frozen, value)) if isinstance(value, (tuple, list)) else value
