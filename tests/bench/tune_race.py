"""The weight of a Lasso by 5-fold cross-validation: fenchel.tune, fenchel's own path of 100, scikit-learn's LassoCV with 100.

usage: tune_race.py [--samples 1000] [--features 5000]

The same data and folds; processor time of one thread, one run each after a small one. The value is recomputed for everybody: half the mean
squared error on held-out samples at the weight chosen, from solutions of fenchel with a gap of 1e-10.
"""
import argparse
import os
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import sklearn
from sklearn.linear_model import LassoCV
from sklearn.model_selection import PredefinedSplit

import fenchel
from fenchel import prox, smooth


def problem(n: int, p: int) -> tuple:
    rng = np.random.default_rng(0)
    X = np.asfortranarray(rng.standard_normal((n, p)))
    w = np.zeros(p)
    w[:50] = rng.standard_normal(50)
    return X, X @ w + 3 * rng.standard_normal(n), np.arange(n) % 5


def by_tune(X, y, fold, top):
    found = fenchel.tune(smooth.least_squares(X, y), "l1", {"lam": top / 10}, cv=fold)
    return found.values["lam"], f"{found.iterations} evaluations"


def by_path(X, y, fold, top):
    grid = top * np.geomspace(1, 1e-3, 100)
    losses = fenchel.cross_validate(smooth.least_squares(X, y), prox.l1(1.0), grid, fold).losses.mean(axis=0)
    return grid[np.argmin(losses)], "100 weights"


def by_sklearn(X, y, fold, top):
    model = LassoCV(alphas=top / len(y) * np.geomspace(1, 1e-3, 100), cv=PredefinedSplit(fold), fit_intercept=False).fit(X, y)
    return model.alpha_ * len(y), "100 weights"


def value(X, y, fold, lam):
    return fenchel.cross_validate(smooth.least_squares(X, y), prox.l1(1.0), [lam], fold, tol=1e-10).losses.mean()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--samples", type=int, default=1000)
    parser.add_argument("--features", type=int, default=5000)
    arguments = parser.parse_args()
    small, data = problem(100, 200), problem(arguments.samples, arguments.features)
    print(f"n = {arguments.samples}, p = {arguments.features}, scikit-learn {sklearn.__version__}, load {os.getloadavg()[0]:.1f}\n")
    print("| contestant | processor s | weight | held-out value | work |\n|---|---|---|---|---|")
    for name, run in (("fenchel.tune", by_tune), ("fenchel, path of 100", by_path), ("LassoCV, 100", by_sklearn)):
        run(*small, fenchel.lambda_max(smooth.least_squares(*small[:2]), prox.l1(1.0)))
        top = fenchel.lambda_max(smooth.least_squares(*data[:2]), prox.l1(1.0))
        start = time.process_time()
        lam, work = run(*data, top)
        seconds = time.process_time() - start
        print(f"| {name} | {seconds:.2f} | {lam:.4g} | {value(*data, lam):.6f} | {work} |", flush=True)


if __name__ == "__main__":
    main()
