"""fenchel for PyTorch: transport, proximal maps and solutions of composite problems as differentiable functions.

    import fenchel.torch as ft
    loss = ft.sinkhorn_divergence(x, y, 0.05)                # tensors; loss.backward() fills x.grad
    z = ft.argmin(fenchel.smooth.least_squares(X, y), fenchel.prox.l1(1.0), {"g.l1": lam, "f.y": targets})

Needs torch, which `import fenchel` does not: pip install "fenchel[torch]". CPU tensors of float32 or float64, of any strides
and with any leading batch axes. Second derivatives: those of sinkhorn_value; through the others they raise UnsupportedError.
"""

from __future__ import annotations

try:
    import torch as _torch  # noqa: F401
except ImportError as _error:
    raise ImportError('fenchel.torch needs PyTorch: pip install "fenchel[torch]"') from _error

from ..bridges.certainty import DerivativeWarning
from ..bridges.front import Front as _Front, PointCloud
from .autograd_function import Torch as _Torch
from .root import implicit

_front = _Front(_Torch())
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
