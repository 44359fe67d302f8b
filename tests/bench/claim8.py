"""Claim 8, "one condition, any solver": derivatives of five solutions by their optimality conditions alone; prints a verdict on each statement.

usage: claim8.py      (exit status 1 where a row misses)

For each problem: the jvp against central differences of solutions (1e-6), <c, jvp d> against <vjp c, d> (1e-10), the derivative at the solutions that
different methods found (1e-8), and against the formula known for the special case (1e-8). Blondel et al., Efficient and modular implicit
differentiation (2022).
"""
import sys
import warnings

import numpy as np

import fenchel
from fenchel import prox, smooth

warnings.simplefilter("ignore", fenchel.ConvergenceWarning)  # sinkhorn ends at the floor of rounding
H = 1e-5
rng = np.random.default_rng(8)
missed = 0


def largest(a):
    return float(np.abs(a).max())


def row(name, condition, difference, adjoint, solvers, formula):
    global missed
    good = difference <= 1e-6 and adjoint <= 1e-10 and solvers <= 1e-8 and formula <= 1e-8
    missed += not good
    print(f"| {name} | {condition} | {difference:.0e} | {adjoint:.0e} | {solvers:.0e} | {formula:.0e} | {'yes' if good else '**no**'} |", flush=True)


def central(solve, theta, d):
    return (solve(theta + H * d) - solve(theta - H * d)) / (2 * H)


def composite(name, condition, f_of, g_of, theta, parameter, methods, formula, optimality_map="automatic"):
    """One number theta of g."""
    def solve(value, method=methods[0]):
        return fenchel.minimize(f_of(), g_of(float(np.asarray(value).item())), tol=1e-14, method=method, max_iter=1000000).x

    x, d = solve(theta), np.ones(1)
    c = rng.standard_normal(x.size)
    f, g = f_of(), g_of(theta)
    jvp = fenchel.solution_jvp(f, g, x, {parameter: d}, optimality_map=optimality_map).value
    vjps = [fenchel.solution_vjp(f, g, solve(theta, m), c, parameter, optimality_map=optimality_map)[parameter] for m in methods]
    scale = max(largest(jvp), 1e-3)
    row(name, condition, largest(central(solve, np.array([theta]), d) - jvp) / scale, abs(c @ jvp - vjps[0] @ d) / scale,
        max(largest(v - vjps[0]) for v in vjps) / scale, largest(formula(x) - jvp) / scale)


def ridge():
    A, y = rng.standard_normal((30, 10)), rng.standard_normal(30)
    composite("ridge", "stationary", lambda: smooth.least_squares(A, y), lambda lam: prox.squared_l2(lam), 1.3, "g.l2",
              ("fista", "ista", "adaptive", "cd"), lambda x: -np.linalg.solve(A.T @ A + 1.3 * np.eye(10), x))


def lasso():
    A, y, lam = rng.standard_normal((40, 15)), rng.standard_normal(40), 6.0

    def formula(x):
        S, out = np.flatnonzero(x), np.zeros(x.size)
        out[S] = -np.linalg.solve(A[:, S].T @ A[:, S], np.sign(x[S]))
        return out

    methods = ("cd", "ista", "fista", "bcd")
    composite("Lasso", "support", lambda: smooth.least_squares(A, y), lambda t: prox.l1(t), lam, "g.l1", methods, formula)
    composite("Lasso", "proximal gradient", lambda: smooth.least_squares(A, y), lambda t: prox.l1(t), lam, "g.l1", methods, formula, "proximal")

    # the same fixed point x = prox(x - s A'(A x - y)) by callbacks
    def solve(t, method="cd"):
        return fenchel.minimize(smooth.least_squares(A, y), prox.l1(float(np.asarray(t).item())), tol=1e-14, method=method, max_iter=1000000).x

    K, s = A.T @ A, 1 / np.linalg.norm(A, 2) ** 2
    c = rng.standard_normal(15)

    def both(x):
        M = (x != 0).astype(float)
        dx, dx_t = (lambda v: M * (v - s * (K @ v))), (lambda u: M * u - s * (K @ (M * u)))
        slope = -s * np.sign(x)
        vjp = fenchel.implicit_vjp(c, 1, dx, lambda u: np.array([slope @ u]), dx_t=dx_t, fixed_point=True)
        return vjp.value, fenchel.implicit_jvp(np.ones(1), 15, dx, lambda d: slope * d[0], dx_t=dx_t, fixed_point=True).value

    x = solve(lam)
    vjp, jvp = both(x)
    scale = largest(jvp)
    row("Lasso", "fixed point by callbacks", largest(central(solve, np.array([lam]), np.ones(1)) - jvp) / scale, abs(c @ jvp - vjp[0]) / scale,
        max(largest(both(solve(lam, m))[0] - vjp) for m in methods) / scale, largest(formula(x) - jvp) / scale)


def simplex():
    y = rng.standard_normal(12)
    c, d = rng.standard_normal((2, 12))
    f = smooth.least_squares(np.eye(12), y)

    def solve(t):
        return prox.simplex().prox(t)

    def mirror_descent():
        x = np.full(12, 1 / 12)
        for _ in range(20000):
            x = x * np.exp(-0.5 * (x - y))
            x /= x.sum()
        return x

    x = solve(y)
    S = x > 0
    formula = np.where(S, d - d[S].mean(), 0)
    found = [solve(y), fenchel.minimize(f, prox.simplex(), tol=1e-14, method="ista").x,
             fenchel.minimize(f, prox.simplex(), tol=1e-14, method="fista").x, mirror_descent()]
    reference = None
    for name in ("proximal", "mirror"):
        jvp = fenchel.solution_jvp(f, prox.simplex(), x, {"f.y": d}, optimality_map=name).value
        vjps = [fenchel.solution_vjp(f, prox.simplex(), at, c, "f.y", optimality_map=name)["f.y"] for at in found]
        reference = vjps[0] if reference is None else reference
        row("projection onto a simplex", {"proximal": "projected gradient", "mirror": "mirror descent"}[name],
            largest(central(solve, y, d) - jvp), abs(c @ jvp - vjps[0] @ d), max(largest(v - reference) for v in vjps), largest(jvp - formula))
    nu = -np.mean((x - y)[S])
    at = {"P": np.eye(12), "q": -y, "E": np.ones((1, 12)), "e": [1.0], "G": -np.eye(12), "h": np.zeros(12), "x": x, "nu": [nu],
          "lam": np.where(S, 0, x - y + nu)}
    jvp = fenchel.kkt_jvp(at, {"q": -d}).value["x"]
    vjp = -fenchel.kkt_vjp(at, {"x": c}, "q")["q"]
    row("projection onto a simplex", "KKT", largest(central(solve, y, d) - jvp), abs(c @ jvp - vjp @ d), largest(vjp - reference), largest(jvp - formula))


def box():
    B = rng.standard_normal((20, 9))
    P, q = B.T @ B / 20 + 0.2 * np.eye(9), rng.standard_normal(9)
    root = np.linalg.cholesky(P).T
    c, d = rng.standard_normal((2, 9))

    def solve(t, method="fista"):  # 1/2 |R x + R^-T q|^2, R'R = P
        return fenchel.minimize(smooth.least_squares(root, -np.linalg.solve(root.T, t)), prox.box(lower=-0.3, upper=0.3), tol=1e-14,
                                method=method, max_iter=1000000).x

    def at(x):
        gradient = P @ x + q
        lam = np.concatenate([np.where(x >= 0.3, -gradient, 0), np.where(x <= -0.3, gradient, 0)])
        return {"P": P, "q": q, "G": np.vstack([np.eye(9), -np.eye(9)]), "h": np.full(18, 0.3), "x": x, "lam": lam}

    x = solve(q)
    free = np.abs(x) < 0.3
    formula = np.zeros(9)
    formula[free] = -np.linalg.solve(P[np.ix_(free, free)], d[free])
    jvp = fenchel.kkt_jvp(at(x), {"q": d}).value["x"]
    vjps = [fenchel.kkt_vjp(at(solve(q, m)), {"x": c}, "q")["q"] for m in ("fista", "ista", "cd", "bcd")]
    row("box QP", "KKT", largest(central(solve, q, d) - jvp) / largest(jvp), abs(c @ jvp - vjps[0] @ d), max(largest(v - vjps[0]) for v in vjps),
        largest(jvp - formula))


def sinkhorn():
    n, m, eps = 7, 9, 0.15
    C, a, b = rng.random((n, m)), np.full(n, 1 / n), rng.random(m) + 0.3
    b /= b.sum()
    c, d = rng.standard_normal(m), rng.standard_normal((n, m))
    c -= c.mean()  # the potential's constant is free

    def solve(t, method="sinkhorn"):
        result = fenchel.sinkhorn(a, b, t.reshape(n, m), eps, tol=1e-14, method=method, max_iter=100000)
        psi = np.asarray(result.psi)
        return psi - psi[-1]

    def through_condition(psi):
        # phi of psi, then psi' of phi less its last entry: T, whose fixed point has psi_m = 0
        phi = -eps * np.log((b * np.exp((psi - C) / eps)).sum(1))
        P = a[:, None] * b * np.exp((phi[:, None] + psi - C) / eps)
        R, Q = P / P.sum(1, keepdims=True), P / P.sum(0)

        def pin(v):
            return v - v[-1]

        def pin_t(u):
            out = u.copy()
            out[-1] -= u.sum()
            return out

        dx, dx_t = (lambda v: pin(Q.T @ (R @ v))), (lambda u: R.T @ (Q @ pin_t(u)))

        def dtheta(t):
            t = t.reshape(n, m)
            return pin((Q * (t - (R * t).sum(1)[:, None])).sum(0))

        def dtheta_t(u):
            w = Q * pin_t(u)
            return (w - R * w.sum(1)[:, None]).ravel()

        vjp = fenchel.implicit_vjp(c, n * m, dx, dtheta_t, dx_t=dx_t, fixed_point=True)
        return vjp.value, fenchel.implicit_jvp(d.ravel(), m, dx, dtheta, dx_t=dx_t, fixed_point=True).value

    vjp, jvp = through_condition(solve(C))
    special = fenchel.sinkhorn(a, b, C, eps, tol=1e-14).vjp(psi=c, wrt=("cost",))["cost"].ravel()
    scale = largest(vjp)
    row("entropic transport", "Sinkhorn fixed point by callbacks", largest(central(solve, C.ravel(), d.ravel()) - jvp) / largest(jvp),
        abs(c @ jvp - vjp @ d.ravel()), max(largest(through_condition(solve(C, m))[0] - vjp) for m in ("sinkhorn_anderson", "sns")) / scale,
        largest(special - vjp) / scale)


if __name__ == "__main__":
    print("| problem | condition | central differences | adjoint | other solvers | known formula | holds |\n|---|---|---|---|---|---|---|")
    for problem in (ridge, lasso, simplex, box, sinkhorn):
        problem()
    sys.exit(missed > 0)
