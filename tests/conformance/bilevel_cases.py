"""The cases of kind "bilevel", as bilevel_cases.c solves them: sums from the left, in Python floats. Where they ask for
`session`, request by request."""
import math

import numpy as np

import fenchel

COUNTS = ("termination", "derivative_status", "mu_source", "finite_differences", "iterations", "lower_iterations",
          "linear_iterations", "lower_gradients", "lower_hvps", "cross_products", "upper_gradients")
NUMBERS = ("value", "first_value", "residual", "hypergradient", "bound", "lower_residual", "x_error")
MODES = ("implicit", "implicit_forward", "unrolled_reverse", "unrolled_forward", "truncated", "one_step")


def dot(p, q) -> float:
    total = 0.0
    for u, v in zip(p, q):
        total += u * v
    return total


def by_session(problem, t, x, oracles, method, keywords) -> fenchel.BilevelResult:
    with fenchel.BilevelSession(t, x, oracles, method=method, **keywords) as session:
        for request in session:
            session.tell(problem.answer(request))
        return session.result()


def bilevel(case) -> None:
    n, m = case.integer("n"), case.integer("m")
    a = [case.uniform() + 1 for _ in range(n)]
    b = [case.uniform() - 0.5 for _ in range(n)]
    rows = [[case.uniform() - 0.5 for _ in range(m)] for _ in range(n)]
    columns = list(zip(*rows))

    def lower(at, theta):
        x, t = at.tolist(), theta.tolist()
        square, total, dx = dot(x, x), 0.0, []
        for j in range(n):
            pull = dot(rows[j], t)
            total += a[j] * x[j] * x[j] / 2 - pull * x[j]
            dx.append(a[j] * x[j] + 0.5 * square * x[j] - pull)
        return total + 0.125 * square * square, dx, [-dot(column, x) for column in columns]

    def upper(at, theta):
        x, t = at.tolist(), theta.tolist()
        total = 0.0
        for j in range(n):
            total += (x[j] - b[j]) * (x[j] - b[j]) / 2
        for i in range(m):
            total += t[i] * t[i] / 20
        return total, [x[j] - b[j] for j in range(n)], [t[i] / 10 for i in range(m)]

    def hvp(at, theta, vector):
        x, v = at.tolist(), vector.tolist()
        square, along = dot(x, x), dot(x, v)
        return [(a[j] + 0.5 * square) * v[j] + along * x[j] for j in range(n)]

    def cross_t(at, theta, vector):
        v = vector.tolist()
        return [-dot(column, v) for column in columns]

    given = {"hvp": hvp, "cross_t": cross_t} if case.asks("products") else {}
    if case.asks("constants"):
        given["constants"] = {"mu": 1, "lipschitz": math.inf, "hessian_lipschitz": 8, "cross_norm": 10, "cross_lipschitz": 0,
                              "upper_lipschitz": 1}
    problem = fenchel.BilevelProblem(lower, upper, **given)
    keywords = {"tol": case.number("tol"), "max_iter": case.integer("max_iter")}
    method, mode = case.keys["method"], MODES[case.integer("mode")]
    t, x = np.full(m, 0.5), np.full(n, 0.25)
    if case.asks("session"):
        result = by_session(problem, t, x, given, None if method == "hypergradient" else method, {"mode": mode, **keywords})
    elif method == "hypergradient":
        result = fenchel.hypergradient(problem, t, x, mode=mode, **keywords)
    else:
        result = fenchel.bilevel(problem, t, x, method=method, hypergradient_mode=mode, **keywords)
    case.counts("", [getattr(result, name) for name in COUNTS])
    case.array("numbers", np.array([getattr(result, name) for name in NUMBERS], dtype=float))
    case.array("theta", result.theta)
    case.array("x", result.x)
    if method == "hypergradient":
        case.array("gradient", result.gradient)
