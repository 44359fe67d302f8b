"""fenchel: regularised optimisation: optimal transport and composite problems.

    import fenchel
    result = fenchel.sinkhorn(a, b, cost, eps=0.01)      # a, b: weights or None; cost: matrix, PointCloud or Grid
    result.plan(), result.cost, result.converged

    f = fenchel.smooth.least_squares(X, y, intercept=True)
    fenchel.minimize(f, fenchel.prox.l1(0.1))            # f(x) + sum_i g_i(A_i x); also lasso, elastic_net, logistic, path
    fenchel.minimize(f, [fenchel.prox.l1(0.1), (fenchel.prox.l1(2.0), D)])

Transport: sinkhorn, sinkhorn_divergence, sinkhorn_batch, sinkhorn_vjp. Supports and costs: PointCloud, Grid.
Composite problems: minimize, path, lambda_max, cross_validate, unfold, unfold_vjp; terms in fenchel.prox, fenchel.smooth,
fenchel.operators; scikit-learn estimators in fenchel.sklearn.
Derivatives of solutions: solution_vjp, solution_jvp; of any condition F(x, theta) = 0: implicit_vjp, implicit_jvp;
of quadratic programs and their multipliers: kkt_vjp, kkt_jvp.
Bilevel problems by functions: bilevel, hypergradient, BilevelProblem; by requests: BilevelSession.
Tuning of penalties without a grid: tune. Kernel ridge: kernel_ridge, kernel_ridge_vjp, tune_kernel.
Differentiable functions for PyTorch and JAX: fenchel.torch, fenchel.jax.
What went on: Result, MinimizeResult, PathResult, Termination, Certificate, Progress. Errors derive from fenchel.errors.FenchelError.

Threads: geometries are immutable and may be shared; a Result belongs to one thread at a time. The GIL is released
while a solve runs. Nothing is printed, and no thread outlives a call, but that of a BilevelSession, which sleeps.
"""

from __future__ import annotations

from typing import Any

from . import _raw, errors
from ._declared import (
    BILEVEL_METHODS, COSTS, METHODS, MINIMIZE_METHODS, SOLUTION_PARAMETERS, Certificate, DerivativeStatus, MuSource, Progress, Termination,
)
from .errors import ConvergenceWarning, FenchelError, FenchelWarning
from .geometry import Grid, PointCloud
from .result import Result
from .settings import settings_help
from .transport import sinkhorn, sinkhorn_vjp, workspace_bytes
from .batch import BatchResult, sinkhorn_batch
from .divergence import DivergenceResult, sinkhorn_divergence
from . import operators, prox, smooth
from .composite import minimize
from .composite_result import TRACE_COLUMNS, MinimizeResult
from .derivatives import Derivative, implicit_jvp, implicit_vjp, solution_jvp, solution_vjp
from .differentiable import Smooth
from .kernel_models import KernelRidgeCotangents, KernelTuneResult, kernel_ridge, kernel_ridge_vjp, tune_kernel
from .linear import Operator
from .models import elastic_net, lasso, logistic
from .options import bilevel_settings_help, minimize_settings_help
from .oracles import BilevelProblem, BilevelResult, bilevel, hypergradient
from .paths import CrossValidation, PathResult, cross_validate, lambda_max, path
from .programs import kkt_jvp, kkt_vjp
from .sessions import BilevelRequest, BilevelSession
from .simple import Prox
from .summands import Summands
from .tuning import TuneResult, tune
from .unfolding import unfold, unfold_vjp

_raw.set_exceptions(errors.BY_CODE)

__version__ = _raw.fen_version()


def target() -> str:
    """The instruction set in use: "baseline", "avx2", "avx512" or "neon"."""
    return _raw.fen_target()


def __getattr__(name: str) -> Any:
    if name in ("sklearn", "torch", "jax"):  # on first use: each needs the package of its name
        from importlib import import_module

        return import_module("." + name, __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "BILEVEL_METHODS",
    "COSTS",
    "METHODS",
    "MINIMIZE_METHODS",
    "SOLUTION_PARAMETERS",
    "TRACE_COLUMNS",
    "BatchResult",
    "BilevelProblem",
    "BilevelRequest",
    "BilevelResult",
    "BilevelSession",
    "Certificate",
    "ConvergenceWarning",
    "CrossValidation",
    "Derivative",
    "DerivativeStatus",
    "DivergenceResult",
    "FenchelError",
    "FenchelWarning",
    "Grid",
    "KernelRidgeCotangents",
    "KernelTuneResult",
    "MinimizeResult",
    "MuSource",
    "Operator",
    "PathResult",
    "PointCloud",
    "Progress",
    "Prox",
    "Result",
    "Smooth",
    "Summands",
    "Termination",
    "TuneResult",
    "bilevel",
    "bilevel_settings_help",
    "cross_validate",
    "elastic_net",
    "errors",
    "hypergradient",
    "implicit_jvp",
    "implicit_vjp",
    "kernel_ridge",
    "kernel_ridge_vjp",
    "kkt_jvp",
    "kkt_vjp",
    "lambda_max",
    "lasso",
    "logistic",
    "minimize",
    "minimize_settings_help",
    "operators",
    "path",
    "prox",
    "settings_help",
    "sinkhorn",
    "sinkhorn_batch",
    "sinkhorn_divergence",
    "sinkhorn_vjp",
    "smooth",
    "solution_jvp",
    "solution_vjp",
    "target",
    "tune",
    "tune_kernel",
    "unfold",
    "unfold_vjp",
    "workspace_bytes",
]
