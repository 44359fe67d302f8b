"""The weight of a Lasso by 5-fold cross-validation: fenchel.tune against its own path, scikit-learn and sparse-ho.

usage: bilevel_race tune_race.py [--samples 1000] [--features 5000] [--rounds 3] [--slow]

The same data and folds; processor time of one thread, the median of `rounds` runs in turns after a small one, of one run for what takes
over 20 s (--slow adds GridSearchCV).
sparse-ho is timed to the first iterate within 1e-4 of the best value that it reaches, the others to their end. The value is recomputed
for everybody: half the mean squared error on held-out samples at the weight chosen, from solutions of fenchel with a gap of 1e-10.
"""
import argparse
import os
import statistics
import time
import warnings

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import numpy as np
import sklearn
from sklearn.linear_model import Lasso, LassoCV
from sklearn.model_selection import GridSearchCV, PredefinedSplit

import fenchel
from fenchel import prox, smooth

warnings.simplefilter("ignore")


def problem(n: int, p: int) -> tuple:
    rng = np.random.default_rng(0)
    X = np.asfortranarray(rng.standard_normal((n, p)))
    w = np.zeros(p)
    w[:50] = rng.standard_normal(50)
    return X, X @ w + 3 * rng.standard_normal(n), np.arange(n) % 5


def timed(function):
    start = time.process_time()
    answer = function()
    return (time.process_time() - start, *answer)


def by_tune(share):
    def run(X, y, fold, top):
        found = fenchel.tune(smooth.least_squares(X, y), "l1", {"lam": top * share}, cv=fold)
        return found.values["lam"], f"{found.iterations} evaluations"

    return lambda *data: timed(lambda: run(*data))


def by_path(tol):
    def run(X, y, fold, top):
        grid = top * np.geomspace(1, 1e-3, 100)
        losses = fenchel.cross_validate(smooth.least_squares(X, y), prox.l1(1.0), grid, fold, tol=tol).losses.mean(axis=0)
        return grid[np.argmin(losses)], "100 weights"

    return run


def by_lasso_cv(X, y, fold, top):
    model = LassoCV(alphas=top / len(y) * np.geomspace(1, 1e-3, 100), cv=PredefinedSplit(fold), fit_intercept=False).fit(X, y)
    return model.alpha_ * len(y), "100 weights"


def by_grid_search(X, y, fold, top):
    alphas = top / len(y) * np.geomspace(1, 1e-3, 30)
    search = GridSearchCV(Lasso(fit_intercept=False), {"alpha": alphas}, cv=PredefinedSplit(fold), refit=False,
                          scoring="neg_mean_squared_error").fit(X, y)
    return search.best_params_["alpha"] * len(y), "30 weights"


def by_sparse_ho(algorithm, share):
    def run(X, y, fold, top):
        import celer
        from sparse_ho import grad_search, models
        from sparse_ho.criterion import CrossVal, HeldOutMSE
        from sparse_ho.optimizers import GradientDescent
        from sparse_ho.utils import Monitor

        class Stamps(Monitor):
            def __call__(self, obj, grad, *args, **keywords):
                super().__call__(obj, grad, *args, **keywords)
                stamps.append(time.process_time() - start)

        stamps, start = [], time.process_time()
        monitor = Stamps()
        model = models.Lasso(estimator=celer.Lasso(fit_intercept=False, warm_start=True, max_iter=100))
        criterion = CrossVal(HeldOutMSE(None, None), cv=PredefinedSplit(fold))
        grad_search(algorithm(), criterion, model, GradientDescent(n_outer=25, tol=1e-5), X, y, top * share / len(y), monitor)
        best = int(np.argmin(monitor.objs))
        first = int(np.argmax(np.array(monitor.objs) <= monitor.objs[best] * (1 + 1e-4)))
        return stamps[first], float(monitor.alphas[best]) * len(y), f"iterate {first + 1} of {len(stamps)}, all {stamps[-1]:.1f} s"

    return run


def value(X, y, fold, lam):
    return fenchel.cross_validate(smooth.least_squares(X, y), prox.l1(1.0), [lam], fold, tol=1e-10).losses.mean()


def contestants(slow):
    # LassoCV's tolerance of 1e-4 is of |y|^2, which is twice the objective at zero that fenchel's is of.
    plain = {"fenchel, path of 100, gap 1e-8": by_path(1e-8), "fenchel, path of 100, gap 2e-4 (LassoCV's)": by_path(2e-4),
             "LassoCV, 100": by_lasso_cv}
    if slow:
        plain["GridSearchCV(Lasso), 30"] = by_grid_search
    out = {f"fenchel.tune from the largest / {round(1 / share)}": by_tune(share) for share in (0.1, 0.01)}
    out |= {name: (lambda run: lambda *data: timed(lambda: run(*data)))(run) for name, run in plain.items()}
    try:
        import bilevel_peers

        package = bilevel_peers.sparse_ho()
    except ImportError as error:
        print(f"without sparse-ho: {error}\n")
        return out
    for share in (0.1, 0.01):
        for algorithm in (package.Implicit, package.ImplicitForward):
            out[f"sparse-ho {algorithm.__name__}, celer, from / {round(1 / share)}"] = by_sparse_ho(algorithm, share)
    return out


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--samples", type=int, default=1000)
    parser.add_argument("--features", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--slow", action="store_true")
    arguments = parser.parse_args()
    small, data = problem(100, 200), problem(arguments.samples, arguments.features)
    top = fenchel.lambda_max(smooth.least_squares(*data[:2]), prox.l1(1.0))
    tiny = fenchel.lambda_max(smooth.least_squares(*small[:2]), prox.l1(1.0))
    runs = contestants(arguments.slow)
    seconds = {name: [] for name in runs}
    last = {}
    for name, run in runs.items():
        run(*small, tiny)
    for k in range(arguments.rounds):  # in turns: the machine's moods meet everybody
        for name, run in runs.items():
            if k > 0 and seconds[name][0] > 20:
                continue  # once will do
            spent, lam, work = run(*data, top)
            seconds[name].append(spent)
            last[name] = lam, work
    mine = statistics.median(seconds[next(iter(runs))])
    print(f"n = {arguments.samples}, p = {arguments.features}, scikit-learn {sklearn.__version__}, load {os.getloadavg()[0]:.1f}\n")
    print("| contestant | processor s | times the first | weight | held-out value | work |\n|---|---|---|---|---|---|")
    for name in runs:
        lam, work = last[name]
        spent = statistics.median(seconds[name])
        print(f"| {name} | {spent:.2f} | {spent / mine:.1f} | {lam:.4g} | {value(*data, lam):.6f} | {work} |", flush=True)


if __name__ == "__main__":
    main()
