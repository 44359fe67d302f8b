"""What a Python oracle of a bilevel problem costs beyond its body: processor time of a hypergradient whose lower level takes
exactly 20000 gradient steps with functions that do nothing, over the number of calls. Median of five.

    PYTHONPATH=build/python python tests/bench/oracle_cost.py
"""
import statistics
import time

import numpy as np

import fenchel


def microseconds(n: int) -> float:
    flat, zero = np.ones(n), np.zeros(2)
    problem = fenchel.BilevelProblem(lambda x, t: (1.0, flat), lambda x, t: (1.0, flat, zero), hvp=lambda x, t, v: v,
                                     cross_t=lambda x, t, v: zero)
    begun = time.process_time()
    r = fenchel.hypergradient(problem, zero, np.zeros(n), lower_method="gradient", lower_step=1e-3, lower_max_iter=20000)
    return 1e6 * (time.process_time() - begun) / r.lower_gradients


if __name__ == "__main__":
    print("| unknowns | us a call, all included |\n|---|---|")
    for size in (10, 1000, 10000):
        print(f"| {size} | {statistics.median(microseconds(size) for _ in range(5)):.2f} |")
