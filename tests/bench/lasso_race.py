"""Lasso and L1 logistic to a relative gap of 1e-8: the `cd` engine against celer, skglm and scikit-learn.

usage: lasso_race.py PROGRAM [--loss squares|logistic] [--only NAME ...] [--limit SECONDS] [--repeats K]

PROGRAM is the built lasso_race. Every solver sees the same matrix (Fortran order, double), one thread, no intercept. For
each peer a ladder of its own tolerances is tried, and its cell is the time of the loosest one whose duality gap, computed
here by the same function for everybody, is at most 1e-8 P(0); "no (t)" when none within the limit is. Each time is
processor time (other work on the machine does not count), the least of K runs, after one that warms caches and compilers.
"""
import argparse
import os
import pathlib
import subprocess
import tempfile
import time
import warnings

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"
import numpy as np  # noqa: E402
import scipy.sparse as sp  # noqa: E402

from race_problems import PROBLEMS, RATIOS  # noqa: E402

TOL = 1e-8


def relative_gap(X, y, w, lam, loss):
    z = np.asarray(X @ w).ravel()
    if loss == "squares":
        r = y - z
        primal = 0.5 * r @ r + lam * np.abs(w).sum()
        inside = lam / max(np.abs(X.T @ r).max(), 1e-300)
        a = np.clip((r @ y) / (r @ r), -inside, inside)
        return (primal - (a * (r @ y) - 0.5 * a * a * (r @ r))) / (0.5 * y @ y)
    m = -y * z
    primal = np.logaddexp(0, m).sum() + lam * np.abs(w).sum()
    v = 1 / (1 + np.exp(-m))
    v = v * min(1.0, lam / np.abs(X.T @ (y * v)).max())
    with np.errstate(divide="ignore", invalid="ignore"):
        entropy = np.where(v > 0, v * np.log(v), 0) + np.where(v < 1, (1 - v) * np.log1p(-v), 0)
    return (primal + entropy.sum()) / (len(y) * np.log(2))


def write(folder, X, y):
    y.tofile(folder / "y.f64")
    if sp.issparse(X):
        (folder / "shape.txt").write_text(f"csc {X.shape[0]} {X.shape[1]} {X.nnz}")
        X.data.astype(float).tofile(folder / "x.f64")
        X.indptr.astype(np.int32).tofile(folder / "indptr.i32")
        X.indices.astype(np.int32).tofile(folder / "indices.i32")
    else:
        (folder / "shape.txt").write_text(f"dense {X.shape[0]} {X.shape[1]}")
        X.T.ravel().tofile(folder / "x.f64")


def ours(program, folder, X, y, lam, loss, repeats, limit):
    out = subprocess.run([program, str(folder), loss, repr(float(lam)), str(TOL), str(repeats + 1)], capture_output=True,
                         text=True, check=True, env=dict(os.environ, RACE_LIMIT=str(limit)))
    seconds = float(out.stdout.split()[0])
    w = np.fromfile(folder / "w.f64")
    return seconds, relative_gap(X, y, w, lam, loss), int((w != 0).sum())


def peers(loss):
    from sklearn.linear_model import Lasso, LogisticRegression as SkLogistic
    import celer
    import skglm
    from skglm.solvers import AndersonCD, ProxNewton

    n_ = lambda X: X.shape[0]
    if loss == "squares":
        return {
            "celer": lambda X, lam, t: celer.Lasso(alpha=lam / n_(X), fit_intercept=False, tol=t, max_iter=200),
            "skglm": lambda X, lam, t: skglm.Lasso(alpha=lam / n_(X), fit_intercept=False, tol=t, max_iter=200),
            "scikit-learn": lambda X, lam, t: Lasso(alpha=lam / n_(X), fit_intercept=False, tol=t, max_iter=100000),
        }
    return {
        "celer": lambda X, lam, t: celer.LogisticRegression(C=1 / lam, fit_intercept=False, tol=t, max_iter=200),
        "skglm": lambda X, lam, t: skglm.GeneralizedLinearEstimator(
            skglm.datafits.Logistic(), skglm.penalties.L1(lam / n_(X)),
            ProxNewton(tol=t, fit_intercept=False, max_iter=200)),
        "LIBLINEAR": lambda X, lam, t: SkLogistic(C=1 / lam, penalty="l1", solver="liblinear", fit_intercept=False,
                                                  tol=t, max_iter=100000),
    }


def coefficients(model):
    return np.asarray(model.coef_).ravel()


def race_peer(make, X, y, lam, loss, limit, repeats):
    used = 0.0
    for tol in (1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-12, 1e-14):
        model = make(X, lam, tol)
        start = time.process_time()
        try:
            model.fit(X, y)
        except Exception as error:  # a peer that refuses is shown as such
            return f"error ({type(error).__name__})"
        used = time.process_time() - start
        if relative_gap(X, y, coefficients(model), lam, loss) <= TOL:
            best = used
            for _ in range(repeats if used < 5 else 0):
                start = time.process_time()
                make(X, lam, tol).fit(X, y)
                best = min(best, time.process_time() - start)
            return best
        if used > limit:
            break
    return f"no ({used:.2g})"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--loss", default="squares", choices=("squares", "logistic"))
    parser.add_argument("--only", nargs="*", default=list(PROBLEMS))
    parser.add_argument("--limit", type=float, default=20)
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--no-peers", action="store_true")
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    solvers = {} if args.no_peers else peers(args.loss)
    print("| problem | ratio | nnz | fenchel (gap) | " + " | ".join(solvers) + " | best peer / fenchel |")
    ratios = []
    with tempfile.TemporaryDirectory() as root:
        for name in args.only:
            X, y = PROBLEMS[name]()
            if args.loss == "logistic":
                y = np.where(y > np.median(y), 1.0, -1.0) if len(np.unique(y)) > 2 else y
            folder = pathlib.Path(root)
            write(folder, X, y)
            top = np.abs(X.T @ y).max() * (0.5 if args.loss == "logistic" else 1)
            small = X[:, :10] if not sp.issparse(X) else X[:, :10].tocsc()
            for make in solvers.values():  # compile
                try:
                    make(small, top, 1e-2).fit(np.asfortranarray(small) if not sp.issparse(X) else small, y)
                except Exception:
                    pass
            for ratio in RATIOS:
                lam = ratio * top
                seconds, gap, nnz = ours(args.program, folder, X, y, lam, args.loss, args.repeats, args.limit)
                cells = [race_peer(make, X, y, lam, args.loss, args.limit, args.repeats) for make in solvers.values()]
                done = [c for c in cells if isinstance(c, float)]
                best = f"{min(done) / seconds:.2f}" if done else "-"
                if done:
                    ratios.append(min(done) / seconds)
                texts = [f"{c:.4f}" if isinstance(c, float) else c for c in cells]
                print(f"| {name} | {ratio} | {nnz} | {seconds:.4f} ({gap:.0e}) | " + " | ".join(texts) + f" | {best} |",
                      flush=True)
    if ratios:
        print(f"geometric mean of best peer / fenchel: {np.exp(np.mean(np.log(ratios))):.2f}, least {min(ratios):.2f}")


if __name__ == "__main__":
    main()
