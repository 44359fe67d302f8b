"""Products with the Hessian that one adjoint system takes: fenchel's Jacobi-preconditioned CG, plain CG, normal CG (JAXopt's default).

usage: adjoint_race.py [--samples 20000] [--features 20000] [--entries 80] [--popularity 1]

L2 logistic regression, 1/2 alpha |x|^2, sparse rows of standard normal values whose columns are drawn by popularity, with a probability that falls as
(1 + j)^-popularity: 1 is Zipf's law of words in a text, 0 all columns alike; the right-hand side is the gradient of a hold-out loss. All stop at a relative residual of 1e-5: fenchel and plain CG at their own,
which is that of the system, normal CG at that of the normal equations, as jax.scipy.sparse.linalg.cg does within jaxopt.linear_solve.solve_normal_cg
(two products an iteration); it is ended at 20 times fenchel's products. Errors are against a solution to 1e-12.
"""
import argparse
import os
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import scipy.sparse as sparse

import fenchel
from fenchel import prox, smooth

TOL = 1e-5
SHARE = 20


def problem(n: int, p: int, entries: int, exponent: float, seed: int):
    rng = np.random.default_rng(seed)
    popularity = (1.0 + np.arange(p)) ** -exponent
    cumulative = np.cumsum(popularity / popularity.sum())
    columns = np.searchsorted(cumulative, rng.random((n, entries))).clip(max=p - 1)
    rows = np.repeat(np.arange(n), entries)
    X = sparse.csr_matrix((rng.standard_normal(n * entries), (rows, columns.ravel())), shape=(n, p))
    X.sum_duplicates()
    return X, rng


class Hessian:
    """X' diag(h) X + alpha I, counting."""

    def __init__(self, X, x, alpha):
        z = X @ x
        s = 1 / (1 + np.exp(-z))
        self.X, self.Xt, self.h, self.alpha, self.count = X, X.T.tocsr(), s * (1 - s), alpha, 0

    def __call__(self, v):
        self.count += 1
        return self.Xt @ (self.h * (self.X @ v)) + self.alpha * v


def normal_cg(A, b, tol, limit):
    """x, and whether it got there."""
    x, r = np.zeros_like(b), A(b)
    p, rr = r.copy(), r @ r
    target = tol * np.sqrt(rr)
    for _ in range(limit):
        if np.sqrt(rr) <= target:
            return x, True
        q = A(A(p))
        step = rr / (p @ q)
        x += step * p
        r -= step * q
        rr, last = r @ r, rr
        p = r + rr / last * p
    return x, False


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--samples", type=int, default=20000)
    parser.add_argument("--features", type=int, default=20000)
    parser.add_argument("--entries", type=int, default=80)
    parser.add_argument("--popularity", type=float, default=1.0)
    arguments = parser.parse_args()
    X, rng = problem(2 * arguments.samples, arguments.features, arguments.entries, arguments.popularity, 0)
    w = rng.standard_normal(arguments.features) / np.sqrt(arguments.entries)
    y = np.where(X @ w + rng.logistic(size=X.shape[0]) > 0, 1.0, -1.0)
    train, held = slice(0, None, 2), slice(1, None, 2)
    f = smooth.logistic(X[train], y[train])
    print(f"{X[train].shape[0]} x {X.shape[1]}, {X[train].nnz / arguments.samples:.0f} entries a row, popularity {arguments.popularity}\n")
    print("| log alpha | fenchel: products | error | processor s | plain CG | error | normal CG | error | to plain | to normal |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for log_alpha in (-2.56, -6.0, -9.0):
        g = prox.squared_l2(float(np.exp(log_alpha)))
        x = fenchel.minimize(f, g, tol=1e-8, max_iter=100000).x
        slope = np.asarray(smooth.logistic(X[held], y[held]).gradient(x))
        A = Hessian(X[train], x, np.exp(log_alpha))
        # the derivative by an added linear term is -K^{-1} c
        exact = -fenchel.solution_vjp(f, g, x, slope, "f.linear", tol=1e-12, linear_solver="cg", estimate=False)["f.linear"]
        start = time.process_time()
        found = fenchel.solution_vjp(f, g, x, slope, "f.linear", tol=TOL, linear_solver="cg", estimate=False)
        seconds = time.process_time() - start
        plain = fenchel.implicit_vjp(slope, slope.size, A, lambda u: u, tol=TOL, linear_solver="cg")
        A.count = 0
        normal, arrived = normal_cg(A, slope, TOL, SHARE * found.products // 2)

        def error(v):
            return np.linalg.norm(v - exact) / np.linalg.norm(exact)

        print(f"| {log_alpha} | {found.products} | {error(-found['f.linear']):.0e} | {seconds:.3f} | {plain.products} | {error(-plain.value):.0e} "
              f"| {'' if arrived else 'over '}{A.count} | {error(normal):.0e} | {found.products / plain.products:.2f} | {found.products / A.count:.3f} |", flush=True)


if __name__ == "__main__":
    main()
