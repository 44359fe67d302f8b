"""A Primitive as a jax.custom_vjp over jax.pure_callback."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, Callable, Mapping

import jax
import jax.numpy as jnp
import numpy as np
from jax.custom_derivatives import SymbolicZero

from ..bridges.certainty import warn
from ..bridges.front import Framework
from ..bridges.primitive import Primitive
from ..bridges.second_order import SECOND, gradient_again
from ..bridges.transport_primitives import Value
from ..errors import DtypeError, FenchelWarning, ShapeError, UnsupportedError

_X64 = 'jax.config.update("jax_enable_x64", True)'


class Jax(Framework):
    """Arrays and tracers; the batch's axes are broadcast here, so that JAX sums over them."""

    def is_tensor(self, value: Any) -> bool:
        return isinstance(value, jax.Array)

    def call(self, primitive: Primitive, inputs: Mapping[str, Any]) -> tuple[Any, ...]:
        return tuple(_solve(primitive, tuple(inputs), *_alike(primitive, inputs)))


@partial(jax.custom_vjp, nondiff_argnums=(0, 1))
def _solve(primitive: Primitive, names: tuple[str, ...], *arrays: Any) -> Any:
    return _forward(primitive, names, (), arrays)[0]


def _forward(primitive: Primitive, names: tuple[str, ...], wanted: tuple[str, ...], arrays: Any) -> Any:
    return run(_Forward(primitive, names, wanted), _shapes(primitive, names, wanted, arrays), *arrays)


@dataclass(frozen=True)
class _Forward:
    """The callback of the forward pass; equal ones are compiled once."""

    primitive: Primitive
    names: tuple[str, ...]
    wanted: tuple[str, ...]

    def __call__(self, *values: Any) -> Any:
        return self.primitive.solve_all(dict(zip(self.names, map(np.asarray, values))), self.wanted)


def _solve_fwd(primitive: Primitive, names: tuple[str, ...], *primals: Any) -> Any:
    arrays = tuple(primal.value for primal in primals)
    wanted = tuple(name for name, primal in zip(names, primals) if primal.perturbed)
    outputs, saved = _kept(primitive, names, wanted, *arrays)
    return outputs, (arrays, saved, _Names(*wanted))


@partial(jax.custom_vjp, nondiff_argnums=(0, 1, 2))
def _kept(primitive: Primitive, names: tuple[str, ...], wanted: tuple[str, ...], *arrays: Any) -> Any:
    """The forward pass that is part of a derivative, differentiable again; what is saved counts as constant: _pull knows."""
    return _forward(primitive, names, wanted, arrays)


def _kept_fwd(primitive: Primitive, names: tuple[str, ...], wanted: tuple[str, ...], *primals: Any) -> Any:
    arrays = tuple(primal.value for primal in primals)
    return _kept(primitive, names, wanted, *arrays), arrays


def _kept_bwd(primitive: Primitive, names: tuple[str, ...], wanted: tuple[str, ...], arrays: Any, cotangents: Any) -> Any:
    outputs = cotangents[0]
    if all(isinstance(c, SymbolicZero) for c in outputs):
        return tuple(None for _ in names)
    seeds = [jnp.zeros(c.shape, c.dtype) if isinstance(c, SymbolicZero) else c for c in outputs]
    return jax.vjp(lambda *given: _solve(primitive, names, *given), *arrays)[1](seeds)


_kept.defvjp(_kept_fwd, _kept_bwd, symbolic_zeros=True)


@dataclass(frozen=True)
class _Backward:
    """The callback of the backward pass; `given` tells which outputs have cotangents."""

    primitive: Primitive
    names: tuple[str, ...]
    wanted: tuple[str, ...]
    given: tuple[bool, ...]

    def __call__(self, values: Any, saved: Any, seeds: Any) -> Any:
        found = iter(seeds)
        full = [np.asarray(next(found)) if there else None for there in self.given]
        inputs = dict(zip(self.names, map(np.asarray, values)))
        gradients = self.primitive.pull_all(inputs, list(map(np.asarray, saved)), full, self.wanted)
        return [gradients[name] for name in self.wanted]


def _solve_bwd(primitive: Primitive, names: tuple[str, ...], kept: Any, cotangents: Any) -> Any:
    arrays, saved, wanted = kept[0], kept[1], kept[2].names
    given = tuple(not isinstance(c, SymbolicZero) for c in cotangents)
    seeds = [c for c, there in zip(cotangents, given) if there]
    if not wanted or not seeds:
        return tuple(None for _ in names)
    pulled = dict(zip(wanted, _pull(_Backward(primitive, names, wanted, given), arrays, saved, seeds)))
    return tuple(pulled.get(name) for name in names)


@partial(jax.custom_vjp, nondiff_argnums=(0,))
def _pull(backward: _Backward, arrays: Any, saved: Any, seeds: Any) -> Any:
    """The backward pass, a function with a backward pass of its own: that of the value's gradient written out, or a refusal."""
    shapes = [jax.ShapeDtypeStruct(x.shape, x.dtype) for name, x in zip(backward.names, arrays) if name in backward.wanted]
    return run(backward, shapes, arrays, saved, seeds)


def _pull_fwd(backward: _Backward, arrays: Any, saved: Any, seeds: Any) -> Any:
    return _pull(backward, arrays, saved, seeds), (arrays, seeds)


def _pull_bwd(backward: _Backward, kept: Any, cotangents: Any) -> Any:
    primitive = backward.primitive
    if not isinstance(primitive, Value):
        raise UnsupportedError(SECOND)

    def again(arrays: Any, seeds: Any) -> Any:
        def call(potentials: Primitive, inputs: Mapping[str, Any]) -> Any:
            return _solve(potentials, tuple(inputs), *inputs.values())

        inputs = {name: array if name in backward.wanted else jax.lax.stop_gradient(array)
                  for name, array in zip(backward.names, arrays)}
        return gradient_again(jnp, call, lambda f, values: jax.grad(f)(values), primitive, inputs, seeds[0], backward.wanted)

    by_arrays, by_seeds = jax.vjp(again, *kept)[1](list(cotangents))
    return by_arrays, None, by_seeds


_pull.defvjp(_pull_fwd, _pull_bwd)


_solve.defvjp(_solve_fwd, _solve_bwd, symbolic_zeros=True)


def run(function: Callable[..., Any], shapes: Any, *arguments: Any) -> Any:
    """The function of arrays: called at once where all are known, as a callback of the compiled program where they are not."""
    if any(isinstance(leaf, jax.core.Tracer) for leaf in jax.tree_util.tree_leaves(arguments)):
        return jax.pure_callback(function, shapes, *arguments, vmap_method="expand_dims")
    return jax.tree_util.tree_map(jnp.asarray, function(*arguments))


@jax.tree_util.register_pytree_node_class
class _Names:
    """Names among arrays: JAX keeps them apart, as part of the structure."""

    def __init__(self, *names: Any) -> None:
        self.names = names

    def tree_flatten(self) -> Any:
        return (), self.names

    @classmethod
    def tree_unflatten(cls, names: Any, _: Any) -> _Names:
        return cls(*names)


def _shapes(primitive: Primitive, names: tuple[str, ...], wanted: tuple[str, ...], arrays: Any) -> Any:
    """ShapeDtypeStructs of outputs and saved arrays."""
    batch = arrays[0].shape[: arrays[0].ndim - primitive.ranks[names[0]]]
    one = {name: array.shape[len(batch):] for name, array in zip(names, arrays)}
    return tuple([jax.ShapeDtypeStruct((*batch, *shape), arrays[0].dtype) for shape in part]
                 for part in primitive.shapes(one, wanted))


def _alike(primitive: Primitive, inputs: Mapping[str, Any]) -> list[Any]:
    """Arrays of one dtype with equal leading axes."""
    arrays = {name: _array(value, name) for name, value in inputs.items()}
    floats = [array.dtype for array in arrays.values() if array.dtype.kind == "f"]
    dtype = jnp.result_type(*floats) if floats else jnp.result_type(float)
    if primitive.dtype is not None and primitive.dtype == np.float64:  # None alone would equal float64
        dtype = jax.dtypes.canonicalize_dtype(np.float64)
    ranks = primitive.ranks
    for name, array in arrays.items():
        if array.ndim < ranks[name]:
            raise ShapeError(f"{name} has shape {array.shape}; at least {ranks[name]} axes are needed")
    lead = {name: array.shape[: array.ndim - ranks[name]] for name, array in arrays.items()}
    try:
        batch = np.broadcast_shapes(*lead.values())
    except ValueError:
        shapes = ", ".join(f"{name} {shape}" for name, shape in lead.items())
        raise ShapeError(f"the batch axes differ: {shapes}") from None
    return [jnp.broadcast_to(array.astype(dtype), (*batch, *array.shape[array.ndim - ranks[name]:]))
            for name, array in arrays.items()]


def _array(value: Any, name: str) -> Any:
    if isinstance(value, np.ndarray) and value.dtype == np.float64 and not jax.config.jax_enable_x64:
        warn(f"{name} is float64 but JAX computes in float32, with solves to 1e-5: {_X64} at the start of the program keeps "
             "float64", FenchelWarning)
    array = jnp.asarray(value)
    if array.dtype.kind not in "fiub" or (array.dtype.kind == "f" and array.dtype.itemsize < 4):
        raise DtypeError(f"{name} has dtype {array.dtype}; float32 or float64 is needed")
    return array
