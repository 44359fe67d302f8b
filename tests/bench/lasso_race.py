"""Lasso and L1 logistic to a relative gap of 1e-8: the `cd` engine against celer, skglm, scikit-learn and LIBLINEAR.

usage: lasso_race.py PROGRAM RECORD [--loss squares|logistic] [--only NAME ...] [--limit SECONDS] [--repeats K] [--mine]

PROGRAM is the built lasso_race; RECORD a JSON file that rows are added to, from which race_tables.py makes the tables.
Every solver sees the same matrix (Fortran order, double), one thread, no intercept. The loosest tolerance of each peer
whose duality gap, computed by one function for everybody, is at most 1e-8 P(0) is searched once (a run over the limit
ends the search: "not reached") and kept in RECORD; then contestants take turns, and a cell is the median of K turns in
processor time, so that other work on the machine counts little and alike. --mine measures only fenchel again.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import tempfile

from race_peers import TOL, loosest, np, peers, relative_gap, sp
from race_problems import PROBLEMS, RATIOS


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


def ours(program, folder, lam, loss):
    """Seconds of one solve (the least of two, the first of which warms caches) and its coefficients."""
    out = subprocess.run([program, str(folder), loss, repr(float(lam)), str(TOL), "2"], capture_output=True, text=True,
                         check=True, env=dict(os.environ))
    return float(out.stdout.split()[0]), np.fromfile(folder / "w.f64")


def race(args, folder, X, y, lam, solvers, row):
    gap_of = lambda w: float(relative_gap(X, y, w, lam, args.loss))
    entered = {}
    for name, fit in solvers.items():
        known = row["peers"].get(name)
        if known is None:
            known = row["peers"][name] = loosest(fit, lam, gap_of, args.limit)
        if known["tol"] is not None:
            entered[name] = []
    mine = []
    for turn in range(args.repeats):
        seconds, w = ours(args.program, folder, lam, args.loss)
        mine.append(seconds)
        for name, times in entered.items():
            slow = row["peers"][name]["last"]
            for _ in range(2 if slow < 1 else 1 if slow < 4 or turn == 0 else 0):  # the better of two, as for fenchel
                times.append(solvers[name](lam, row["peers"][name]["tol"])[0])
            if slow < 1:
                times.append(min(times.pop(), times.pop()))
    row.update(nnz=int((w != 0).sum()), mine=statistics.median(mine), gap=gap_of(w))
    for name, times in entered.items():
        row["peers"][name]["seconds"] = statistics.median(times)


def shown(row):
    cell = lambda p: f"{p['seconds']:.4f}" if "seconds" in p else f"not reached ({p['last']})"
    done = {n: p["seconds"] for n, p in row["peers"].items() if "seconds" in p}
    best = min(done.values()) / row["mine"] if done else float("nan")
    return f"{row['problem']} {row['loss']} {row['ratio']}: nnz {row['nnz']} fenchel {row['mine']:.4f} ({row['gap']:.0e}) " \
        + " ".join(f"{n} {cell(p)}" for n, p in row["peers"].items()) + f" best/fenchel {best:.2f}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("record")
    parser.add_argument("--loss", default="squares", choices=("squares", "logistic"))
    parser.add_argument("--only", nargs="*", default=list(PROBLEMS))
    parser.add_argument("--ratios", nargs="*", type=float, default=RATIOS)
    parser.add_argument("--limit", type=float, default=20)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--mine", action="store_true")
    args = parser.parse_args()
    record = pathlib.Path(args.record)
    rows = json.loads(record.read_text()) if record.exists() else {}
    contestants = {} if args.mine else peers(args.loss)
    with tempfile.TemporaryDirectory() as root:
        for name in args.only:
            X, y = PROBLEMS[name]()
            if args.loss == "logistic" and len(np.unique(y)) > 2:
                y = np.where(y > np.median(y), 1.0, -1.0)
            folder = pathlib.Path(root)
            write(folder, X, y)
            top = float(np.abs(X.T @ y).max()) * (0.5 if args.loss == "logistic" else 1)
            solvers = {}
            for peer, on in contestants.items():
                solvers[peer] = on(X, y)
                solvers[peer](top / 10, 1e-4)  # compiles
            for ratio in args.ratios:
                key = f"{args.loss} {name} {ratio}"
                row = rows.setdefault(key, {"problem": name, "loss": args.loss, "ratio": ratio, "peers": {}})
                race(args, folder, X, y, ratio * top, solvers, row)
                row["load"] = os.getloadavg()[0]
                print(shown(row), flush=True)
                record.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
