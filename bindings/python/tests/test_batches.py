"""sinkhorn_batch and sinkhorn_divergence."""
import pickle

import fenchel
import numpy as np
import oracle
import pytest
from fenchel import errors


@pytest.fixture
def stack():
    rng = np.random.default_rng(3)
    a, b = rng.random((12, 5)) + 0.1, rng.random((12, 6)) + 0.1
    return a / a.sum(1, keepdims=True), b / b.sum(1, keepdims=True), rng.random((12, 5, 6))


@pytest.mark.parametrize("threads", [1, 2])
def test_batch_equals_single_solves(stack, threads):
    a, b, cost = stack
    batch = fenchel.sinkhorn_batch(a, b, cost, 0.1, plans=True, num_threads=threads)
    assert len(batch) == 12 and batch.failed == 0 and batch.converged.all() and batch.message == ""
    for k in range(12):
        one = fenchel.sinkhorn(a[k], b[k], cost[k], 0.1)
        assert np.array_equal(batch.phi[k], one.phi) and np.array_equal(batch.psi[k], one.psi)
        assert np.array_equal(batch.plans[k], one.plan()) and batch.cost[k] == one.cost
        assert batch.termination[k] is one.termination and batch.passes[k] == one.passes


def test_shared_cost_and_uniform_weights(stack):
    a, _, cost = stack
    batch = fenchel.sinkhorn_batch(a, None, cost[0], 0.1)
    assert len(batch) == 12 and batch.plans is None
    assert np.array_equal(batch.phi[3], fenchel.sinkhorn(a[3], None, cost[0], 0.1).phi)
    with pytest.raises(errors.ShapeError, match="number of problems"):
        fenchel.sinkhorn_batch(None, None, cost[0], 0.1)


def test_own_sizes(stack):
    rng = np.random.default_rng(0)
    costs = [rng.random((n, m)) for n, m in ((3, 4), (6, 2), (1, 1), (5, 5))]
    a = [np.full(len(c), 1 / len(c)) for c in costs]
    batch = fenchel.sinkhorn_batch(a, None, costs, 0.1, plans=True)
    for k, c in enumerate(costs):
        one = fenchel.sinkhorn(a[k], None, c, 0.1)
        assert batch.plans[k].shape == c.shape and np.array_equal(batch.phi[k], one.phi)
        assert np.array_equal(batch.plans[k], one.plan())
    with pytest.raises(errors.ShapeError, match=r"a\[1\]"):
        fenchel.sinkhorn_batch([a[0], a[0], a[2], a[3]], None, costs, 0.1)
    with pytest.raises(errors.ShapeError, match="a holds 2 problems, cost 4"):
        fenchel.sinkhorn_batch(a[:2], None, costs, 0.1)


def test_a_bad_problem_fails_alone(stack):
    a, b, cost = stack
    cost, a = cost.copy(), a.copy()
    cost[2, 0, 0] = np.nan
    a[5, 1] = -1
    batch = fenchel.sinkhorn_batch(a, b, cost, 0.1, plans=True)
    assert batch.failed == 2 and list(np.flatnonzero(batch.statuses)) == [2, 5]
    assert batch.statuses[2] == errors.NotFiniteError.code and batch.statuses[5] == errors.NegativeMassError.code
    assert np.isnan(batch.phi[2]).all() and np.isnan(batch.plans[5]).all() and batch.converged.sum() == 10
    assert "2" in batch.message and batch.message in repr(batch)
    with pytest.raises(errors.NotFiniteError, match="problem 2"):
        batch.raise_for_status()
    assert np.array_equal(batch.phi[6], fenchel.sinkhorn(a[6], b[6], cost[6], 0.1).phi)


def test_batch_callback(stack):
    a, b, cost = stack
    seen = []
    fenchel.sinkhorn_batch(a, b, cost, 0.1, callback=lambda p: seen.append(p.iteration), monitor_interval=0.0)
    assert seen == sorted(seen) and 0 < seen[-1] <= 12
    with pytest.raises(ZeroDivisionError):
        fenchel.sinkhorn_batch(a, b, cost, 0.1, callback=lambda p: 1 // 0, monitor_interval=0.0)


def test_cancelled_batch_keeps_what_was_done(stack):
    a, b, cost = (np.concatenate([s] * 50) for s in stack)
    batch = fenchel.sinkhorn_batch(a, b, cost, 0.1, callback=lambda p: p.iteration >= 5, monitor_interval=0.0)
    done = batch.statuses == 0
    assert 5 <= done.sum() < 600 and batch.converged.sum() == done.sum()
    assert (batch.statuses[~done] == errors.StateError.code).all() and "cancelled" in batch.message
    assert np.array_equal(batch.phi[0], fenchel.sinkhorn(a[0], b[0], cost[0], 0.1).phi)


def test_batch_warns_once(stack):
    with pytest.warns(fenchel.ConvergenceWarning, match="12 of 12 problems did not converge"):
        batch = fenchel.sinkhorn_batch(*stack, 1e-3, method="sinkhorn", max_iter=1)
    assert not batch.converged.any()


def test_batch_pickles(stack):
    batch = fenchel.sinkhorn_batch(*stack, 0.1)
    again = pickle.loads(pickle.dumps(batch))
    assert np.array_equal(again.phi, batch.phi) and np.array_equal(again.cost, batch.cost)
    assert repr(again) == repr(batch)


@pytest.fixture
def points():
    rng = np.random.default_rng(11)
    return rng.normal(size=(8, 2)), rng.normal(size=(6, 2)) + 1


def divergence(x, y, eps):
    def ot(p, q):
        cost = ((p[:, None] - q[None]) ** 2).sum(-1)
        return oracle.value(np.full(len(p), 1 / len(p)), np.full(len(q), 1 / len(q)), cost, eps)

    return ot(x, y) - ot(x, x) / 2 - ot(y, y) / 2


def test_divergence(points):
    x, y = points
    s = fenchel.sinkhorn_divergence(x, y, 0.5, gradients=("x", "y", "a", "b"), tol=1e-11)
    assert s.converged and np.isclose(float(s), divergence(x, y, 0.5), atol=1e-8) and s.value > 0
    direction, h = np.random.default_rng(0).normal(size=x.shape), 1e-5
    slope = (divergence(x + h * direction, y, 0.5) - divergence(x - h * direction, y, 0.5)) / (2 * h)
    assert np.isclose(slope, (s.gradients["x"] * direction).sum(), atol=1e-6)
    assert {k: g.shape for k, g in s.gradients.items()} == {"x": (8, 2), "y": (6, 2), "a": (8,), "b": (6,)}
    assert "converged" in repr(s) and s.ab.passes > 0
    again = pickle.loads(pickle.dumps(s))
    assert again.value == s.value and repr(again) == repr(s)


def test_divergence_of_equal_measures_is_zero(points):
    assert abs(fenchel.sinkhorn_divergence(points[0], points[0], 0.5).value) < 1e-8


def test_divergence_refusals(points):
    x, y = points
    for keywords, error in [(dict(gradients=["z"]), KeyError), (dict(cost="sq"), KeyError),
                            (dict(a=np.ones(3)), ValueError), (dict(eps=-1.0), ValueError)]:
        with pytest.raises(error):
            fenchel.sinkhorn_divergence(x, y, **{"eps": 0.5, **keywords})
    with pytest.warns(fenchel.ConvergenceWarning):
        fenchel.sinkhorn_divergence(x, y, 1e-3, method="sinkhorn", max_iter=2)
