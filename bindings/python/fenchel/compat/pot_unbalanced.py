"""ot.sinkhorn_unbalanced and ot.sinkhorn_unbalanced2: entropic transport with KL-penalised marginals, POT's signatures."""

from __future__ import annotations

import warnings
from typing import Any, Sequence

import numpy as np

from .pot_common import (
    Array,
    Solution,
    equal_masses,
    illegal_regularisation,
    read_problem,
    solve,
    tolerance,
    warn_unless,
    weights,
)

_METHODS = ("sinkhorn", "sinkhorn_stabilized", "sinkhorn_translation_invariant", "sinkhorn_reg_scaling")
_SLOW = "Unbalanced Sinkhorn did not converge. Try a larger entropy `reg`, a lower mass `reg_m` or a larger `numItermax`."

#: A zero of the reference measure becomes this many reg of extra cost: exp(-800) is 0.
_FORBIDDEN = 800.0


def sinkhorn_unbalanced(
    a: Any,
    b: Any,
    M: Any,
    reg: float,
    reg_m: Any,
    method: str = "sinkhorn",
    reg_type: str = "kl",
    c: Any = None,
    warmstart: Sequence[Any] | None = None,
    numItermax: int = 1000,
    stopThr: float = 1e-6,
    verbose: bool = False,
    log: bool = False,
    **kwargs: Any,
) -> Any:
    """The plan of unbalanced entropic transport, as ot.sinkhorn_unbalanced returns it.

    min over P >= 0 of <M, P> + reg KL(P | c) + reg_m1 KL(P 1 | a) + reg_m2 KL(P^T 1 | b).

    Parameters
    ----------
    a : (n,) weights, [] for uniform.
    b : (m,) weights, [] for uniform, or (m, h): h problems (with c = 1, as POT has it), of which losses are returned.
    M : (n, m) cost.   reg : regularisation, > 0, in units of M.
    reg_m : strength of both marginal penalties, or a pair; inf makes a marginal a constraint.
    method : "sinkhorn", "sinkhorn_stabilized", "sinkhorn_translation_invariant", "sinkhorn_reg_scaling": all solved by
        fenchel's `auto`, the last with POT's warning.
    reg_type : "kl", c = a b^T unless given; "entropy", c = 1.
    c : (n, m) reference measure >= 0.
    warmstart : pair of log-scalings, (n,) and (m,).
    numItermax, stopThr, verbose, log : as in sinkhorn. stopThr bounds our residual times the larger of n and m.

    Returns
    -------
    (n, m) array, or (h,) losses; with log=True also a dict with err, logu, logv, cost, total_cost.

    Raises
    ------
    ValueError for an unknown method and for bad input (fenchel.errors). Threads: as fenchel.sinkhorn.
    Chizat et al. (2018), Scaling Algorithms for Unbalanced Optimal Transport.
    """
    return _run(a, b, M, reg, reg_m, method, reg_type, c, warmstart, numItermax, stopThr, verbose, log, None)


def sinkhorn_unbalanced2(
    a: Any,
    b: Any,
    M: Any,
    reg: float,
    reg_m: Any,
    method: str = "sinkhorn",
    reg_type: str = "kl",
    c: Any = None,
    warmstart: Sequence[Any] | None = None,
    returnCost: str = "linear",
    numItermax: int = 1000,
    stopThr: float = 1e-6,
    verbose: bool = False,
    log: bool = False,
    **kwargs: Any,
) -> Any:
    """The loss of the plan that sinkhorn_unbalanced would return: <M, P> for returnCost "linear", POT's total_cost for
    "total". Other parameters as there. Returns a scalar, or (h,) losses for (m, h) weights b; with log=True also a dict."""
    if returnCost not in ("linear", "total"):
        raise ValueError(f"Unknown returnCost = {returnCost}")
    return _run(a, b, M, reg, reg_m, method, reg_type, c, warmstart, numItermax, stopThr, verbose, log, returnCost)


def _run(
    a: Any,
    b: Any,
    M: Any,
    reg: float,
    reg_m: Any,
    method: str,
    reg_type: str,
    c: Any,
    warmstart: Sequence[Any] | None,
    numItermax: int,
    stopThr: float,
    verbose: bool,
    log: bool,
    loss: str | None,
) -> Any:
    if method.lower() not in _METHODS:
        raise ValueError(f"Unknown method '{method}'. Known: {', '.join(_METHODS)}")
    if method.lower() == "sinkhorn_reg_scaling":
        warnings.warn("Method not implemented yet. Using classic Sinkhorn-Knopp", stacklevel=3)
    wa, wb, cost = read_problem(a, b, M)
    reg, strengths = float(reg), _pair(reg_m)
    columns = wb.shape[1] if wb is not None and wb.ndim > 1 else 0
    if illegal_regularisation(reg):
        nothing = np.full(columns, np.nan) if columns else np.full(cost.shape, np.nan) if loss is None else np.nan
        return (nothing, {"err": []}) if log else nothing
    c = None if reg_type.lower() == "entropy" or columns else c
    kind, ground = _reference(cost, reg, reg_type.lower(), c, columns, loss)

    solved = []
    for k in range(columns or 1):
        column = np.ascontiguousarray(wb[:, k]) if columns else wb
        row, factor = equal_masses(column, wa, cost.shape[0]) if strengths == (np.inf, np.inf) else (wa, 1.0)
        solution = solve(
            row,
            column,
            ground,
            reg,
            reg_type=kind,
            strengths=strengths,
            start=_start(warmstart, k, columns, reg, cost.dtype),
            tol=tolerance(float(stopThr) / max(cost.shape), cost.dtype),
            max_iter=numItermax,
            follow=log,
            verbose=verbose,
        )
        warn_unless(solution.result.converged, True, _SLOW)
        solution.shift = reg * float(np.log(factor)) if kind == "kl" else 0.0
        solved.append(solution)
    return _answer(solved, columns, wa, wb, cost, reg, strengths, kind, c, log, loss)


def _pair(reg_m: Any) -> tuple[float, float]:
    values = [float(r) for r in np.ravel(np.asarray(reg_m, dtype=float))]
    if len(values) not in (1, 2):
        raise ValueError("reg_m must be a scalar or an indexable object of length 1 or 2")
    return values[0], values[-1]


def _reference(
    cost: Array, reg: float, reg_type: str, c: Any, columns: int, loss: str | None
) -> tuple[str, Array]:
    """(our reg_type, the cost that includes the reference measure): KL(P | c) is an entropy with M - reg log c."""
    if reg_type not in ("kl", "entropy"):
        raise ValueError(f"Unknown reg_type '{reg_type}'. Known: kl, entropy")
    if reg_type == "entropy":
        warnings.warn("If reg_type = entropy, then the matrix c is overwritten by the one matrix.", stacklevel=4)
        return "entropy", cost
    if columns:
        if loss is not None:
            warnings.warn("Reg_type not implemented yet. Use entropy.", stacklevel=4)
        return "entropy", cost
    if c is None:
        return "kl", cost
    measure = np.asarray(c, dtype=cost.dtype)
    with np.errstate(divide="ignore"):
        logs = np.where(measure > 0, np.log(measure), -_FORBIDDEN)
    return "entropy", cost - cost.dtype.type(reg) * logs.astype(cost.dtype)


def _start(
    warmstart: Sequence[Any] | None, k: int, columns: int, reg: float, dtype: Any
) -> tuple[Array, Array] | None:
    if warmstart is None:
        return None
    pair = [np.asarray(w, dtype=dtype) * reg for w in warmstart]
    if columns:
        pair = [w[:, min(k, w.shape[1] - 1)] if w.ndim > 1 else w for w in pair]
    return np.ascontiguousarray(pair[0]), np.ascontiguousarray(pair[1])


def _answer(
    solved: list[Solution],
    columns: int,
    wa: Array,
    wb: Array,
    cost: Array,
    reg: float,
    strengths: tuple[float, float],
    kind: str,
    c: Any,
    log: bool,
    loss: str | None,
) -> Any:
    phi = np.stack([s.phi for s in solved], 1) if columns else solved[0].phi
    psi = np.stack([s.psi for s in solved], 1) if columns else solved[0].psi
    record: dict[str, Any] = {"err": [e for s in solved for e in s.errors], "logu": phi / reg, "logv": psi / reg}
    plans = [s.plan() for s in solved] if columns or c is not None or log or loss != "linear" else []
    if columns:
        losses = np.array([np.sum(plan * cost) for plan in plans])
        return (losses, record) if log else losses
    if loss == "linear" and not log:
        return solved[0].cost() if not plans else np.sum(plans[0] * cost)
    if loss is None and not log:
        return plans[0]
    n, m = cost.shape
    full_a, full_b = weights(wa, n, cost.dtype), weights(wb, m, cost.dtype)
    reference = np.ones_like(cost) if kind == "entropy" and c is None else np.outer(full_a, full_b) if c is None else c
    record["cost"], record["total_cost"] = _costs(plans[0], cost, reg, strengths, reference, full_a, full_b)
    value = plans[0] if loss is None else record["cost" if loss == "linear" else "total_cost"]
    return (value, record) if log else value


def _costs(
    plan: Array, cost: Array, reg: float, strengths: tuple[float, float], reference: Array, a: Array, b: Array
) -> tuple[Array, Array]:
    """(<M, P>, POT's total): its divergences leave the mass terms out."""
    linear = np.sum(plan * cost)
    total = linear + reg * _divergence(plan, reference)
    for strength, marginal, weight in zip(strengths, (plan.sum(1), plan.sum(0)), (a, b)):
        if strength != np.inf:
            total = total + strength * _divergence(marginal, weight)
    return linear, total


def _divergence(p: Array, q: Array) -> Array:
    """sum p log(p / q), 0 where p is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.sum(np.where(p > 0, p * np.log(p / q), 0.0))


__all__ = ["sinkhorn_unbalanced", "sinkhorn_unbalanced2"]
