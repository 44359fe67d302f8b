"""fenchel: regularised optimal transport.

    import fenchel
    result = fenchel.sinkhorn(a, b, cost, eps=0.01)      # a, b: weights or None; cost: matrix, PointCloud or Grid
    result.plan(), result.cost, result.converged

Solving: sinkhorn, sinkhorn_divergence, sinkhorn_batch, sinkhorn_vjp. Supports and costs: PointCloud, Grid.
What went on: Result, Termination, Certificate, Progress. Errors derive from fenchel.errors.FenchelError.

Threads: geometries are immutable and may be shared; a Result belongs to one thread at a time. The GIL is released
while a solve runs. Nothing is printed, and no thread outlives a call.
"""

from __future__ import annotations

from . import _raw, errors
from ._declared import COSTS, METHODS, Certificate, Progress, Termination
from .errors import ConvergenceWarning, FenchelError, FenchelWarning
from .geometry import Grid, PointCloud
from .result import Result
from .settings import settings_help
from .transport import sinkhorn, sinkhorn_vjp, workspace_bytes
from .batch import BatchResult, sinkhorn_batch
from .divergence import DivergenceResult, sinkhorn_divergence

_raw.set_exceptions(errors.BY_CODE)

__version__ = _raw.fen_version()


def target() -> str:
    """The instruction set in use: "baseline", "avx2", "avx512" or "neon"."""
    return _raw.fen_target()


__all__ = [
    "COSTS",
    "METHODS",
    "BatchResult",
    "Certificate",
    "ConvergenceWarning",
    "DivergenceResult",
    "FenchelError",
    "FenchelWarning",
    "Grid",
    "PointCloud",
    "Progress",
    "Result",
    "Termination",
    "errors",
    "settings_help",
    "sinkhorn",
    "sinkhorn_batch",
    "sinkhorn_divergence",
    "sinkhorn_vjp",
    "target",
    "workspace_bytes",
]
