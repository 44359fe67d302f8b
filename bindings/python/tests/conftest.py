import pathlib
import sys
from types import SimpleNamespace

import numpy as np
import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))


@pytest.fixture
def problem():
    """A well-conditioned 7 x 9 problem with random weights."""
    rng = np.random.default_rng(0)
    a, b = rng.random(7) + 0.1, rng.random(9) + 0.1
    return SimpleNamespace(a=a / a.sum(), b=b / b.sum(), cost=rng.random((7, 9)), eps=0.1, rng=rng)


@pytest.fixture(scope="session")
def slow_problem():
    """A problem on which plain sweeps run for many seconds: callbacks, Ctrl-C and the GIL are tested on it."""
    x = np.random.default_rng(1).random((2, 1000))
    return SimpleNamespace(cost=(x[0][:, None] - x[1]) ** 2, keywords={
        "eps": 1e-4, "method": "sinkhorn", "max_iter": 10**9, "tol": 1e-12, "time_limit": 60.0})
