"""ot.bregman.empirical_sinkhorn and its relatives: transport between samples, the cost matrix never stored where lazy."""

from __future__ import annotations

from typing import Any, Sequence

import numpy as np

from ..arrays import common
from ..geometry import PointCloud
from . import pot_balanced
from .pot_common import Array, Solution, solve, tolerance, warn_unless, weights
from .pot_distances import COSTS, dist


class LazyPlan:
    """A plan that is computed where it is looked at: plan[i, j] with ints, slices or lists; plan[:] is all of it."""

    def __init__(self, x: Array, y: Array, f: Array, g: Array, metric: Any, reg: float) -> None:
        self.shape = (len(x), len(y))
        self._parts = (x, y, f, g, metric, reg)

    def __getitem__(self, key: Any) -> Array:
        i, j = key if isinstance(key, tuple) else (key, slice(None))
        x, y, f, g, metric, reg = self._parts
        rows, cols = np.atleast_1d(np.arange(len(x))[i]), np.atleast_1d(np.arange(len(y))[j])
        block = np.exp(f[rows, None] + g[None, cols] - dist(x[rows], y[cols], metric=metric) / reg)
        return block[() if not np.isscalar(i) else 0][() if not np.isscalar(j) else (..., 0)]

    def __len__(self) -> int:
        return self.shape[0]


def empirical_sinkhorn(
    X_s: Any,
    X_t: Any,
    reg: float,
    a: Any = None,
    b: Any = None,
    metric: Any = "sqeuclidean",
    numIterMax: int = 10000,
    stopThr: float = 1e-9,
    isLazy: bool = False,
    batchSize: Any = 100,
    verbose: bool = False,
    log: bool = False,
    warn: bool = True,
    warmstart: Sequence[Any] | None = None,
    **kwargs: Any,
) -> Any:
    """Entropic transport between samples X_s, (n, d), and X_t, (m, d), as ot.bregman.empirical_sinkhorn returns it.

    Not lazy: the plan, (n, m). Lazy: log-scalings f, (n,), and g, (m,), with plan = exp(f + g - dist / reg), in memory
    O((n + m) d) for the metrics that fenchel computes itself (sqeuclidean, euclidean, cityblock, cosine). With log=True
    also a dict; lazy, it holds "lazy_plan". Other parameters as in sinkhorn; batchSize has no effect.
    Raises and threads as fenchel.compat.pot.sinkhorn.
    """
    if not isLazy:
        return pot_balanced.sinkhorn(
            _given(a), _given(b), dist(X_s, X_t, metric=metric), reg, numItermax=numIterMax, stopThr=stopThr,
            verbose=verbose, log=log, warn=warn, warmstart=warmstart, **kwargs,
        )
    _check_batch(batchSize)
    solution, x, y = _lazy(X_s, X_t, reg, a, b, metric, numIterMax, stopThr, verbose, log, warn, warmstart)
    f, g = solution.phi / reg, solution.psi / reg
    if not log:
        return f, g
    record = {"err": solution.errors, "u": f, "v": g, "niter": solution.iterations}
    return f, g, {**record, "lazy_plan": LazyPlan(x, y, f, g, metric, reg)}


def empirical_sinkhorn2(
    X_s: Any,
    X_t: Any,
    reg: float,
    a: Any = None,
    b: Any = None,
    metric: Any = "sqeuclidean",
    numIterMax: int = 10000,
    stopThr: float = 1e-9,
    isLazy: bool = False,
    batchSize: Any = 100,
    verbose: bool = False,
    log: bool = False,
    warn: bool = True,
    warmstart: Sequence[Any] | None = None,
    **kwargs: Any,
) -> Any:
    """The loss <M, P> of the plan of empirical_sinkhorn, as ot.bregman.empirical_sinkhorn2 returns it. Parameters as there."""
    if not isLazy:
        return pot_balanced.sinkhorn2(
            _given(a), _given(b), dist(X_s, X_t, metric=metric), reg, numItermax=numIterMax, stopThr=stopThr,
            verbose=verbose, log=log, warn=warn, warmstart=warmstart, **kwargs,
        )
    _check_batch(batchSize)
    solution, x, y = _lazy(X_s, X_t, reg, a, b, metric, numIterMax, stopThr, verbose, log, warn, warmstart)
    if not log:
        return solution.cost()
    f, g = solution.phi / reg, solution.psi / reg
    record = {"err": solution.errors, "u": f, "v": g, "niter": solution.iterations}
    return solution.cost(), {**record, "lazy_plan": LazyPlan(x, y, f, g, metric, reg)}


def empirical_sinkhorn_divergence(
    X_s: Any,
    X_t: Any,
    reg: float,
    a: Any = None,
    b: Any = None,
    metric: Any = "sqeuclidean",
    numIterMax: int = 10000,
    stopThr: float = 1e-9,
    verbose: bool = False,
    log: bool = False,
    warn: bool = True,
    warmstart: Sequence[Any] | None = None,
    **kwargs: Any,
) -> Any:
    """max(0, W(s, t) - (W(s, s) + W(t, t)) / 2) with W = <M, P>, as ot.bregman.empirical_sinkhorn_divergence returns it.

    This is POT's "sharp" form; fenchel.sinkhorn_divergence is the one of Feydy et al. (2019), with the entropy in it.
    With log=True also a dict with the three losses and logs. Parameters as in empirical_sinkhorn2.
    """
    values, logs = [], []
    u, v = warmstart if warmstart is not None else (None, None)
    for x, y, p, q, start in ((X_s, X_t, a, b, (u, v)), (X_s, X_s, a, a, (u, u)), (X_t, X_t, b, b, (v, v))):
        answer = empirical_sinkhorn2(
            x, y, reg, p, q, metric=metric, numIterMax=numIterMax, stopThr=stopThr, verbose=verbose, log=log, warn=warn,
            warmstart=None if warmstart is None else start, **kwargs,
        )
        values.append(answer[0] if log else answer)
        logs.append(answer[1] if log else None)
    divergence = np.maximum(0, values[0] - 0.5 * (values[1] + values[2]))
    if not log:
        return divergence
    names = ("ab", "a", "b")
    record = {f"sinkhorn_loss_{name}": value for name, value in zip(names, values)}
    return divergence, {**record, **{f"log_sinkhorn_{name}": entry for name, entry in zip(names, logs)}}


def _given(w: Any) -> Any:
    return [] if w is None else w


def _check_batch(size: Any) -> None:
    if not (isinstance(size, int) or (isinstance(size, tuple) and len(size) == 2)):
        raise ValueError("Batch size must be in integer or a tuple of two integers")


def _lazy(
    X_s: Any,
    X_t: Any,
    reg: float,
    a: Any,
    b: Any,
    metric: Any,
    numIterMax: int,
    stopThr: float,
    verbose: bool,
    follow: bool,
    warn: bool,
    warmstart: Sequence[Any] | None,
) -> tuple[Solution, Array, Array]:
    (x, y), dtype = common(None, x=X_s, y=X_t)
    assert x is not None and y is not None
    known = isinstance(metric, str) and metric in COSTS
    cost: Any = PointCloud(x, y, COSTS[metric]) if known else dist(x, y, metric=metric)
    start = None if warmstart is None else [np.asarray(w, dtype=dtype) * reg for w in warmstart]
    solution = solve(
        weights(None if a is None else np.asarray(a), len(x), dtype),
        weights(None if b is None else np.asarray(b), len(y), dtype),
        cost,
        float(reg),
        start=start,
        tol=tolerance(float(stopThr), dtype),
        max_iter=numIterMax,
        follow=follow,
        verbose=verbose,
    )
    warn_unless(solution.result.converged, warn)
    return solution, x, y


__all__ = ["LazyPlan", "empirical_sinkhorn", "empirical_sinkhorn2", "empirical_sinkhorn_divergence"]
