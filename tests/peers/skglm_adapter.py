"""skglm's solvers, whichever is named, solved by fenchel: the one entry all of skglm's estimators go through, BaseSolver.solve.

skglm stops on the distance of the negative gradient from the subdifferential, fenchel on a relative gap, which falls like its
square. stop_crit is measured here, afresh: max |w - prox(w - gradient)| and the derivative by the intercept.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import peer_calls
from skglm.solvers.base import BaseSolver

import fenchel
from fenchel import prox, smooth
from fenchel.simple import Prox

MAX_ITER = 200000
WITHOUT_INTERCEPT = ("GramCD", "FISTA", "PDCD_WS", "LBFGS")  # skglm's ignore it


def _smooth(datafit: Any, X: Any, y: Any, intercept: bool) -> Any:
    name = "Quadratic" if datafit is None else type(datafit).__name__
    own = dict(intercept=intercept, mean=True)
    if name in ("Quadratic", "QuadraticGroup"):
        return smooth.least_squares(X, y, **own)
    if name == "WeightedQuadratic":
        return smooth.least_squares(X, y, np.asarray(datafit.sample_weights, np.float64), **own)
    if name in ("Logistic", "LogisticGroup"):
        return smooth.logistic(X, y, **own)
    if name in ("Poisson", "PoissonGroup"):
        return smooth.poisson(X, y, **own)
    if name == "Huber":
        return smooth.huber(X, y, delta=datafit.delta, **own)
    if name == "QuadraticSVC" and not intercept:
        return smooth.svm_dual(X.T, np.ones(X.shape[1]))
    if name == "QuadraticHessian" and not intercept:
        return smooth.quadratic(X, y)
    raise NotImplementedError(f"datafit {name}, intercept {intercept}")


def _loss(datafit: Any, X: Any, y: Any) -> Any:
    """Losses that are not smooth, as a term behind X; None otherwise."""
    name = type(datafit).__name__
    if name == "SqrtQuadratic":
        return prox.translated(prox.l2(1.0), y) @ X
    if name == "Pinball":  # of y - X w, that is of X w - y with the other quantile
        return prox.translated(prox.pinball(1.0, 1.0 - datafit.quantile_level), y) @ X
    return None


def _separable(penalty: Any, name: str) -> Any:
    signed = getattr(penalty, "positive", False)
    l1 = prox.positive_l1 if signed else prox.l1
    if name == "L1":
        return l1(penalty.alpha)
    if name == "WeightedL1":
        return l1(penalty.alpha, weights=np.asarray(penalty.weights, np.float64))
    if name == "L1_plus_L2":
        norm, rho = l1(penalty.alpha * penalty.l1_ratio), penalty.alpha * (1 - penalty.l1_ratio)
        return norm if rho == 0 else Prox("regularized", [("term", norm), ("rho", rho)])
    if name == "MCPenalty" and (not signed or np.isinf(penalty.gamma)):
        return l1(penalty.alpha) if np.isinf(penalty.gamma) else prox.mcp(penalty.alpha, penalty.gamma)
    if name == "WeightedMCPenalty" and (not signed or np.isinf(penalty.gamma)):
        weights = np.asarray(penalty.weights, np.float64)
        if np.isinf(penalty.gamma):
            return l1(penalty.alpha, weights=weights)
        return prox.mcp(penalty.alpha, penalty.gamma, weights=weights)
    plain = {
        "SCAD": lambda: prox.scad(penalty.alpha, penalty.gamma),
        "IndicatorBox": lambda: prox.box(0.0, penalty.alpha),
        "L0_5": lambda: prox.lq(penalty.alpha, 0.5),
        "L2_3": lambda: prox.lq(penalty.alpha, 2.0 / 3.0),
        "LogSumPenalty": lambda: prox.log_sum(penalty.alpha, penalty.eps),
        "PositiveConstraint": prox.nonneg,
        "L2": lambda: prox.squared_l2(penalty.alpha),
    }
    return plain[name]() if name in plain else None


def _simple(penalty: Any, features: int) -> Any:
    name = type(penalty).__name__
    term = _separable(penalty, name)
    if term is not None:
        return term
    if name == "SLOPE":
        return prox.sorted_l1(np.sort(np.asarray(penalty.alphas, np.float64))[::-1].copy())
    if name in ("WeightedGroupL2", "WeightedL1GroupL2"):
        labels = np.full(features, -1, np.int64)
        for k in range(len(penalty.grp_ptr) - 1):
            labels[penalty.grp_indices[penalty.grp_ptr[k]:penalty.grp_ptr[k + 1]]] = k
        if name == "WeightedGroupL2":
            return prox.group_l2(penalty.alpha, group=labels, weights=np.asarray(penalty.weights, np.float64),
                                 positive=penalty.positive)
        shares = np.unique(penalty.weights_features)
        if len(shares) == 1:
            return prox.group_l2(penalty.alpha, group=labels, weights=np.asarray(penalty.weights_groups, np.float64),
                                 l1=penalty.alpha * float(shares[0]))
    raise NotImplementedError(f"penalty {name}")


def _violation(f: Any, g: Any, x: Any, tail: int) -> float:
    slope = f.gradient(x)
    head = len(x) - tail
    moved = g.prox(x[:head] - slope[:head]) - x[:head]
    return float(max(np.abs(moved).max(), np.abs(slope[head:]).max(initial=0.0)))


def solve(self: Any, X: Any, y: Any, datafit: Any, penalty: Any, w_init: Any = None, Xw_init: Any = None, *,
          run_checks: bool = True) -> Any:
    """(coefficients with the intercept last, one number an iteration, violation of the optimality conditions)."""
    if np.ndim(y) == 2:
        raise NotImplementedError("several targets")
    intercept = bool(getattr(self, "fit_intercept", False)) and type(self).__name__ not in WITHOUT_INTERCEPT
    g = _simple(penalty, X.shape[1])
    loss = _loss(datafit, X, y)
    if loss is not None:
        if intercept:
            raise NotImplementedError("an intercept in a loss that is not smooth")
        result = fenchel.minimize(None, [g, loss], tol=1e-9, max_iter=MAX_ITER)
        return result.x.copy(), np.zeros(result.iterations), result.residual
    f = _smooth(datafit, X, y, intercept)
    x0 = None if w_init is None or not np.any(w_init) else np.asarray(w_init, f.dtype)
    own = {} if x0 is None else dict(x0=x0)
    result = fenchel.minimize(f, g, tol=max(self.tol**2, 1e-15), max_iter=MAX_ITER, **own)
    coefs = result.x.copy()
    return coefs, np.zeros(result.iterations), _violation(f, g, coefs, f.intercepts)


def replaced() -> None:
    """Puts the adapter into skglm's base class of solvers."""
    peer_calls.put(BaseSolver, dict(solve=peer_calls.counted(solve)))
