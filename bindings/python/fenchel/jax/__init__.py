"""fenchel for JAX: transport, proximal maps and solutions of composite problems as differentiable functions.

    import fenchel.jax as fj
    jax.grad(lambda x: fj.sinkhorn_divergence(x, y, 0.05))(x)
    z = fj.argmin(fenchel.smooth.least_squares(X, y), fenchel.prox.l1(1.0), {"g.l1": lam, "f.y": targets})

Needs jax, which `import fenchel` does not: pip install "fenchel[jax]". The solves run on the CPU, under jit and vmap through
jax.pure_callback; vmap is a loop over the problems inside one callback. Reverse mode; second derivatives of sinkhorn_value only,
as jax.jacrev(jax.grad(f)). float64 needs jax.config.update("jax_enable_x64", True). Errors of the library keep their class where
JAX runs eagerly; under jit they come as JAX's runtime error with their message.
"""

from __future__ import annotations

try:
    import jax as _jax
except ImportError as _error:
    raise ImportError('fenchel.jax needs JAX: pip install "fenchel[jax]"') from _error

from ..bridges.certainty import DerivativeWarning
from ..bridges.front import Front as _Front, PointCloud
from .callback_function import Jax as _Jax
from .dense_root import implicit

_jax.tree_util.register_pytree_node(
    PointCloud, lambda p: ((p.x, p.y), p.cost), lambda cost, points: PointCloud(points[0], points[1], cost))

_front = _Front(_Jax())
sinkhorn_value = _front.sinkhorn_value
sinkhorn_potentials = _front.sinkhorn_potentials
sinkhorn_plan = _front.sinkhorn_plan
sinkhorn_apply = _front.sinkhorn_apply
sinkhorn_divergence = _front.sinkhorn_divergence
prox = _front.prox
argmin = _front.argmin

__all__ = [
    "DerivativeWarning",
    "PointCloud",
    "argmin",
    "implicit",
    "prox",
    "sinkhorn_apply",
    "sinkhorn_divergence",
    "sinkhorn_plan",
    "sinkhorn_potentials",
    "sinkhorn_value",
]
