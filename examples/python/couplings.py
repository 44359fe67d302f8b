"""Thousands of small couplings in one call: mini-batches of noise and images, as flow matching needs them.

Each problem has its own size, 32 to 64 points a side, and its own status; one of them is spoilt on purpose.
"""

import time

import numpy as np

import fenchel
from _numbers import array, count, data, number

EPS = 0.05  # in units of the cost


def main() -> None:
    costs, sizes = data("coupling_costs"), data("coupling_sizes")
    costs[17, 0, 0] = np.nan
    problems = [cost[:n, :m] for cost, (n, m) in zip(costs, sizes)]
    start = time.perf_counter()
    batch = fenchel.sinkhorn_batch(None, None, problems, EPS, num_threads=0)
    seconds = time.perf_counter() - start
    print(f"{len(batch)} couplings in {seconds:.2f} s, {len(batch) / seconds:.0f} a second")
    print(batch)

    solved = batch.statuses == 0
    count("failed", batch.failed)
    count("status_17", batch.statuses[17])
    count("converged", int(batch.converged.sum()))
    count("passes", int(batch.passes[solved].sum()))
    number("mean_cost", batch.cost[solved].cumsum()[-1] / solved.sum())
    array("phi", np.concatenate([phi for phi, good in zip(batch.phi, solved) if good]))
    array("psi", np.concatenate([psi for psi, good in zip(batch.psi, solved) if good]))


main()
