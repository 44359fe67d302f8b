"""The weight of an L2 logistic regression by a hold-out set: fenchel.tune against HOAG, GridSearchCV and JAXopt.

usage: [HOAG=checkout] bilevel_race logistic_tune_race.py [--size 5000 --row 50] [--rounds 3] [--without NAME]

sum_i log(1 + exp(-y_i x_i^T w)) + alpha/2 ||w||^2 on n = p = size samples of `row` nonzeros, as many held out. Processor time of one thread to
the first value within 1e-4 (relative) of the best held-out loss that anybody finds; medians of rounds in turns. Everybody who searches starts
at alpha = 1. HOAG's values are those at its own inexact solutions; the clock stands while they are computed, and while JAX compiles.
"""
import argparse
import importlib.metadata
import os
import statistics
import time
import warnings

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(name, "1")
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")

import numpy as np
import scipy.sparse as sp
from scipy.special import expit

import fenchel
from fenchel import smooth

warnings.simplefilter("ignore")


class Problem:
    def __init__(self, size: int, row: int) -> None:
        rng = np.random.default_rng(0)
        w = rng.standard_normal(size)

        def half():  # as in text: words by Zipf's law, rarer ones weigh more, rows of length 1
            columns = (size * rng.random((size, row)) ** 4).astype(np.int32)
            values = (0.1 + rng.random((size, row))) * np.log(2 * size / (1 + np.bincount(columns.ravel(), minlength=size)))[columns]
            values /= np.linalg.norm(values, axis=1, keepdims=True)
            X = sp.csr_matrix((values.ravel(), columns.ravel(), np.arange(size + 1) * row), shape=(size, size))
            X.sum_duplicates()
            z = X @ w
            return X, np.where(rng.random(size) < expit(8 * (z - z.mean()) / z.std()), 1.0, -1.0)

        self.size, self.row = size, row
        self.X, self.y = half()
        self.Xh, self.yh = half()

    def held(self, w):
        return np.logaddexp(0, -self.yh * (self.Xh @ w)).sum()


class Stopwatch:
    """Processor time since the start, less pauses; a list of (time, value)."""

    def __init__(self):
        self.seen, self.paused, self.begin = [], 0.0, time.process_time()

    def note(self, value):
        now = time.process_time()
        self.seen.append((now - self.begin - self.paused, value() if callable(value) else value))
        self.paused += time.process_time() - now


def by_tune(problem):
    watch = Stopwatch()
    f, held = smooth.logistic(problem.X, problem.y), smooth.logistic(problem.Xh, problem.yh)
    fenchel.tune(f, "squared_l2", {"lam": 1.0}, held, monitor_interval=0.0,
                 callback=lambda progress: watch.note(progress.residual))
    return watch.seen


def by_estimator_grid(problem):
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV, PredefinedSplit

    X, y = sp.vstack([problem.X, problem.Xh]).tocsr(), np.concatenate([problem.y, problem.yh])
    watch = Stopwatch()
    search = GridSearchCV(LogisticRegression(fit_intercept=False, max_iter=10000), {"C": np.logspace(-4, 4, 30)}, refit=False,
                          cv=PredefinedSplit(np.repeat([-1, 0], problem.size)), scoring="neg_log_loss").fit(X, y)
    watch.note(-search.best_score_ * problem.size)
    return watch.seen


def by_hoag(hoag, schedule):
    def loss(w, X, y, alpha):
        z = y * (X @ w)
        return np.logaddexp(0, -z).sum() + 0.5 * alpha * w @ w, X.T @ (y * (expit(z) - 1)) + alpha * w

    def run(problem):
        X, y = problem.X, problem.y

        def hessian(w, t):
            z = expit(y * (X @ w))
            d = z * (1 - z)
            return lambda v: X.T @ (d * (X @ v)) + np.exp(t[0]) * v

        watch = Stopwatch()
        hoag(lambda w, t: loss(w, X, y, np.exp(t[0])), hessian, lambda w, t: np.exp(t[0]) * w,
             lambda w, t: loss(w, problem.Xh, problem.yh, 0.0), np.zeros(problem.size), lambda0=np.array([0.0]), maxiter=40,
             tolerance_decrease=schedule, callback=lambda w, t: watch.note(lambda: problem.held(w)))
        return watch.seen

    def silent(problem):
        import contextlib
        import io

        with contextlib.redirect_stdout(io.StringIO()):
            return run(problem)

    return silent


def by_jaxopt(linear_solver):
    compiled = {}

    def build(problem):
        import jax
        import jax.numpy as jnp
        import jaxopt

        jax.config.update("jax_enable_x64", True)

        def padded(X):
            length = np.diff(X.indptr)
            inside = np.arange(length.max()) < length[:, None]
            values, columns = np.zeros(inside.shape), np.zeros(inside.shape, np.int32)
            values[inside], columns[inside] = X.data, X.indices
            return jnp.asarray(values), jnp.asarray(columns)

        def loss(w, part):
            values, columns, y = part
            return jnp.logaddexp(0, -y * (values * w[columns]).sum(axis=1)).sum()

        parts = [(*padded(X), jnp.asarray(y)) for X, y in ((problem.X, problem.y), (problem.Xh, problem.yh))]
        solve = getattr(jaxopt.linear_solve, linear_solver)
        inner = jaxopt.LBFGS(lambda w, t: loss(w, parts[0]) + 0.5 * jnp.exp(t) * w @ w, tol=1e-4 * problem.size**0.5, maxiter=1000,
                             implicit_diff_solve=solve)

        def outer(t, start):
            w = inner.run(start, t).params
            return loss(w, parts[1]), w

        return jax.jit(jax.value_and_grad(outer, has_aux=True))

    def run(problem):
        import scipy.optimize

        key = problem.size, problem.row
        start = np.zeros(problem.size)
        if key not in compiled:
            compiled[key] = build(problem)
            compiled[key](0.0, start)[0][0].block_until_ready()
        watch, state = Stopwatch(), [start]

        def value_and_slope(t):
            (value, w), slope = compiled[key](float(t[0]), state[0])
            state[0] = w
            watch.note(float(value))
            return float(value), np.array([float(slope)])

        scipy.optimize.minimize(value_and_slope, [0.0], jac=True, method="L-BFGS-B", bounds=[(-14, 14)])
        return watch.seen

    return run


def contestants():
    import bilevel_peers

    out = {"fenchel.tune": by_tune}
    hoag = bilevel_peers.hoag()
    if hoag is None:
        print("without HOAG: it is not on the package registry, and the variable HOAG names no checkout\n")
    else:
        out |= {f"HOAG, {schedule}": by_hoag(hoag, schedule) for schedule in ("exponential", "quadratic", "cubic", "exact")}
    out["GridSearchCV(LogisticRegression), 30"] = by_estimator_grid
    for solver in ("solve_cg", "solve_normal_cg"):
        out[f"JAXopt LBFGS, {solver}"] = by_jaxopt(solver)
    return out


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", type=int, default=5000)
    parser.add_argument("--row", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--without", default="no such name", help="leave out contestants with this in their name")
    arguments = parser.parse_args()
    problem, seen = Problem(arguments.size, arguments.row), {}
    runs = {name: run for name, run in contestants().items() if arguments.without not in name}
    for k in range(arguments.rounds):
        for name, run in runs.items():
            if k == 0 or seen[name][0][-1][0] < 20:
                seen.setdefault(name, []).append(run(problem))
    f, held = smooth.logistic(problem.X, problem.y), smooth.logistic(problem.Xh, problem.yh)
    exact = fenchel.tune(f, "squared_l2", {"lam": 1.0}, held, tol=1e-10, inner_tol=1e-12)
    best = exact.criterion
    print(f"n = p = {arguments.size}, {arguments.row} nonzeros a row, best held-out loss {best:.6f} at alpha = "
          f"{exact.values['lam']:.5g}, load {os.getloadavg()[0]:.1f}\n")
    names = ("scikit-learn", "jaxopt", "jax", "scipy", "numpy")
    print(", ".join(f"{name} {importlib.metadata.version(name)}" for name in names) + "\n")
    print("| contestant | s to 1e-4 | times the first | evaluations to it | all: s, evaluations | best value |\n|---|---|---|---|---|---|")
    first = None
    for name, rounds in seen.items():
        reached = []
        for trace in rounds:
            hits = [k for k, (_, value) in enumerate(trace) if abs(value - best) <= 1e-4 * best]
            reached.append((trace[hits[0]][0], hits[0] + 1) if hits else None)
        total = f"{statistics.median(trace[-1][0] for trace in rounds):.2f}, {len(rounds[-1])}"
        least = min(value for _, value in rounds[-1])
        if any(hit is None for hit in reached):
            print(f"| {name} | not reached | | | {total} | {least:.4f} |")
            continue
        spent = statistics.median(hit[0] for hit in reached)
        first = spent if first is None else first
        print(f"| {name} | {spent:.3f} | {spent / first:.1f} | {reached[-1][1]} | {total} | {least:.4f} |", flush=True)


if __name__ == "__main__":
    main()
