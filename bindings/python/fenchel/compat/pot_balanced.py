"""ot.sinkhorn and ot.sinkhorn2: balanced entropic transport with POT's signatures."""

from __future__ import annotations

from typing import Any, Sequence

import numpy as np

from .pot_common import (
    Array,
    Solution,
    equal_masses,
    illegal_regularisation,
    read_problem,
    scalings,
    solve,
    tolerance,
    warn_unless,
)

#: Methods whose warm starts and logged duals are potentials (reg times the log-scalings).
_IN_POTENTIALS = ("sinkhorn_stabilized", "sinkhorn_epsilon_scaling")
_MANY = ("sinkhorn", "sinkhorn_log", "sinkhorn_stabilized")
_METHODS = (*_MANY, "greenkhorn", "sinkhorn_epsilon_scaling")


def sinkhorn(
    a: Any,
    b: Any,
    M: Any,
    reg: float,
    method: str = "sinkhorn",
    numItermax: int = 1000,
    stopThr: float = 1e-9,
    verbose: bool = False,
    log: bool = False,
    warn: bool = True,
    warmstart: Sequence[Any] | None = None,
    **kwargs: Any,
) -> Any:
    """The plan of entropic optimal transport, as ot.sinkhorn returns it.

    min over P with marginals a, b of <M, P> + reg sum P log P.

    Parameters
    ----------
    a : (n,) weights, [] for uniform.
    b : (m,) weights, [] for uniform, or (m, h): h problems, of which the losses <M, P> are returned.
    M : (n, m) cost.
    reg : regularisation, > 0, in units of M.
    method : "sinkhorn", "sinkhorn_log", "sinkhorn_stabilized", "sinkhorn_epsilon_scaling" or "greenkhorn". All are
        solved in the log domain by fenchel's `auto`; the name decides the keys of the log and the units of warmstart.
    numItermax : iteration limit; fewer than 100 run that many plain Sinkhorn iterations.
    stopThr : L1 error of both marginals at which to stop.
    verbose : print the error along the way.   log : return (plan, dict) with POT's keys.
    warn : issue a UserWarning where stopThr was not reached.
    warmstart : pair of log-scalings (potentials for the stabilised and epsilon-scaling methods).
    **kwargs : POT's tuning options; accepted, without effect except numInnerItermax.

    Returns
    -------
    (n, m) array, or (h,) losses; with log=True also a dict.

    Raises
    ------
    ValueError for an unknown method and for bad input (fenchel.errors). Threads: as fenchel.sinkhorn.
    Cuturi (2013), Sinkhorn Distances.
    """
    return _run(a, b, M, reg, _named(method, _METHODS), numItermax, stopThr, verbose, log, warn, warmstart, False, kwargs)


def sinkhorn2(
    a: Any,
    b: Any,
    M: Any,
    reg: float,
    method: str = "sinkhorn",
    numItermax: int = 1000,
    stopThr: float = 1e-9,
    verbose: bool = False,
    log: bool = False,
    warn: bool = False,
    warmstart: Sequence[Any] | None = None,
    **kwargs: Any,
) -> Any:
    """The loss <M, P> of the plan that sinkhorn would return, which is not formed. Parameters as in sinkhorn, with
    warn=False by default and the methods "sinkhorn", "sinkhorn_log" and "sinkhorn_stabilized". Returns a scalar, or (h,)
    losses for (m, h) weights b; with log=True also a dict."""
    return _run(a, b, M, reg, _named(method, _MANY), numItermax, stopThr, verbose, log, warn, warmstart, True, kwargs)


def _named(method: str, known: tuple[str, ...]) -> str:
    if method.lower() not in known:
        raise ValueError(f"Unknown method '{method}'. Known: {', '.join(known)}")
    return method.lower()


def _run(
    a: Any,
    b: Any,
    M: Any,
    reg: float,
    method: str,
    numItermax: int,
    stopThr: float,
    verbose: bool,
    log: bool,
    warn: bool,
    warmstart: Sequence[Any] | None,
    loss: bool,
    kwargs: dict[str, Any],
) -> Any:
    wa, wb, cost = read_problem(a, b, M)
    reg = float(reg)
    columns = wb.shape[1] if wb is not None and wb.ndim > 1 else 0
    if columns and method not in _MANY:
        raise ValueError(f"method '{method}' takes one histogram b, not {columns}")
    if illegal_regularisation(reg):
        nothing = np.full(columns, np.nan) if columns else np.nan if loss else np.full(cost.shape, np.nan)
        return (nothing, {"err": []}) if log else nothing
    if method == "sinkhorn_epsilon_scaling":
        numItermax = max(int(numItermax), 35) * int(kwargs.get("numInnerItermax", 100))

    solved = []
    for k in range(columns or 1):
        start = _start(warmstart, k, columns, reg, method, cost.dtype)
        column, factor = equal_masses(wa, np.ascontiguousarray(wb[:, k]) if columns else wb, cost.shape[1])
        solution = solve(
            wa,
            column,
            cost,
            reg,
            start=start,
            tol=tolerance(float(stopThr), cost.dtype),
            max_iter=numItermax,
            follow=log,
            verbose=verbose,
        )
        warn_unless(solution.result.converged and factor == 1.0, warn)
        solved.append(solution)

    value: Any
    if columns:
        value = np.array([s.cost() for s in solved])
    else:
        value = solved[0].cost() if loss else solved[0].plan()
    return (value, _log(solved, bool(columns), reg, method)) if log else value


def _start(
    warmstart: Sequence[Any] | None, k: int, columns: int, reg: float, method: str, dtype: Any
) -> tuple[Array, Array] | None:
    """Potentials of the k-th problem from POT's warm start."""
    if warmstart is None:
        return None
    if columns and method == "sinkhorn_log":  # POT: one pair for each histogram
        warmstart = warmstart[k]
    pair = [np.asarray(w, dtype=dtype) for w in warmstart]
    if columns:
        pair = [w[:, k] if w.ndim > 1 else w for w in pair]
    unit = 1.0 if method in _IN_POTENTIALS else reg
    return np.ascontiguousarray(pair[0] * unit), np.ascontiguousarray(pair[1] * unit)


def _log(solved: list[Solution], many: bool, reg: float, method: str) -> dict[str, Any]:
    """The keys that POT's function of that name fills."""
    phi = np.stack([s.phi for s in solved], 1) if many else solved[0].phi
    psi = np.stack([s.psi for s in solved], 1) if many else solved[0].psi
    log: dict[str, Any] = {"err": [e for s in solved for e in s.errors]}
    count = max(s.iterations for s in solved)
    if method in _IN_POTENTIALS:
        log["alpha"], log["beta"] = phi, psi
        log["warmstart"] = (phi, psi)
        log["niter" if method == "sinkhorn_epsilon_scaling" else "n_iter"] = count
        if method == "sinkhorn_stabilized":
            log["logu"], log["logv"] = phi / reg, psi / reg
        return log
    log["niter"] = log["n_iter"] = count
    log["u"], log["v"] = scalings(phi / reg, psi / reg)
    if method == "sinkhorn_log":
        log["log_u"], log["log_v"] = phi / reg, psi / reg
        log["u"], log["v"] = _plain_scalings(log["log_u"], log["log_v"])
    return log


def _plain_scalings(log_u: Array, log_v: Array) -> tuple[Array, Array]:
    with np.errstate(over="ignore"):
        return np.exp(log_u), np.exp(log_v)


__all__ = ["sinkhorn", "sinkhorn2"]
