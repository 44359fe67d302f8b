"""Pictures of composite problems; matplotlib is imported only when a plot is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from .composite_result import MinimizeResult
    from .paths import CrossValidation, PathResult


def _figure(figure: Any, size: tuple[float, float]) -> Any:
    if figure is None:
        from matplotlib import pyplot

        figure = pyplot.figure(figsize=size, layout="constrained")
    return figure


def plot_trace(result: MinimizeResult, figure: Any = None) -> Any:
    """Objective above its end, residual and gap against seconds."""
    if result.trace is None or not len(result.trace):
        raise ValueError("there is no trace to plot; give trace=True to minimize")
    trace = result.trace
    axes = _figure(figure, (9, 4)).subplots(1, 2, squeeze=False)[0]
    excess = trace[:, 2] - np.nanmin(trace[:, 2])
    axes[0].semilogy(trace[:, 1], np.where(excess > 0, excess, np.nan), marker=".")
    axes[0].set(xlabel="seconds", ylabel="objective - least", title=f"{result.method}, {result.objective:.6g}")
    for column, name in ((3, "residual"), (4, "gap")):
        values = np.where(np.isfinite(trace[:, column]) & (trace[:, column] > 0), trace[:, column], np.nan)
        if np.isfinite(values).any():
            axes[1].semilogy(trace[:, 1], values, marker=".", label=name)
    axes[1].axhline(result.tol, linestyle="--", color="gray", label="tol")
    axes[1].set(xlabel="seconds", title=result.termination.name.lower())
    axes[1].legend()
    return axes[0].figure


def plot_path(path: PathResult, figure: Any = None) -> Any:
    """Coefficients and gaps against the factor."""
    axes = _figure(figure, (9, 4)).subplots(1, 2, squeeze=False)[0]
    coefficients = path.coef.reshape(len(path.factors), -1)
    used = np.abs(coefficients).max(axis=0) > 0
    axes[0].semilogx(path.factors, coefficients[:, used])
    axes[0].set(xlabel="factor", ylabel="coefficient", title=f"{int(used.sum())} of {used.size} enter")
    axes[0].invert_xaxis()
    gaps = np.where(np.isfinite(path.gaps) & (path.gaps > 0), path.gaps, np.nan)
    if np.isfinite(gaps).any():
        axes[1].loglog(path.factors, gaps, marker=".")
    axes[1].set(xlabel="factor", ylabel="duality gap")
    axes[1].invert_xaxis()
    return axes[0].figure


def plot_validation(result: CrossValidation, figure: Any = None) -> Any:
    """Held-out loss with one standard error, and the best factor."""
    axes = _figure(figure, (5, 4)).subplots(1, 1)
    axes.errorbar(result.factors, result.mean, yerr=result.standard_error, capsize=2)
    axes.set_xscale("log")
    axes.axvline(result.best_factor, linestyle="--", color="gray")
    axes.set(xlabel="factor", ylabel="held-out loss per sample")
    axes.invert_xaxis()
    return axes.figure
