"""Cold start: import and first Lasso (100 x 200) from a fresh interpreter with NumPy loaded, each contestant in turn.

usage: lasso_cold_start.py FENCHEL_PYTHON_DIR [--repeats K]     prints wall-clock and processor seconds, the medians

skglm compiles when it is first used; its compiled code is kept from one process to the next only where it says so.
"""
import argparse
import os
import statistics
import subprocess
import sys

DATA = """
import time, numpy as np
rng = np.random.default_rng(0)
X, y = np.asfortranarray(rng.standard_normal((100, 200))), rng.standard_normal(100)
lam = 0.1 * np.abs(X.T @ y).max()
wall, cpu = time.perf_counter(), time.process_time()
"""
FITS = {
    "fenchel": "import fenchel; fenchel.lasso(X, y, lam, intercept=False)",
    "celer": "import celer; celer.Lasso(alpha=lam / 100, fit_intercept=False).fit(X, y)",
    "skglm": "import skglm; skglm.Lasso(alpha=lam / 100, fit_intercept=False).fit(X, y)",
    "scikit-learn": "from sklearn.linear_model import Lasso; Lasso(alpha=lam / 100, fit_intercept=False).fit(X, y)",
}
END = "\nprint(time.perf_counter() - wall, time.process_time() - cpu)"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("fenchel")
    parser.add_argument("--repeats", type=int, default=5)
    args = parser.parse_args()
    env = dict(os.environ, PYTHONPATH=args.fenchel, OPENBLAS_NUM_THREADS="1")
    print("| contestant | wall-clock | processor time |\n|---|---|---|")
    for name, fit in FITS.items():
        runs = []
        for _ in range(args.repeats + 1):  # the first one fills the file cache
            out = subprocess.run([sys.executable, "-c", DATA + fit + END], capture_output=True, text=True, env=env)
            if out.returncode != 0:
                print(f"| {name} | {out.stderr.strip().splitlines()[-1]} | |")
                break
            runs.append([float(v) for v in out.stdout.split()[-2:]])
        else:
            wall, cpu = (statistics.median(column) for column in zip(*runs[1:]))
            print(f"| {name} | {wall:.3f} s | {cpu:.3f} s |", flush=True)


if __name__ == "__main__":
    main()
