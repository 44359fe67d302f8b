"""A Primitive as a torch.autograd.Function, for autograd and for torch.func: reverse mode and vmap."""

from __future__ import annotations

from typing import Any, Callable, Mapping, Sequence

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
        return _solved(primitive, tuple(inputs), _alike(primitive, inputs))


def _solved(primitive: Primitive, names: tuple[str, ...], tensors: list[Any]) -> tuple[Any, ...]:
    """The primitive's outputs; autograd and torch.func see them only where a tensor is theirs."""
    wanted = tuple(name for name, tensor in zip(names, tensors) if torch.is_grad_enabled() and _tracked(tensor))
    if wanted or any(map(_wrapped, tensors)):
        one = {name: tuple(t.shape[t.ndim - primitive.ranks[name]:]) for name, t in zip(names, tensors)}
        count = len(primitive.shapes(one, wanted)[0])
        return tuple(_apply(_Solve, primitive, names, wanted, count, *tensors)[:count])
    outputs, _ = primitive.solve_all(dict(zip(names, map(_array, tensors))), wanted)
    return tuple(map(torch.from_numpy, outputs))


class _Solve(torch.autograd.Function):  # type: ignore[misc]
    """`count` outputs, then what the pull-back needs, which torch.func wants to see as outputs, too."""

    @staticmethod
    def forward(primitive: Primitive, names: tuple[str, ...], wanted: tuple[str, ...], count: int, *tensors: Any) -> Any:
        outputs, saved = primitive.solve_all(dict(zip(names, map(_array, tensors))), wanted)
        return tuple(map(torch.from_numpy, (*outputs, *saved)))

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: tuple[Any, ...]) -> None:
        ctx.primitive, ctx.names, ctx.wanted, ctx.count, *tensors = inputs
        ctx.mark_non_differentiable(*output[ctx.count:])
        ctx.save_for_backward(*tensors, *output[ctx.count:])
        ctx.set_materialize_grads(False)

    @staticmethod
    def backward(ctx: Any, *cotangents: Any) -> tuple[Any, ...]:
        seeds = cotangents[: ctx.count]
        found: tuple[Any, ...] = (None,) * len(ctx.wanted)
        if any(seed is not None for seed in seeds):
            found = _apply(_Pull, ctx.primitive, ctx.names, ctx.wanted, ctx.count, *ctx.saved_tensors, *seeds)
        by_name = dict(zip(ctx.wanted, found))
        return (None,) * 4 + tuple(by_name.get(name) for name in ctx.names)

    @staticmethod
    def vmap(info: Any, in_dims: Any, *arguments: Any) -> tuple[Any, Any]:
        tensors = [_in_front(t, at, info.batch_size) for t, at in zip(arguments[4:], in_dims[4:])]
        outputs = _Solve.apply(*arguments[:4], *tensors)
        return outputs, (0,) * len(outputs)

    @staticmethod
    def jvp(ctx: Any, *tangents: Any) -> Any:
        raise UnsupportedError(FORWARD)


class _Pull(torch.autograd.Function):  # type: ignore[misc]
    """The cotangents of `wanted`, from inputs, saved arrays and the cotangents of outputs. Its own derivative is that of
    gradient_again, or refused: also where torch's once_differentiable would be silent, as the cotangent needs no gradient."""

    @staticmethod
    def forward(primitive: Primitive, names: tuple[str, ...], wanted: tuple[str, ...], count: int, *tensors: Any) -> Any:
        arrays: list[Any] = [None if tensor is None else _array(tensor) for tensor in tensors]
        split, seeds = len(names), len(arrays) - count
        found = primitive.pull_all(dict(zip(names, arrays)), arrays[split:seeds], arrays[seeds:], wanted)
        return tuple(torch.from_numpy(found[name]) for name in wanted)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: tuple[Any, ...]) -> None:
        ctx.primitive, ctx.names, ctx.wanted, ctx.count, *tensors = inputs
        ctx.split, ctx.total = len(ctx.names), len(tensors)
        ctx.save_for_backward(*tensors[: ctx.split], *tensors[ctx.total - ctx.count:])

    @staticmethod
    def backward(ctx: Any, *cotangents: Any) -> Any:
        if not isinstance(ctx.primitive, Value):
            raise UnsupportedError(SECOND)
        sources = ctx.saved_tensors
        places = [*range(ctx.split), *range(ctx.total - ctx.count, ctx.total)]
        asked = [k for k, place in enumerate(places) if ctx.needs_input_grad[4 + place]]

        def gradients(values: Sequence[Any], grad: Callable[..., Any]) -> tuple[Any, ...]:
            full = list(sources)
            for k, value in zip(asked, values):
                full[k] = value
            return _gradient_again(ctx.primitive, ctx.names, ctx.wanted, full, grad)

        derive = _derived_by_levels if torch._C._are_functorch_transforms_active() else _derived_by_tape
        found = dict(zip((places[k] for k in asked), derive(gradients, [sources[k] for k in asked], cotangents)))
        return (None,) * 4 + tuple(found.get(place) for place in range(ctx.total))

    @staticmethod
    def vmap(info: Any, in_dims: Any, *arguments: Any) -> tuple[Any, Any]:
        tensors = [None if t is None else _in_front(t, at, info.batch_size) for t, at in zip(arguments[4:], in_dims[4:])]
        outputs = _Pull.apply(*arguments[:4], *tensors)
        return outputs, (0,) * len(outputs)

    @staticmethod
    def jvp(ctx: Any, *tangents: Any) -> Any:
        raise UnsupportedError(FORWARD)


FORWARD = "forward-mode derivatives are not offered: use torch.func.grad, vjp or jacrev (of the value also twice), not jvp or jacfwd"


def _in_front(tensor: Any, at: int | None, size: int) -> Any:
    """The axis that vmap maps over as one more leading axis, which is what a batch is here."""
    return tensor.expand(size, *tensor.shape) if at is None else tensor.movedim(at, 0)


def _apply(function: Any, *arguments: Any) -> Any:
    """What torch.func needs costs 50 us a call: without a transform autograd gets a function of the older kind."""
    return (function if torch._C._are_functorch_transforms_active() else _TAPED[function]).apply(*arguments)


def _taped(function: Any) -> Any:
    """The function in the form of which forward writes to ctx."""

    class Taped(torch.autograd.Function):  # type: ignore[misc]
        @staticmethod
        def forward(ctx: Any, *arguments: Any) -> Any:
            output = function.forward(*arguments)
            function.setup_context(ctx, arguments, output)
            return output

        backward = staticmethod(function.backward)
        jvp = staticmethod(function.jvp)

    return Taped


_TAPED = {function: _taped(function) for function in (_Solve, _Pull)}


class Constant(torch.autograd.Function):  # type: ignore[misc]
    """The first `count` tensors as they are, tied to what they depend on, the others: their derivative is refused."""

    @staticmethod
    def forward(ctx: Any, count: int, *tensors: Any) -> tuple[Any, ...]:
        return tuple(tensor.clone() for tensor in tensors[:count])

    @staticmethod
    def backward(ctx: Any, *cotangents: Any) -> Any:
        raise UnsupportedError(SECOND)


def _derived_by_levels(function: Callable[..., Any], values: list[Any], cotangents: Any) -> Any:
    """The pull-back of function(values, grad) by levels of torch.func."""

    def grad(total: Callable[..., Any], values: list[Any]) -> Any:
        return list(torch.func.grad(lambda given: total(list(given)))(tuple(values)))

    return torch.func.vjp(lambda *given: function(given, grad), *values)[1](cotangents)


def _derived_by_tape(function: Callable[..., Any], values: list[Any], cotangents: Any) -> Any:
    """The same by autograd's tape, which is quicker."""

    def grad(total: Callable[..., Any], values: list[Any]) -> Any:
        own = [value.view_as(value) if value.requires_grad else value.clone().requires_grad_() for value in values]
        return torch.autograd.grad(total(own), own, create_graph=True)

    with torch.enable_grad():
        leaves = [value.detach().requires_grad_() for value in values]
        gradients = function(leaves, grad)
    results = torch.autograd.grad(gradients, leaves, [c.detach() for c in cotangents], allow_unused=True)
    there = [result for result in results if result is not None]
    if torch.is_grad_enabled() and there:
        tied = iter(Constant.apply(len(there), *there, *values, *cotangents))
        return [None if result is None else next(tied) for result in results]
    return results


def _gradient_again(
    primitive: Value, names: tuple[str, ...], wanted: tuple[str, ...], sources: list[Any], grad: Callable[..., Any]
) -> tuple[Any, ...]:
    def call(potentials: Primitive, inputs: Mapping[str, Any]) -> Any:
        return _solved(potentials, tuple(inputs), list(inputs.values()))

    inputs = dict(zip(names, sources))
    return tuple(gradient_again(torch, call, grad, primitive, inputs, sources[len(names)], wanted))


def _wrapped(tensor: Any) -> bool:
    """Whether torch.func put a level of its own around the tensor."""
    return bool(torch._C._functorch.is_functorch_wrapped_tensor(tensor))


def _tracked(tensor: Any) -> bool:
    """Whether some level differentiates by the tensor."""
    while _wrapped(tensor):
        if torch._C._functorch.is_gradtrackingtensor(tensor) and tensor.requires_grad:
            return True
        tensor = torch._C._functorch.get_unwrapped(tensor)
    return bool(tensor.requires_grad)


def _array(tensor: Any) -> Any:
    """The tensor's memory, or a copy where it is a negated view."""
    refuse_wrapped(tensor, "vectorised Jacobians of torch.autograd.functional: torch.func has jacrev and vmap")
    return tensor.detach().resolve_neg().numpy()


def refuse_wrapped(tensor: Any, what: str) -> None:
    """A tensor of torch.func, or of the vectorised Jacobians before it, has no memory to read."""
    legacy = getattr(torch._C._functorch, "is_legacy_batchedtensor", None)
    if _wrapped(tensor) or (legacy is not None and legacy(tensor)):
        raise UnsupportedError(f"fenchel.torch does not go through {what}")


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
    if tensor.device.type != "cpu":
        raise DtypeError(f"{name} is on {tensor.device}; fenchel computes on the CPU: pass {name}.cpu()")
    if tensor.layout != torch.strided:
        raise DtypeError(f"{name} has layout {tensor.layout}; a dense tensor is needed")
    if tensor.dtype not in _NUMPY and (tensor.is_floating_point() or tensor.is_complex()):
        raise DtypeError(f"{name} has dtype {tensor.dtype}; float32 or float64 is needed")
    return tensor
