"""Any x*(theta) with F(x*, theta) = 0, F a function of torch, whoever found x*."""

from __future__ import annotations

from typing import Any, Callable, Mapping

import numpy as np
import torch

from ..bridges.certainty import check_choice, judge
from ..derivatives import implicit_vjp
from ..errors import ShapeError
from .autograd_function import Constant, _tensor, refuse_wrapped


def implicit(
    F: Callable[..., Any], x: Any, *theta: Any, fixed_point: bool = False, symmetric: bool = False,
    derivative: Mapping[str, Any] | None = None, on_uncertified: str = "doubtful"
) -> Any:
    """x, with the derivatives of the root x*(theta) of F(x, *theta) = 0: one linear system in the backward pass.

    Parameters
    ----------
    F : a function of tensors, twice differentiable by torch in x, with values like x. x : a root, from any solver.
    theta : tensors to differentiate by; whatever else F uses is constant.
    fixed_point : the condition is x = F(x, *theta).
    symmetric : dF/dx is, as for the gradient of an objective.
    derivative : keywords of fenchel.implicit_vjp: tol, linear_solver, mu, max_iter, precondition.
    on_uncertified : as in argmin.

    Returns
    -------
    A tensor equal to x. Raises ShapeError, DtypeError; in the backward pass SingularError, and whatever F raises.
    """
    for value in (x, *theta):
        if isinstance(value, torch.Tensor):
            refuse_wrapped(value, "torch.func here: implicit is for torch.autograd")
    root = _tensor(x, "x").detach()
    options = (fixed_point, symmetric, dict(derivative or {}), check_choice(on_uncertified))
    tensors = [_tensor(value, f"theta[{k}]") for k, value in enumerate(theta)]
    return _Root.apply(F, options, root, *tensors)


class _Root(torch.autograd.Function):  # type: ignore[misc]
    @staticmethod
    def forward(ctx: Any, F: Callable[..., Any], options: tuple[Any, ...], x: Any, *theta: Any) -> Any:
        ctx.F, ctx.options = F, options
        ctx.save_for_backward(x, *theta)
        return x.clone()

    @staticmethod
    def backward(ctx: Any, cotangent: Any) -> tuple[Any, ...]:
        fixed_point, symmetric, keywords, choice = ctx.options
        x, *theta = (tensor.detach() for tensor in ctx.saved_tensors)
        x.requires_grad_()
        wanted = [k for k, needed in enumerate(ctx.needs_input_grad[3:]) if needed]
        for k in wanted:
            theta[k].requires_grad_()
        with torch.enable_grad():
            products = _Products(ctx.F(x, *theta), x, [theta[k] for k in wanted])
        found = implicit_vjp(
            cotangent.detach().double().reshape(-1).numpy(), sum(theta[k].numel() for k in wanted), products.along,
            products.by_theta, dx_t=None if symmetric else products.by_x, fixed_point=fixed_point, **keywords)
        judge(found, choice, "implicit")
        parts = np.split(found.value, np.cumsum([theta[k].numel() for k in wanted])[:-1])
        gradients = [torch.from_numpy(part).reshape(theta[k].shape).to(theta[k].dtype) for k, part in zip(wanted, parts)]
        out: list[Any] = [None] * len(theta)
        if torch.is_grad_enabled():
            gradients = Constant.apply(len(gradients), *gradients, *ctx.saved_tensors, cotangent)
        for k, gradient in zip(wanted, gradients):
            out[k] = gradient
        return (None, None, None, *out)


class _Products:
    """Products with the Jacobians of r = F(x, *theta) and their transposes."""

    def __init__(self, residual: Any, x: Any, theta: list[Any]) -> None:
        if residual.shape != x.shape:
            raise ShapeError(f"F(x, ...) has shape {tuple(residual.shape)}, x {tuple(x.shape)}: they must agree")
        self._residual, self._x, self._theta = residual, x, theta
        self._dummy = torch.zeros_like(residual, requires_grad=True)
        with torch.enable_grad():
            self._linear = torch.autograd.grad(residual, x, self._dummy, create_graph=True, allow_unused=True)[0]

    def by_x(self, u: Any) -> Any:
        return self._pulled(u, [self._x])

    def by_theta(self, u: Any) -> Any:
        return self._pulled(u, self._theta)

    def along(self, v: Any) -> Any:
        """u -> (dF/dx)^T u is linear in u; its transpose is dF/dx."""
        if self._linear is None or not self._linear.requires_grad:
            return np.zeros(self._x.numel())
        direction = torch.from_numpy(v.copy()).reshape(self._x.shape).to(self._x.dtype)
        product = torch.autograd.grad(self._linear, self._dummy, direction, retain_graph=True)[0]
        return product.double().reshape(-1).numpy()

    def _pulled(self, u: Any, inputs: list[Any]) -> Any:
        seed = torch.from_numpy(u.copy()).reshape(self._x.shape).to(self._x.dtype)
        found = torch.autograd.grad(self._residual, inputs, seed, retain_graph=True, allow_unused=True)
        return np.concatenate([np.zeros(t.numel()) if g is None else g.double().reshape(-1).numpy()
                               for g, t in zip(found, inputs)])
