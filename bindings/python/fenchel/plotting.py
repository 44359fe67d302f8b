"""Pictures of results; matplotlib is imported only here, when a plot is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from .result import Result

_LARGEST = 512  # rows or columns of the plan's picture; more are summed into bins


def plot_result(result: Result, figure: Any = None) -> Any:
    """Plan, and convergence if a trace was recorded, side by side."""
    if figure is None:
        from matplotlib import pyplot

        figure = pyplot.figure(figsize=(9, 4) if result.trace else (5, 4), layout="constrained")
    axes = figure.subplots(1, 2 if result.trace else 1, squeeze=False)[0]
    _plan(result, axes[0])
    if result.trace:
        _convergence(result, axes[1])
    return figure


def _plan(result: Result, axes: Any) -> None:
    n, m = result.shape
    image = axes.imshow(_binned(result), aspect="auto", interpolation="nearest", extent=(0, m, n, 0), cmap="viridis")
    axes.set(xlabel="column", ylabel="row", title=f"plan, eps = {result.eps:.3g}, cost = {result.cost:.4g}")
    axes.figure.colorbar(image, ax=axes, label="mass")


def _binned(result: Result) -> Any:
    """The plan with at most _LARGEST rows and columns, summed into bins by applying P to indicators: never formed."""
    n, m = result.shape
    k, rows = min(m, _LARGEST), min(n, _LARGEST)
    indicator = np.zeros((m, k), result.phi.dtype)
    indicator[np.arange(m), np.arange(m) * k // m] = 1
    columns = result.apply(indicator)
    return np.add.reduceat(columns, -(-np.arange(rows) * n // rows), axis=0)


def _convergence(result: Result, axes: Any) -> None:
    trace = [p for p in result.trace or () if p.residual == p.residual]
    axes.semilogy([p.passes for p in trace], [max(p.residual, 1e-300) for p in trace], marker=".")
    axes.axhline(result.tol, linestyle="--", color="gray", label="tol")
    axes.set(xlabel="passes over the cost", ylabel="relative residual", title=result.termination.name.lower())
    axes.legend()
