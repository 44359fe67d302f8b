"""A Primitive as a torch.autograd.Function."""

from __future__ import annotations

from functools import partial
from typing import Any, Callable, Mapping

import numpy as np
import torch

from ..bridges.front import Framework
from ..bridges.primitive import Primitive
from ..bridges.second_order import SECOND, gradient_again
from ..bridges.transport_primitives import Value
from ..errors import DtypeError, ShapeError, UnsupportedError

_NUMPY = {torch.float32: np.dtype(np.float32), torch.float64: np.dtype(np.float64)}


class Torch(Framework):
    """Tensors of the CPU; the batch's axes are expanded here, so that autograd sums over them."""

    def is_tensor(self, value: Any) -> bool:
        return isinstance(value, torch.Tensor)

    def call(self, primitive: Primitive, inputs: Mapping[str, Any]) -> tuple[Any, ...]:
        tensors = _alike(primitive, inputs)
        wanted = [torch.is_grad_enabled() and tensor.requires_grad for tensor in tensors]
        if any(wanted):
            return _Solve.apply(primitive, tuple(inputs), *tensors)  # type: ignore[no-any-return]
        outputs, _ = primitive.solve_all(dict(zip(inputs, map(_array, tensors))), ())
        return tuple(map(torch.from_numpy, outputs))


class _Solve(torch.autograd.Function):  # type: ignore[misc]
    @staticmethod
    def forward(ctx: Any, primitive: Primitive, names: tuple[str, ...], *tensors: Any) -> tuple[Any, ...]:
        wanted = [name for name, needed in zip(names, ctx.needs_input_grad[2:]) if needed]
        outputs, saved = primitive.solve_all(dict(zip(names, map(_array, tensors))), wanted)
        ctx.primitive, ctx.names, ctx.wanted = primitive, names, wanted
        ctx.save_for_backward(*tensors, *map(torch.from_numpy, saved))
        ctx.set_materialize_grads(False)
        return tuple(map(torch.from_numpy, outputs))

    @staticmethod
    def backward(ctx: Any, *cotangents: Any) -> tuple[Any, ...]:
        names, tensors = ctx.names, ctx.saved_tensors
        arrays = [_array(tensor) for tensor in tensors]
        seeds = [None if c is None else _array(c) for c in cotangents]
        found = ctx.primitive.pull_all(dict(zip(names, arrays)), arrays[len(names):], seeds, ctx.wanted)
        gradients = [torch.from_numpy(found[name]) for name in ctx.wanted]
        if torch.is_grad_enabled():  # create_graph
            sources = [*tensors[: len(names)], *cotangents]
            again = partial(_gradient_again, ctx.primitive, names, ctx.wanted) if isinstance(ctx.primitive, Value) else None
            gradients = twice(again, gradients, sources)
        by_name = dict(zip(ctx.wanted, gradients))
        return (None, None, *(by_name.get(name) for name in names))


def twice(again: Callable[..., Any] | None, gradients: list[Any], sources: list[Any]) -> Any:
    """The gradients as they are, tied to what they depend on: a second derivative is that of `again`, a function of the
    sources, or refused. (torch's once_differentiable is silent where the cotangent needs no gradient.)"""
    return _Twice.apply(again, len(gradients), *gradients, *sources)


class _Twice(torch.autograd.Function):  # type: ignore[misc]
    @staticmethod
    def forward(ctx: Any, again: Callable[..., Any] | None, count: int, *tensors: Any) -> tuple[Any, ...]:
        ctx.again, ctx.count = again, count
        ctx.save_for_backward(*tensors[count:])
        return tuple(tensor.clone() for tensor in tensors[:count])

    @staticmethod
    def backward(ctx: Any, *cotangents: Any) -> Any:
        if ctx.again is None:
            raise UnsupportedError(SECOND)
        needed = ctx.needs_input_grad[2 + ctx.count:]
        with torch.enable_grad():
            leaves = [tensor.detach().requires_grad_(wants) for tensor, wants in zip(ctx.saved_tensors, needed)]
            gradients = ctx.again(*leaves)
        asked = [leaf for leaf in leaves if leaf.requires_grad]
        found = iter(torch.autograd.grad(gradients, asked, [c.detach() for c in cotangents], allow_unused=True))
        results = [next(found) if wants else None for wants in needed]
        if torch.is_grad_enabled():
            there = [result for result in results if result is not None]
            tied = iter(twice(None, there, [*ctx.saved_tensors, *cotangents]))
            results = [None if result is None else next(tied) for result in results]
        return (None, None, *(None for _ in range(ctx.count)), *results)


def _gradient_again(primitive: Value, names: tuple[str, ...], wanted: list[str], *sources: Any) -> list[Any]:
    def grad(total: Callable[..., Any], values: list[Any]) -> Any:
        own = [value.view_as(value) if value.requires_grad else value.clone().requires_grad_() for value in values]
        return torch.autograd.grad(total(own), own, create_graph=True)

    def call(potentials: Primitive, inputs: Mapping[str, Any]) -> Any:
        return _Solve.apply(potentials, tuple(inputs), *inputs.values())

    inputs = dict(zip(names, sources))
    return gradient_again(torch, call, grad, primitive, inputs, sources[len(names)], wanted)


def _array(tensor: Any) -> Any:
    """The tensor's memory, or a copy where it is a negated view."""
    _refuse_wrapped(tensor)
    return tensor.detach().resolve_neg().numpy()


def _refuse_wrapped(tensor: Any) -> None:
    """What torch.func hands to functions has no memory to read."""
    functorch = getattr(torch._C, "_functorch", None)
    tests = (getattr(functorch, name, None) for name in ("is_functorch_wrapped_tensor", "is_legacy_batchedtensor"))
    if any(test is not None and test(tensor) for test in tests):
        raise UnsupportedError("fenchel.torch does not go through torch.func or vectorised Jacobians: give a batch as leading "
                               "axes, and use torch.autograd")


def _alike(primitive: Primitive, inputs: Mapping[str, Any]) -> list[Any]:
    """Tensors of the CPU of one dtype with equal leading axes."""
    tensors = {name: _tensor(value, name) for name, value in inputs.items()}
    floats = [tensor.dtype for tensor in tensors.values() if tensor.dtype in _NUMPY]
    dtype = torch.get_default_dtype() if not floats else torch.float64 if torch.float64 in floats else torch.float32
    if primitive.dtype is not None and primitive.dtype == np.float64:  # None alone would equal float64
        dtype = torch.float64
    if dtype not in _NUMPY:
        raise DtypeError(f"torch's default dtype is {dtype}; float32 or float64 is needed")
    ranks = primitive.ranks
    for name, tensor in tensors.items():
        if tensor.ndim < ranks[name]:
            raise ShapeError(f"{name} has shape {tuple(tensor.shape)}; at least {ranks[name]} axes are needed")
    lead = {name: tensor.shape[: tensor.ndim - ranks[name]] for name, tensor in tensors.items()}
    try:
        batch = torch.broadcast_shapes(*lead.values())
    except RuntimeError:
        shapes = ", ".join(f"{name} {tuple(shape)}" for name, shape in lead.items())
        raise ShapeError(f"the batch axes differ: {shapes}") from None
    return [tensor.to(dtype).expand((*batch, *tensor.shape[tensor.ndim - ranks[name]:])) for name, tensor in tensors.items()]


def _tensor(value: Any, name: str) -> Any:
    tensor = value if isinstance(value, torch.Tensor) else torch.as_tensor(value)
    _refuse_wrapped(tensor)
    if tensor.device.type != "cpu":
        raise DtypeError(f"{name} is on {tensor.device}; fenchel computes on the CPU: pass {name}.cpu()")
    if tensor.layout != torch.strided:
        raise DtypeError(f"{name} has layout {tensor.layout}; a dense tensor is needed")
    if tensor.dtype not in _NUMPY and (tensor.is_floating_point() or tensor.is_complex()):
        raise DtypeError(f"{name} has dtype {tensor.dtype}; float32 or float64 is needed")
    return tensor
