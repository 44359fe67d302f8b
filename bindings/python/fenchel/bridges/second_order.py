"""Second derivatives of the transport value: its gradient written out, as a function that a framework differentiates."""

from __future__ import annotations

from typing import Any, Callable, Mapping, Sequence

from .transport_primitives import Potentials, Value

SECOND = ("second derivatives are offered for sinkhorn_value only, and no third ones: the gradients of other functions are "
          "constants to autograd")


def gradient_again(
    xp: Any, call: Callable[..., Any], grad: Callable[..., list[Any]], primitive: Value, inputs: Mapping[str, Any], seed: Any,
    wanted: Sequence[str],
) -> list[Any]:
    """seed times the derivatives of the value by `wanted`, differentiable by inputs and seed.

    The value is D(phi, psi; theta), D the dual objective, where D is stationary in phi and psi: its gradient is dD/dtheta at
    phi(theta), psi(theta). Autograd differentiates that, the potentials by their implicit derivatives.

    xp : torch or jax.numpy. call : (primitive, inputs) -> outputs. grad : (function of a list, list) -> gradients.
    """
    potentials = call(Potentials(primitive.eps, primitive.cost, primitive.geometry, primitive.settings), inputs)

    def total(values: list[Any]) -> Any:
        return (seed * _dual(xp, primitive, {**inputs, **dict(zip(wanted, values))}, *potentials)).sum()

    found = grad(total, [inputs[name] for name in wanted])
    balanced = primitive.settings.get("rho_a") is None and primitive.settings.get("rho_b") is None
    return [_centred(xp, g, inputs[name]) if balanced and name in ("a", "b") else g for name, g in zip(wanted, found)]


def _dual(xp: Any, primitive: Value, inputs: Mapping[str, Any], phi: Any, psi: Any) -> Any:
    """The dual objective of one problem or a batch."""
    settings = primitive.settings
    kl = settings.get("reg_type", "kl") == "kl"
    eps = (inputs["eps"] if primitive.eps is None else primitive.eps * xp.ones_like(phi[..., 0]))[..., None, None]
    a = inputs["a"] if "a" in inputs else xp.ones_like(phi) / phi.shape[-1]
    b = inputs["b"] if "b" in inputs else xp.ones_like(psi) / psi.shape[-1]
    there = (a > 0)[..., :, None] & (b > 0)[..., None, :]
    exponent = (phi[..., :, None] + psi[..., None, :] - _cost(xp, primitive, inputs)) / eps
    plan = xp.exp(xp.where(there, exponent, -float("inf") * xp.ones_like(exponent)))
    weights = a[..., :, None] * b[..., None, :]
    regular = eps * (weights * (plan - 1) if kl else plan)
    return _side(xp, a, phi, settings.get("rho_a")) + _side(xp, b, psi, settings.get("rho_b")) - regular.sum((-2, -1))


def _side(xp: Any, weights: Any, potential: Any, rho: float | None) -> Any:
    shown = xp.where(weights > 0, potential, xp.zeros_like(potential))
    return (weights * (shown if rho is None else -rho * (xp.exp(-shown / rho) - 1))).sum(-1)


def _cost(xp: Any, primitive: Value, inputs: Mapping[str, Any]) -> Any:
    if primitive.cost is None:
        return inputs["cost"]
    x, y = inputs["x"][..., :, None, :], inputs["y"][..., None, :, :]
    if primitive.cost == "sqeuclidean":
        return ((x - y) ** 2).sum(-1)
    if primitive.cost == "l1":
        return xp.abs(x - y).sum(-1)
    if primitive.cost == "euclidean":
        squares = ((x - y) ** 2).sum(-1)
        apart = squares > 0
        return xp.where(apart, xp.sqrt(xp.where(apart, squares, xp.ones_like(squares))), squares)
    return 1 - (x * y).sum(-1) / xp.sqrt((x**2).sum(-1) * (y**2).sum(-1))


def _centred(xp: Any, gradient: Any, weights: Any) -> Any:
    """Zero mean over the support, as the library's."""
    there = (weights > 0) * xp.ones_like(gradient)
    return gradient - ((gradient * there).sum(-1) / there.sum(-1))[..., None]
