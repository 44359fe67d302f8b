"""Races linsolve/gemm against NumPy's matrix product, one thread each, in turns on this machine.

    build/venv/bin/python tests/bench/gemm_numpy.py build-bench/tests/bench/gemm_bench

Prints a Markdown table and fails when a case is below 80 % of NumPy's speed.
"""

import os
import subprocess
import sys
import time

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import numpy as np  # noqa: E402  (after the thread limits)

REQUIRED = 0.8


def numpy_gflops(dtype: str, n: int, budget: float = 1.0) -> float:
    rng = np.random.default_rng(0)
    a = rng.random((n, n)).astype(dtype)
    b = rng.random((n, n)).astype(dtype)
    c = np.empty((n, n), dtype)
    best = float("inf")
    end = time.perf_counter() + budget
    while time.perf_counter() < end:
        start = time.perf_counter()
        np.matmul(a, b, out=c)
        best = min(best, time.perf_counter() - start)
    return 2.0 * n**3 / best * 1e-9


def ours(program: str) -> dict[tuple[str, int], float]:
    text = subprocess.run([program], check=True, capture_output=True, text=True).stdout
    rows = (line.split() for line in text.splitlines())
    return {(dtype, int(n)): float(speed) for dtype, n, speed in rows}


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__)
        return 2
    speeds = ours(sys.argv[1])
    slow = 0
    print(f"NumPy {np.__version__}, one thread, GFlop/s\n")
    print("| dtype | n | fenchel | NumPy | ratio |\n|---|---|---|---|---|")
    for (dtype, n), speed in sorted(speeds.items()):
        peer = numpy_gflops(dtype, n)
        slow += speed < REQUIRED * peer
        print(f"| {dtype} | {n} | {speed:.1f} | {peer:.1f} | {speed / peer:.2f} |")
    print(f"\n{len(speeds) - slow} of {len(speeds)} cases reach {REQUIRED:.0%} of NumPy")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
