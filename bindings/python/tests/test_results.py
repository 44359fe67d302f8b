"""What a Result answers, against NumPy; pickling; pictures."""
import pickle

import fenchel
import numpy as np
import oracle
import pytest
from fenchel import errors


@pytest.fixture
def solved(problem):
    return fenchel.sinkhorn(problem.a, problem.b, problem.cost, problem.eps, tol=1e-13, method="auto")


@pytest.fixture
def cloud(problem):
    rng = np.random.default_rng(7)
    points = fenchel.PointCloud(rng.normal(size=(7, 2)), rng.normal(size=(9, 2)))
    return fenchel.sinkhorn(problem.a, problem.b, points, 0.5, tol=1e-13)


def test_plan(problem, solved):
    expected = oracle.plan_of(solved.phi, solved.psi, problem.a, problem.b, problem.cost, problem.eps)
    assert solved.shape == (7, 9) and np.allclose(solved.plan(), expected, rtol=1e-12)


def test_plan_sparse(solved):
    plan = solved.plan()
    threshold = float(np.median(plan))
    sparse = solved.plan_sparse(threshold)
    assert type(sparse).__name__ == "csr_array" and sparse.shape == (7, 9)
    assert np.array_equal(sparse.toarray(), np.where(plan > threshold, plan, 0))
    assert sparse.nnz == (plan > threshold).sum()
    assert np.array_equal(solved.plan_sparse().toarray(), plan)
    with pytest.raises(errors.RangeError, match="threshold"):
        solved.plan_sparse(-1.0)


def test_plan_sparse_without_scipy(solved, monkeypatch):
    import sys
    monkeypatch.setitem(sys.modules, "scipy.sparse", None)
    indptr, indices, values = solved.plan_sparse()
    assert np.array_equal(indptr, np.arange(8) * 9) and len(indices) == len(values) == 63
    assert np.array_equal(values.reshape(7, 9), solved.plan())


@pytest.mark.parametrize("which", ["solved", "cloud"])
def test_apply(which, request):
    r = request.getfixturevalue(which)
    plan, rng = r.plan(), np.random.default_rng(3)
    for k in ((), (4,)):
        v, w = rng.normal(size=(9, *k)), rng.normal(size=(7, *k))
        assert np.allclose(r.apply(v), plan @ v, atol=1e-13)
        assert np.allclose(r.apply(w, transpose=True), plan.T @ w, atol=1e-13)
    assert np.allclose(r.apply(v, normalize=True), plan @ v / plan.sum(1)[:, None], atol=1e-12)
    assert np.allclose(r.apply(w, True, True), plan.T @ w / plan.sum(0)[:, None], atol=1e-12)
    assert np.array_equal(r.apply(np.asfortranarray(v)), r.apply(v))
    assert np.array_equal(r.apply([1] * 9), r.apply(np.ones(9)))
    with pytest.raises(errors.ShapeError, match=r"\bv\b"):
        r.apply(np.zeros(8))


def test_sample(solved):
    rows, cols = solved.sample()
    assert np.array_equal(rows, np.arange(7)) and ((0 <= cols) & (cols < 9)).all() and rows.dtype == np.int64
    count = 200_000
    rows, cols = solved.sample(count, "joint", seed=5)
    frequency = np.bincount(rows * 9 + cols, minlength=63).reshape(7, 9) / count
    assert abs(frequency - solved.plan()).max() < 5 * np.sqrt(0.25 / count)
    assert np.array_equal(solved.sample(count, "joint", seed=5)[1], cols)
    assert not np.array_equal(solved.sample(count, "joint", seed=6)[1], cols)
    rows, cols = solved.sample(30, "without_replacement", seed=2**63)
    assert len(set(zip(rows, cols))) == 30
    with pytest.raises(errors.NameLookupError, match="per_row"):
        solved.sample(mode="rows")
    with pytest.raises(ValueError):
        solved.sample(-1)
    with pytest.raises(errors.FenchelError):
        solved.sample(1000, "without_replacement")


def test_envelope_gradients_of_weights_and_cost(problem, solved):
    h, value = 1e-5, lambda a, b, c: oracle.value(a, b, c, problem.eps)
    rng = np.random.default_rng(0)
    for name, shape in (("a", 7), ("b", 9), ("cost", (7, 9))):
        direction = rng.normal(size=shape)
        if name != "cost":
            direction -= direction.mean()
        at = {"a": problem.a, "b": problem.b, "c": problem.cost}
        moved = [value(**{**at, name[0]: at[name[0]] + s * h * direction}) for s in (1, -1)]
        assert np.isclose((moved[0] - moved[1]) / (2 * h), (solved.gradient(name) * direction).sum(), atol=1e-7), name
    assert abs(solved.gradient("a").mean()) < 1e-12
    assert np.allclose(solved.gradient("cost"), solved.plan(), rtol=1e-12)
    with pytest.raises(errors.NameLookupError, match="cost"):
        solved.gradient("x")


def test_envelope_gradients_of_points(problem, cloud):
    support = cloud._inputs[2]
    for name in ("x", "y"):
        direction, h = np.random.default_rng(1).normal(size=getattr(support, name).shape), 1e-5
        moved = []
        for s in (1, -1):
            points = {"x": support.x, "y": support.y, name: getattr(support, name) + s * h * direction}
            moved.append(oracle.value(problem.a, problem.b, fenchel.PointCloud(**points).cost_matrix(), 0.5))
        assert np.isclose((moved[0] - moved[1]) / (2 * h), (cloud.gradient(name) * direction).sum(), atol=1e-7)


def gauged(problem, cost, eps):
    phi, psi = oracle.sinkhorn(problem.a, problem.b, cost, eps)
    shift = (problem.a @ phi - problem.b @ psi) / 2
    return phi - shift, psi + shift


def test_jvp_against_differences(problem, solved):
    direction, h = np.random.default_rng(2).normal(size=(7, 9)), 1e-5
    plus, minus = (gauged(problem, problem.cost + s * h * direction, problem.eps) for s in (1, -1))
    tangent = solved.jvp(cost=direction, of=("phi", "psi", "plan"))
    assert np.allclose(tangent["phi"], (plus[0] - minus[0]) / (2 * h), atol=1e-6)
    assert np.allclose(tangent["psi"], (plus[1] - minus[1]) / (2 * h), atol=1e-6)
    plans = [oracle.plan_of(*p, problem.a, problem.b, problem.cost + s * h * direction, problem.eps)
             for s, p in ((1, plus), (-1, minus))]
    assert np.allclose(tangent["plan"], (plans[0] - plans[1]) / (2 * h), atol=1e-6)
    with pytest.raises(errors.NameLookupError, match="phi"):
        solved.jvp(cost=direction, of=("p",))


def test_vjp_is_the_adjoint_of_jvp(solved, cloud):
    rng = np.random.default_rng(4)
    for r in (solved, cloud):
        n, m = r.shape
        cotangents = {"phi": rng.normal(size=n), "psi": rng.normal(size=m), "plan": rng.normal(size=(n, m))}
        tangents = {name: rng.normal(size=r._like(name).shape) for name in r._names()}
        tangents["a"] -= tangents["a"].mean()
        tangents["b"] -= tangents["b"].mean()
        forward = r.jvp(**tangents, of=("phi", "psi", "plan"))
        backward = r.vjp(**cotangents)
        assert set(backward) == set(tangents)
        left = sum((cotangents[k] * forward[k]).sum() for k in cotangents)
        right = sum((tangents[k] * backward[k]).sum() for k in tangents)
        assert np.isclose(left, right, rtol=1e-7)


def test_sinkhorn_vjp(problem, solved):
    phi = np.random.default_rng(0).normal(size=7)
    r, gradients = fenchel.sinkhorn_vjp(
        problem.a, problem.b, problem.cost, problem.eps, phi=phi, wrt=["cost"], tol=1e-13)
    assert r.converged and set(gradients) == {"cost"}
    assert np.allclose(gradients["cost"], solved.vjp(phi)["cost"], atol=1e-9)


@pytest.mark.parametrize("which", ["solved", "cloud"])
def test_pickled_results_answer_the_same(which, request):
    r = request.getfixturevalue(which)
    again = pickle.loads(pickle.dumps(r))
    assert again._solver is None and repr(again) == repr(r) and again.cost == r.cost and again.converged
    assert np.array_equal(again.phi, r.phi) and np.array_equal(again.psi, r.psi)
    assert np.allclose(again.plan(), r.plan(), rtol=1e-12, atol=0)
    v = np.arange(9.0)
    assert np.allclose(again.apply(v), r.apply(v), rtol=1e-12)
    assert np.array_equal(again.sample(50, "joint")[0], r.sample(50, "joint")[0])
    assert np.allclose(again.gradient("a"), r.gradient("a"), atol=1e-12)
    assert np.allclose(again.vjp(np.arange(7.0))["a"], r.vjp(np.arange(7.0))["a"], rtol=1e-7)
    twice = pickle.loads(pickle.dumps(again))
    assert np.array_equal(twice.plan(), again.plan())


def test_pickled_unfinished_result(problem):
    r = fenchel.sinkhorn(problem.a, problem.b, problem.cost, 1e-3, callback=lambda p: p.iteration >= 2,
                         monitor_interval=0.0, method="sinkhorn")
    again = pickle.loads(pickle.dumps(r))
    assert not again.converged and np.allclose(again.plan(), r.plan(), rtol=1e-10, atol=0)


def test_repr_says_what_was_reached(solved):
    text = repr(solved)
    for word in ("7 x 9", "float64", "auto", "kl", "eps 0.1", "converged", "passes", "gap", "mass"):
        assert word in text


def test_fields_are_read_only(solved):
    with pytest.raises(AttributeError):
        solved.cost = 3


def test_plot(problem):
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    r = fenchel.sinkhorn(problem.a, problem.b, problem.cost, 0.01, trace=True)
    assert r.trace and r.trace[-1].passes <= r.passes
    assert len([axes for axes in r.plot().axes if axes.get_title()]) == 2
    big = fenchel.sinkhorn(None, None, fenchel.PointCloud(np.linspace(0, 1, 700)), 0.1)
    figure = big.plot(matplotlib.figure.Figure())
    image = figure.axes[0].images[0].get_array()
    assert image.shape == (512, 512) and np.isclose(image.sum(), 1)
