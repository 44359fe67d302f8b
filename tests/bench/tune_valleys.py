"""One weight by fenchel.tune against a grid of 100: the criterion has many valleys over paths of small problems, and plateaus beside them.

usage: python tune_valleys.py [part of a name]

5-fold cross-validation from two starts. Values are recomputed from solutions with a gap of 1e-10: (tuned / best of the grid - 1), negative where
tuning is better. Exits 1 if any is worse by more than 1e-6.
"""
import sys
import time
import warnings

import numpy as np
from sklearn import datasets

import fenchel
from fenchel import prox, smooth

warnings.simplefilter("ignore")


def scaled(X):
    X = X - X.mean(axis=0)
    X = X[:, X.std(axis=0) > 0]
    return np.asfortranarray(X / X.std(axis=0))


def dealt(n, seed=0):
    return np.random.default_rng(seed).permutation(n) % 5


def problems():
    data = datasets.load_diabetes()
    X, y = scaled(data.data), data.target - data.target.mean()
    for seed in range(4):
        yield f"diabetes, folds {seed}", X, y, dealt(len(y), seed), "least_squares", "l1"
    yield "diabetes", X, y, dealt(len(y), 3), "least_squares", "squared_l2"
    pairs = np.hstack([X] + [X[:, [i]] * X[:, i:] for i in range(10)])
    yield "diabetes, products", scaled(np.delete(pairs, 20, axis=1)), y, dealt(len(y), 3), "least_squares", "l1"  # sex squared is sex
    for name, data in (("breast cancer", datasets.load_breast_cancer()), ("digits", datasets.load_digits())):
        X, y = scaled(data.data), np.where(data.target % 2 == (name != "digits"), 1.0, -1.0)
        for loss, penalty in (("logistic", "l1"), ("logistic", "squared_l2"), ("least_squares", "l1")):
            yield name, X, y, dealt(len(y)), loss, penalty
    for seed in range(6):
        rng = np.random.default_rng(seed)
        n, p = [(100, 200), (60, 30), (200, 50)][seed % 3]
        X, w = np.asfortranarray(rng.standard_normal((n, p))), np.zeros(p)
        w[:10] = rng.standard_normal(10)
        y = X @ w + [1, 3][seed % 2] * rng.standard_normal(n)
        yield f"synthetic {seed}", X, y, np.arange(n) % 5, "least_squares", "l1"
        yield f"synthetic {seed}", X, np.sign(y), np.arange(n) % 5, "logistic", "l1"


def losses(f, penalty, weights, fold):
    return fenchel.cross_validate(f, getattr(prox, penalty)(1.0), weights, fold, tol=1e-10).losses.mean(axis=0)


def main() -> int:
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    worse = evaluations = searches = 0
    print("| problem | loss | penalty | from the top's | tuned / grid - 1 | evaluations | ms |\n|---|---|---|---|---|---|---|")
    for name, X, y, fold, loss, penalty in problems():
        if wanted not in name:
            continue
        f = getattr(smooth, loss)(X, y)
        sparse = penalty == "l1"
        top = fenchel.lambda_max(f, prox.l1(1.0)) if sparse else 1e4
        best = losses(f, penalty, top * np.geomspace(1, 1e-3 if sparse else 1e-8, 100), fold).min()
        for share in (1e-1, 1e-2) if sparse else (1e-4, 1e-6):
            start = time.process_time()
            found = fenchel.tune(f, penalty, {"lam": top * share}, cv=fold)
            spent = time.process_time() - start
            excess = losses(f, penalty, [found.values["lam"]], fold).mean() / best - 1
            print(f"| {name} | {loss} | {penalty} | {share:g} | {excess:+.1e} | {found.iterations} | {1e3 * spent:.0f} |", flush=True)
            worse += excess > 1e-6
            evaluations += found.iterations
            searches += 1
    print(f"\n{worse} of {searches} worse than the grid by more than 1e-6; {evaluations / max(searches, 1):.1f} evaluations on average")
    return int(worse > 0)


if __name__ == "__main__":
    sys.exit(main())
