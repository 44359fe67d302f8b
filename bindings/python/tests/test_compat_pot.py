"""fenchel.compat.pot without POT: known values, conventions, log keys, warnings. tests/pot runs POT's own tests."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import fenchel.compat.pot as ot

COST = np.array([[0.0, 1.0], [1.0, 0.0]])
HALF = [0.5, 0.5]


def random_problem(n: int = 30, m: int = 20) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.RandomState(3)
    a, b = rng.rand(n), rng.rand(m)
    return a / a.sum(), b / b.sum(), ot.dist(rng.randn(n, 2), rng.randn(m, 2))


def test_values_of_pots_documentation() -> None:
    plan = ot.sinkhorn(HALF, HALF, COST, 1)
    np.testing.assert_allclose(plan, [[0.36552929, 0.13447071], [0.13447071, 0.36552929]], atol=5e-9)
    np.testing.assert_allclose(ot.sinkhorn2(HALF, HALF, COST, 1), 0.26894142136999516, atol=1e-9)


def test_unbalanced_conventions_are_kept_apart() -> None:
    kl = ot.sinkhorn_unbalanced(HALF, HALF, COST, 1, 1)
    np.testing.assert_allclose(kl[0], [0.32205361, 0.1184769], atol=1e-6)
    with pytest.warns(UserWarning, match="overwritten"):
        entropy = ot.sinkhorn_unbalanced(HALF, HALF, COST, 1, 1, reg_type="entropy")
    np.testing.assert_allclose(entropy[0], [0.51122814, 0.18807032], atol=1e-6)


def test_reference_measure_is_that_of_kl() -> None:
    a, b, cost = random_problem()
    plain = ot.sinkhorn_unbalanced(a, 2 * b, cost, 0.5, (1.0, 3.0))
    given = ot.sinkhorn_unbalanced(a, 2 * b, cost, 0.5, (1.0, 3.0), c=np.outer(a, 2 * b))
    np.testing.assert_allclose(plain, given, atol=1e-9)


@pytest.mark.parametrize(
    ("method", "keys"),
    [
        ("sinkhorn", {"err", "niter", "u", "v"}),
        ("sinkhorn_log", {"err", "niter", "u", "v", "log_u", "log_v"}),
        ("sinkhorn_stabilized", {"err", "n_iter", "logu", "logv", "alpha", "beta", "warmstart"}),
        ("sinkhorn_epsilon_scaling", {"err", "niter", "alpha", "beta", "warmstart"}),
        ("greenkhorn", {"n_iter", "u", "v"}),
    ],
)
def test_log_keys_rebuild_the_plan_and_start_the_next_solve(method: str, keys: set[str]) -> None:
    a, b, cost = random_problem()
    plan, log = ot.sinkhorn(a, b, cost, 0.5, method=method, log=True)
    assert keys <= set(log)
    assert log.get("err", [0.0])[-1] <= 1e-9
    if "u" in log:
        np.testing.assert_allclose(log["u"][:, None] * np.exp(-cost / 0.5) * log["v"], plan, rtol=1e-9)
        start = (np.log(log["u"]), np.log(log["v"]))
    else:
        np.testing.assert_allclose(np.exp((log["alpha"][:, None] + log["beta"] - cost) / 0.5), plan, rtol=1e-9)
        start = log["warmstart"]
    again, second = ot.sinkhorn(a, b, cost, 0.5, method=method, warmstart=start, log=True)
    np.testing.assert_allclose(again, plan, atol=1e-10)
    assert len(second.get("err", [0])) <= len(log.get("err", [0]))


@pytest.mark.parametrize("iterations", [1, 7])
def test_few_iterations_are_those_of_textbook_sinkhorn(iterations: int) -> None:
    a, b, cost = random_problem()
    kernel, u = np.exp(-cost / 0.3), np.ones(len(a))
    for _ in range(iterations):
        v = b / (kernel.T @ u)
        u = a / (kernel @ v)
    plan = ot.sinkhorn(a, b, cost, 0.3, numItermax=iterations, stopThr=0, warn=False)
    np.testing.assert_allclose(plan, u[:, None] * kernel * v, rtol=1e-12)


def test_many_histograms_and_dtypes() -> None:
    a, b, cost = random_problem()
    many = np.stack([b, b[::-1]], 1)
    losses, log = ot.sinkhorn(a, many, cost, 0.5, log=True)
    np.testing.assert_allclose(losses, [ot.sinkhorn2(a, many[:, k], cost, 0.5) for k in range(2)], atol=1e-8)
    assert log["u"].shape == (len(a), 2)
    narrow = [v.astype(np.float32) for v in (a, b, cost)]
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # POT's default stopThr is out of float32's reach; no warning is due
        assert ot.sinkhorn(*narrow, 0.5).dtype == np.float32
        assert ot.sinkhorn2(*narrow, 0.5).dtype == np.float32


def test_warnings_and_errors() -> None:
    a, b, cost = random_problem()
    with pytest.warns(UserWarning, match="did not converge"):
        ot.sinkhorn(a, b, cost, 0.1, numItermax=2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ot.sinkhorn(a, b, cost, 0.1, numItermax=2, warn=False)
    with pytest.warns(UserWarning, match="only one marginal"):
        plan = ot.sinkhorn(a, 2 * b, cost, 0.5)
    np.testing.assert_allclose(plan.sum(1), a, atol=1e-9)
    with pytest.raises(ValueError, match="Unknown method"):
        ot.sinkhorn(a, b, cost, 0.1, method="newton")
    with pytest.raises(ValueError, match="one histogram"):
        ot.sinkhorn(a, np.stack([b, b], 1), cost, 0.1, method="greenkhorn")
    with pytest.raises(ValueError):
        ot.sinkhorn(a, b, np.full_like(cost, np.nan), 0.1)


def test_samples_lazy_and_not() -> None:
    rng = np.random.RandomState(0)
    x, y = rng.randn(40, 3), rng.randn(30, 3)
    plan = ot.empirical_sinkhorn(x, y, 1.0)
    f, g, log = ot.empirical_sinkhorn(x, y, 1.0, isLazy=True, log=True)
    np.testing.assert_allclose(np.exp(f[:, None] + g - ot.dist(x, y)), plan, atol=1e-9)
    np.testing.assert_allclose(log["lazy_plan"][:], plan, atol=1e-9)
    np.testing.assert_allclose(log["lazy_plan"][3, 5], plan[3, 5], atol=1e-9)
    np.testing.assert_allclose(log["lazy_plan"][2:9, 5], plan[2:9, 5], atol=1e-9)
    loss = ot.empirical_sinkhorn2(x, y, 1.0, isLazy=True)
    np.testing.assert_allclose(loss, np.sum(plan * ot.dist(x, y)), atol=1e-8)
    parts = [ot.sinkhorn2([], [], ot.dist(p, q), 1.0) for p, q in ((x, y), (x, x), (y, y))]
    divergence = ot.empirical_sinkhorn_divergence(x, y, 1.0)
    np.testing.assert_allclose(divergence, parts[0] - 0.5 * (parts[1] + parts[2]), atol=1e-7)


def test_a_name_that_is_not_here() -> None:
    with pytest.raises(AttributeError):
        ot.no_such_function  # noqa: B018
