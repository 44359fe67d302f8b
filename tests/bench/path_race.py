"""100 values from lambda_max to lambda_max / 100: fenchel's path against glmnet's, celer's, skglm's and scikit-learn's.

usage: path_race.py PROGRAM RECORD [--only NAME ...] [--limit SECONDS] [--repeats K] [--loose]

PROGRAM is the built lasso_race; glmnet is R's (Debian: r-cran-glmnet). Accuracy is the worst relative gap on the path,
computed by one function for everybody: glmnet runs with its own default threshold (1e-7) and, without --loose, with the
loosest that brings its worst gap to 1e-6; fenchel and the others are held to the worst gap that glmnet reached. Times are
processor time, one thread, no intercept.
"""
import argparse
import json
import os
import pathlib
import subprocess
import tempfile
import time

from lasso_race import write
from race_peers import capped, np, relative_gap, sp
from race_problems import PROBLEMS

COUNT = 100


def worst_gap(X, y, lambdas, beta):
    return max(relative_gap(X, y, b, lam, "squares") for lam, b in zip(lambdas[1:], beta[1:]))


def ours(program, folder, tol, repeats, shape):
    out = subprocess.run([program, str(folder), "path", "0", repr(float(tol)), str(repeats)], capture_output=True,
                         text=True, check=True)
    return float(out.stdout.split()[0]), np.fromfile(folder / "beta.f64").reshape(shape)


def glmnet(folder, thresh, repeats, shape, limit):
    """None when the limit ends it or a value of the path is missing."""
    try:
        out = subprocess.run(["Rscript", str(pathlib.Path(__file__).with_name("path_glmnet.R")), str(folder),
                              repr(float(thresh)), str(repeats)], capture_output=True, text=True, check=True,
                             timeout=limit)
    except subprocess.TimeoutExpired:
        return None
    seconds, count = out.stdout.split()[-2:]
    if int(count) < shape[0]:
        return None
    return float(seconds), np.fromfile(folder / "beta.f64").reshape(shape)


def peers(X, y, lambdas):
    import celer
    import skglm
    from sklearn.linear_model import lasso_path

    alphas = lambdas / X.shape[0]

    def timed(call):
        def fit(_, tol):
            start = time.process_time()
            beta = call(tol)
            return time.process_time() - start, np.ascontiguousarray(beta.T)

        return fit

    return {
        "celer": timed(lambda t: celer.celer_path(X, y, "lasso", alphas=alphas, tol=t, max_iter=100)[1]),
        "skglm": timed(lambda t: skglm.Lasso(fit_intercept=False, tol=t).path(X, y, alphas)[1]),
        "scikit-learn": timed(lambda t: lasso_path(X, y, alphas=alphas, tol=t, precompute=False, max_iter=100000)[1]),
    }


def race(args, folder, X, y, row, thresh):
    lambdas = np.fromfile(folder / "lambdas.f64")
    shape = (COUNT, X.shape[1])
    done = glmnet(folder, thresh, args.repeats, shape, args.limit * 10)
    if done is None:
        return False
    row.update(thresh=thresh, glmnet=done[0], goal=float(worst_gap(X, y, lambdas, done[1])))
    for share in (1, 0.3, 0.1, 0.03, 0.01):  # its own dual point may be better than the last residual, which counts here
        row["mine"], beta = ours(args.program, folder, share * row["goal"], args.repeats, shape)
        row["gap"] = float(worst_gap(X, y, lambdas, beta))
        if row["gap"] <= row["goal"]:
            break
    for name, fit in ({} if args.no_peers else peers(X, y, lambdas)).items():
        fit(0, 1e-1)  # compiles
        row["peers"][name] = "not reached"
        for power in (-4, -5, -6, -7, -8):
            done = capped(fit, 0, 10.0**power, args.limit)
            if done is None:
                row["peers"][name] = f"over {args.limit:g} s"
                break
            if worst_gap(X, y, lambdas, done[1]) <= row["goal"]:
                row["peers"][name] = done[0]
                break
    return True


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("record")
    parser.add_argument("--only", nargs="*", default=list(PROBLEMS))
    parser.add_argument("--limit", type=float, default=20)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--loose", action="store_true")
    parser.add_argument("--no-peers", action="store_true")
    args = parser.parse_args()
    record = pathlib.Path(args.record)
    rows = json.loads(record.read_text()) if record.exists() else {}
    with tempfile.TemporaryDirectory() as root:
        for name in args.only:
            X, y = PROBLEMS[name]()
            folder = pathlib.Path(root)
            write(folder, X, y)
            top = float(np.abs(X.T @ y).max())
            (top * 100 ** -(np.arange(COUNT) / (COUNT - 1))).tofile(folder / "lambdas.f64")
            for thresh in [1e-7] if args.loose else [1e-7, 1e-9, 1e-11, 1e-13]:
                row = {"problem": name, "peers": {}}
                if thresh != 1e-7 and not race(argparse.Namespace(**{**vars(args), "no_peers": True}), folder, X, y, row,
                                               thresh):
                    print(f"{name}: glmnet at {thresh:g} takes too long", flush=True)
                    break
                if thresh == 1e-7:
                    race(args, folder, X, y, row, thresh)
                row["load"] = os.getloadavg()[0]
                rows[f"{name} {thresh:g}"] = row
                print(row, f"glmnet/fenchel {row['glmnet'] / row['mine']:.2f}", flush=True)
                record.write_text(json.dumps(rows, indent=1))
                if row["goal"] <= 1e-6:
                    break


if __name__ == "__main__":
    main()
