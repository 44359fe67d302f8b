"""Any x*(theta) with F(x*, theta) = 0, F a function of JAX, whoever found x*."""

from __future__ import annotations

from functools import partial
from typing import Any, Callable, Mapping

import jax
import jax.numpy as jnp
import numpy as np

from ..bridges.certainty import check_choice, judge
from ..derivatives import implicit_vjp
from ..errors import ShapeError
from .callback_function import _array


def implicit(
    F: Callable[..., Any], x: Any, *theta: Any, fixed_point: bool = False, symmetric: bool = False,
    derivative: Mapping[str, Any] | None = None, on_uncertified: str = "doubtful"
) -> Any:
    """x, with the derivatives of the root x*(theta) of F(x, *theta) = 0: one linear system in the backward pass.

    Parameters
    ----------
    F : a function of arrays with values like x that JAX can differentiate. x : a root, from any solver.
    theta : arrays to differentiate by; whatever else F uses is constant.
    fixed_point : the condition is x = F(x, *theta).
    symmetric : dF/dx is, as for the gradient of an objective.
    derivative : keywords of fenchel.implicit_vjp: tol, linear_solver, mu, max_iter.
    on_uncertified : as in argmin.

    The Jacobian dF/dx is written out by JAX, n x n: a callback must not run JAX, so products cannot come from inside it.

    Returns
    -------
    An array equal to x. Raises ShapeError, DtypeError; in the backward pass the message of SingularError.
    """
    options = (fixed_point, symmetric, dict(derivative or {}), check_choice(on_uncertified))
    root = jax.lax.stop_gradient(_array(x, "x"))
    return _root(F, _Options(options), root, *(_array(value, f"theta[{k}]") for k, value in enumerate(theta)))


class _Options:
    """Hashable by identity, as JAX asks of static arguments."""

    def __init__(self, values: tuple[Any, ...]) -> None:
        self.values = values


@partial(jax.custom_vjp, nondiff_argnums=(0, 1))
def _root(F: Callable[..., Any], options: _Options, x: Any, *theta: Any) -> Any:
    return x


def _root_fwd(F: Callable[..., Any], options: _Options, x: Any, *theta: Any) -> Any:
    return x, (x, theta)


def _root_bwd(F: Callable[..., Any], options: _Options, kept: Any, cotangent: Any) -> Any:
    x, theta = kept
    fixed_point, symmetric, keywords, choice = options.values
    if jax.eval_shape(F, x, *theta).shape != x.shape:
        raise ShapeError(f"F(x, ...) has shape {jax.eval_shape(F, x, *theta).shape}, x {x.shape}: they must agree")
    jacobian = jax.jacobian(F)(x, *theta).reshape(x.size, x.size)

    def adjoint(matrix: Any, seed: Any) -> Any:
        """The adjoint u of the linear system; theta's side, -(dF/dtheta)^T u, is JAX's."""
        A = np.asarray(matrix, np.float64)
        found = implicit_vjp(np.asarray(seed, np.float64), A.shape[0], lambda v: A @ v, lambda u: u,
                             dx_t=None if symmetric else lambda u: A.T @ u, fixed_point=fixed_point, **keywords)
        judge(found, choice, "implicit")
        return found.value.astype(matrix.dtype)

    seed = cotangent.reshape(-1)
    shape = jax.ShapeDtypeStruct(seed.shape, seed.dtype)
    if isinstance(jacobian, jax.core.Tracer) or isinstance(seed, jax.core.Tracer):
        u = jax.pure_callback(adjoint, shape, jacobian, seed, vmap_method="sequential")
    else:
        u = jnp.asarray(adjoint(jacobian, seed))
    by_theta = jax.vjp(lambda *t: F(x, *t), *theta)[1]
    return (jnp.zeros_like(x), *by_theta(u.reshape(x.shape).astype(x.dtype)))


_root.defvjp(_root_fwd, _root_bwd)
